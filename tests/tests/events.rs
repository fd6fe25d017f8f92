//! No event whatever reaches another realm, fails the server, or is left
//! without an answer that an administrator can read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use muster_tests::hostile::{Deployment, OTHER, OWN};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

#[track_caller]
fn check(deployment: &Deployment, method: &str, path: &str, expected: u16) {
    let path = path.replace('~', "/scim/v2");
    let status = deployment.ask(deployment.event(method, &path, ""));
    assert_eq!(status, expected, "{method} {path}");
}

#[test]
fn a_path_names_one_realm() {
    let deployment = Deployment::new();
    check(&deployment, "GET", "/realms/acme~/Users", 200);
    check(&deployment, "GET", "/realms/acme~/Users/", 200);
    check(&deployment, "HEAD", "/realms/acme~/Users", 200);
    check(&deployment, "GET", "/realms/other~/Users", 401);
    check(&deployment, "GET", "/realms/acme/../other~/Users", 404);
    check(&deployment, "GET", "/realms/acme%2f..%2fother~/Users", 401);
    check(&deployment, "GET", "/realms/acme/%2e%2e/other~/Users", 404);
    check(&deployment, "GET", "/realms//other~/Users", 401);
    check(&deployment, "GET", "//realms/other~/Users", 404);
    check(
        &deployment,
        "GET",
        "/realms/acme~/Users/../../../../other~/Users",
        404,
    );
    check(&deployment, "GET", "/realms/%6fther~/Users", 401);
    check(&deployment, "GET", "/realms/acme#other~/Users", 401);
    check(&deployment, "GET", "/realms/acme?/other~/Users", 401);
    check(&deployment, "GET", "https://x/realms/other~/Users", 404);
    check(&deployment, "GET", "/admin/v1/realms", 401);
    check(&deployment, "DELETE", "/admin/v1/realms/other/keys/x", 401);
}

#[test]
fn administration_believes_the_gateway_alone() {
    let deployment = Deployment::new();
    let mut event = deployment.event("GET", "/admin/v1/realms", "");
    event["headers"]["authorization"] = json!("AWS4-HMAC-SHA256 Credential=AKIA/x");
    event["headers"]["x-amzn-iam-user-arn"] = json!("arn:aws:iam::123456789012:user/ada");
    assert_eq!(deployment.ask(event), 401);
}

/// Pieces of paths that name realms, hide them, or break a parser.
fn piece() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "/realms/",
        OWN,
        OTHER,
        "/scim/v2",
        "/Users",
        "/Groups",
        "/.search",
        "/Schemas",
        "/Me",
        "/admin/v1/realms",
        "/",
        "//",
        "/..",
        "/.",
        "%2e%2e",
        "%2f",
        "%2F",
        "%00",
        "%",
        "%25",
        "%6fther",
        "..;",
        "\\",
        "?",
        "#",
        "@",
        ":",
        "\u{0}",
        "\n",
        " ",
        "\"",
        "ü",
        "R#other#U",
        "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => any::<String>()]
}

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..8).prop_map(|pieces| pieces.concat())
}

#[test]
fn hostile_events_keep_the_law() {
    let deployment = Deployment::new();
    let methods = prop::sample::select(vec![
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW", "",
    ]);
    let bodies = prop_oneof![
        Just(Value::Null),
        any::<String>().prop_map(Value::from),
        Just(json!(
            "{\"userName\":\"x\",\"displayName\":\"y\",\"members\":[{\"value\":\"z\"}]}"
        )),
        Just(json!("eyJ1c2VyTmFtZSI6IngifQ==")),
    ];
    let prefixed = prop_oneof![
        path(),
        path().prop_map(|rest| format!("/realms/acme/scim/v2{rest}")),
        path().prop_map(|rest| format!("/realms/acme{rest}/scim/v2/Users")),
    ];
    let strategy = (methods, prefixed, path(), bodies, any::<bool>(), path());
    // PROPTEST_CASES asks for more.
    let cases = Config::default().cases.max(4_000);
    let mut runner = TestRunner::new(Config::with_cases(cases));
    runner
        .run(&strategy, |(method, path, query, body, base64, header)| {
            let mut event = deployment.event(method, &path, &query);
            event["body"] = body;
            event["isBase64Encoded"] = json!(base64);
            event["headers"]["x-forwarded-host"] = json!(header);
            event["headers"]["host"] = json!(OTHER);
            deployment.ask(event);
            Ok(())
        })
        .unwrap();
}
