//! The few names and values that requests are made of, so that they collide.

use super::ENTERPRISE;
use serde_json::{Value, json};

/// Names of users: some are one name (README, "Unique").
pub(super) const USERS: &[&str] = &[
    "anna@example.net",
    "ANNA@Example.Net",
    "bernd",
    "Bernd",
    "straße",
    "STRASSE",
    "ﬁn",
    "FIN",
    "ａda",
    "ada",
    "cleo \"the\" cat\\",
    "Öz 𝒳",
];
/// Names of groups.
pub(super) const GROUPS: &[&str] = &[
    "Crew",
    "CREW",
    "Ｃrew",
    "Fleet",
    "Großdeck",
    "GROSSDECK",
    "Yard",
    "a, b (c)",
];
pub(super) const TEXTS: &[&str] = &["Mate", "mate", "Captain", "Öztürk", "x"];
pub(super) const EXTERNAL: &[&str] = &["e1", "E1", "e2", "e3"];
pub(super) const MAILS: &[&str] = &[
    "a@example.net",
    "A@EXAMPLE.net",
    "b@example.org",
    "c@home.example",
];
pub(super) const TYPES: &[&str] = &["work", "home", "Work", "other"];
/// Of users.
pub(super) const USER_LABELS: [&str; 6] = ["u0", "u1", "u2", "u3", "u4", "u5"];
/// Of groups.
pub(super) const GROUP_LABELS: [&str; 5] = ["g0", "g1", "g2", "g3", "g4"];
pub(super) const KEYS: &[&str] = &["main", "reader", "k1", "k2"];

/// Attributes that a filter or an order may name, which are text.
pub(super) const USER_TEXT: &[&str] = &[
    "userName",
    "externalId",
    "title",
    "displayName",
    "name.familyName",
    "name.givenName",
    "emails.value",
    "emails.type",
    "addresses.locality",
    "department",
    "manager.value",
    "userName",
    "USERNAME",
    "groups.display",
];
pub(super) const GROUP_TEXT: &[&str] =
    &["displayName", "externalId", "DisplayName", "members.type"];
/// By which lists are sorted.
pub(super) const ORDERS: &[&str] = &[
    "userName",
    "displayName",
    "title",
    "externalId",
    "name.familyName",
    "department",
    "id",
];
/// Names in `attributes` and `excludedAttributes`.
pub(super) const SHOWN: &[&str] = &[
    "userName",
    "displayName",
    "title",
    "name",
    "name.givenName",
    "emails",
    "emails.value",
    "emails.type",
    "members",
    "members.value",
    "members.display",
    "members.type",
    "groups",
    "groups.display",
    "groups.value",
    "meta",
    "meta.version",
    "externalId",
    "active",
    "password",
    "noSuch",
    "department",
    "manager.value",
    "id",
    "schemas",
];

/// The enterprise URN, and an attribute of it.
pub(super) fn enterprise(name: &str) -> String {
    format!("{ENTERPRISE}:{name}")
}

/// Values of wrong types, and of none.
pub(super) fn odd() -> Vec<Value> {
    vec![
        json!(7),
        json!(true),
        json!("x"),
        json!([]),
        json!({}),
        json!(null),
        json!(""),
        json!(["x", "y"]),
        json!(["x"]),
        json!({"value": "x"}),
        json!({"value": ""}),
        json!([{"value": "x"}, 5]),
        json!([[1]]),
        json!({"Value": "x", "value": "y"}),
    ]
}
