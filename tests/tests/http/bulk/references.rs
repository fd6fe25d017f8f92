//! References to what other operations create (RFC 7644 sections 3.7.1 and 3.7.2).

use super::{came_to, group, id, patch, request, send, user};
use muster_tests::{Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

#[tokio::test]
async fn backward_forward_and_in_chains() {
    let realm = realm("b-refs").await;
    for (case, operations) in [
        (
            "backward",
            vec![user("u", "b1"), group("g", "B1", &["bulkId:u"])],
        ),
        (
            "forward",
            vec![group("g", "F1", &["bulkId:u"]), user("u", "f1")],
        ),
        (
            "a chain, its end first",
            vec![
                group("g", "C1", &["bulkId:h"]),
                group("h", "C2", &["bulkId:i"]),
                group("i", "C3", &["bulkId:u"]),
                user("u", "c1"),
            ],
        ),
        (
            "what many refer to",
            vec![
                group("g", "M1", &["bulkId:u", "bulkId:v"]),
                group("h", "M2", &["bulkId:u", "bulkId:g"]),
                user("u", "m1"),
                user("v", "m2"),
            ],
        ),
    ] {
        let answer = send(&realm, &request(&operations)).await;
        let ids: Vec<&str> = operations
            .iter()
            .map(|operation| operation["bulkId"].as_str().unwrap())
            .collect();
        let expected: Vec<String> = ids.iter().map(|id| format!("{id} 201")).collect();
        let expected: Vec<&str> = expected.iter().map(String::as_str).collect();
        let made = came_to(&realm, &answer, &expected);
        for operation in &operations {
            let members = operation["data"]["members"].as_array();
            let Some(members) = members else { continue };
            let mut wanted: Vec<String> = members
                .iter()
                .map(|it| it["value"].as_str().unwrap())
                .map(|it| id(&made, it.strip_prefix("bulkId:").unwrap()))
                .collect();
            wanted.sort_unstable();
            let own = id(&made, operation["bulkId"].as_str().unwrap());
            assert_eq!(realm.members(&own).await, wanted, "{case}");
        }
    }
}

/// References in a path, in a PATCH, in a PUT, in a `$ref`, in an extension, to a stored resource.
#[tokio::test]
async fn wherever_a_reference_stands() {
    let realm = realm("b-places").await;
    let stored = realm.group("Stored", &[]).await;
    let boss = realm.user("boss").await;
    let enterprise = |manager: Value| {
        json!({"schemas": [urn::USER, urn::ENTERPRISE], "userName": "put",
            urn::ENTERPRISE: {"manager": manager}})
    };
    let operations = [
        patch(
            "/Groups/bulkId:g",
            json!({"op": "add", "path": "members", "value": [{"value": boss}]}),
        ),
        patch(
            &format!("/Groups/{stored}"),
            json!({"op": "add", "value": {"members": [{"value": "bulkId:u"}, {"value": "bulkId:g"}]}}),
        ),
        group("g", "New", &[]),
        user("u", "u"),
        user("v", "v"),
        user("a word, with / and %", "w"),
        json!({"method": "PUT", "path": "/Users/bulkId:v", "data":
            enterprise(json!({"$ref": "../Users/bulkId:u", "value": "bulkId:u"}))}),
        patch(
            "/Users/bulkId:u",
            json!({"op": "add", "path": format!("{}:manager", urn::ENTERPRISE), "value": boss}),
        ),
        patch(
            &format!("/Users/{boss}"),
            json!({"op": "add", "path": "manager", "value": "bulkId:a word, with / and %"}),
        ),
        json!({"method": "DELETE", "path": "/Users/bulkId:a word, with / and %"}),
    ];
    let answer = send(&realm, &request(&operations)).await;
    let expected = [
        "PATCH 204",
        "PATCH 204",
        "g 201",
        "u 201",
        "v 201",
        "a word, with / and % 201",
        "PUT 200",
        "PATCH 200",
        "PATCH 200",
        "DELETE 204",
    ];
    let made = came_to(&realm, &answer, &expected);
    let (g, u, v) = (id(&made, "g"), id(&made, "u"), id(&made, "v"));
    assert_eq!(realm.members(&g).await, [boss.as_str()]);
    let mut both = [g.clone(), u.clone()];
    both.sort_unstable();
    assert_eq!(realm.members(&stored).await, both);
    let manager = async |id: &str| {
        let user = realm.get(&format!("/Users/{id}")).await.is(200);
        user[urn::ENTERPRISE]["manager"].clone()
    };
    assert_eq!(manager(&v).await["value"], u.as_str());
    assert!(!manager(&v).await.to_string().contains("bulkId"));
    assert_eq!(manager(&u).await["value"], boss.as_str());
    let gone = id(&made, "a word, with / and %");
    assert_eq!(manager(&boss).await["value"], gone.as_str());
    realm.get(&format!("/Users/{gone}")).await.is(404);
    // Where an operation went is said as if it had come alone.
    let at = &made["Operations"][6]["location"];
    assert_eq!(*at, format!("{}/Users/{v}", realm.url));
}

/// RFC 7644 section 3.7.2 in a PATCH's own path, before and behind what it refers to.
#[tokio::test]
async fn in_the_filter_of_a_path() {
    let realm = realm("b-filters").await;
    let stored = realm.user("stored").await;
    let without = |group: &str, who: &str| {
        let path = format!("members[value eq \"{who}\"]");
        patch(group, json!({"op": "remove", "path": path}))
    };
    let operations = [
        without("/Groups/bulkId:g", "bulkId:u"),
        group("g", "New", &["bulkId:u", "bulkId:v", &stored]),
        user("u", "u"),
        user("v", "v"),
        without("/Groups/bulkId:g", &stored),
        without("/Groups/bulkId:g", "bulkId:nobody"),
    ];
    let answer = send(&realm, &request(&operations)).await;
    let expected = [
        "PATCH 204",
        "g 201",
        "u 201",
        "v 201",
        "PATCH 204",
        "PATCH 400 invalidValue",
    ];
    let made = came_to(&realm, &answer, &expected);
    let group = id(&made, "g");
    assert_eq!(realm.members(&group).await, [id(&made, "v")]);
    // Each says which version it has made.
    let tag = realm.get(&format!("/Groups/{group}")).await;
    let versions = made["Operations"].as_array().unwrap().iter();
    let versions: Vec<&Value> = versions.map(|entry| &entry["version"]).collect();
    assert!(
        versions.contains(&&json!(tag.header("etag"))),
        "{versions:?}"
    );
}

#[tokio::test]
async fn circles_are_closed() {
    let realm = realm("b-circles").await;
    let employee = |bulk_id: &str, manager: &str| {
        let mut user = user(bulk_id, &format!("e-{bulk_id}"));
        user["data"][urn::ENTERPRISE] =
            json!({"department": "Round", "manager": {"value": format!("bulkId:{manager}")}});
        user
    };
    // Three that manage each other, one of them himself; two groups in each other with them.
    let operations = [
        employee("a", "b"),
        employee("b", "c"),
        employee("c", "a"),
        employee("d", "d"),
        group("g", "Round g", &["bulkId:h", "bulkId:a"]),
        group("h", "Round h", &["bulkId:b", "bulkId:i", "bulkId:g"]),
        group("i", "Round i", &["bulkId:g"]),
        patch(
            "/Groups/bulkId:h",
            json!({"op": "remove", "path": "members", "value": [{"value": "bulkId:g"}]}),
        ),
    ];
    let answer = send(&realm, &request(&operations)).await;
    let expected = [
        "a 201",
        "b 201",
        "c 201",
        "d 201",
        "g 201",
        "h 201",
        "i 201",
        "PATCH 204",
    ];
    let made = came_to(&realm, &answer, &expected);
    let of = |bulk_id: &str| id(&made, bulk_id);
    for (employee, manager) in [("a", "b"), ("b", "c"), ("c", "a"), ("d", "d")] {
        let user = realm.get(&format!("/Users/{}", of(employee))).await;
        let enterprise = &user.is(200)[urn::ENTERPRISE];
        assert_eq!(
            enterprise["manager"]["value"],
            of(manager).as_str(),
            "{employee}"
        );
        assert_eq!(enterprise["department"], "Round");
        // The version is the last one's: the user can be changed with it.
        let entries = made["Operations"].as_array().unwrap();
        let entry = entries.iter().find(|it| it["bulkId"] == employee).unwrap();
        let version = entry["version"].as_str().unwrap();
        let own = user.header("etag");
        assert_eq!(
            version.split('.').next(),
            own.split('.').next(),
            "{employee}"
        );
    }
    for (group, members) in [
        ("g", vec!["a", "h"]),
        ("h", vec!["b", "i"]),
        ("i", vec!["g"]),
    ] {
        let mut members: Vec<String> = members.into_iter().map(of).collect();
        members.sort_unstable();
        assert_eq!(realm.members(&of(group)).await, members, "{group}");
    }
    let patched = &made["Operations"][7]["version"];
    let group = realm.get(&format!("/Groups/{}", of("h"))).await;
    assert_eq!(
        patched.as_str().unwrap().split('.').next(),
        group.header("etag").split('.').next()
    );
}

/// What fails takes with it what refers to it, and nothing else.
#[tokio::test]
async fn what_refers_to_a_failure_fails_by_its_name() {
    let realm = realm("b-failed").await;
    realm.user("taken").await;
    let operations = [
        user("bad", "taken"),
        group("g", "Of bad", &["bulkId:bad"]),
        group("h", "Of g", &["bulkId:g"]),
        patch(
            "/Users/bulkId:bad",
            json!({"op": "add", "path": "title", "value": "x"}),
        ),
        user("good", "good"),
        group("i", "Of good", &["bulkId:good"]),
        group("lost", "Lost", &["bulkId:nobody"]),
        patch(
            "/Groups/bulkId:nowhere",
            json!({"op": "add", "path": "externalId", "value": "x"}),
        ),
        json!({"method": "POST", "path": "/Users", "bulkId": "empty"}),
        group("j", "Of empty", &["bulkId:empty"]),
    ];
    let answer = send(&realm, &request(&operations)).await;
    let expected = [
        "bad 409 uniqueness",
        "g 409",
        "h 409",
        "PATCH 409",
        "good 201",
        "i 201",
        "lost 400 invalidValue",
        "PATCH 400 invalidValue",
        "empty 400 invalidSyntax",
        "j 409",
    ];
    let answer = came_to(&realm, &answer, &expected);
    for (at, name) in [
        (1, "bad"),
        (2, "g"),
        (3, "bad"),
        (6, "nobody"),
        (7, "nowhere"),
        (9, "empty"),
    ] {
        let detail = answer["Operations"][at]["response"]["detail"]
            .as_str()
            .unwrap();
        assert!(detail.contains(name), "{detail}");
    }
    let groups = realm.get("/Groups").await.resources();
    assert_eq!(groups.len(), 1, "{groups:?}");
}

#[tokio::test]
async fn a_bulk_id_that_means_two_things_means_nothing() {
    let realm = realm("b-twice").await;
    let operations = [
        user("u", "one"),
        group("g", "Of u", &["bulkId:u"]),
        user("u", "two"),
        user("v", "three"),
    ];
    let answer = send(&realm, &request(&operations)).await;
    let expected = ["u 400 invalidValue", "g 409", "u 400 invalidValue", "v 201"];
    came_to(&realm, &answer, &expected);
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 1);
}

/// A circle of which a part cannot be created: what is there is said.
#[tokio::test]
async fn a_circle_that_breaks_is_told() {
    let realm = realm("b-broken").await;
    realm.group("Taken", &[]).await;
    let operations = [
        group("a", "Taken", &["bulkId:b"]),
        group("b", "Fine", &["bulkId:a"]),
        group("self", "Self", &["bulkId:self"]),
    ];
    let answer = send(&realm, &request(&operations)).await;
    let expected = ["a 409 uniqueness", "b 409", "self 400 invalidValue"];
    let answer = came_to(&realm, &answer, &expected);
    for (at, name) in [(1, "Fine"), (2, "Self")] {
        let entry = &answer["Operations"][at];
        let group = realm.get(entry["location"].as_str().unwrap()).await.is(200);
        assert_eq!(group["displayName"], name);
        let detail = entry["response"]["detail"].as_str().unwrap();
        assert!(detail.contains(group["id"].as_str().unwrap()), "{detail}");
    }
}
