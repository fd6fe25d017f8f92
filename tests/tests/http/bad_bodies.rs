//! Bodies that are hostile or broken: each gets its answer, changes nothing,
//! and the server answers the next request.

use muster_tests::raw::{self, request};
use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

/// Sends the body to POST /Users; a SCIM error with this status is expected.
async fn refused(realm: &Realm, what: &str, body: Vec<u8>, status: u16) {
    let answer = realm.send(Call::new("POST", "/Users").bytes(body)).await;
    assert_eq!(answer.status, status, "{what}: {answer:?}");
    answer.is(status);
    let total = realm.get("/Users?count=0").await.is(200);
    assert_eq!(total["totalResults"], 0, "{what} left something behind");
}

#[tokio::test]
async fn broken_json_is_refused() {
    let realm = realm("b-json").await;
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let rows: Vec<(&str, Vec<u8>, u16)> = vec![
        ("nothing", b"".to_vec(), 400),
        ("blanks", b"  \n ".to_vec(), 400),
        ("truncated", br#"{"userName": "x""#.to_vec(), 400),
        ("truncated string", br#"{"userName": "x"#.to_vec(), 400),
        ("trailing data", br#"{"userName": "x"} {}"#.to_vec(), 400),
        ("trailing comma", br#"{"userName": "x",}"#.to_vec(), 400),
        ("no JSON", b"userName=x".to_vec(), 400),
        ("a comment", br#"{"userName": "x" /* y */}"#.to_vec(), 400),
        (
            "duplicate keys",
            br#"{"userName": "x", "userName": "y"}"#.to_vec(),
            400,
        ),
        (
            "nested duplicate keys",
            br#"{"userName": "x", "name": {"givenName": "a", "givenName": "b"}}"#.to_vec(),
            400,
        ),
        (
            "keys the same but for case",
            br#"{"userName": "x", "username": "y"}"#.to_vec(),
            400,
        ),
        (
            "invalid UTF-8",
            b"{\"userName\": \"\xff\xfe\"}".to_vec(),
            400,
        ),
        (
            "overlong UTF-8",
            b"{\"userName\": \"\xc0\xaf\"}".to_vec(),
            400,
        ),
        (
            "UTF-16",
            "{\"userName\": \"x\"}"
                .encode_utf16()
                .flat_map(u16::to_le_bytes)
                .collect(),
            400,
        ),
        ("NUL escaped", br#"{"userName": "x\u0000y"}"#.to_vec(), 400),
        ("NUL raw", b"{\"userName\": \"x\0y\"}".to_vec(), 400),
        (
            "a control character raw",
            b"{\"userName\": \"x\x01y\"}".to_vec(),
            400,
        ),
        (
            "a lone high surrogate",
            br#"{"userName": "x\ud800y"}"#.to_vec(),
            400,
        ),
        (
            "a lone low surrogate",
            br#"{"userName": "x\udc00y"}"#.to_vec(),
            400,
        ),
        ("a bad escape", br#"{"userName": "\q"}"#.to_vec(), 400),
        ("NaN", br#"{"userName": "x", "active": NaN}"#.to_vec(), 400),
        ("10,000 brackets", nested(10_000).into_bytes(), 400),
        ("10,000 open brackets", "[".repeat(10_000).into_bytes(), 400),
        (
            "500,000 open braces",
            "{\"a\":".repeat(150_000).into_bytes(),
            400,
        ),
        (
            "33 levels",
            format!("{{\"userName\": \"x\", \"q\": {}}}", nested(33)).into_bytes(),
            400,
        ),
        (
            "4 MB",
            format!("{{\"userName\": \"{}\"}}", "x".repeat(4 << 20)).into_bytes(),
            413,
        ),
        (
            "a number for a name",
            br#"{"userName": 1e400}"#.to_vec(),
            400,
        ),
        (
            "a huge number for a name",
            format!("{{\"userName\": {}}}", "9".repeat(5_000)).into_bytes(),
            400,
        ),
    ];
    for (what, body, status) in rows {
        refused(&realm, what, body, status).await;
    }
    // Beyond what a gateway takes, whose refusal is no SCIM error.
    let huge = Call::new("POST", "/Users").bytes("x".repeat(10 << 20));
    assert_eq!(realm.send(huge).await.status, 413);
    realm.user("still@example.net").await;
}

#[tokio::test]
async fn odd_but_good_json_is_accepted() {
    let realm = realm("b-odd").await;
    let rows = [
        r#"{"userName": "pair\ud83d\ude00"}"#,
        r#"{"userName": "huge", "unknown": 123456789012345678901234567890e50}"#,
        r#"{"userName": "proto", "__proto__": {"admin": true}, "constructor": 7}"#,
        "\n\t {\"userName\" : \"blanks\"}\r\n",
        r#"{"userName": "\u0055ser \u2028 line"}"#,
        r#"{"USERNAME": "case", "SCHEMAS": ["urn:ietf:params:scim:schemas:core:2.0:User"]}"#,
        r#"{"userName": "meta", "id": "mine", "meta": {"version": "x", "created": 7}}"#,
    ];
    for body in rows {
        let answer = realm.send(Call::new("POST", "/Users").bytes(body)).await;
        let id = answer.created();
        assert_ne!(id, "mine");
        let shown = realm.get(&format!("/Users/{id}")).await.is(200);
        assert!(
            shown.get("__proto__").is_none() && shown.get("unknown").is_none(),
            "{shown}"
        );
    }
    let user = realm
        .filter("/Users", "userName sw \"pair\"")
        .await
        .resources();
    assert_eq!(user[0]["userName"], "pair\u{1f600}");
}

#[tokio::test]
async fn values_that_meet_in_one_item_are_no_conflict() {
    let realm = realm("b-meet").await;
    // DynamoDB refuses a transaction that names an item twice.
    let twice = json!({"userName": "twice", "emails": [
        {"type": "work", "value": "same@example.net"}, {"type": "home", "value": "SAME@example.net"},
        {"type": "work", "value": "same@example.net"},
    ]});
    let path = format!("/Users/{}", realm.post("/Users", &twice).await.created());
    let shown = realm.get(&path).await.is(200);
    assert_eq!(shown["emails"].as_array().unwrap().len(), 2, "{shown}");
    let case = json!([{"op": "replace", "path": "userName", "value": "TWICE"}]);
    assert_eq!(realm.patch(&path, case).await.is(200)["userName"], "TWICE");
    let case =
        json!([{"op": "replace", "path": "emails", "value": [{"value": "Same@Example.net"}]}]);
    realm.patch(&path, case).await.is(200);
    let hits = realm
        .filter("/Users", "emails.value eq \"same@example.net\"")
        .await
        .resources();
    assert_eq!(hits.len(), 1);
    let group = realm.group("Crew", &[]).await;
    let path = format!("/Groups/{group}");
    let case = json!([{"op": "replace", "path": "displayName", "value": "CREW"}]);
    realm.patch(&path, case).await.is(204);
    let user = realm.user("member").await;
    let member = json!({"value": user});
    let operations = json!([
        {"op": "add", "path": "members", "value": [member, member]},
        {"op": "remove", "path": "members", "value": [member]},
        {"op": "add", "path": "members", "value": [member]},
    ]);
    realm.patch(&path, operations).await.is(204);
    assert_eq!(realm.members(&group).await, [user.as_str()]);
    // The same value of two kinds: an externalId and a name are not one claim.
    let body = json!({"userName": "x@example.net", "externalId": "x@example.net",
        "emails": [{"value": "x@example.net"}]});
    realm.post("/Users", &body).await.created();
}

#[tokio::test]
async fn a_group_is_no_member_of_itself() {
    let realm = realm("b-self").await;
    let group = realm.group("Self", &[]).await;
    let path = format!("/Groups/{group}");
    let add = json!([{"op": "add", "path": "members", "value": [{"value": group}]}]);
    realm.patch(&path, add).await.fails(400, "invalidValue");
    let body =
        json!({"schemas": [urn::GROUP], "displayName": "Self", "members": [{"value": group}]});
    realm.put(&path, &body).await.fails(400, "invalidValue");
    assert!(realm.members(&group).await.is_empty());
}

#[tokio::test]
async fn a_patch_has_at_most_a_thousand_operations() {
    let realm = realm("b-many").await;
    let path = format!("/Users/{}", realm.user("many@example.net").await);
    let operations = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({"op": "replace", "path": "title", "value": format!("t{n}")}))
            .collect()
    };
    let answer = realm.patch(&path, operations(1_001)).await;
    assert!(matches!(answer.status, 400 | 413), "{answer:?}");
    answer.is(answer.status);
    assert!(realm.get(&path).await.is(200).get("title").is_none());
    assert_eq!(
        realm.patch(&path, operations(1_000)).await.is(200)["title"],
        "t999"
    );
}

#[tokio::test]
async fn a_body_that_stops_or_lies_is_refused() {
    let realm = realm("b-lies").await;
    let server = crate::server();
    let target = format!("/realms/{}/scim/v2/Users", realm.name);
    let mut chunked = format!(
        "POST {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        realm.token
    );
    // 2 MiB in chunks: the limit holds without Content-Length.
    let mut large = chunked.clone().into_bytes();
    for _ in 0..32 {
        large.extend_from_slice(b"10000\r\n");
        large.extend_from_slice(&vec![b' '; 0x10000]);
        large.extend_from_slice(b"\r\n");
    }
    large.extend_from_slice(b"0\r\n\r\n");
    let answer = raw::send(server.addr(), &large).await;
    assert_eq!(answer.status, 413, "{}", answer.head);

    chunked.push_str("18\r\n{\"userName\": \"chunked1\"}\r\n0\r\n\r\n");
    let answer = raw::send(server.addr(), chunked.as_bytes()).await;
    assert_eq!(
        answer.status,
        201,
        "{} {:?}",
        answer.head,
        String::from_utf8_lossy(&answer.body)
    );

    // Two lengths: which one is true would be for an attacker to choose.
    let good = request(
        "POST",
        target.as_bytes(),
        Some(&realm.token),
        br#"{"userName": "length"}"#,
    );
    let text = String::from_utf8(good).unwrap();
    let two = text.replace("content-length:", "content-length: 5\r\ncontent-length:");
    let answer = raw::send(server.addr(), two.as_bytes()).await;
    assert_eq!(answer.status, 400, "{}", answer.head);
    assert_eq!(realm.get("/Users?count=0").await.is(200)["totalResults"], 1);
}
