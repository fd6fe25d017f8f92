//! Realms as a person reads them.

use serde_json::{Value, json};

use crate::cli::output::{self, Column, Format, text};
use crate::cli::words::span_text;

const COLUMNS: [Column; 6] = [
    ("NAME", |realm| text(realm, "name")),
    ("STATE", |realm| text(realm, "state")),
    ("PROFILE", |realm| text(realm, "profile")),
    ("DISPLAY NAME", |realm| text(realm, "displayName")),
    ("CREATED", |realm| text(realm, "created")),
    ("TENANT URL", |realm| text(realm, "tenantUrl")),
];

pub(super) fn print_all(format: Format, realms: Vec<Value>) {
    match format {
        Format::Json => output::print_json(&json!({ "realms": realms })),
        Format::Text if realms.is_empty() => {
            output::print("No realms. Make one with: muster realm create NAME");
        }
        Format::Text => output::print_table(&COLUMNS, &realms),
    }
}

pub(super) fn print_one(format: Format, realm: &Value) {
    match format {
        Format::Json => output::print_json(realm),
        Format::Text => output::print(&one(realm)),
    }
}

fn one(realm: &Value) -> String {
    let name = text(realm, "name");
    let fields = [
        ("Display name", text(realm, "displayName")),
        ("Profile", text(realm, "profile")),
        ("Entra tenant", text(realm, "entraTenantId")),
        ("Created", text(realm, "created")),
        ("Version", text(realm, "version")),
        ("Events", events(realm)),
        ("Limits", limits(realm)),
        ("Invitation", switch(realm.get("invitation")).to_owned()),
        ("Deletion guard", guard(&name, realm)),
        ("Tenant URL", text(realm, "tenantUrl")),
    ];
    let deletion = realm.get("deletion").map(|deletion| {
        format!(
            "\nDeleting since {}: {} items removed, {} users and groups left. Go on with: muster realm delete {name}",
            text(deletion, "since"),
            text(deletion, "removed"),
            text(deletion, "remaining"),
        )
    });
    format!(
        "Realm {name} is {}\n{}{}",
        text(realm, "state"),
        output::fields(&fields),
        deletion.unwrap_or_default()
    )
}

fn events(realm: &Value) -> String {
    let Some(events) = realm.get("events") else {
        return "-".to_owned();
    };
    let values = match events.get("values").and_then(Value::as_bool) {
        Some(true) => "with values",
        _ => "without values",
    };
    format!("kept {} days, {values}", text(events, "retentionDays"))
}

fn limits(realm: &Value) -> String {
    let limits = realm.get("limits").unwrap_or(&Value::Null);
    let words: Vec<String> = [
        ("users", "users"),
        ("groups", "groups"),
        ("requestsPerSecond", "requests a second"),
    ]
    .into_iter()
    .filter_map(|(name, words)| Some(format!("{} {words}", limits.get(name)?.as_u64()?)))
    .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

fn guard(name: &str, realm: &Value) -> String {
    let Some(guard) = realm.get("deletionGuard").filter(|guard| !guard.is_null()) else {
        return "off".to_owned();
    };
    let window = guard.get("windowSeconds").and_then(Value::as_u64);
    let rule = format!(
        "{} in {}",
        text(guard, "maximum"),
        window.map_or_else(|| "-".to_owned(), span_text)
    );
    match guard.get("tripped").and_then(Value::as_str) {
        None => rule,
        Some(since) => format!(
            "{rule}; refuses since {}. Let it start anew with: muster realm release {name}",
            output::harmless(since)
        ),
    }
}

fn switch(value: Option<&Value>) -> &'static str {
    match value.and_then(Value::as_bool) {
        Some(true) => "on",
        _ => "off",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_realm_with_all_of_it_and_one_with_nothing() {
        let realm = json!({
            "name": "acme", "displayName": "Acme", "state": "deleting", "profile": "entra",
            "entraTenantId": "72f988bf", "tenantUrl": "https://h/realms/acme/scim/v2",
            "created": "2030-01-01T00:00:00Z", "version": 7,
            "events": {"retentionDays": 90, "values": true},
            "limits": {"users": 1000, "requestsPerSecond": 25}, "invitation": true,
            "deletionGuard": {"maximum": 50, "windowSeconds": 3600, "tripped": "2030-01-02T00:00:00Z"},
            "deletion": {"since": "2030-01-03T00:00:00Z", "removed": 400, "remaining": 12}
        });
        insta::assert_snapshot!("whole", one(&realm));
        let bare = json!({"name": "bare", "state": "enabled", "created": "2030-01-01T00:00:00Z",
            "tenantUrl": "https://h/realms/bare/scim/v2", "limits": {}, "invitation": false});
        insta::assert_snapshot!("bare", one(&bare));
        insta::assert_snapshot!("list", output::table(&COLUMNS, &[realm, bare]));
    }
}
