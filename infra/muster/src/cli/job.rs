//! `muster job finish`.

use std::time::Duration;

use auth::{Operator, RealmName};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use store::{Meter, Notice, Progress as Job, Store};
use tokio::time::Instant;

use super::aws::Aws;
use super::output;
use super::progress::Progress;
use super::reach::Reach;
use crate::Failure;

/// How long one job is worked on before what is left is begun anew.
const AT_A_TIME: Duration = Duration::from_secs(300);

#[derive(Debug, Args)]
pub(super) struct Jobs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Finish what is left of big changes of members, and of what is deleted.
    ///
    /// A deployment's worker does so by itself, and so does a server: this is for
    /// a table that was restored, and for jobs that the worker has given up.
    Finish(Finish),
}

#[derive(Debug, Args)]
struct Finish {
    /// The realms to look at; all, when none is named.
    #[arg(value_name = "REALM")]
    realms: Vec<RealmName>,
    #[command(flatten)]
    reach: Reach,
}

impl Jobs {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let Command::Finish(finish) = self.command;
        finish.run(aws).await
    }
}

impl Finish {
    async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let (client, table) = self.reach.open(aws).await?;
        let store = Store::new(client, table.as_str());
        let proof = Operator::of_the_table();
        let failed = |error: scim::Error| {
            let why = error.cause().map(ToString::to_string);
            let why = why.unwrap_or_else(|| error.detail().to_owned());
            Failure::new(format!(
                "the jobs of table `{table}` cannot be finished: {why}"
            ))
        };
        let realms = if self.realms.is_empty() {
            let mut ignore = |_: Notice| {};
            let listed = store.verify(&proof).realms(&mut ignore).await;
            listed.map_err(failed)?
        } else {
            self.realms
        };
        let progress = Progress::line();
        let meter = Meter::default();
        let mut finished = 0;
        for realm in &realms {
            let deadline = Instant::now() + AT_A_TIME;
            let pending = store.pending_jobs(&proof, realm, deadline, &meter).await;
            for job in pending.map_err(failed)? {
                progress.show(&format!("realm {realm}: job {}", job.id()));
                let mut left = Job::Unfinished;
                while left == Job::Unfinished {
                    let deadline = Instant::now() + AT_A_TIME;
                    left = store
                        .work(&proof, &job, Timestamp::now(), deadline, &meter)
                        .await
                        .map_err(failed)?;
                }
                finished += 1;
            }
        }
        let (reads, writes) = (meter.read_units(), meter.write_units());
        progress.aside(|| {
            output::print(&format!(
                "jobs finished {finished}, read units {reads}, write units {writes}"
            ));
        });
        Ok(())
    }
}
