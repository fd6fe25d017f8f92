//! The examples of RFC 7644 section 3.7, as they stand there but for ids, and
//! for the PATCH message of 3.7.3, which is no JSON there.

use super::{came_to, id, send};
use muster_tests::Realm;
use serde_json::{Value, json};

fn bulk(operations: &Value) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    })
}

#[tokio::test]
async fn a_circle_of_groups() {
    let realm = Realm::create(crate::server(), "b-rfc-circle").await;
    let group = |bulk_id: &str, name: &str, member: &str| {
        json!({
            "method": "POST", "path": "/Groups", "bulkId": bulk_id,
            "data": {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": name,
                "members": [{"type": "Group", "value": member}],
            },
        })
    };
    let body = bulk(&json!([
        group("qwerty", "Group A", "bulkId:ytrewq"),
        group("ytrewq", "Group B", "bulkId:qwerty"),
    ]));
    let answer = send(&realm, &body).await;
    let made = came_to(&realm, &answer, &["qwerty 201", "ytrewq 201"]);
    let (a, b) = (id(&made, "qwerty"), id(&made, "ytrewq"));
    assert_eq!(realm.members(&a).await, [b.as_str()]);
    assert_eq!(realm.members(&b).await, [a.as_str()]);
    let groups = realm.filter("/Groups", "displayName sw 'Group'").await;
    assert_eq!(
        groups.status, 400,
        "a filter's strings stand in double quotes"
    );
    let groups = realm.filter("/Groups", "displayName sw \"Group\"").await;
    let groups = groups.resources();
    assert_eq!(groups.len(), 2);
    for (entry, id) in made["Operations"].as_array().unwrap().iter().zip([a, b]) {
        let group = groups.iter().find(|group| group["id"] == id.as_str());
        let meta = &group.unwrap()["meta"];
        assert_eq!(entry["location"], meta["location"]);
        // Since then the group has become a member itself, which If-Match does not mind.
        let version = |of: &Value| of.as_str().unwrap().split('.').next().unwrap().to_owned();
        assert_eq!(version(&entry["version"]), version(&meta["version"]));
        let member = &group.unwrap()["members"][0];
        assert_eq!(member["type"], "Group", "{member}");
    }
}

#[tokio::test]
async fn alice_in_the_tour_guides() {
    let realm = Realm::create(crate::server(), "b-rfc-alice").await;
    let body = bulk(&json!([
        {
            "method": "POST", "path": "/Users", "bulkId": "qwerty",
            "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice"},
        },
        {
            "method": "POST", "path": "/Groups", "bulkId": "ytrewq",
            "data": {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
                "displayName": "Tour Guides",
                "members": [{"type": "User", "value": "bulkId:qwerty"}],
            },
        },
    ]));
    let answer = send(&realm, &body).await;
    let made = came_to(&realm, &answer, &["qwerty 201", "ytrewq 201"]);
    let (alice, guides) = (id(&made, "qwerty"), id(&made, "ytrewq"));
    let group = realm.get(&format!("/Groups/{guides}")).await;
    let location = format!("{}/Users/{alice}", realm.url);
    let member = json!({"value": alice, "$ref": location, "type": "User"});
    assert_eq!(group.is(200)["members"], json!([member]));
    let entry = &made["Operations"][1];
    assert_eq!(entry["version"], group.header("etag"));
    assert_eq!(entry["location"], group.json()["meta"]["location"]);
    assert_eq!(entry["method"], "POST");
}

#[tokio::test]
async fn bobs_manager_is_alice() {
    let realm = Realm::create(crate::server(), "b-rfc-bob").await;
    let body = bulk(&json!([
        {
            "method": "POST", "path": "/Users", "bulkId": "qwerty",
            "data": {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "Alice"},
        },
        {
            "method": "POST", "path": "/Users", "bulkId": "ytrewq",
            "data": {
                "schemas": [
                    "urn:ietf:params:scim:schemas:core:2.0:User",
                    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
                ],
                "userName": "Bob",
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
                    "employeeNumber": "11250",
                    "manager": {"value": "bulkId:qwerty"},
                },
            },
        },
    ]));
    let answer = send(&realm, &body).await;
    let made = came_to(&realm, &answer, &["qwerty 201", "ytrewq 201"]);
    let bob = realm.get(&format!("/Users/{}", id(&made, "ytrewq"))).await;
    let enterprise = &bob.is(200)["urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"];
    assert_eq!(enterprise["manager"]["value"], id(&made, "qwerty").as_str());
    assert_eq!(enterprise["employeeNumber"], "11250");
}

/// Four kinds of operations with failOnErrors 1: when all go well, when the
/// first one fails, and without it when all fail.
#[tokio::test]
async fn add_update_and_remove() {
    let realm = Realm::create(crate::server(), "b-rfc-four").await;
    let mut ids = Vec::new();
    for name in ["bob", "dave", "old"] {
        ids.push(realm.user(name).await);
    }
    let mut versions = Vec::new();
    for id in &ids {
        let user = realm.get(&format!("/Users/{id}")).await;
        versions.push(user.header("etag").to_owned());
    }
    let body = |name: &str, versions: &[String]| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "failOnErrors": 1,
            "Operations": [
                {
                    "method": "POST", "path": "/Users", "bulkId": "qwerty",
                    "data": {
                        "schemas": ["urn:ietf:params:scim:api:messages:2.0:User"],
                        "userName": name,
                    },
                },
                {
                    "method": "PUT", "path": format!("/Users/{}", ids[0]), "version": versions[0],
                    "data": {
                        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
                        "id": ids[0], "userName": "Bob",
                    },
                },
                {
                    "method": "PATCH", "path": format!("/Users/{}", ids[1]),
                    "version": versions[1],
                    "data": {"Operations": [
                        {"op": "remove", "path": "nickName"},
                        {"op": "add", "path": "userName", "value": "Dave"},
                    ]},
                },
                {"method": "DELETE", "path": format!("/Users/{}", ids[2]), "version": versions[2]},
            ],
        })
    };
    let answer = send(&realm, &body("Alice", &versions)).await;
    let expected = ["qwerty 201", "PUT 200", "PATCH 200", "DELETE 204"];
    let done = came_to(&realm, &answer, &expected);
    for (entry, id) in done["Operations"].as_array().unwrap()[1..].iter().zip(&ids) {
        assert_eq!(entry["location"], format!("{}/Users/{id}", realm.url));
    }
    for (n, name) in ["Bob", "Dave"].iter().enumerate() {
        let user = realm.get(&format!("/Users/{}", ids[n])).await;
        assert_eq!(user.is(200)["userName"], *name);
        assert_eq!(done["Operations"][n + 1]["version"], user.header("etag"));
    }
    realm.get(&format!("/Users/{}", ids[2])).await.is(404);

    // The same again: the name is taken, the versions are old, the user is gone.
    let answer = send(&realm, &body("Alice", &versions)).await;
    let failed = came_to(&realm, &answer, &["qwerty 409 uniqueness"]);
    assert_eq!(failed["Operations"][0]["location"], Value::Null);
    let mut all = body("Alice", &versions);
    all.as_object_mut().unwrap().remove("failOnErrors");
    let answer = send(&realm, &all).await;
    let expected = [
        "qwerty 409 uniqueness",
        "PUT 412",
        "PATCH 412",
        "DELETE 404",
    ];
    let failed = came_to(&realm, &answer, &expected);
    for (entry, id) in failed["Operations"].as_array().unwrap()[1..]
        .iter()
        .zip(&ids)
    {
        assert_eq!(entry["location"], format!("{}/Users/{id}", realm.url));
    }
}
