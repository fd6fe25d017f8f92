//! `muster realm profiles`: which client's ways a realm can follow.

use serde_json::{Value, json};

use crate::Failure;
use crate::cli::output::{self, Column, Format, text};

const PROFILES: [Column; 5] = [
    ("NAME", |profile| text(profile, "name")),
    ("ALIASES", |profile| text(profile, "aliases")),
    ("TITLE", |profile| text(profile, "title")),
    ("TOLERANCES", |profile| {
        list(profile, "tolerances").len().to_string()
    }),
    ("DESCRIPTION", |profile| text(profile, "description")),
];

const TOLERANCES: [Column; 3] = [
    ("TOLERANCE", |tolerance| text(tolerance, "name")),
    ("WHAT IT ALLOWS", |tolerance| text(tolerance, "description")),
    ("SEEN IN", |tolerance| text(tolerance, "source")),
];

/// All profiles, or the one of this name or alias with its tolerances.
pub(super) fn print(format: Format, answer: &Value, name: Option<&str>) -> Result<(), Failure> {
    match (format, name) {
        (Format::Json, None) => output::print_json(answer),
        (Format::Text, None) => output::print(&all(answer)),
        (format, Some(name)) => {
            let profile = find(answer, name)?;
            match format {
                Format::Json => output::print_json(profile),
                Format::Text => output::print(&one(answer, profile)),
            }
        }
    }
    Ok(())
}

fn all(answer: &Value) -> String {
    format!(
        "{}\nWhat a tolerance allows: muster realm profiles NAME",
        output::table(&PROFILES, list(answer, "profiles"))
    )
}

fn find<'a>(answer: &'a Value, name: &str) -> Result<&'a Value, Failure> {
    let is_called = |word: &Value| {
        let word = word.as_str();
        word.is_some_and(|word| word.eq_ignore_ascii_case(name))
    };
    let mut profiles = list(answer, "profiles").iter();
    let found = profiles.find(|profile| {
        let aliases = list(profile, "aliases");
        profile.get("name").is_some_and(is_called) || aliases.iter().any(is_called)
    });
    found.ok_or_else(|| {
        Failure::new(format!(
            "there is no profile `{name}`; `muster realm profiles` lists them"
        ))
    })
}

fn one(answer: &Value, profile: &Value) -> String {
    let known = list(answer, "tolerances");
    let rows: Vec<Value> = list(profile, "tolerances")
        .iter()
        .map(|name| {
            let mut known = known.iter();
            let told = known.find(|tolerance| tolerance.get("name") == Some(name));
            told.cloned().unwrap_or_else(|| json!({ "name": name }))
        })
        .collect();
    let heading = format!(
        "{} ({}): {}",
        text(profile, "name"),
        text(profile, "title"),
        text(profile, "description")
    );
    if rows.is_empty() {
        format!("{heading}\nIt has no tolerances.")
    } else {
        format!("{heading}\n{}", output::table(&TOLERANCES, &rows))
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn answer() -> Value {
        json!({
            "profiles": [
                {"name": "entra", "aliases": ["azure"], "title": "Microsoft Entra ID",
                 "description": "as its provisioning service writes", "tolerances": ["stringBooleans", "newer"]},
                {"name": "strict", "aliases": [], "title": "Strict", "description": "RFC to the letter", "tolerances": []}
            ],
            "tolerances": [{"name": "stringBooleans", "description": "\"True\" for true", "source": "fixture 012"}]
        })
    }

    #[test]
    fn profiles() {
        let answer = answer();
        insta::assert_snapshot!("profiles", all(&answer));
        insta::assert_snapshot!("entra", one(&answer, find(&answer, "AZURE").unwrap()));
        insta::assert_snapshot!("strict", one(&answer, find(&answer, "strict").unwrap()));
        assert!(find(&answer, "nope").is_err());
    }
}
