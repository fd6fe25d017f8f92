//! What a cursor is bound to, and that it tells nothing.

use super::{Page, ask, crew, page, walk, with};
use muster_tests::{Call, Realm};
use serde_json::{Value, json};

#[tokio::test]
async fn a_cursor_is_of_one_realm_and_one_query() {
    let realm = crew("c-bound").await;
    let query = json!({"count": 3, "filter": "displayName pr", "sortBy": "displayName"});
    let cursor = page(&realm, "/Users", &query, "").await.next.unwrap();
    let with_cursor = with(&query, "cursor", json!(cursor));
    // endpoint, parameter, another value, what is wrong then
    let rows = [
        ("/Users", "attributes", json!("userName"), None),
        ("/Users", "sortOrder", json!("ascending"), None),
        ("/Users/.search", "count", json!(3), None),
        (
            "/Groups",
            "filter",
            json!("displayName pr"),
            Some("invalidCursor"),
        ),
        ("/.search", "count", json!(3), Some("invalidCursor")),
        ("/Users", "filter", json!("title pr"), Some("invalidCursor")),
        ("/Users", "filter", Value::Null, Some("invalidCursor")),
        ("/Users", "sortBy", json!("title"), Some("invalidCursor")),
        ("/Users", "sortBy", Value::Null, Some("invalidCursor")),
        (
            "/Users",
            "sortOrder",
            json!("descending"),
            Some("invalidCursor"),
        ),
        ("/Users", "count", json!(4), Some("invalidCount")),
        ("/Users", "count", json!(0), Some("invalidCount")),
        ("/Users", "count", Value::Null, Some("invalidCount")),
        ("/Users", "startIndex", json!(1), Some("invalidValue")),
    ];
    for (endpoint, name, value, wrong) in rows {
        let answer = realm
            .send(ask(endpoint, &with(&with_cursor, name, value)))
            .await;
        match wrong {
            None => assert_eq!(Page::of(&answer).ids.len(), 3, "{answer:?}"),
            Some(scim_type) => _ = answer.fails(400, scim_type),
        }
    }
    // Another realm has the same answer for it as for what never was a cursor.
    let other = crew("c-elsewhere").await;
    let foreign = other.send(ask("/Users", &with_cursor)).await;
    let none = with(&query, "cursor", json!("not-a-cursor"));
    let none = other.send(ask("/Users", &none)).await;
    assert_eq!(
        foreign.fails(400, "invalidCursor"),
        none.fails(400, "invalidCursor")
    );
}

#[tokio::test]
async fn a_malformed_count_is_said_to_be_one() {
    let realm = crew("c-count").await;
    for count in ["many", "1.5", "1e3", "--1"] {
        let path = format!("/Users?cursor=&count={count}");
        realm.get(&path).await.fails(400, "invalidCount");
    }
}

#[tokio::test]
async fn a_cursor_changed_anywhere_is_refused() {
    let realm = crew("c-tampered").await;
    for query in [
        json!({"count": 2}),
        json!({"count": 2, "sortBy": "userName"}),
    ] {
        let cursor = page(&realm, "/Users", &query, "").await.next.unwrap();
        let mut changed: Vec<String> = (0..cursor.len())
            .flat_map(|at| {
                let other = if &cursor[at..=at] == "A" { "B" } else { "A" };
                let (before, after) = (&cursor[..at], &cursor[at + 1..]);
                [
                    format!("{before}{other}{after}"),
                    format!("{before}{after}"),
                ]
            })
            .collect();
        changed.extend([
            format!("{cursor}A"),
            format!("{cursor}{cursor}"),
            format!(" {cursor}"),
            cursor.to_uppercase(),
            "0".to_owned(),
            "\u{e9}".to_owned(),
            "A".repeat(5_000),
        ]);
        for changed in changed {
            let call = ask("/Users", &with(&query, "cursor", json!(changed)));
            realm.send(call).await.fails(400, "invalidCursor");
        }
    }
}

/// A cursor of a sorted list carries a name: nobody reads it.
#[tokio::test]
async fn a_cursor_shows_nothing_and_fits_into_a_url() {
    let realm = Realm::create(crate::server(), "c-blind").await;
    let longest = "\u{1}".repeat(9_000);
    for name in ["ada.lovelace@example.net", "b@example.net", &longest] {
        realm.user(name).await;
    }
    for (query, longest) in [
        (json!({"count": 1}), 250),
        (json!({"count": 1, "sortBy": "userName"}), 3_072),
        (
            json!({"count": 1, "sortBy": "userName", "sortOrder": "descending"}),
            3_072,
        ),
        (json!({"count": 1, "filter": "userName co \"a\""}), 250),
    ] {
        let pages = walk(&realm, "/Users", &query, async |_| {}).await;
        assert!(pages.len() > 1, "{query}");
        for Page { ids, next, .. } in pages {
            let Some(cursor) = next else { continue };
            assert!(cursor.len() <= longest, "{query}: {}", cursor.len());
            let read = base64(&cursor);
            for clear in ["ada", "lovelace", "userName", "User", ids[0].as_str()] {
                let found = read
                    .windows(clear.len())
                    .any(|some| some == clear.as_bytes());
                assert!(!found, "{query}: `{clear}` stands in {cursor}");
            }
        }
    }
    // What is asked for is authenticated anew on every page.
    let cursor = page(&realm, "/Users", &json!({"count": 1}), "")
        .await
        .next
        .unwrap();
    let call = Call::get(&format!("/Users?count=1&cursor={cursor}"));
    realm.send(call.anonymous()).await.is(401);
}

fn base64(text: &str) -> Vec<u8> {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
