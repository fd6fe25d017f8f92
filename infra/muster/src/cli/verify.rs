//! `muster verify`.

use std::path::PathBuf;

use auth::{Operator, RealmName};
use aws_sdk_dynamodb::Client;
use clap::Args;
use store::{Notice, Store, Summary, Weight};

use super::aws::Aws;
use super::output;
use super::progress::Progress;
use crate::Failure;
use crate::embedded::Embedded;
use crate::serve::Table;

/// What a table is called where nobody says otherwise.
const TABLE: &str = "muster";

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The realms to verify; all, when none is named.
    #[arg(value_name = "REALM")]
    realms: Vec<RealmName>,
    /// A local server's data file, which no server may have open [default: .muster/muster.db].
    #[arg(long, value_name = "FILE", conflicts_with = "dynamodb_endpoint")]
    data: Option<PathBuf>,
    /// A table by its name, such as one that a backup was restored to; with AWS credentials.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The DynamoDB that holds the table, when it is not AWS's own.
    #[arg(long, value_name = "URL", requires = "table")]
    dynamodb_endpoint: Option<String>,
}

impl Verify {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let (client, table) = self.open(aws).await?;
        let store = Store::new(client, table.as_str());
        let proof = Operator::of_the_table();
        let progress = Progress::line();
        let mut faults = 0;
        let realms = if self.realms.is_empty() {
            let mut tell = |notice: Notice| faults += told("the directory", &notice, &progress);
            let listed = store.verify(&proof).realms(&mut tell).await;
            listed.map_err(|error| unread(&table, &error))?
        } else {
            self.realms
        };
        if realms.is_empty() && faults == 0 {
            output::print(&format!("There are no realms in table {table}"));
        }
        for realm in &realms {
            let name = format!("realm {realm}");
            let mut tell = |notice: Notice| faults += told(&name, &notice, &progress);
            let summary = store.verify(&proof).realm(realm, &mut tell).await;
            let summary = summary.map_err(|error| unread(&table, &error))?;
            progress.aside(|| output::print(&format!("{name}: {}", line(&summary))));
        }
        match faults {
            0 => Ok(()),
            faults => Err(Failure::new(format!(
                "{faults} findings; nothing was changed"
            ))),
        }
    }

    /// The table to read, and its name.
    async fn open(&self, aws: &Aws) -> Result<(Client, String), Failure> {
        match (aws.stack().await?, &self.table, &self.dynamodb_endpoint) {
            (Some(_), Some(table), _) => Err(Failure::new(format!(
                "`--stack` and `--table {table}` both name a table; leave one of them out (MUSTER_STACK counts too)"
            ))),
            (Some((chain, outputs)), None, _) => {
                Ok((Client::new(chain.config()), outputs.table_name))
            }
            (None, Some(table), Some(url)) => {
                let (client, _) = Table::Endpoint(url.clone()).open();
                Ok((client, table.clone()))
            }
            (None, Some(table), None) if self.data.is_none() => {
                let chain = aws.chain().await?;
                Ok((Client::new(chain.config()), table.clone()))
            }
            (None, table, _) => {
                let table = table.clone().unwrap_or_else(|| TABLE.to_owned());
                Ok((self.local()?, table))
            }
        }
    }

    fn local(&self) -> Result<Client, Failure> {
        let data = self.data.clone();
        let data = data.unwrap_or_else(|| PathBuf::from(".muster/muster.db"));
        // To open a file that is not there would make it.
        if !data.exists() {
            return Err(Failure::new(format!(
                "there is no data file `{}`; name one with `--data`, or a table with `--stack` or `--table`",
                data.display()
            )));
        }
        let embedded = Embedded::open(&data).map_err(|error| Failure::new(error.to_string()))?;
        Ok(embedded.client())
    }
}

/// Prints what was found and answers how many faults it is.
fn told(whose: &str, notice: &Notice, progress: &Progress) -> u64 {
    match notice {
        Notice::Progress(summary) => {
            progress.show(&format!("{whose}: {}", line(summary)));
            0
        }
        Notice::Found(finding) => match finding.weight() {
            Weight::Fault => {
                progress.aside(|| output::print(&format!("{whose}: {finding}")));
                1
            }
            Weight::Leftover => {
                progress.aside(|| output::print(&format!("{whose}: no fault: {finding}")));
                0
            }
        },
    }
}

fn line(summary: &Summary) -> String {
    let counts = [
        ("users", summary.users),
        ("groups", summary.groups),
        ("memberships", summary.memberships),
        ("claims", summary.claims),
        ("indexes", summary.indexes),
        ("keys", summary.keys),
        ("findings", summary.findings),
    ];
    let mut words: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    for (name, count) in [
        ("leftovers", summary.leftovers),
        ("counters that never stood still", summary.unsettled),
    ] {
        if count > 0 {
            words.push(format!("{name} {count}"));
        }
    }
    words.push(format!("read units {}", summary.read_units));
    words.join(", ")
}

fn unread(table: &str, error: &scim::Error) -> Failure {
    match error.kind() {
        scim::ErrorKind::NotFound => Failure::new(error.detail()),
        _ => {
            let why = error
                .cause()
                .map_or_else(|| error.detail().to_owned(), ToString::to_string);
            Failure::new(format!(
                "table `{table}` cannot be read: {why} (whoever verifies needs `dynamodb:Query`, `dynamodb:GetItem` and `dynamodb:BatchGetItem`)"
            ))
        }
    }
}
