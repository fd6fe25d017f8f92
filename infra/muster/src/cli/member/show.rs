//! Members as a person reads them.

use serde_json::{Value, json};

use crate::cli::output::{self, Column, Format, harmless, text};
use crate::client::More;

const COLUMNS: [Column; 6] = [
    ("ID", |member| text(member, "id")),
    ("TYPE", |member| text(member, "type")),
    ("NAME", |member| {
        let name = member.get("userName").or_else(|| member.get("displayName"));
        name.map_or_else(|| "-".to_owned(), output::value)
    }),
    ("STATE", |member| text(member, "state")),
    ("CREATED", |member| text(member, "created")),
    ("BY", |member| output::maker(member, "createdBy")),
];

pub(super) fn print_all(format: Format, members: &[Value], more: More) {
    match format {
        Format::Json => {
            output::print_json(&json!({ "members": members, "more": more == More::Perhaps }));
        }
        Format::Text if members.is_empty() => output::print("No such members"),
        Format::Text => {
            output::print_table(&COLUMNS, members);
            if more == More::Perhaps {
                output::print("There may be more: --limit, or `muster member export` for all");
            }
        }
    }
}

pub(super) fn print_one(format: Format, member: &Value) {
    match format {
        Format::Json => output::print_json(member),
        Format::Text => output::print(&one(member)),
    }
}

fn one(member: &Value) -> String {
    let fields = [
        ("User name", text(member, "userName")),
        ("Display name", text(member, "displayName")),
        ("External id", text(member, "externalId")),
        ("Active", text(member, "active")),
        ("Created", text(member, "created")),
        ("Created by", output::maker(member, "createdBy")),
        ("Last modified", text(member, "lastModified")),
        ("Groups", groups(member)),
    ];
    let profile = member.get("profile").and_then(Value::as_object);
    let profile: Vec<(&str, String)> = profile
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), output::value(value)))
        .collect();
    let profile = match profile.as_slice() {
        [] => String::new(),
        profile => format!("\nProfile\n{}", output::fields(profile)),
    };
    format!(
        "{} {} is {}\n{}{profile}",
        text(member, "type"),
        text(member, "id"),
        text(member, "state"),
        output::fields(&fields)
    )
}

fn groups(member: &Value) -> String {
    let groups = member.get("groups").and_then(Value::as_array);
    let names: Vec<String> = groups
        .into_iter()
        .flatten()
        .filter_map(|group| group.get("displayName").and_then(Value::as_str))
        .map(harmless)
        .collect();
    match names.as_slice() {
        [] => "-".to_owned(),
        names => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members() {
        let user = json!({
            "id": "2819c223-7f76-453a-919d-413861904646", "type": "User", "state": "invited",
            "userName": "ada@example.com", "active": true, "created": "2030-01-01T00:00:00Z",
            "createdBy": {"key": "0123456789ab", "name": "Entra ID"}, "lastModified": "2030-01-01T00:00:00Z",
            "profile": {"loginName": "ada@example.com", "status": false},
            "groups": [{"id": "1", "displayName": "Engines"}, {"id": "2", "displayName": "Crew\n"}]
        });
        let group = json!({"id": "acbf3ae7-8463-4692-b4fd-9b4da3f908ce", "type": "Group", "displayName": "Crew",
            "state": "provisioned", "created": "2030-01-01T00:00:00Z", "createdBy": {"operator": "admin"}, "profile": {}, "groups": []});
        insta::assert_snapshot!("user", one(&user));
        insta::assert_snapshot!("group", one(&group));
        insta::assert_snapshot!("list", output::table(&COLUMNS, &[user, group]));
    }
}
