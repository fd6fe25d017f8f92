//! What Microsoft's validators do to `/Groups` and `/Schemas`
//! (CLIENTS.md, "Microsoft's validators check").

use muster_tests::json::{lacks, values};
use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

#[tokio::test]
async fn a_group_is_created_found_changed_and_deleted() {
    let realm = realm("v-group").await;
    let body = json!({"schemas": [urn::GROUP], "displayName": "Yard Crew", "externalId": "g-1"});
    let id = realm.post("/Groups", &body).await.created();
    let path = format!("/Groups/{id}");
    for again in ["Yard Crew", "YARD crew"] {
        let body = json!({"schemas": [urn::GROUP], "displayName": again});
        realm.post("/Groups", &body).await.fails(409, "uniqueness");
    }
    let alone = realm
        .get(&format!("{path}?excludedAttributes=members"))
        .await
        .is(200);
    assert_eq!(alone["displayName"], "Yard Crew");
    for (filter, hits) in [
        (r#"displayName eq "Yard Crew""#, 1),
        (r#"displayName eq "yard CREW""#, 1),
        (r#"DISPLAYNAME eq "Yard Crew""#, 1),
        (r#"displayName eq "No Crew""#, 0),
        (r#"externalId eq "g-1""#, 1),
    ] {
        assert_eq!(
            realm.filter("/Groups", filter).await.resources().len(),
            hits,
            "{filter}"
        );
    }

    let pathless =
        json!([{"op": "replace", "value": {"externalId": "g-2", "displayName": "Dock Crew"}}]);
    assert_eq!(realm.patch(&path, pathless).await.is(204), Value::Null);
    let group = realm.get(&path).await.is(200);
    assert_eq!(
        lacks(
            &json!({"externalId": "g-2", "displayName": "Dock Crew"}),
            &group
        ),
        None
    );
    assert!(
        realm
            .filter("/Groups", r#"displayName eq "Yard Crew""#)
            .await
            .resources()
            .is_empty()
    );
    assert!(
        realm
            .filter("/Groups", r#"externalId eq "g-1""#)
            .await
            .resources()
            .is_empty()
    );

    let (u1, u2) = (
        realm.user("u1@example.net").await,
        realm.user("u2@example.net").await,
    );
    let replace = json!([{"op": "replace", "path": "members", "value": [{"value": u1}]}]);
    realm.patch(&path, replace).await.is(204);
    assert_eq!(realm.members(&id).await, [u1.as_str()]);
    let both = json!([
        {"op": "Add", "path": "members", "value": [{"$ref": null, "value": u2}]},
        {"op": "Remove", "path": "members", "value": [{"$ref": null, "value": u1}]},
    ]);
    realm.patch(&path, both).await.is(204);
    assert_eq!(realm.members(&id).await, [u2.as_str()]);
    let by_filter = json!([{"op": "remove", "path": format!("members[value eq \"{u2}\"]")}]);
    realm.patch(&path, by_filter).await.is(204);
    assert!(realm.members(&id).await.is_empty());

    realm.delete(&path).await.is(204);
    realm.get(&path).await.is(404);
    realm.delete(&path).await.is(404);
    realm
        .post("/Groups", &json!({"displayName": "Dock Crew"}))
        .await
        .created();
}

#[tokio::test]
async fn a_membership_is_asked_for_by_ids() {
    let realm = realm("v-member-of").await;
    let (u1, u2) = (
        realm.user("in@example.net").await,
        realm.user("out@example.net").await,
    );
    let group = realm.group("Members", &[&u1]).await;
    for (filter, hits) in [
        (format!(r#"id eq "{group}" and members eq "{u1}""#), 1),
        (format!(r#"id eq "{group}" and members eq "{u2}""#), 0),
        (format!(r#"members eq "{u1}" and id eq "{group}""#), 1),
        (format!(r#"members.value eq "{u1}""#), 1),
        (format!(r#"members[value eq "{u2}"]"#), 0),
        (r#"members eq "nobody""#.to_owned(), 0),
    ] {
        let answer = realm.filter("/Groups", &filter).await;
        assert_eq!(answer.resources().len(), hits, "{filter}: {answer:?}");
    }
    // As Entra writes it: members must not be in the answer.
    let query = format!(
        "/Groups?filter=id eq \"{group}\" and members eq \"{u1}\"&excludedAttributes=members"
    );
    let hits = realm.get(&query).await.resources();
    assert!(hits[0].get("members").is_none(), "{hits:?}");
}

#[tokio::test]
async fn an_unknown_member_is_left_out_and_the_rest_applies() {
    let realm = realm("v-unknown-member").await;
    let user = realm.user("known@example.net").await;
    let group = realm.group("Partly known", &[]).await;
    let operations = json!([{"op": "Add", "path": "members", "value": [
        {"value": "0d5eb5b6-9a0c-4cb8-94a5-2bd2eb2e7a11"}, {"value": "no id"}, {"value": user},
    ]}]);
    realm
        .patch(&format!("/Groups/{group}"), operations)
        .await
        .is(204);
    assert_eq!(realm.members(&group).await, [user.as_str()]);
    let body = json!({"displayName": "Also", "members": [
        {"value": user}, {"value": "0d5eb5b6-9a0c-4cb8-94a5-2bd2eb2e7a11"},
    ]});
    let made = realm.post("/Groups", &body).await;
    assert_eq!(realm.members(&made.created()).await, [user.as_str()]);
}

#[tokio::test]
async fn schemas_name_every_mapped_attribute() {
    let realm = realm("v-schemas").await;
    let answer = realm.get("/Schemas").await;
    let schemas = answer.resources();
    let of = |urn: &str| {
        schemas
            .iter()
            .find(|schema| schema["id"].as_str().unwrap().eq_ignore_ascii_case(urn))
            .unwrap_or_else(|| panic!("no schema {urn}"))
    };
    let attribute = |list: &Value, name: &str| -> Value {
        let list = list
            .as_array()
            .unwrap_or_else(|| panic!("`{name}` has nowhere to be"));
        let found = list
            .iter()
            .find(|it| it["name"].as_str().unwrap().eq_ignore_ascii_case(name));
        found
            .unwrap_or_else(|| panic!("no attribute {name}"))
            .clone()
    };
    let rows = [
        (
            urn::USER,
            "userName externalId active displayName title preferredLanguage name.givenName \
          name.familyName name.formatted nickName userType locale timezone emails.value \
          emails.type emails.primary phoneNumbers.value phoneNumbers.type addresses.formatted \
          addresses.streetAddress addresses.locality addresses.region addresses.postalCode \
          addresses.country roles.value roles.primary roles.type groups.value",
        ),
        (
            urn::ENTERPRISE,
            "employeeNumber department costCenter organization division manager.value",
        ),
        (
            urn::GROUP,
            "displayName externalId members.value members.type",
        ),
    ];
    for (urn, names) in rows {
        let top = &of(urn)["attributes"];
        for name in names.split_whitespace() {
            match name.split_once('.') {
                None => attribute(top, name),
                Some((name, sub)) => attribute(&attribute(top, name)["subAttributes"], sub),
            };
        }
    }
    // Without canonical values the validator sends `[type eq "untyped"]`.
    for (name, expected) in [
        ("emails", "work"),
        ("phoneNumbers", "mobile"),
        ("phoneNumbers", "fax"),
        ("addresses", "work"),
    ] {
        let list = &of(urn::USER)["attributes"];
        let kind = attribute(&attribute(list, name)["subAttributes"], "type");
        let canonical = kind["canonicalValues"].as_array().unwrap();
        assert!(canonical.contains(&json!(expected)), "{name}: {kind}");
    }
    assert!(
        !String::from_utf8_lossy(&answer.bytes).contains("null"),
        "nulls among the schemas"
    );
}

#[tokio::test]
async fn eleven_users_are_paged() {
    let realm = realm("v-paging").await;
    for n in 0..11 {
        realm.user(&format!("page{n}@example.net")).await;
    }
    let mut seen = Vec::new();
    for (start, expected) in [(1, 5), (6, 5), (11, 1)] {
        let answer = realm
            .get(&format!("/Users?startIndex={start}&count=5"))
            .await;
        let resources = answer.resources();
        assert_eq!(resources.len(), expected, "{answer:?}");
        assert_eq!(answer.json()["startIndex"], start);
        assert_eq!(answer.json()["totalResults"], 11);
        seen.extend(
            resources
                .iter()
                .map(|user| user["id"].as_str().unwrap().to_owned()),
        );
    }
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), 11, "a user was seen twice or never");
}

#[tokio::test]
async fn requests_come_in_many_content_types() {
    let realm = realm("v-media").await;
    let rows = [
        "application/json",
        "application/scim+json",
        "application/json; charset=utf-8",
        "Application/SCIM+JSON;charset=\"UTF-8\"",
    ];
    for (n, media) in rows.iter().enumerate() {
        let body = json!({"userName": format!("media{n}@example.net"), "ACTIVE": "True"});
        let call = Call::new("POST", "/Users")
            .header("content-type", media)
            .json(&body);
        let user = realm.send(call).await.is(201);
        assert_eq!(user["active"], true, "{media}");
    }
    let shown = realm.get("/Users").await.is(200);
    assert!(values(&shown, "Resources").iter().all(String::is_empty));
    assert_eq!(shown["totalResults"], rows.len());
}
