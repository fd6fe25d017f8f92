//! Cursors, over HTTP: only what this server has sealed for this realm and query is
//! a place in the list, and only for its count and time. What is sealed is any bytes
//! whatever, as another version might have written.

use crate::hostile::{Deployment, OTHER, OWN, caller};
use crate::ring::ring;
use auth::PepperRing;
use jiff::Timestamp;
use serde_json::{Value, json};

pub(super) const WORDS: &[&str] = &[
    "00",
    "01",
    "10",
    "20",
    "30",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "\"until\":",
    "\"count\":10",
    "\"count\":",
    "\"kind\":\"User\"",
    "\"kind\":\"Group\"",
    "\"kind\":",
    "\"id\":",
    "\"key\":",
    "\"Text\":",
    "{\"Boolean\":true}",
    "{\"Number\":0.5}",
    "{\"Number\":1}",
    "\"Missing\"",
    "{\"Instant\":\"2015-10-10T14:38:21Z\"}",
    "99999999999",
    "9223372036854775807",
    "-1",
    "\"2819c223-7f76-453a-919d-413861904646\"",
    "\"a\"",
];

/// How many are on a page.
const COUNT: u64 = 10;

thread_local! {
    static DEPLOYMENT: Deployment = populated();
}

/// Some to be found behind any place.
fn populated() -> Deployment {
    let deployment = Deployment::new();
    for name in ["ada", "bob", "cay"] {
        let mut event = deployment.event("POST", "/realms/acme/scim/v2/Users", "");
        event["body"] = json!(json!({ "userName": name }).to_string());
        assert_eq!(deployment.ask(event), 201);
    }
    deployment
}

pub(super) fn law(data: &[u8]) {
    let Some(([how, which], content)) = data.split_first_chunk() else {
        return;
    };
    let (query, bound_to) = match which {
        b'1' => (
            "sortBy=userName&",
            r#"[["/Users"],null,"userName","ascending"]"#,
        ),
        _ => ("", r#"[["/Users"],null,null,"ascending"]"#),
    };
    let foreign = r#"[["/Groups"],null,null,"ascending"]"#;
    let (ring, realm, bound_to) = match how {
        b'1' => (ring(), OTHER, bound_to),
        b'2' => (ring(), OWN, foreign),
        b'3' => (PepperRing::new("p1", [9; 32]), OWN, bound_to),
        _ => (ring(), OWN, bound_to),
    };
    let is_own = !matches!(how, b'1'..=b'3');
    let sealed = ring.seal(&caller(realm), bound_to.as_bytes(), [7; 12], content);
    let Some(sealed) = sealed else {
        return;
    };
    let query = format!("{query}count={COUNT}&cursor={sealed}");
    let status =
        DEPLOYMENT.with(|it| it.ask(it.event("GET", "/realms/acme/scim/v2/Users", &query)));
    let shown = || {
        format!(
            "{status}: {how} {which} {}",
            String::from_utf8_lossy(content)
        )
    };
    assert!(matches!(status, 200 | 400), "{}", shown());
    if status == 200 {
        assert!(is_own && may_be(content), "{}", shown());
    }
    if is_own && is_first(content) {
        assert_eq!(status, 200, "{}", shown());
    }
}

/// Whether it is a place at all: of this count, not past its end.
fn may_be(content: &[u8]) -> bool {
    let Ok(content) = serde_json::from_slice::<Value>(content) else {
        return false;
    };
    // A struct is read from its members, and from a list of them.
    let member = |name, at| content.get(name).or_else(|| content.get(at as usize));
    let until = member("until", 0).and_then(Value::as_i64);
    let kind = member("kind", 2).and_then(Value::as_str);
    // An end that has come while this runs is not seen here.
    until.is_some_and(|until| until >= Timestamp::now().as_second() - 3_600)
        && member("count", 1).and_then(Value::as_u64) == Some(COUNT)
        && matches!(kind, Some("User" | "Group"))
}

/// Whether it is the beginning of the list, to be answered for sure.
fn is_first(content: &[u8]) -> bool {
    let until = serde_json::from_slice::<Value>(content).ok();
    let until = until.and_then(|content| content["until"].as_i64());
    let until = until.filter(|until| *until > Timestamp::now().as_second() + 3_600);
    let Some(until) = until else {
        return false;
    };
    let first = json!({"until": until, "count": COUNT, "kind": "User", "id": null, "key": null});
    content == first.to_string().as_bytes()
}
