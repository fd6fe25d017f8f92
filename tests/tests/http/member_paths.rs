//! Members chosen by a filter in a PATCH path (RFC 7644 section 3.5.2.2).

use futures_util::stream::{self, StreamExt};
use muster_tests::Realm;
use serde_json::{Value, json};

/// Two users, and a group in which the first user and a nested group are.
struct Cast {
    realm: Realm,
    ids: [String; 3],
    group: String,
}

impl Cast {
    async fn new(name: &str) -> Self {
        let realm = Realm::create(crate::server(), name).await;
        let (user, late) = (realm.user("a").await, realm.user("b").await);
        let nested = realm.group("Nested", &[]).await;
        let group = realm.group("Group", &[&user, &nested]).await;
        let ids = [user, late, nested];
        Self { realm, ids, group }
    }

    /// The operations with `<0>`, `<1>`, `<2>` for the first user, the other
    /// user and the nested group; afterwards the group has `expected`.
    async fn check(&self, operations: Value, status: u16, expected: &[usize]) {
        let fill = |text: String, (n, id): (usize, &String)| text.replace(&format!("<{n}>"), id);
        let text = operations.to_string();
        let text = self.ids.iter().enumerate().fold(text, fill);
        let path = format!("/Groups/{}", self.group);
        let sent: Value = serde_json::from_str(&text).unwrap();
        let answer = self.realm.patch(&path, sent).await;
        if status == 400 {
            answer.fails(400, "invalidPath");
        } else {
            answer.is(status);
        }
        let ids = expected.iter().map(|n| self.ids[*n].clone());
        let mut ids: Vec<String> = ids.collect();
        ids.sort_unstable();
        assert_eq!(self.realm.members(&self.group).await, ids, "{text}");
        for (n, id) in self.ids.iter().enumerate().take(2) {
            let groups = self.realm.groups(id).await;
            assert_eq!(groups.len(), usize::from(expected.contains(&n)), "{text}");
        }
    }
}

#[tokio::test]
async fn a_filter_sees_what_the_same_request_has_added() {
    let add = json!({"op": "add", "path": "members", "value": [{"value": "<1>"}]});
    let remove = |filter: &str| json!({"op": "remove", "path": format!("members[{filter}]")});
    let rows: [(Value, u16, &[usize]); 8] = [
        (json!([remove("type eq \"User\"")]), 204, &[2]),
        (json!([add, remove("type eq \"User\"")]), 204, &[2]),
        (json!([add, remove("type eq \"Group\"")]), 204, &[0, 1]),
        (json!([remove("type eq \"User\""), add]), 204, &[1, 2]),
        (json!([add, remove("value eq \"<1>\"")]), 204, &[0, 2]),
        (json!([add, remove("value ne \"<1>\"")]), 204, &[1]),
        (json!([remove("display eq \"x\"")]), 400, &[0, 2]),
        // Whole or not at all.
        (json!([add, remove("display eq \"x\"")]), 400, &[0, 2]),
    ];
    for (n, (operations, status, expected)) in rows.into_iter().enumerate() {
        let cast = Cast::new(&format!("mp-{n}")).await;
        cast.check(operations, status, expected).await;
    }
}

#[tokio::test]
async fn how_many_members_are_held_against_filters_is_bounded() {
    let realm = Realm::create(crate::server(), "mp-many").await;
    let users = stream::iter(0..300).map(async |n| realm.user(&format!("u{n}")).await);
    let users: Vec<String> = users.buffered(4).collect().await;
    let group = realm
        .group(
            "Group",
            &users.iter().map(String::as_str).collect::<Vec<_>>(),
        )
        .await;
    let path = format!("/Groups/{group}");
    let nobody = (0..60).map(|n| format!("value co \"z{n}\""));
    let filter = Vec::from_iter(nobody).join(" or ");
    let remove = json!({"op": "remove", "path": format!("members[{filter}]")});
    // 60 comparisons with 36 characters of 300 members, 32 for each beside them.
    let refused = realm.patch(&path, json!(vec![&remove; 1000])).await.is(413);
    let detail = refused["detail"].to_string();
    assert!(detail.contains("send fewer of them"), "{detail}");
    realm.patch(&path, json!(vec![&remove; 100])).await.is(204);
    assert_eq!(realm.members(&group).await.len(), users.len());
}
