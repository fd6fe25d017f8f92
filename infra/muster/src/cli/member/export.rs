//! `muster member export`: all members that a filter leaves, as CSV for people
//! and spreadsheets or as JSON Lines for programs.

use std::path::Path;

use serde_json::{Value, json};

use super::columns::{Column, columns};
use super::{Kind, csv};
use crate::Failure;
use crate::cli::files::{Reader, Sink};
use crate::cli::output::{self, Format};
use crate::cli::progress::Progress;
use crate::client::{AdminClient, MemberQuery};

pub(super) async fn export(
    client: &AdminClient,
    realm: &str,
    query: &MemberQuery,
    (file, kind): (&Path, Kind),
    format: Format,
) -> Result<(), Failure> {
    let writing = match kind {
        Kind::Csv => Writing::Csv(columns(&super::mappers(client, realm).await?)),
        Kind::Jsonl => Writing::Jsonl,
    };
    let mut pages = client.members(realm, query);
    // Before a file is made: a filter may be malformed.
    let mut page = pages.page().await?;
    let mut sink = Sink::create(file)?;
    let progress = Progress::counter_beside(&sink, "members");
    let mut count = 0;
    let mut reader = sink.write(&writing.header()?)?;
    while let Some(members) = page {
        let text = writing.rows(&members)?;
        if reader == Reader::Gone {
            return Ok(());
        }
        reader = sink.write(&text)?;
        count += members.len();
        progress.advance(members.len());
        page = pages.page().await?;
    }
    drop(progress);
    let named = sink.named().is_some();
    sink.finish()?;
    match format {
        _ if !named => {}
        Format::Json => output::print_json(&json!({ "realm": realm, "members": count })),
        Format::Text => output::print(&format!(
            "Realm {realm}: {count} members in {}",
            file.display()
        )),
    }
    Ok(())
}

#[derive(Debug)]
enum Writing {
    Csv(Vec<Column>),
    Jsonl,
}

impl Writing {
    fn header(&self) -> Result<String, Failure> {
        match self {
            Self::Csv(columns) => csv::record(columns.iter().map(|column| &column.title)),
            Self::Jsonl => Ok(String::new()),
        }
    }

    fn rows(&self, members: &[Value]) -> Result<String, Failure> {
        let rows = members.iter().map(|member| match self {
            Self::Csv(columns) => csv::record(columns.iter().map(|column| column.cell(member))),
            Self::Jsonl => Ok(format!("{member}\n")),
        });
        rows.collect()
    }
}
