//! `muster member import`: users who are there already, so that an identity
//! provider finds and adopts them instead of making them twice.

use std::path::Path;

use serde_json::{Value, json};

use super::headings::Headings;
use super::outcome::Outcomes;
use super::{Kind, csv};
use crate::Failure;
use crate::cli::batch::batches;
use crate::cli::files;
use crate::cli::output::Format;
use crate::cli::progress::Progress;
use crate::client::{AdminClient, ImportMode};

/// A user to be made, and where in the file it stands.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Entry {
    pub(super) line: usize,
    pub(super) user: Value,
}

pub(super) async fn import(
    client: &AdminClient,
    realm: &str,
    (file, kind): (&Path, Option<Kind>),
    mode: ImportMode,
    format: Format,
) -> Result<(), Failure> {
    let text = files::read(file)?;
    let kind = kind.unwrap_or_else(|| guess(&text));
    let entries = match kind {
        Kind::Csv => from_csv(&text, &super::mappers(client, realm).await?)?,
        Kind::Jsonl => from_jsonl(&text)?,
    };
    let progress = Progress::bar("users", entries.len());
    let mut outcomes = Outcomes::new(mode);
    let sized = entries
        .into_iter()
        .map(|entry| (entry.user.to_string().len(), entry));
    for batch in batches(sized, |(bytes, _)| *bytes) {
        let batch: Vec<Entry> = batch.into_iter().map(|(_, entry)| entry).collect();
        let users: Vec<Value> = batch.iter().map(|entry| entry.user.clone()).collect();
        let answer = client.import_members(realm, &users, mode).await;
        outcomes.take(&batch, &answer.map_err(|failure| cut(&failure, &batch))?);
        progress.advance(batch.len());
    }
    drop(progress);
    outcomes.print(realm, format);
    outcomes.verdict()
}

fn cut(failure: &Failure, batch: &[Entry]) -> Failure {
    let line = batch.first().map_or(1, |entry| entry.line);
    Failure::new(format!(
        "{failure} (from line {line} on nothing is imported; the whole import can be repeated: who is there is not made twice)"
    ))
}

/// An object can only begin a line of JSON Lines.
fn guess(text: &str) -> Kind {
    match text.trim_start().starts_with('{') {
        true => Kind::Jsonl,
        false => Kind::Csv,
    }
}

fn from_csv(text: &str, mappers: &[Value]) -> Result<Vec<Entry>, Failure> {
    let table = csv::read(text)?;
    let headings = Headings::read(&table.header, mappers)?;
    let entries = table.rows.into_iter().filter_map(|row| {
        let user = headings.user(&table.header, &row.cells)?;
        Some(Entry {
            line: row.line,
            user,
        })
    });
    Ok(entries.collect())
}

fn from_jsonl(text: &str) -> Result<Vec<Entry>, Failure> {
    let mut entries = Vec::new();
    for line in files::numbered(text) {
        let object = files::object(line)?;
        entries.extend(user(object).map(|user| Entry { line: line.0, user }));
    }
    Ok(entries)
}

/// A SCIM user as it is, a member of an export by its profile, of groups nothing.
fn user(object: Value) -> Option<Value> {
    match object.get("profile") {
        Some(_) if object.get("type").is_some_and(|kind| kind == "Group") => None,
        Some(profile) => Some(json!({ "profile": profile })),
        None => Some(object),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn lines_of_json() {
        let text = "{\"userName\":\"ada\"}\n\n{\"type\":\"User\",\"id\":\"1\",\"profile\":{\"loginName\":\"bob\"}}\n{\"type\":\"Group\",\"profile\":{}}\n{\"userName\":\"eve\",\"userType\":\"Group\"}\n";
        let entries = from_jsonl(text).unwrap();
        let entries: Vec<(usize, Value)> = entries
            .into_iter()
            .map(|entry| (entry.line, entry.user))
            .collect();
        assert_eq!(
            entries,
            [
                (1, json!({"userName": "ada"})),
                (3, json!({"profile": {"loginName": "bob"}})),
                (5, json!({"userName": "eve", "userType": "Group"})),
            ]
        );
    }

    #[test]
    fn which_kind_a_file_is() {
        for (text, kind) in [
            ("{\"userName\":1}", Kind::Jsonl),
            ("\n {", Kind::Jsonl),
            ("userName,title", Kind::Csv),
            ("", Kind::Csv),
        ] {
            assert_eq!(guess(text), kind, "{text}");
        }
    }
}
