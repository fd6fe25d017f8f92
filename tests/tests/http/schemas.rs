//! Extension schemas that a realm declares take part in everything.

use crate::replay::replay_in;
use muster_tests::fixture;
use muster_tests::{Answer, Call, Realm};
use serde_json::{Value, json};

use muster_tests::urn::CUSTOM as URN;

fn definition() -> Value {
    json!({
        "name": "Custom",
        "resourceType": "User",
        "attributes": [
            {"name": "tag", "type": "string"},
            {"name": "level", "type": "integer"},
            {"name": "badge", "type": "string", "mutability": "immutable", "caseExact": true},
            {"name": "secret", "type": "string", "returned": "never", "mutability": "writeOnly"},
            {"name": "sites", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "value", "type": "string"}, {"name": "primary", "type": "boolean"}
            ]}
        ]
    })
}

async fn put(realm: &Realm, urn: &str, body: &Value) -> Answer {
    let path = format!("/admin/v1/realms/{}/schemas/{urn}", realm.name);
    realm
        .admin(crate::server(), "PUT", &path, Some(body.clone()))
        .await
}

async fn declared(name: &str) -> Realm {
    let realm = Realm::create(crate::server(), name).await;
    put(&realm, URN, &definition()).await.is_admin(201);
    realm
}

#[tokio::test]
async fn a_declared_extension_is_typed_filtered_patched_and_projected() {
    let realm = declared("t-ext").await;
    let user = |name: &str, extension: Value| json!({"userName": name, URN: extension});
    let wrong = realm
        .post("/Users", &user("w", json!({"level": "high"})))
        .await;
    let detail = wrong.is(400)["detail"].as_str().unwrap().to_owned();
    assert!(detail.contains("level"), "{detail}");
    let made = realm
        .post(
            "/Users",
            &user(
                "a",
                json!({"TAG": "Blue", "level": 3, "badge": "B1", "secret": "s3cr3t",
                "sites": [{"value": "Rome", "primary": "True"}, {"value": "Oslo"}]}),
            ),
        )
        .await;
    let body = made.is(201);
    assert_eq!(body[URN]["tag"], "Blue");
    assert_eq!(body[URN]["sites"][0]["primary"], true);
    assert!(!body.to_string().contains("s3cr3t") && body[URN].get("secret").is_none());
    let path = format!("/Users/{}", body["id"].as_str().unwrap());
    realm
        .post("/Users", &user("b", json!({"tag": "red", "level": 9})))
        .await
        .is(201);

    for (filter, expected) in [
        (format!("{URN}:tag eq \"blue\""), vec!["a"]),
        ("tag eq \"BLUE\"".to_owned(), vec!["a"]),
        (format!("{URN}:level gt 3"), vec!["b"]),
        (format!("{URN}:sites[value eq \"oslo\"]"), vec!["a"]),
        (format!("{URN}:badge eq \"b1\""), vec![]),
        (format!("{URN}:tag pr and {URN}:level le 9"), vec!["a", "b"]),
        (
            format!("schemas eq \"{URN}\" and userName eq \"b\""),
            vec!["b"],
        ),
    ] {
        let found = realm.get(&format!("/Users?filter={filter}")).await.is(200);
        let mut names: Vec<&str> = found["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| user["userName"].as_str().unwrap())
            .collect();
        names.sort_unstable();
        assert_eq!(names, expected, "{filter}");
    }
    let refused = realm
        .get(&format!("/Users?filter={URN}:level co \"x\""))
        .await;
    assert_eq!(refused.is(400)["scimType"], "invalidFilter");
    let refused = realm
        .get(&format!("/Users?filter={URN}:nope eq \"x\""))
        .await;
    assert_eq!(refused.is(400)["scimType"], "invalidFilter");

    let shown = realm
        .get(&format!("{path}?attributes={URN}:tag"))
        .await
        .is(200);
    assert_eq!(shown[URN], json!({"tag": "Blue"}));
    let sorted = realm
        .get(&format!("/Users?sortBy={URN}:level&sortOrder=descending"))
        .await
        .is(200);
    assert_eq!(sorted["Resources"][0]["userName"], "b");

    let patch = |op: Value| json!([op]);
    let add = patch(json!({"op": "Add", "path": format!("{URN}:tag"), "value": "green"}));
    assert_eq!(realm.patch(&path, add).await.is(200)[URN]["tag"], "green");
    let bad = patch(json!({"op": "replace", "path": format!("{URN}:level"), "value": "x"}));
    assert_eq!(
        realm.patch(&path, bad).await.is(400)["scimType"],
        "invalidValue"
    );
    let fixed = patch(json!({"op": "replace", "path": format!("{URN}:badge"), "value": "B2"}));
    assert_eq!(
        realm.patch(&path, fixed).await.is(400)["scimType"],
        "mutability"
    );
    let gone = patch(json!({"op": "remove", "path": format!("{URN}:sites[value eq \"Rome\"]")}));
    assert_eq!(
        realm.patch(&path, gone).await.is(200)[URN]["sites"],
        json!([{"value": "Oslo"}])
    );
}

#[tokio::test]
async fn discovery_shows_the_realms_own_schemas_to_its_keys_alone() {
    let realm = declared("t-ext-discovery").await;
    let one = realm
        .get(&format!("/Schemas/{}", URN.to_uppercase()))
        .await
        .is(200);
    assert_eq!(one["attributes"].as_array().unwrap().len(), 5);
    let types = realm.get("/ResourceTypes/User").await.is(200);
    assert!(
        types["schemaExtensions"].to_string().contains(URN),
        "{types}"
    );
    let stranger = realm
        .send(Call::get(&format!("/Schemas/{URN}")).anonymous())
        .await;
    stranger.is(404);
    let other = Realm::create(crate::server(), "t-ext-other").await;
    other.get(&format!("/Schemas/{URN}")).await.is(404);
}

#[tokio::test]
async fn what_a_definition_may_be() {
    let realm = declared("t-ext-refused").await;
    let with = |field: &str, value: Value| {
        let mut body = definition();
        body[field] = value;
        body
    };
    let attribute = |attribute: Value| with("attributes", json!([attribute]));
    let many: Vec<Value> = (0..101)
        .map(|n| json!({"name": format!("a{n}"), "type": "string"}))
        .collect();
    let other = "urn:example:other:2.0:User";
    for (urn, body, status, word) in [
        (
            "urn:ietf:params:scim:schemas:core:2.0:User",
            definition(),
            400,
            "standard",
        ),
        ("nonsense", definition(), 400, "URN"),
        (&format!("{URN}:tag")[..], definition(), 409, "tag"),
        (URN, with("resourceType", json!("Group")), 409, "User"),
        (
            other,
            with("resourceType", json!("Device")),
            400,
            "resourceType",
        ),
        (other, with("attributes", json!([])), 400, "attribute"),
        (other, with("attributes", json!(many)), 400, "100"),
        (
            other,
            attribute(json!({"name": "a b", "type": "string"})),
            400,
            "a b",
        ),
        (
            other,
            attribute(json!({"name": "a", "type": "text"})),
            400,
            "text",
        ),
        (
            other,
            attribute(json!({"name": "a", "type": "string", "uniqueness": "server"})),
            400,
            "uniqueness",
        ),
        (
            other,
            attribute(json!({"name": "a", "type": "string", "colour": 1})),
            400,
            "colour",
        ),
        (
            other,
            with(
                "attributes",
                json!([{"name": "a", "type": "string"}, {"name": "A", "type": "string"}]),
            ),
            400,
            "A",
        ),
    ] {
        let answer = put(&realm, urn, &body).await;
        let detail = answer.is_problem(&[status]);
        assert!(
            detail.to_lowercase().contains(&word.to_lowercase()),
            "{word}: {detail}"
        );
    }
    for n in 0..9 {
        put(&realm, &format!("urn:example:n{n}:2.0:User"), &definition())
            .await
            .is_admin(201);
    }
    put(&realm, "urn:example:n9:2.0:User", &definition())
        .await
        .is_problem(&[400, 409]);
}

#[tokio::test]
async fn a_type_does_not_change_under_data() {
    let realm = declared("t-ext-change").await;
    let mut other_type = definition();
    other_type["attributes"][1]["type"] = json!("string");
    put(&realm, URN, &other_type).await.is_admin(200);
    put(&realm, URN, &definition()).await.is_admin(200);
    realm
        .post("/Users", &json!({"userName": "x", URN: {"level": 1}}))
        .await
        .is(201);
    put(&realm, URN, &other_type).await.is_problem(&[409]);
    let mut fewer = definition();
    fewer["attributes"].as_array_mut().unwrap().pop();
    put(&realm, URN, &fewer).await.is_problem(&[409]);
    let mut more = definition();
    more["attributes"]
        .as_array_mut()
        .unwrap()
        .push(json!({"name": "added", "type": "boolean"}));
    more["description"] = json!("now with one more");
    put(&realm, URN, &more).await.is_admin(200);
    put(&realm, URN, &more).await.is_admin(200);
    let user = json!({"userName": "y", URN: {"added": "False"}});
    assert_eq!(
        realm.post("/Users", &user).await.is(201)[URN]["added"],
        false
    );
}

#[tokio::test]
async fn what_came_before_its_schema_is_adopted_and_lasts_beyond_it() {
    let server = crate::server();
    let realm = Realm::create(server, "t-ext-adopt").await;
    let lower = URN.to_lowercase();
    let made = realm
        .post(
            "/Users",
            &json!({"userName": "early", &lower: {"Tag": "x", "level": 7}}),
        )
        .await;
    let id = made.is(201)["id"].as_str().unwrap().to_owned();
    let mut unfit = definition();
    unfit["attributes"][0]["type"] = json!("boolean");
    let refused = put(&realm, URN, &unfit).await;
    assert!(refused.is_problem(&[409]).contains(&id), "{refused:?}");

    put(&realm, URN, &definition()).await.is_admin(201);
    let shown = realm.get(&format!("/Users/{id}")).await.is(200);
    assert_eq!(shown[URN], json!({"tag": "x", "level": 7}));
    let found = realm
        .get(&format!("/Users?filter={URN}:level eq 7"))
        .await
        .is(200);
    assert_eq!(found["totalResults"], 1);

    let path = format!("/admin/v1/realms/{}/schemas/{URN}", realm.name);
    realm
        .admin(server, "DELETE", &path, None)
        .await
        .is_admin(204);
    let shown = realm.get(&format!("/Users/{id}")).await.is(200);
    assert!(shown.to_string().contains("\"level\":7"), "{shown}");
    realm
        .get(&format!("/Users?filter={URN}:level eq 7"))
        .await
        .is(400);
    realm
        .admin(server, "DELETE", &path, None)
        .await
        .is_problem(&[404]);
}

/// A declaration changes what is shown, and so the tag; not the version that If-Match compares.
#[tokio::test]
async fn a_tag_is_of_the_schemas_it_was_shown_under() {
    let server = crate::server();
    let realm = Realm::create(server, "t-ext-tags").await;
    let lower = URN.to_lowercase();
    let user = json!({"userName": "tagged", &lower: {"Tag": "x", "open": "True"}});
    let made = realm.post("/Users", &user).await;
    let path = format!("/Users/{}", made.created());
    let mut with = definition();
    let open = json!({"name": "open", "type": "boolean", "returned": "request"});
    with["attributes"].as_array_mut().unwrap().push(open);
    let declaration = format!("/admin/v1/realms/{}/schemas/{URN}", realm.name);
    let mut tags = vec![made.header("etag").to_owned()];
    for (method, body, status) in [
        ("PUT", Some(definition()), 201),
        ("PUT", Some(with.clone()), 200),
        ("DELETE", None, 204),
        ("PUT", Some(with), 201),
    ] {
        let before = realm.get(&path).await;
        let same = Call::get(&path).header("if-none-match", before.header("etag"));
        realm.send(same).await.is(304);
        let changed = realm.admin(server, method, &declaration, body).await;
        changed.is_admin(status);
        for tag in &tags {
            let answer = realm
                .send(Call::get(&path).header("if-none-match", tag))
                .await;
            let shown = answer.is(200);
            assert_eq!(shown["meta"]["version"], answer.header("etag"));
            let patch = Call::new("PATCH", &path).json(&json!({"Operations": []}));
            realm.send(patch.header("if-match", tag)).await.is(200);
        }
        tags.push(realm.get(&path).await.header("etag").to_owned());
    }
}

/// RFC 7643 section 7, `returned`: what is returned on request is also answered to whom has written it.
#[tokio::test]
async fn what_is_returned_on_request_is_answered_to_its_writer() {
    let realm = Realm::create(crate::server(), "t-ext-request").await;
    let mut on_request = definition();
    on_request["attributes"][0]["returned"] = json!("request");
    put(&realm, URN, &on_request).await.is_admin(201);
    let user = json!({"userName": "r", URN: {"tag": "x", "level": 1}});
    let (whole, rest) = (json!({"tag": "x", "level": 1}), json!({"level": 1}));
    let made = realm.post("/Users", &user).await.is(201);
    assert_eq!(made[URN], whole);
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    assert_eq!(realm.get(&path).await.is(200)[URN], rest);
    assert_eq!(realm.put(&path, &user).await.is(200)[URN], whole);
    for (attribute, value, expected) in [("level", json!(1), &rest), ("tag", json!("x"), &whole)] {
        let path_to = format!("{URN}:{attribute}");
        let op = json!([{"op": "replace", "path": path_to, "value": value}]);
        assert_eq!(
            realm.patch(&path, op).await.is(200)[URN],
            *expected,
            "{attribute}"
        );
    }
    let only = realm
        .put(&format!("{path}?attributes={URN}:level"), &user)
        .await;
    assert_eq!(only.is(200)[URN], rest);
}

/// What a request does not touch must not refuse it.
#[tokio::test]
async fn a_schema_declared_late_or_given_up_refuses_no_other_change() {
    let server = crate::server();
    let realm = declared("t-ext-untouched").await;
    let admin = format!("/admin/v1/realms/{}/schemas/{URN}", realm.name);
    let late = "urn:example:late:2.0:User";
    let large = "n".repeat(20_000);
    let user = json!({"userName": "u", URN: {"tag": large}, late: {"cv": "x", "items": [
        {"x": "1", "primary": true}, {"x": "2", "primary": true}]}});
    let id = realm.post("/Users", &user).await.created();
    let path = format!("/Users/{id}");
    realm
        .admin(server, "DELETE", &admin, None)
        .await
        .is_admin(204);
    let definition = json!({"name": "Late", "resourceType": "User", "attributes": [
        {"name": "a", "type": "string", "required": true},
        {"name": "cv", "type": "string"},
        {"name": "items", "type": "complex", "multiValued": true, "subAttributes": [
            {"name": "id", "type": "string", "required": true},
            {"name": "x", "type": "string"}, {"name": "primary", "type": "boolean"}]}]});
    put(&realm, late, &definition).await.is_admin(201);

    let off = json!([{"op": "replace", "path": "active", "value": false}]);
    let mut shown = realm.patch(&path, off).await.is(200);
    assert_eq!(shown["active"], false);
    shown["active"] = json!(true);
    let shown = realm.put(&path, &shown).await.is(200);
    assert_eq!(shown["active"], true);
    assert_eq!(shown[URN], user[URN]);
    assert_eq!(shown[late], user[late]);
    for (name, value, status) in [
        (format!("{URN}:tag"), json!(format!("{large}n")), 413),
        (format!("{late}:a"), json!(" "), 400),
    ] {
        let op = json!([{"op": "add", "path": name, "value": value}]);
        realm.patch(&path, op).await.is(status);
    }
}

/// Whoever declares what Entra sends loses nothing.
#[tokio::test]
async fn every_fixture_is_replayed_beside_a_declared_extension() {
    let waiting = crate::waiting();
    let path = format!("/schemas/{URN}");
    for fixture in fixture::all() {
        if waiting[&fixture.name].is_null() {
            let name = format!("ext-{}", &fixture.name[..3]);
            let realm = Realm::create(crate::server(), &name).await;
            let declare = ("PUT", path.as_str(), definition());
            // The list of schemas is longer by one, which is the point.
            replay_in(&realm, &fixture, &[declare], |answer| {
                answer.asked.ends_with("/Schemas") && answer.is(200)["totalResults"] == 4
            })
            .await;
        }
    }
}
