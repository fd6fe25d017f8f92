//! Request lines that are hostile or broken, mostly over plain TCP, because a
//! URL library would mend them.

use muster_tests::raw::{self, RawAnswer, request};
use muster_tests::{Call, Front, Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

async fn raw_get(target: &[u8], token: Option<&str>) -> RawAnswer {
    raw::send(crate::server().addr(), &request("GET", target, token, b"")).await
}

#[track_caller]
fn is_error(answer: &RawAnswer, status: u16, what: &str) {
    let body = String::from_utf8_lossy(&answer.body);
    assert_eq!(answer.status, status, "{what}: {} {body}", answer.head);
    let body: Value =
        serde_json::from_slice(&answer.body).unwrap_or_else(|_| panic!("{what}: {body}"));
    assert_eq!(body["schemas"], json!([urn::ERROR]), "{what}");
    assert_eq!(body["status"], status.to_string(), "{what}");
    assert!(
        answer
            .head
            .to_lowercase()
            .contains("content-type: application/scim+json"),
        "{what}"
    );
}

#[tokio::test]
async fn an_ambiguous_path_is_never_another_resource() {
    // ZITADEL CVE-2026-32130: an encoded path bypassed authentication.
    let mine = realm("r-paths").await;
    let other = realm("r-victim").await;
    let (user, victim) = (mine.user("mine").await, other.user("victim").await);
    let here = "/realms/r-paths/scim/v2";
    let paths = [
        format!("{here}/Users/../Users/{user}"),
        format!("{here}/../../../r-victim/scim/v2/Users/{victim}"),
        format!("{here}/Users/%2e%2e/Users/{user}"),
        format!("{here}/Users/%2E%2E%2FUsers%2F{user}"),
        format!("{here}/Users/..%2f..%2f..%2f..%2fr-victim/scim/v2/Users/{victim}"),
        format!("{here}//Users/{user}"),
        format!("{here}/Users//{user}"),
        format!("{here}/Users/{user}//"),
        format!("{here}/Users%2F{user}"),
        format!("{here}/Users/{user}%00"),
        format!("{here}/Users/%00{user}"),
        format!("{here}/Users/{user}%5c"),
        format!("{here}/Users%5c{user}"),
        format!("{here}/Users/./{user}"),
        format!("{here}/Users/{user}%20"),
        format!("{here}/Users/{user};a=b"),
        format!("{here}/Users/{user}%252e"),
        format!("{here}/Users/%ff%fe"),
        format!("{here}/Users/{user}%0d%0ax-injected:%201"),
        format!("{here}/users/{user}"),
        format!("{here}/Users/{victim}"),
        format!("{here}%2fUsers/{user}"),
    ];
    for path in &paths {
        let answer = raw_get(path.as_bytes(), Some(&mine.token)).await;
        is_error(&answer, 404, path);
        assert!(!answer.head.to_lowercase().contains("x-injected"), "{path}");
        is_error(&raw_get(path.as_bytes(), None).await, 401, path);
    }
    // A realm name that is not one, or is written otherwise, is nobody's.
    for path in [
        format!("/realms/R-PATHS/scim/v2/Users/{user}"),
        format!("/realms//scim/v2/Users/{user}"),
        format!("/realms/r-paths%00/scim/v2/Users/{user}"),
        format!("/realms/../realms/r-paths/scim/v2/Users/{user}"),
        "/realms/r-paths%23/scim/v2/Users".to_owned(),
    ] {
        let answer = raw_get(path.as_bytes(), Some(&mine.token)).await;
        is_error(&answer, 401, &path);
    }
    for path in [
        "//realms/r-paths/scim/v2/Users",
        "/./realms/r-paths/scim/v2/Users",
        "/x/../realms/r-paths/scim/v2/Users",
        "/",
    ] {
        let answer = raw_get(path.as_bytes(), Some(&mine.token)).await;
        is_error(&answer, 404, path);
    }
    let good = format!("{here}/Users/{user}");
    assert_eq!(
        raw_get(good.as_bytes(), Some(&mine.token)).await.status,
        200
    );
    // What clients do send, and what a gateway makes of it: it decodes a path
    // before the functions see it, and one with a trailing slash is no route.
    for (path, of_the_process, of_the_gateway) in [
        (format!("{good}/"), 200, 404),
        (format!("{here}/%55sers/{user}"), 404, 200),
        ("/realm%73/r-paths/scim/v2/Users".to_owned(), 404, 200),
        (format!("{good}%2F"), 404, 200),
        (format!("/realms/r%2Dpaths/scim/v2/Users/{user}"), 401, 200),
    ] {
        let expected = match crate::server().front() {
            Front::Process => of_the_process,
            Front::Gateway => of_the_gateway,
        };
        let answer = raw_get(path.as_bytes(), Some(&mine.token)).await;
        assert_eq!(answer.status, expected, "{path}: {}", answer.head);
        let answer = raw_get(path.as_bytes(), None).await;
        assert!(
            matches!(answer.status, 401 | 404),
            "{path}: {}",
            answer.head
        );
    }
}

#[tokio::test]
async fn odd_queries_are_read_leniently_or_refused() {
    let realm = realm("r-queries").await;
    realm.user("query").await;
    let here = "/realms/r-queries/scim/v2/Users";
    let rows: [(&[u8], &[u16]); 12] = [
        (b"?filter=userName%20eq%20%22query%22", &[200]),
        (b"?filter=userName+eq+%22query%22&&&", &[200]),
        (b"?count=1&%zz=%", &[200]),
        (b"?filter=userName%20eq%20%22%ff%fe%22", &[200, 400]),
        (b"?filter=userName%20eq%20%22%00%22", &[200, 400]),
        (b"?filter=%ff", &[400]),
        (b"?filter=userName%20eq%20%22\xff\"", &[200, 400]),
        (b"?filter=userName%20eq%20\"query\"", &[200, 400]),
        (b"?attributes=%00", &[200, 400]),
        (b"?attributes=a[[[[", &[200, 400]),
        (
            b"?startIndex=-99999999999999999999&count=99999999999999999999",
            &[200, 400],
        ),
        (b"?sortBy=%22%3Cscript%3E", &[200, 400]),
    ];
    for (query, statuses) in rows {
        let target = [here.as_bytes(), query].concat();
        let what = String::from_utf8_lossy(query);
        let answer = raw_get(&target, Some(&realm.token)).await;
        assert!(statuses.contains(&answer.status), "{what}: {}", answer.head);
    }
    let spaces = format!("{here}?filter=userName eq \"query\"");
    let answer = raw_get(spaces.as_bytes(), Some(&realm.token)).await;
    assert_eq!(
        answer.status, 400,
        "spaces end the request line: {}",
        answer.head
    );
    realm.get("/Users").await.is(200);
}

#[tokio::test]
async fn a_filter_has_limits() {
    // kanidm CVE-2026-46689: 4 KB of `(` aborted the process.
    let realm = realm("r-filters").await;
    realm.user("filters").await;
    let wide: Vec<String> = (0..70).map(|n| format!("title eq \"{n}\"")).collect();
    // What is too long for a query may be sent to `/.search`, within limits of its own.
    let rows = [
        ("(".repeat(4_000), 400),
        ("(".repeat(10_000), 400),
        (
            format!("{}title pr{}", "(".repeat(1_500), ")".repeat(1_500)),
            400,
        ),
        ("not (".repeat(800), 400),
        ("emails[".repeat(500), 400),
        (wide.join(" or "), 200),
        (format!("userName eq \"{}\"", "x".repeat(4_200)), 200),
        (vec!["title pr"; 1_100].join(" or "), 400),
        (format!("userName eq \"{}\"", "x".repeat(100_000)), 400),
        ("a".repeat(100_000), 400),
    ];
    for (filter, status) in rows {
        let what = format!("{}... ({} bytes)", &filter[..20], filter.len());
        let answer = realm
            .post("/Users/.search", &json!({"filter": filter}))
            .await;
        assert_eq!(answer.status, status, "{what}: {answer:?}");
        if status == 400 {
            answer.fails(400, "invalidFilter");
        }
        let encoded = filter.replace(' ', "%20").replace('"', "%22");
        let target = format!("/realms/r-filters/scim/v2/Users?filter={encoded}");
        let answer = raw_get(target.as_bytes(), Some(&realm.token)).await;
        assert!(
            matches!(answer.status, 400 | 414 | 431),
            "{what}: {}",
            answer.head
        );
    }
    let many: Vec<String> = (0..40).map(|n| format!("userName eq \"{n}\"")).collect();
    realm
        .post("/Users/.search", &json!({"filter": many.join(" or ")}))
        .await
        .is(200);
    let path = format!("/Users/{}", realm.user("patched").await);
    for path_in in [
        "(".repeat(4_000),
        format!("emails[{}", "(".repeat(3_000)),
        "x".repeat(50_000),
    ] {
        let operations = json!([{"op": "replace", "path": path_in, "value": "x"}]);
        realm
            .patch(&path, operations)
            .await
            .fails(400, "invalidPath");
    }
}

#[tokio::test]
async fn broken_http_does_not_end_the_server() {
    let realm = realm("r-http").await;
    let addr = crate::server().addr();
    let large = format!(
        "GET / HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n",
        "x".repeat(200_000)
    );
    let rows: [&[u8]; 9] = [
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 TLS?\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nbad header\r\n\r\n",
        b"GET http://evil.example/realms/r-http/scim/v2/Users HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"OPTIONS * HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
        b"GET /realms/r-http/scim/v2/Users HTTP/1.1\r\nconnection: close\r\n\r\n",
        large.as_bytes(),
    ];
    for bytes in rows {
        let answer = raw::send(addr, bytes).await;
        let what = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert!(
            !(200..300).contains(&answer.status),
            "{what}: {}",
            answer.head
        );
        assert!(
            answer.status < 500 || answer.status == 505,
            "{what}: {}",
            answer.head
        );
        realm.get("/Users").await.is(200);
    }
    // The Host header is a client's: nothing is made from it.
    let request = format!(
        "POST /realms/r-http/scim/v2/Users HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\
         x-forwarded-host: evil.example\r\nauthorization: Bearer {}\r\ncontent-length: 18\r\n\r\n\
         {{\"userName\": \"h1\"}}",
        realm.token
    );
    let answer = raw::send(addr, request.as_bytes()).await;
    assert_eq!(answer.status, 201, "{}", answer.head);
    let all = format!("{} {}", answer.head, String::from_utf8_lossy(&answer.body));
    assert!(!all.contains("evil.example"), "{all}");
}

#[tokio::test]
async fn two_authorization_headers_are_none() {
    let realm = realm("r-two").await;
    let request = format!(
        "GET /realms/r-two/scim/v2/Users HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         authorization: Bearer {0}\r\nauthorization: Bearer {0}\r\n\r\n",
        realm.token
    );
    is_error(
        &raw::send(crate::server().addr(), request.as_bytes()).await,
        401,
        "two headers",
    );
    let call = Call::get("/Users")
        .header("user-agent", "")
        .header("accept", "text/html");
    realm.send(call).await.is(200);
}
