//! Users who are with the company already.

use super::{Members, ok, problem, user};
use serde_json::{Value, json};

#[tokio::test]
async fn users_are_imported() {
    let members = Members::of(crate::server(), "m-import").await;
    ok(&members
        .ask("PATCH", "", Some(json!({"invitation": true})))
        .await);
    let there = members.realm.user("There@example.com").await;
    let users = json!([
        user("new@example.com", json!({"externalId": "1"})),
        user("there@example.com", json!({"displayName": "Another"})),
        {"displayName": "nameless"},
        user("typed@example.com", json!({"active": "perhaps"})),
        {"profile": {"loginName": "flat@example.com"}},
        {"profile": {"userName": "mapped@example.com", "email": "m@example.com"}},
        user("NEW@example.com", json!({})),
        "no object",
        user("last@example.com", json!({})),
    ]);
    let expected = [
        ("new@example.com", "created", ""),
        ("there@example.com", "exists", ""),
        ("", "invalid", "userName"),
        ("typed@example.com", "invalid", "active"),
        ("", "invalid", "loginName"),
        ("mapped@example.com", "created", ""),
        ("NEW@example.com", "exists", ""),
        ("", "invalid", "object"),
        ("last@example.com", "created", ""),
    ];
    let check = |answer: &Value| {
        assert_eq!(answer["created"], 3, "{answer}");
        assert_eq!(answer["exists"], 2, "{answer}");
        assert_eq!(answer["invalid"], 4, "{answer}");
        let results = answer["results"].as_array().unwrap();
        assert_eq!(results.len(), expected.len());
        for (result, (name, outcome, detail)) in results.iter().zip(expected) {
            let text = |name: &str| result[name].as_str().unwrap_or_default().to_owned();
            assert_eq!(text("userName"), name, "{result}");
            assert_eq!(text("outcome"), outcome, "{result}");
            assert_eq!(
                detail.is_empty(),
                result.get("detail").is_none(),
                "{result}"
            );
            assert!(text("detail").contains(detail), "{result}");
        }
        results[1]["id"].clone()
    };
    let dry = members
        .import(json!({"users": users, "dryRun": true}))
        .await;
    assert_eq!(check(&dry), there.as_str());
    assert_eq!(members.found("").await, ["There@example.com"]);
    let real = members.import(json!({"users": users})).await;
    assert_eq!(check(&real), there.as_str());
    let results = &real["results"];
    assert_eq!(results[0]["id"], results[6]["id"]);
    let shown = members.found("").await;
    assert_eq!(
        shown,
        [
            "There@example.com",
            "last@example.com",
            "mapped@example.com",
            "new@example.com"
        ]
    );
    // A client's match finds them, and they were never invited.
    let found = members
        .realm
        .filter("/Users", "userName eq \"new@example.com\"")
        .await;
    let found = found.resources();
    assert_eq!(found[0]["id"], results[0]["id"]);
    assert_eq!(found[0]["externalId"], "1");
    let path = format!("/members/{}", found[0]["id"].as_str().unwrap());
    let shown = ok(&members.ask("GET", &path, None).await);
    assert_eq!(shown["state"], "provisioned");
    assert!(shown["createdBy"]["operator"].is_string(), "{shown}");
    // Once more: all are there.
    let again = members.import(json!({"users": users})).await;
    assert_eq!(
        (&again["created"], &again["exists"]),
        (&json!(0), &json!(5))
    );
    let there = members.realm.get(&format!("/Users/{there}")).await.is(200);
    assert_eq!(there.get("displayName"), None);
    let many: Vec<Value> = (0..101)
        .map(|n| user(&format!("m{n}"), json!({})))
        .collect();
    let answer = members
        .ask("POST", "/members/import", Some(json!({"users": many})))
        .await;
    problem(&answer, 400, "100");
    let answer = members
        .ask("POST", "/members/import", Some(json!({"user": []})))
        .await;
    problem(&answer, 400, "user");
}
