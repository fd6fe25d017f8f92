//! The order of resources by one attribute (RFC 7644 section 3.4.2.3).

use crate::filter_samples::{STAFF, user};
use scim::path::AttrPath;
use scim::sort::{LONGEST, SortKey};
use scim::{ErrorKind, Target};
use serde_json::{Map, Value, json};

/// Checks that `resources` stand in strictly ascending order.
#[track_caller]
fn check(by: &str, resources: &[Value]) {
    let path: AttrPath = by.parse().unwrap();
    let Ok(Target::Attribute(by)) = user().resolve(&path, ErrorKind::InvalidPath) else {
        panic!("{by} is no attribute");
    };
    let keys: Vec<_> = resources
        .iter()
        .map(|resource| SortKey::of(&by, &map(resource)))
        .collect();
    // What a cursor carries is the same key.
    for key in &keys {
        let carried = serde_json::to_string(key).unwrap();
        assert_eq!(
            &serde_json::from_str::<SortKey>(&carried).unwrap(),
            key,
            "{carried}"
        );
    }
    for (index, pair) in keys.windows(2).enumerate() {
        assert!(
            pair[0] < pair[1],
            "{path}: {} < {}",
            resources[index],
            resources[index + 1]
        );
    }
}

fn map(resource: &Value) -> Map<String, Value> {
    resource.as_object().unwrap().clone()
}

#[test]
fn by_type() {
    let named = |name: &str| json!({"userName": name});
    check(
        "userName",
        &[
            named("ada"),
            named("BOB"),
            named("Straße"),
            named("strassf"),
            json!({}),
        ],
    );
    let external = |name: &str| json!({"externalId": name});
    check(
        "externalId",
        &[external("B"), external("a"), json!({"externalId": 5})],
    );
    check(
        "active",
        &[json!({"active": false}), json!({"active": true}), json!({})],
    );
    let created = |text: &str| json!({"meta": {"created": text}});
    check(
        "meta.created",
        &[
            created("2011-05-13T06:42:34+02:00"),
            created("2011-05-13T04:42:34.1Z"),
            created("2011-05-13T04:42:35"),
            created("soon"),
        ],
    );
    let level = |level: Value| json!({STAFF: {"level": level}});
    check(
        &format!("{STAFF}:level"),
        &[
            level(json!(-1)),
            level(json!(0)),
            level(json!(9)),
            level(json!(10)),
            // A hasty reader takes their shortest decimals for other floats.
            level(json!(31.245_270_191_439_438)),
            level(json!(121.487_919_511_619_45)),
            level(json!(9_007_199_254_740_992_i64)),
            level(json!(9_007_199_254_740_993_i64)),
            level(json!(u64::MAX)),
            level(json!(18_446_744_073_709_551_616.123_456_7)),
            level(json!(1e300)),
            level(json!("1")),
        ],
    );
}

#[test]
fn by_the_beginning_of_long_texts() {
    let Ok(Target::Attribute(by)) =
        user().resolve(&"userName".parse().unwrap(), ErrorKind::InvalidPath)
    else {
        panic!("userName is no attribute");
    };
    let key = |name: String| SortKey::of(&by, &map(&json!({"userName": name})));
    for (a, b, same) in [
        ("a".repeat(LONGEST) + "x", "a".repeat(LONGEST) + "y", true),
        (
            "a".repeat(LONGEST - 1) + "x",
            "a".repeat(LONGEST - 1) + "y",
            false,
        ),
        // Cut between characters.
        (
            "a".repeat(LONGEST - 1) + "\u{1e9}",
            "a".repeat(LONGEST - 1) + "\u{436}",
            true,
        ),
    ] {
        assert_eq!(key(a.clone()) == key(b.clone()), same, "{a} {b}");
        // The worst case that a cursor must carry.
        let long = serde_json::to_string(&key("\u{1}".repeat(999))).unwrap();
        assert!(long.len() <= 6 * LONGEST + 16, "{}", long.len());
    }
}

#[test]
fn by_several_values() {
    let emails = |values: Value| json!({"emails": values});
    let order = [
        emails(json!([{"value": "z"}, {"value": "a", "primary": true}])),
        emails(json!([{"value": "b"}, {"value": "0", "primary": false}])),
        emails(json!([{"value": "C"}])),
        emails(json!([])),
    ];
    check("emails", &order);
    check("emails.value", &order);
    check(
        "name.familyName",
        &[
            json!({"name": {"familyName": "a"}}),
            json!({"name": {"givenName": "0"}}),
        ],
    );
    check(
        "manager",
        &[
            json!({scim::schema::ENTERPRISE_USER: {"manager": {"value": "1"}}}),
            json!({scim::schema::ENTERPRISE_USER: {"manager": {"value": "2"}}}),
            json!({}),
        ],
    );
}

#[test]
fn what_no_answer_shows_is_not_readable() {
    for (by, readable) in [
        ("userName", true),
        ("emails.value", true),
        ("password", false),
        (&format!("{STAFF}:pin"), false),
        (&format!("{STAFF}:badge"), true),
        (&format!("{STAFF}:badge.code"), false),
        (&format!("{STAFF}:badge.number"), true),
    ] {
        let path: AttrPath = by.parse().unwrap();
        let Ok(Target::Attribute(found)) = user().resolve(&path, ErrorKind::InvalidPath) else {
            panic!("{by} is no attribute");
        };
        assert_eq!(found.is_readable(), readable, "{by}");
    }
}
