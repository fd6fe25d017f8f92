//! `muster member`: provisioned users and groups, and users who were there before.

mod columns;
mod csv;
mod export;
mod headings;
mod import;
mod outcome;
mod show;

use std::path::{Path, PathBuf};

use auth::RealmName;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::aws::Aws;
use super::deployment::Deployment;
use crate::Failure;
use crate::client::{AdminClient, ImportMode, MemberQuery};

#[derive(Debug, Args)]
pub(super) struct Member {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List users and groups with their states.
    List {
        /// The realm.
        realm: RealmName,
        #[command(flatten)]
        which: Which,
        /// How many at most.
        #[arg(long, value_name = "NUMBER", default_value_t = 100)]
        limit: usize,
    },
    /// Show one with its mapped profile and its groups.
    Show {
        /// The realm.
        realm: RealmName,
        /// The member's id.
        id: String,
    },
    /// Move a member along, such as from `accepted` to `confirmed`.
    State {
        /// The realm.
        realm: RealmName,
        /// The member's id.
        id: String,
        /// The state it comes to.
        #[arg(value_parser = STATES)]
        state: String,
    },
    /// Write all users and groups that the options leave.
    Export {
        /// The realm.
        realm: RealmName,
        /// The file, which is replaced; `-`: standard output.
        file: PathBuf,
        #[command(flatten)]
        which: Which,
        /// CSV or JSON Lines; without it the file's name decides (`.jsonl`), else it is CSV.
        #[arg(long, value_enum)]
        format: Option<Kind>,
    },
    /// Make users who are not there yet; repeating it is harmless.
    ///
    /// From CSV with a header of mapped names (`muster mapper list REALM`) or of SCIM attributes such
    /// as `userName`, or from JSON Lines of SCIM users. Ends with 1 when a user is invalid.
    Import {
        /// The realm.
        realm: RealmName,
        /// The file; `-`: standard input.
        file: PathBuf,
        /// CSV or JSON Lines; without it the text itself decides.
        #[arg(long, value_enum)]
        format: Option<Kind>,
        /// Say what would become of each user, and change nothing.
        #[arg(long)]
        dry_run: bool,
    },
}

const STATES: [&str; 5] = [
    "provisioned",
    "invited",
    "accepted",
    "confirmed",
    "deactivated",
];

#[derive(Debug, Args)]
struct Which {
    /// Only users, or only groups.
    #[arg(long = "type", value_name = "TYPE", value_parser = ["user", "group"])]
    kind: Option<String>,
    /// Only with this text in userName, displayName or an e-mail address.
    #[arg(long = "q", value_name = "TEXT")]
    text: Option<String>,
    /// Only those that a SCIM filter matches, such as `title sw "Dr"`.
    #[arg(long)]
    filter: Option<String>,
    /// Only in this state.
    #[arg(long, value_parser = STATES)]
    state: Option<String>,
}

/// How a file of members is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    Csv,
    Jsonl,
}

impl Member {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        let client = self.deployment.client(aws).await?;
        match self.command {
            Command::List {
                realm,
                which,
                limit,
            } => {
                let pages = client.members(realm.as_str(), &which.read());
                let (members, more) = pages.first(limit).await?;
                show::print_all(format, &members, more);
                Ok(())
            }
            Command::Show { realm, id } => {
                let member = client.member(realm.as_str(), &id).await?;
                show::print_one(format, &member);
                Ok(())
            }
            Command::State { realm, id, state } => {
                let (realm, id) = (realm.as_str(), id.as_str());
                let member = client.set_member_state(realm, id, &state).await?;
                show::print_one(format, &member);
                Ok(())
            }
            Command::Export {
                realm,
                file,
                which,
                format: kind,
            } => {
                let kind = kind.unwrap_or_else(|| Kind::by_name(&file));
                let file = (file.as_path(), kind);
                export::export(&client, realm.as_str(), &which.read(), file, format).await
            }
            Command::Import {
                realm,
                file,
                format: kind,
                dry_run,
            } => {
                let mode = match dry_run {
                    true => ImportMode::DryRun,
                    false => ImportMode::Real,
                };
                let file = (file.as_path(), kind);
                import::import(&client, realm.as_str(), file, mode, format).await
            }
        }
    }
}

impl Which {
    fn read(self) -> MemberQuery {
        MemberQuery {
            kind: self.kind,
            text: self.text,
            filter: self.filter,
            state: self.state,
        }
    }
}

impl Kind {
    fn by_name(file: &Path) -> Self {
        let extension = file.extension().and_then(|extension| extension.to_str());
        match extension {
            Some("jsonl" | "ndjson" | "json") => Self::Jsonl,
            _ => Self::Csv,
        }
    }
}

/// A realm's mappers, be they its own or the defaults.
async fn mappers(client: &AdminClient, realm: &str) -> Result<Vec<Value>, Failure> {
    let mut answer = client.mappers(realm).await?;
    Ok(match answer.get_mut("mappers").map(Value::take) {
        Some(Value::Array(mappers)) => mappers,
        _ => Vec::new(),
    })
}
