//! Events and the requests they become, as a table; and that nothing makes the
//! adapter panic or invent a path.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use http_body_util::BodyExt;
use lambda::{Adapter, Arrived, Event};
use percent_encoding::percent_decode_str;
use proptest::prelude::*;
use serde_json::{Value, json};
use service::Transport;

const URL: &str = "https://scim.example.com/muster";

/// An event of an HTTP API with these members in place of the usual ones.
fn event(changes: &Value) -> Value {
    let mut event = json!({
        "version": "2.0",
        "routeKey": "GET /realms/{realm}/scim/v2/Users",
        "rawPath": "/realms/acme/scim/v2/Users",
        "rawQueryString": "",
        "headers": {"host": "evil.example", "authorization": "Bearer x"},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abc",
            "domainName": "abc.execute-api.eu-central-1.amazonaws.com",
            "domainPrefix": "abc",
            "http": {
                "method": "GET", "path": "/realms/acme/scim/v2/Users",
                "protocol": "HTTP/1.1", "sourceIp": "203.0.113.9", "userAgent": "x"
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "GET /realms/{realm}/scim/v2/Users",
            "stage": "$default",
            "time": "12/Mar/2020:19:03:58 +0000",
            "timeEpoch": 1_583_348_638_390_i64
        },
        "isBase64Encoded": false
    });
    merge(&mut event, changes);
    event
}

fn merge(into: &mut Value, from: &Value) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (name, value) in from {
                merge(into.entry(name.clone()).or_insert(Value::Null), value);
            }
        }
        (into, from) => *into = from.clone(),
    }
}

fn request(adapter: &Adapter, event: Value) -> Result<Arrived, String> {
    let event: Event = serde_json::from_value(event).expect("reading an event never fails");
    adapter
        .request(event, None)
        .map_err(|error| error.detail().to_owned())
}

#[track_caller]
fn check_uri(changes: Value, expected: &str) {
    let arrived = request(&Adapter::new(None), event(&changes)).unwrap();
    assert_eq!(arrived.request.uri().to_string(), expected, "{changes}");
}

#[test]
fn paths_and_queries_stay_what_they_were() {
    let path = |path: &str| json!({"rawPath": path});
    check_uri(
        path("/realms/acme/scim/v2/Users"),
        "/realms/acme/scim/v2/Users",
    );
    check_uri(
        path("/realms/acme/scim/v2/Users/"),
        "/realms/acme/scim/v2/Users/",
    );
    // Decoded by the gateway, and still encoded.
    check_uri(path("/a/urn:ietf:x y"), "/a/urn:ietf:x%20y");
    check_uri(path("/a/urn%3aietf%3Ax%20y"), "/a/urn%3aietf%3Ax%20y");
    check_uri(path("/a/50%"), "/a/50%25");
    check_uri(path("/a/%zz/%4"), "/a/%25zz/%254");
    check_uri(
        path("/a/ü\"<>\\^`{|}#?[]"),
        "/a/%C3%BC%22%3C%3E%5C%5E%60%7B%7C%7D%23%3F%5B%5D",
    );
    check_uri(path("/a\u{0}\n"), "/a%00%0A");
    // Nothing is normalised: what means two things is refused behind.
    check_uri(path("/realms/a/../b//scim"), "/realms/a/../b//scim");
    check_uri(path("//evil.example/realms"), "//evil.example/realms");
    check_uri(path("realms/acme"), "/realms/acme");
    check_uri(path("@evil.example/"), "/@evil.example/");
    check_uri(path(""), "/");
    check_uri(path("*"), "/*");
    check_uri(json!({"rawPath": null}), "/");

    let query = |query: &str| json!({"rawPath": "/u", "rawQueryString": query});
    check_uri(
        query("filter=userName+eq+%22a%22"),
        "/u?filter=userName+eq+%22a%22",
    );
    check_uri(
        query("filter=userName eq \"a\"&x=<"),
        "/u?filter=userName%20eq%20%22a%22&x=%3C",
    );
    check_uri(
        query("filter=emails[type eq]"),
        "/u?filter=emails[type%20eq]",
    );
    check_uri(query("aadOptscim062020"), "/u?aadOptscim062020");
    check_uri(query("a?b#c"), "/u?a?b%23c");
}

#[test]
fn stages_and_prefixes_are_taken_off() {
    let stage =
        |stage: &str, path: &str| json!({"rawPath": path, "requestContext": {"stage": stage}});
    check_uri(stage("prod", "/prod/realms/acme"), "/realms/acme");
    check_uri(stage("prod", "/production/realms"), "/production/realms");
    check_uri(stage("prod", "/realms/prod"), "/realms/prod");
    check_uri(stage("$default", "/$default/realms"), "/$default/realms");
    let adapter = Adapter::new(Some(URL));
    for (path, expected) in [
        ("/muster/realms/acme", "/realms/acme"),
        ("/realms/acme", "/realms/acme"),
        ("/mustering/realms", "/mustering/realms"),
        ("/muster", "/"),
    ] {
        let arrived = request(&adapter, event(&json!({"rawPath": path}))).unwrap();
        assert_eq!(arrived.request.uri().path(), expected, "{path}");
    }
}

#[tokio::test]
async fn bodies() {
    for (changes, expected) in [
        (json!({}), Ok("")),
        (json!({"body": null}), Ok("")),
        (json!({"body": "{\"a\":1}"}), Ok("{\"a\":1}")),
        (
            json!({"body": "eyJhIjoxfQ==", "isBase64Encoded": true}),
            Ok("{\"a\":1}"),
        ),
        (
            json!({"body": "grant_type=x", "isBase64Encoded": false}),
            Ok("grant_type=x"),
        ),
        (
            json!({"body": "no base64!", "isBase64Encoded": true}),
            Err("the event's body is marked as base64 and is not"),
        ),
    ] {
        match (request(&Adapter::new(None), event(&changes)), expected) {
            (Ok(arrived), Ok(expected)) => {
                let body = arrived.request.into_body().collect().await.unwrap();
                assert_eq!(body.to_bytes(), expected.as_bytes(), "{changes}");
            }
            (Err(detail), Err(expected)) => assert_eq!(detail, expected, "{changes}"),
            (got, _) => panic!("{changes}: {got:?}"),
        }
    }
}

#[track_caller]
fn check_transport(changes: Value, expected: [Option<&str>; 3]) {
    let arrived = request(&Adapter::new(None), event(&changes)).unwrap();
    let transport = arrived.request.extensions().get::<Transport>().unwrap();
    let got = [
        transport.base_url.as_deref(),
        transport.source_ip.as_deref(),
        transport
            .principal
            .as_ref()
            .map(|principal| principal.arn()),
    ];
    assert_eq!(got, expected, "{changes}");
}

/// The Host header of every event here is another one.
#[test]
fn what_the_gateway_vouches_for() {
    let base = Some("https://abc.execute-api.eu-central-1.amazonaws.com");
    let ip = Some("203.0.113.9");
    let context = |context: Value| json!({"requestContext": context});
    check_transport(json!({}), [base, ip, None]);
    check_transport(
        context(json!({"domainName": "x.example.com", "stage": "prod"})),
        [Some("https://x.example.com/prod"), ip, None],
    );
    for domain in [
        json!(null),
        json!(""),
        json!("a/b"),
        json!("a@b"),
        json!("a b"),
    ] {
        check_transport(context(json!({"domainName": domain})), [None, ip, None]);
    }
    let arn = "arn:aws:iam::123456789012:user/ada";
    let iam = |iam: Value| context(json!({"authorizer": {"iam": iam}}));
    check_transport(
        iam(json!({"userArn": arn, "accessKey": "AKIA"})),
        [base, ip, Some(arn)],
    );
    check_transport(iam(json!({"userArn": ""})), [base, ip, None]);
    check_transport(iam(json!({"userArn": null})), [base, ip, None]);
    check_transport(iam(json!(null)), [base, ip, None]);
    // A header of that name proves nothing.
    check_transport(
        json!({"headers": {"x-amzn-requestcontext": "{\"authorizer\":{}}"}}),
        [base, ip, None],
    );
    check_transport(
        context(json!({"authorizer": {"jwt": {"claims": {}}}})),
        [base, ip, None],
    );
}

#[test]
fn what_is_no_event_is_refused() {
    let whole = event(&json!({}));
    for wrong in [
        json!(null),
        json!([]),
        json!("x"),
        json!({}),
        json!({"version": "1.0", "path": "/", "httpMethod": "GET"}),
        json!({"requestContext": {}}),
        event(&json!({"rawPath": 7})),
        event(&json!({"headers": {"a b": "x"}})),
        event(&json!({"headers": {"x": "a\nb"}})),
        event(&json!({"headers": 7})),
        event(&json!({"requestContext": {"http": {"method": "GE T"}}})),
        event(&json!({"isBase64Encoded": "perhaps"})),
        event(&json!({"body": {"a": 1}})),
    ] {
        let detail = request(&Adapter::new(None), wrong.clone()).unwrap_err();
        assert!(detail.contains("payload version 2.0"), "{wrong}: {detail}");
    }
    let long = event(&json!({"rawQueryString": "x".repeat(70_000)}));
    let detail = request(&Adapter::new(None), long).unwrap_err();
    assert!(detail.contains("/.search"), "{detail}");
    request(&Adapter::new(None), whole).unwrap();
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(any::<String>(), inner, 0..4)
                .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// A member of an event, and a value that is its kind or anything at all.
fn change() -> impl Strategy<Value = Value> {
    let text = || {
        prop_oneof![
            any::<String>(),
            "[ -~]{0,40}",
            "(/|%|\\.|[a-z]|%2[eEfF5]){0,30}"
        ]
    };
    prop_oneof![
        text().prop_map(|path| json!({"rawPath": format!("/realms/acme/scim/v2{path}")})),
        text().prop_map(|path| json!({ "rawPath": path })),
        text().prop_map(|query| json!({ "rawQueryString": query })),
        (text(), any::<bool>())
            .prop_map(|(body, base64)| json!({"body": body, "isBase64Encoded": base64})),
        (text(), text()).prop_map(|(name, value)| json!({"headers": {name: value}})),
        text().prop_map(|method| json!({"requestContext": {"http": {"method": method}}})),
        text().prop_map(|stage| json!({"requestContext": {"stage": stage}})),
        text().prop_map(|domain| json!({"requestContext": {"domainName": domain}})),
        json_value().prop_map(|value| json!({"requestContext": value})),
        json_value().prop_map(|value| json!({"rawPath": value})),
        json_value().prop_map(|value| json!({"headers": value})),
        json_value().prop_map(|value| json!({"requestContext": {"authorizer": value}})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(2_000)))]

    #[test]
    fn no_event_makes_it_panic(changes in proptest::collection::vec(change(), 0..5), whole in json_value()) {
        let mut event = event(&json!({}));
        for change in &changes {
            merge(&mut event, change);
        }
        drop(request(&Adapter::new(Some(URL)), event));
        drop(request(&Adapter::new(None), whole));
    }

    /// What the path means, decoded, is what the event's path meant.
    #[test]
    fn a_path_keeps_its_meaning(path in "/(/|%|\\.|[a-zü\"<{# ?]|%2[eEfF5]|%41){0,30}") {
        let arrived = request(&Adapter::new(None), event(&json!({"rawPath": path}))).unwrap();
        let decoded = |text: &str| percent_decode_str(text).collect::<Vec<u8>>();
        prop_assert_eq!(decoded(arrived.request.uri().path()), decoded(&path));
        prop_assert_eq!(arrived.request.uri().query(), None);
    }
}
