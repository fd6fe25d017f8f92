//! `muster realm export` and `import`: a realm as JSON Lines, first the realm,
//! then its schemas, mappers, users, groups and memberships. What an item holds is the server's affair.

use std::path::Path;

use serde_json::{Value, json};

use crate::Failure;
use crate::cli::batch::batches;
use crate::cli::files::{self, Reader, Sink};
use crate::cli::output::{self, Format};
use crate::cli::progress::Progress;
use crate::client::AdminClient;

pub(super) async fn export(
    client: &AdminClient,
    name: &str,
    file: &Path,
    format: Format,
) -> Result<(), Failure> {
    let mut pages = client.export_realm(name);
    // Before a file is made: there may be no such realm.
    let mut page = pages.page().await?;
    let mut sink = Sink::create(file)?;
    let progress = Progress::counter_beside(&sink, "items");
    let mut count = 0;
    while let Some(items) = page {
        count += items.len();
        let lines: String = items.iter().map(|item| format!("{item}\n")).collect();
        if sink.write(&lines)? == Reader::Gone {
            return Ok(());
        }
        progress.advance(items.len());
        page = pages.page().await?;
    }
    drop(progress);
    let named = sink.named().is_some();
    sink.finish()?;
    match format {
        _ if !named => {}
        Format::Json => output::print_json(&json!({ "realm": name, "items": count })),
        Format::Text => output::print(&format!(
            "Realm {name}: {count} items in {}. Keys are not among them: make new ones where it goes.",
            file.display()
        )),
    }
    Ok(())
}

/// What is in a file, once every line of it is understood.
///
/// # Errors
/// When one is not, or the first is not the realm.
fn check(text: &str) -> Result<usize, Failure> {
    let mut count = 0;
    for line in files::numbered(text) {
        let number = line.0;
        let item = files::object(line)?;
        if count == 0 && !item.get("realm").is_some_and(Value::is_object) {
            return Err(Failure::new(format!(
                "line {number} is not the realm, which comes first in what `muster realm export` writes"
            )));
        }
        count += 1;
    }
    if count == 0 {
        return Err(Failure::new("the file holds nothing"));
    }
    Ok(count)
}

pub(super) fn dry_run(name: &str, file: &Path, format: Format) -> Result<(), Failure> {
    let count = check(&files::read(file)?)?;
    match format {
        Format::Json => output::print_json(&json!({ "realm": name, "items": count })),
        Format::Text => output::print(&format!(
            "{} holds {count} items and every line is understood. Nothing was sent.",
            file.display()
        )),
    }
    Ok(())
}

pub(super) async fn import(
    client: &AdminClient,
    name: &str,
    file: &Path,
    format: Format,
) -> Result<(), Failure> {
    let text = files::read(file)?;
    let count = check(&text)?;
    let progress = Progress::bar("items", count);
    let mut sum = Sum::default();
    client.ensure_realm(name).await?;
    for batch in batches(files::numbered(&text), |(_, line)| line.len()) {
        let from = batch.first().map_or(1, |(number, _)| *number);
        let items = batch.into_iter().map(files::object);
        let items = items.collect::<Result<Vec<_>, _>>()?;
        let answer = client.import_realm(name, &items).await;
        sum.add(&answer.map_err(|failure| {
            Failure::new(format!(
                "{failure} (from line {from} on nothing is imported; the whole import can be repeated: what is there stays)"
            ))
        })?);
        progress.advance(items.len());
    }
    drop(progress);
    sum.print(name, format);
    Ok(())
}

#[derive(Debug, Default)]
struct Sum {
    applied: u64,
    unchanged: u64,
}

impl Sum {
    fn add(&mut self, answer: &Value) {
        let number = |name| answer.get(name).and_then(Value::as_u64).unwrap_or_default();
        self.applied += number("applied");
        self.unchanged += number("unchanged");
    }

    fn print(&self, name: &str, format: Format) {
        let Self { applied, unchanged } = self;
        match format {
            Format::Json => {
                output::print_json(&json!({ "applied": applied, "unchanged": unchanged }));
            }
            Format::Text => output::print(&format!(
                "Realm {name}: {applied} items imported, {unchanged} were there. Make a key with: muster key create {name} --name NAME"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn files_that_are_taken() {
        let realm = json!({"realm": {"displayName": "Acme"}}).to_string();
        let user = json!({"user": {"id": "x"}}).to_string();
        for (text, expected) in [
            (format!("{realm}\n{user}\n\n{user}\n"), Ok(3)),
            (String::new(), Err("the file holds nothing")),
            (format!("{user}\n"), Err("line 1 is not the realm")),
            (format!("{realm}\n{{"), Err("line 2 is no JSON")),
            (format!("{realm}\n[]"), Err("line 2 is no JSON object")),
        ] {
            match (check(&text), expected) {
                (Ok(count), Ok(expected)) => assert_eq!(count, expected, "{text}"),
                (Err(error), Err(said)) => {
                    assert!(error.to_string().starts_with(said), "{error}");
                }
                (seen, _) => assert_eq!(seen, Ok(0), "{text}"),
            }
        }
    }
}
