//! `muster event`: what has happened in a realm.

mod line;
mod tail;

use auth::{KeyId, RealmName};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::aws::Aws;
use super::deployment::Deployment;
use super::output::{self, Format};
use super::words::{Moment, Span, status};
use crate::Failure;
use crate::client::{AdminClient, EventQuery, More, Order};

#[derive(Debug, Args)]
pub(super) struct Event {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List events, the newest first.
    List {
        /// The realm.
        realm: RealmName,
        #[command(flatten)]
        range: Range,
        #[command(flatten)]
        filter: Filter,
        /// How many at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        limit: usize,
    },
    /// Show all that is known of one event.
    Show {
        /// The realm.
        realm: RealmName,
        /// The event's id.
        id: String,
    },
    /// Show the last events and then each as it happens, until Ctrl-C. With `--json` one object a line.
    Tail {
        /// The realm.
        realm: RealmName,
        #[command(flatten)]
        filter: Filter,
        /// How many of the past come first.
        #[arg(long, value_name = "NUMBER", default_value_t = 10)]
        limit: usize,
    },
}

#[derive(Debug, Args)]
struct Range {
    /// Not before this moment of RFC 3339, or this day.
    #[arg(long, value_name = "MOMENT")]
    from: Option<Moment>,
    /// Not after it.
    #[arg(long, value_name = "MOMENT")]
    to: Option<Moment>,
    /// Not longer ago than this, such as `1h`.
    #[arg(long, value_name = "SPAN", conflicts_with = "from")]
    since: Option<Span>,
}

#[derive(Debug, Clone, Args)]
struct Filter {
    /// Only of this kind.
    #[arg(long, value_parser = ["write", "refusal", "authentication", "administration", "member", "key", "guard"])]
    kind: Option<String>,
    /// Only with this status code, or of this class, such as `4xx`.
    #[arg(long, value_parser = status)]
    status: Option<String>,
    /// Only of this user or group.
    #[arg(long, value_name = "ID")]
    resource: Option<String>,
    /// Only by this key.
    #[arg(long, value_name = "ID")]
    key: Option<KeyId>,
}

impl Event {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        let client = self.deployment.client(aws).await?;
        match self.command {
            Command::List {
                realm,
                range,
                filter,
                limit,
            } => {
                let query = range.narrow(filter.read(), Timestamp::now());
                list(&client, realm.as_str(), &query, limit, format).await
            }
            Command::Show { realm, id } => {
                let event = client.event(realm.as_str(), &id).await?;
                match format {
                    Format::Json => output::print_json(&event),
                    Format::Text => output::print(&line::whole(&event)),
                }
                Ok(())
            }
            Command::Tail {
                realm,
                filter,
                limit,
            } => {
                let ended = tokio::signal::ctrl_c();
                tokio::select! {
                    failed = tail::follow(&client, realm.as_str(), filter.read(), limit, format) => failed,
                    heard = ended => heard.map_err(|error| {
                        Failure::new(format!("signals cannot be heard: {error}"))
                    }),
                }
            }
        }
    }
}

impl Range {
    fn narrow(&self, query: EventQuery, now: Timestamp) -> EventQuery {
        let since = self.since.map(|span| span.before(now));
        let from = self.from.map(|moment| moment.0).or(since);
        EventQuery {
            from: from.map(|from| from.to_string()),
            to: self.to.map(|to| to.0.to_string()),
            ..query
        }
    }
}

impl Filter {
    fn read(self) -> EventQuery {
        EventQuery {
            kind: self.kind,
            status: self.status,
            resource: self.resource,
            key: self.key.map(|key| key.as_str().to_owned()),
            ..EventQuery::default()
        }
    }
}

async fn list(
    client: &AdminClient,
    realm: &str,
    query: &EventQuery,
    limit: usize,
    format: Format,
) -> Result<(), Failure> {
    let pages = client.events(realm, query, Order::Descending);
    let (events, more) = pages.first(limit).await?;
    match format {
        Format::Json => {
            output::print_json(&json!({ "events": events, "more": more == More::Perhaps }));
        }
        Format::Text if events.is_empty() => output::print("No such events"),
        Format::Text => {
            output::print(&listed(&events));
            if more == More::Perhaps {
                output::print("There may be more: --limit");
            }
        }
    }
    Ok(())
}

fn listed(events: &[Value]) -> String {
    output::table(&line::COLUMNS, events)
}
