//! What a change answers is what whoever reads the resource then sees, ETag included.

use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

/// How many users there are; a change of them all is a job.
const USERS: usize = 70;

#[tokio::test]
async fn a_change_of_a_group_is_answered_with_the_group_as_it_then_is() {
    let realm = Realm::create(crate::server(), "z-changes").await;
    let mut users = Vec::new();
    for n in 0..USERS {
        users.push(realm.user(&format!("{n}@example.net")).await);
    }
    let nested = realm.group("Nested", &[&users[0]]).await;
    let values = |ids: &[&String]| -> Value {
        let values = ids.iter().map(|id| json!({"value": id}));
        values.collect()
    };
    let some = |from: usize, to: usize| values(&Vec::from_iter(&users[from..to]));
    let all = some(0, USERS);
    let body = |members: Value| json!({"schemas": [urn::GROUP], "displayName": "Crew", "members": members});
    let unknown = json!([{"value": "nobody"}, {"value": users[3]}, {"value": users[3]}]);
    let both = values(&[&nested, &users[1]]);
    let shown = "?attributes=displayName,members.value,members.display";
    for (query, first) in [("", some(0, 2)), (shown, all.clone()), ("", json!([]))] {
        let made = realm.post(&format!("/Groups{query}"), &body(first)).await;
        let group = format!("/Groups/{}", made.created());
        let path = format!("{group}{query}");
        let read = realm.get(&path).await;
        assert_eq!(made.json(), read.is(200), "POST{query}");
        assert_eq!(made.header("etag"), read.header("etag"), "POST{query}");
        // With the path of a GET that shows the same.
        let put = |members: &Value| {
            let call = Call::new("PUT", &path).json(&body(members.clone()));
            (path.clone(), call)
        };
        let patch = |operations: Value| {
            let body = json!({"schemas": [urn::PATCH], "Operations": operations});
            let attributes = if query.is_empty() {
                "?attributes=members"
            } else {
                query
            };
            let path = format!("{group}{attributes}");
            let call = Call::new("PATCH", &path).json(&body);
            (path, call)
        };
        let replace = |members: &Value| {
            patch(json!([{"op": "replace", "path": "members", "value": members}]))
        };
        let chosen = format!("members[value eq \"{}\" or type eq \"Group\"]", users[1]);
        for (read_as, call) in [
            put(&all),
            put(&all),
            put(&some(1, USERS)),
            put(&unknown),
            put(&both),
            put(&some(0, 9)),
            replace(&some(4, 20)),
            replace(&both),
            patch(json!([{"op": "remove", "path": chosen}])),
            patch(json!([{"op": "add", "path": "members", "value": some(30, 33)}])),
            patch(json!([{"op": "remove", "path": "members"}])),
            put(&json!([])),
            (
                path.clone(),
                Call::new("PUT", &path)
                    .json(&json!({"schemas": [urn::GROUP], "displayName": "Crew"})),
            ),
        ] {
            let what = format!("{call:?}");
            let answer = realm.send(call).await;
            let read = realm.get(&read_as).await;
            assert_eq!(answer.is(200), read.is(200), "{what}");
            assert_eq!(answer.header("etag"), read.header("etag"), "{what}");
        }
        realm.delete(&group).await.is(204);
    }
}
