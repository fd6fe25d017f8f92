//! How an answer is sent: compressed for whoever takes it so, whole or not at all,
//! with what it has cost for whoever asks.

mod changes;
pub(crate) mod filled;
pub(crate) mod timing;

use flate2::read::GzDecoder;
use muster_tests::{Answer, Call, Realm, urn};
use serde_json::json;
use std::io::Read;

/// The body as it was before it was compressed.
#[track_caller]
pub(crate) fn plain(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    match answer.header("content-encoding") {
        "" => plain.extend_from_slice(&answer.bytes),
        "gzip" => {
            let mut decoder = GzDecoder::new(&*answer.bytes);
            decoder.read_to_end(&mut plain).unwrap();
        }
        other => panic!("{answer:?}: {other}"),
    }
    plain
}

/// The answer's headers but for those of the one answer and of its transport.
fn headers(answer: &Answer) -> Vec<(String, String)> {
    let changing = ["date", "x-request-id", "content-length", "connection"];
    let headers = answer.headers.iter();
    let mut headers: Vec<(String, String)> = headers
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .filter(|(name, _)| !changing.contains(&name.as_str()))
        .collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn a_large_answer_is_compressed_for_whoever_takes_it() {
    let realm = Realm::create(crate::server(), "z-codings").await;
    let mut members = Vec::new();
    for n in 0..20 {
        members.push(realm.user(&format!("{n}@example.net")).await);
    }
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let group = format!("/Groups/{}", realm.group("Crew", &members).await);
    let user = format!("/Users/{}", members[0]);
    let search = || Call::new("POST", "/Users/.search").json(&json!({"schemas": [urn::SEARCH]}));
    let rename = |name: &str| {
        let operations = json!([{"op": "replace", "path": "displayName", "value": name}]);
        let body = json!({"schemas": [urn::PATCH], "Operations": operations});
        Call::new("PATCH", &format!("{group}?attributes=members")).json(&body)
    };
    let whole = json!({"schemas": [urn::GROUP], "displayName": "Crew"});
    let put = || Call::new("PUT", &group).json(&whole);
    for (accepted, large, small) in [
        (None, "", ""),
        (Some("gzip"), "gzip", ""),
        (Some("gzip, deflate, br"), "gzip", ""),
        (Some("br, x-gzip;q=0.1"), "gzip", ""),
        (Some("*"), "gzip", ""),
        (Some("deflate, br"), "", ""),
        (Some("gzip;q=0"), "", ""),
        (Some("gzip;q=0.5, identity"), "", ""),
        (Some("identity;q=0, gzip"), "gzip", "gzip"),
        (Some("*;q=0"), "", ""),
    ] {
        for (call, expected) in [
            (Call::get("/Users"), large),
            (Call::get("/Groups"), large),
            (Call::get("/Schemas"), large),
            (Call::get(&group), large),
            (search(), large),
            (put(), large),
            (rename(accepted.unwrap_or("nothing")), large),
            (Call::get(&user), small),
            (Call::get("/Users?count=0"), small),
        ] {
            let call = match accepted {
                Some(accepted) => call.header("accept-encoding", accepted),
                None => call,
            };
            let answer = realm.send(call).await;
            assert_eq!(answer.status, 200, "{accepted:?}: {answer:?}");
            let coding = answer.header("content-encoding");
            assert_eq!(coding, expected, "{accepted:?}: {}", answer.asked);
            assert_eq!(answer.header("vary"), "accept-encoding", "{answer:?}");
            let media = answer.header("content-type");
            assert_eq!(media, "application/scim+json", "{}", answer.asked);
        }
    }
    let compressed = |path: &str| Call::get(path).header("accept-encoding", "gzip");
    for path in ["/Users", "/Groups", &group, &user, "/Schemas"] {
        let (as_it_is, packed) = (realm.get(path).await, realm.send(compressed(path)).await);
        assert_eq!(as_it_is.bytes, plain(&packed), "{path}");
        assert_eq!(as_it_is.header("etag"), packed.header("etag"), "{path}");
        // RFC 9110 section 9.3.2: the same headers without the body.
        let head = Call::new("HEAD", path).header("accept-encoding", "gzip");
        let head = realm.send(head).await;
        assert!(head.bytes.is_empty(), "{path}");
        assert_eq!(headers(&head), headers(&packed), "{path}");
    }
    let etag = realm.get(&group).await.header("etag").to_owned();
    let same = compressed(&format!("{group}?attributes=displayName"));
    let same = realm.send(same.header("if-none-match", &etag)).await;
    assert_eq!((same.status, same.header("content-encoding")), (304, ""));
    assert_eq!(same.header("vary"), "accept-encoding", "{same:?}");
}

#[tokio::test]
async fn an_answer_of_the_administration_is_compressed_too() {
    let server = crate::server();
    let realm = Realm::create(server, "z-admin").await;
    for (path, expected) in [
        ("/admin/v1/openapi.json", "gzip"),
        ("/admin/v1/profiles", "gzip"),
        ("/admin/v1/realms/z-admin/keys", ""),
        ("/admin/v1/nothing", ""),
    ] {
        let url = format!("{}{path}", server.origin());
        let call = |accepted| {
            Call::get(&url)
                .anonymous()
                .header("accept-encoding", accepted)
        };
        let ask = |accepted| realm.send(call(accepted).by(server.operator()));
        let (as_it_is, packed) = (ask("br").await, ask("gzip").await);
        assert_eq!(packed.header("content-encoding"), expected, "{packed:?}");
        if as_it_is.status == 200 {
            assert_eq!(as_it_is.bytes, plain(&packed), "{path}");
            assert_eq!(packed.header("cache-control"), "no-store", "{path}");
        }
    }
}
