//! What Microsoft's validators do to `/Users` (CLIENTS.md, "Microsoft's
//! validators check"), step by step on one user.

use muster_tests::json::{lacks, values};
use muster_tests::{Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

fn petra() -> Value {
    json!({
        "schemas": [urn::USER, urn::ENTERPRISE], "externalId": "pvoss",
        "userName": "P.Voss@example.net", "active": true, "displayName": "Petra Voss",
        "name": {"givenName": "Petra", "familyName": "Voss", "formatted": "Petra Voss"},
        "emails": [{"primary": true, "type": "work", "value": "p.voss@example.net"}],
        urn::ENTERPRISE: {"department": "Yard"},
    })
}

#[tokio::test]
async fn a_user_is_created_found_and_refused_twice() {
    let realm = realm("v-create").await;
    let answer = realm.post("/Users", &petra()).await;
    let id = answer.created();
    assert_eq!(lacks(&petra(), &answer.json()), None, "{answer:?}");
    for again in ["P.Voss@example.net", "p.voss@EXAMPLE.net"] {
        let mut twice = petra();
        twice["userName"] = json!(again);
        realm.post("/Users", &twice).await.fails(409, "uniqueness");
    }
    let found = |hits: usize, filter: &'static str| {
        let (realm, id) = (&realm, &id);
        async move {
            let answer = realm.filter("/Users", filter).await;
            let resources = answer.resources();
            assert_eq!(answer.json()["totalResults"], hits, "{filter}: {answer:?}");
            assert!(
                resources.iter().all(|user| user["id"] == *id),
                "{filter}: {answer:?}"
            );
        }
    };
    found(1, r#"userName eq "P.Voss@example.net""#).await;
    found(1, r#"userName eq "p.vOSS@example.NET""#).await;
    found(1, r#"USERNAME EQ "p.voss@example.net""#).await;
    found(
        1,
        r#"urn:ietf:params:scim:schemas:core:2.0:User:userName eq "p.voss@example.net""#,
    )
    .await;
    found(0, r#"userName eq "someone.else@example.net""#).await;
    found(1, r#"externalId eq "pvoss""#).await;
    found(0, r#"externalId eq "PVOSS""#).await;
    found(1, r#"emails[type eq "work"].value eq "P.Voss@example.net""#).await;
    found(0, r#"emails[type eq "home"].value eq "p.voss@example.net""#).await;
    found(
        1,
        r#"emails.value eq "p.voss@example.net" and active eq true"#,
    )
    .await;
    found(1, r#"active eq "True""#).await;
}

#[tokio::test]
async fn attributes_are_replaced_with_and_without_a_path() {
    let realm = realm("v-replace").await;
    let id = realm.post("/Users", &petra()).await.created();
    let path = format!("/Users/{id}");
    let with_paths = json!([
        {"op": "Replace", "path": "displayName", "value": "P. Voss"},
        {"op": "Replace", "path": "name.familyName", "value": "Vosz"},
        {"op": "Replace", "path": "emails[type eq \"work\"].value", "value": "new@example.net"},
        {"op": "Replace", "path": format!("{}:department", urn::ENTERPRISE), "value": "Dock"},
    ]);
    let changed = realm.patch(&path, with_paths).await.is(200);
    assert_eq!(changed["displayName"], "P. Voss");
    assert_eq!(changed["name"]["familyName"], "Vosz");
    assert_eq!(changed["name"]["givenName"], "Petra");
    assert_eq!(values(&changed, "emails"), ["new@example.net"]);
    assert_eq!(changed[urn::ENTERPRISE]["department"], "Dock");

    let pathless = json!([{"op": "replace", "value": {
        "userName": "petra@example.net", "name.givenName": "Pet",
        format!("{}:employeeNumber", urn::ENTERPRISE): "4711",
    }}]);
    let changed = realm.patch(&path, pathless).await.is(200);
    assert_eq!(changed["userName"], "petra@example.net");
    assert_eq!(changed["name"]["givenName"], "Pet");
    assert_eq!(
        changed[urn::ENTERPRISE],
        json!({"department": "Dock", "employeeNumber": "4711"})
    );
    let hits = realm
        .filter("/Users", r#"userName eq "petra@example.net""#)
        .await
        .resources();
    assert_eq!(hits[0]["id"], id);
    let old = realm
        .filter("/Users", r#"userName eq "p.voss@example.net""#)
        .await
        .resources();
    assert!(old.is_empty(), "{old:?}");
    let old = realm
        .filter("/Users", r#"emails.value eq "p.voss@example.net""#)
        .await
        .resources();
    assert!(old.is_empty(), "{old:?}");
}

#[tokio::test]
async fn a_minimal_user_takes_a_verbose_add() {
    let realm = realm("v-verbose").await;
    let id = realm.user("minimal@example.net").await;
    let mut operations = vec![
        json!({"op": "Add", "path": "manager", "value": "9d7d1f30-4fa5-4a7e-9a4b-3b0d7d2f0f11"}),
    ];
    let mut add = |path: String, value: Value| {
        operations.push(json!({"op": "Add", "path": path, "value": value}));
    };
    for name in [
        "displayName",
        "nickName",
        "title",
        "userType",
        "locale",
        "timezone",
    ] {
        add(name.to_owned(), json!(format!("the {name}")));
    }
    add("preferredLanguage".to_owned(), json!("de"));
    add("profileUrl".to_owned(), json!("https://example.net/min"));
    let name = [
        "givenName",
        "familyName",
        "formatted",
        "middleName",
        "honorificPrefix",
        "honorificSuffix",
    ];
    for part in name {
        add(format!("name.{part}"), json!(format!("the {part}")));
    }
    for kind in ["work", "home", "other"] {
        add(
            format!("emails[type eq \"{kind}\"].value"),
            json!(format!("{kind}@example.net")),
        );
    }
    for kind in ["work", "mobile", "fax", "home", "pager", "other"] {
        add(
            format!("phoneNumbers[type eq \"{kind}\"].value"),
            json!(format!("+49 {kind}")),
        );
    }
    for part in [
        "formatted",
        "streetAddress",
        "locality",
        "region",
        "postalCode",
        "country",
    ] {
        add(
            format!("addresses[type eq \"work\"].{part}"),
            json!(format!("the {part}")),
        );
    }
    for name in [
        "employeeNumber",
        "costCenter",
        "organization",
        "division",
        "department",
    ] {
        add(
            format!("{}:{name}", urn::ENTERPRISE),
            json!(format!("the {name}")),
        );
    }
    add(
        "roles[primary eq \"True\"].value".to_owned(),
        json!("Admin"),
    );
    add("emails[type eq \"work\"].primary".to_owned(), json!("True"));
    assert!(operations.len() >= 36, "{}", operations.len());

    let user = realm
        .patch(&format!("/Users/{id}"), json!(operations))
        .await
        .is(200);
    let expected = json!({
        "displayName": "the displayName", "preferredLanguage": "de", "timezone": "the timezone",
        "name": {"givenName": "the givenName", "honorificSuffix": "the honorificSuffix"},
        "emails": [
            {"type": "work", "value": "work@example.net", "primary": true},
            {"type": "home", "value": "home@example.net"},
            {"type": "other", "value": "other@example.net"},
        ],
        "addresses": [{
            "type": "work", "formatted": "the formatted", "streetAddress": "the streetAddress",
            "locality": "the locality", "region": "the region",
            "postalCode": "the postalCode", "country": "the country",
        }],
        "roles": [{"primary": true, "value": "Admin"}],
        urn::ENTERPRISE: {
            "division": "the division",
            "manager": {"value": "9d7d1f30-4fa5-4a7e-9a4b-3b0d7d2f0f11"},
        },
    });
    assert_eq!(lacks(&expected, &user), None, "{user}");
    assert_eq!(user["phoneNumbers"].as_array().unwrap().len(), 6);
    let primary = realm
        .filter("/Users", r#"roles[primary eq "True"].value eq "admin""#)
        .await;
    assert_eq!(primary.resources().len(), 1, "{primary:?}");
}

#[tokio::test]
async fn a_manager_is_added_replaced_and_removed() {
    let realm = realm("v-manager").await;
    let path = format!("/Users/{}", realm.user("managed@example.net").await);
    let manager = format!("{}:manager", urn::ENTERPRISE);
    let value = format!("{manager}.value");
    let rows = [
        (
            json!({"op": "Add", "path": manager, "value": "m1"}),
            json!({"value": "m1"}),
        ),
        (
            json!({"op": "Replace", "path": manager, "value": {"value": "m2"}}),
            json!({"value": "m2"}),
        ),
        (
            json!({"op": "Add", "path": "manager", "value": [{"value": "m3"}]}),
            json!({"value": "m3"}),
        ),
        (
            json!({"op": "replace", "value": {value.clone(): "m4"}}),
            json!({"value": "m4"}),
        ),
        (
            json!({"op": "replace", "path": value, "value": "m5"}),
            json!({"value": "m5"}),
        ),
        (
            json!({"op": "remove", "path": "manager[value eq \"other\"]"}),
            json!({"value": "m5"}),
        ),
        (
            json!({"op": "remove", "path": "manager[value eq \"m5\"]"}),
            Value::Null,
        ),
        (
            json!({"op": "Add", "path": manager, "value": "m6"}),
            json!({"value": "m6"}),
        ),
        (
            json!({"op": "Replace", "path": manager, "value": {"value": ""}}),
            Value::Null,
        ),
        (
            json!({"op": "Add", "path": manager, "value": "m7"}),
            json!({"value": "m7"}),
        ),
        (json!({"op": "Remove", "path": manager}), Value::Null),
        (json!({"op": "Remove", "path": manager}), Value::Null),
        (
            json!({"op": "Add", "path": manager, "value": "m8"}),
            json!({"value": "m8"}),
        ),
        (
            json!({"op": "Replace", "path": manager, "value": null}),
            Value::Null,
        ),
    ];
    for (operation, expected) in rows {
        let user = realm.patch(&path, json!([operation])).await.is(200);
        assert_eq!(
            user[urn::ENTERPRISE]["manager"],
            expected,
            "{operation}: {user}"
        );
    }
}

#[tokio::test]
async fn a_null_phase_and_an_empty_string_phase_clear() {
    let realm = realm("v-null").await;
    for (n, nothing) in [json!(null), json!("")].into_iter().enumerate() {
        let mut user = petra();
        user["userName"] = json!(format!("null{n}@example.net"));
        let path = format!("/Users/{}", realm.post("/Users", &user).await.created());
        let operations = json!([
            {"op": "replace", "path": "externalId", "value": nothing},
            {"op": "replace", "path": "emails[type eq \"work\"].value", "value": nothing},
            {"op": "replace", "path": "addresses[type eq \"work\"].locality", "value": nothing},
            {"op": "replace", "value": {
                "displayName": nothing, "name.givenName": nothing, "active": nothing,
                format!("{}:department", urn::ENTERPRISE): nothing,
            }},
        ]);
        let user = realm.patch(&path, operations).await.is(200);
        let left: Vec<&String> = user.as_object().unwrap().keys().collect();
        assert!(
            [
                "externalId",
                "emails",
                "addresses",
                "displayName",
                "active",
                urn::ENTERPRISE
            ]
            .iter()
            .all(|name| !left.iter().any(|key| key == name)),
            "{user}"
        );
        assert_eq!(
            user["name"],
            json!({"familyName": "Voss", "formatted": "Petra Voss"})
        );
        assert_eq!(user["schemas"], json!([urn::USER]), "{user}");
    }
}

#[tokio::test]
async fn a_bad_second_operation_leaves_the_first_undone() {
    let realm = realm("v-whole").await;
    let path = format!("/Users/{}", realm.post("/Users", &petra()).await.created());
    let before = realm.get(&path).await.is(200);
    let rows = [
        (
            json!({"op": "replace", "path": "noSuchAttribute", "value": "x"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "emails[type eq", "value": "x"}),
            "invalidPath",
        ),
        (
            json!({"op": "replace", "path": "active", "value": "perhaps"}),
            "invalidValue",
        ),
        (json!({"op": "remove"}), "noTarget"),
        (
            json!({"op": "upsert", "path": "title", "value": "x"}),
            "invalidSyntax",
        ),
        (
            json!({"op": "replace", "path": "id", "value": "x"}),
            "mutability",
        ),
        (
            json!({"op": "replace", "path": "groups", "value": []}),
            "mutability",
        ),
        (
            json!({"op": "replace", "path": "emails[value sw \"q\"].value", "value": "x"}),
            "noTarget",
        ),
    ];
    for (bad, scim_type) in rows {
        let good = json!({"op": "replace", "path": "title", "value": "kept?"});
        realm
            .patch(&path, json!([good, bad]))
            .await
            .fails(400, scim_type);
        assert_eq!(realm.get(&path).await.is(200), before, "{bad}");
    }
}
