//! The columns of an export: some that every realm has, then the mapped names.

use serde_json::Value;

/// What a cell of a fixed column shows of a member.
type Cell = fn(&Value) -> String;

/// An export begins with these three; so an import knows one.
pub(super) const FIRST: [&str; 3] = ["id", "type", "state"];

const FIXED: [(&str, Cell); 11] = [
    ("id", |member| of(member, "id")),
    ("type", |member| of(member, "type")),
    ("state", |member| of(member, "state")),
    ("created", |member| of(member, "created")),
    ("createdBy", maker),
    ("lastModified", |member| of(member, "lastModified")),
    ("groups", groups),
    ("userName", |member| of(member, "userName")),
    ("displayName", |member| of(member, "displayName")),
    ("externalId", |member| of(member, "externalId")),
    ("active", |member| of(member, "active")),
];

/// How many of the fixed columns, from the left, are the server's own words and
/// not a client's to set.
const INFORMATIVE: usize = 7;

/// Set before a mapped name that a fixed column has for something else.
pub(super) const PREFIX: &str = "profile.";

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) title: String,
    source: Source,
}

#[derive(Debug, Clone)]
enum Source {
    Fixed(Cell),
    /// By its name in the flat profile.
    Mapped(String),
}

/// A realm's columns by its mappers.
pub(super) fn columns(mappers: &[Value]) -> Vec<Column> {
    let fixed = FIXED.iter().map(|(title, cell)| Column {
        title: (*title).to_owned(),
        source: Source::Fixed(*cell),
    });
    let mapped = mappers.iter().filter_map(|mapper| {
        let name = mapper.get("name")?.as_str()?;
        let title = match FIXED.iter().any(|(title, _)| *title == name) {
            true if is_the_same(mapper, name) => return None,
            true => format!("{PREFIX}{name}"),
            false => name.to_owned(),
        };
        Some(Column {
            title,
            source: Source::Mapped(name.to_owned()),
        })
    });
    fixed.chain(mapped).collect()
}

impl Column {
    pub(super) fn cell(&self, member: &Value) -> String {
        match &self.source {
            Source::Fixed(cell) => cell(member),
            Source::Mapped(name) => member
                .get("profile")
                .map(|profile| of(profile, name))
                .unwrap_or_default(),
        }
    }
}

/// Whether a column of an export tells, and does not ask.
pub(super) fn is_informative(title: &str) -> bool {
    let mut informative = FIXED.iter().take(INFORMATIVE);
    informative.any(|(name, _)| *name == title)
}

/// Whether a column is a SCIM attribute of the same name.
pub(super) fn is_scim(title: &str) -> bool {
    let mut scim = FIXED.iter().skip(INFORMATIVE);
    scim.any(|(name, _)| *name == title)
}

/// Whether the mapper only repeats the SCIM attribute that a fixed column shows.
fn is_the_same(mapper: &Value, name: &str) -> bool {
    let path = mapper.get("path").and_then(Value::as_str);
    let negated = mapper.get("negate").and_then(Value::as_bool);
    is_scim(name)
        && path.is_some_and(|path| path.eq_ignore_ascii_case(name))
        && negated != Some(true)
}

/// A text as it is, nothing as nothing, all else as JSON.
fn of(object: &Value, name: &str) -> String {
    match object.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn maker(member: &Value) -> String {
    let by = member.get("createdBy").unwrap_or(&Value::Null);
    if by.is_object() {
        let names = ["name", "operator", "key"];
        let said = names.iter().map(|name| of(by, name));
        said.into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    } else {
        of(member, "createdBy")
    }
}

fn groups(member: &Value) -> String {
    let groups = member.get("groups").and_then(Value::as_array);
    let names = groups.into_iter().flatten();
    let names = names.map(|group| of(group, "displayName"));
    names.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn titles_and_cells() {
        let mappers = [
            json!({"name": "displayName", "path": "displayName"}),
            json!({"name": "userName", "path": "emails"}),
            json!({"name": "active", "path": "active", "negate": true}),
            json!({"name": "state", "path": "addresses[type eq \"work\"].region"}),
            json!({"name": "givenName", "path": "name.givenName"}),
            json!({"name": "manager", "path": "manager", "type": "Complex"}),
        ];
        let member = json!({
            "id": "2819c223", "type": "User", "state": "deactivated", "userName": "ada@example.com",
            "displayName": "Ada", "active": false, "created": "2030-01-01T00:00:00Z",
            "createdBy": {"key": "0123456789ab", "name": "Entra ID"}, "version": 3,
            "profile": {"displayName": "Ada", "userName": "a@example.com", "active": true, "state": "Kent",
                "givenName": "Ada", "manager": {"value": "26118915"}},
            "groups": [{"id": "1", "displayName": "Engines"}, {"id": "2", "displayName": "Crew"}]
        });
        let columns = columns(&mappers);
        let seen: Vec<(&str, String)> = columns
            .iter()
            .map(|column| (column.title.as_str(), column.cell(&member)))
            .filter(|(_, cell)| !cell.is_empty())
            .collect();
        let expected = [
            ("id", "2819c223"),
            ("type", "User"),
            ("state", "deactivated"),
            ("created", "2030-01-01T00:00:00Z"),
            ("createdBy", "Entra ID"),
            ("groups", "Engines; Crew"),
            ("userName", "ada@example.com"),
            ("displayName", "Ada"),
            ("active", "false"),
            ("profile.userName", "a@example.com"),
            ("profile.active", "true"),
            ("profile.state", "Kent"),
            ("givenName", "Ada"),
            ("manager", "{\"value\":\"26118915\"}"),
        ];
        let expected: Vec<_> = expected
            .map(|(title, cell)| (title, cell.to_owned()))
            .into();
        assert_eq!(seen, expected);
        assert!(
            FIXED
                .iter()
                .zip(FIRST)
                .all(|((title, _), first)| *title == first)
        );
    }
}
