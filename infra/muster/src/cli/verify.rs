//! `muster verify`.

use auth::{Operator, RealmName};
use clap::Args;
use store::{Notice, Store, Summary, Weight};

use super::aws::Aws;
use super::output;
use super::progress::Progress;
use super::reach::Reach;
use crate::Failure;

#[derive(Debug, Args)]
pub(super) struct Verify {
    /// The realms to verify; all, when none is named.
    #[arg(value_name = "REALM")]
    realms: Vec<RealmName>,
    #[command(flatten)]
    reach: Reach,
}

impl Verify {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let (client, table) = self.reach.open(aws).await?;
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
            // Whoever asks whether all is there must not be told that it is.
            return Err(Failure::new(format!(
                "there are no realms in table {table}: either none was made yet, or this is not the table that was meant, or a backup that holds nothing"
            )));
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
