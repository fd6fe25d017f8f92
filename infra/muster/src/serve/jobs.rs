//! Jobs on one machine, where no stream of the table tells of them: those left
//! by whoever had the table before, then those that a request of this process
//! leaves. What is not finished when the server ends the next start finds.

use std::collections::VecDeque;
use std::time::Duration;

use auth::Operator;
use jiff::Timestamp;
use scim::{Error, Result};
use store::{Meter, PendingJob, Progress, Store};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::{Instant, sleep};

/// How long one job is worked on before the next has its turn.
const TURN: Duration = Duration::from_secs(60);
/// How long one realm's list of jobs may take.
const LISTING: Duration = Duration::from_secs(20);
/// After the table has failed.
const PAUSE: Duration = Duration::from_secs(5);

/// Works on jobs for as long as there is somebody who could tell of one.
pub(super) async fn work(store: Store, mut told: UnboundedReceiver<PendingJob>) {
    // Whoever starts the server reaches the table itself.
    let operator = Operator::of_the_table();
    let mut waiting = loop {
        match left_before(&store, &operator).await {
            Ok(jobs) => break jobs,
            Err(error) => unwell(&error, "the jobs left from before cannot be listed").await,
        }
    };
    loop {
        while let Ok(job) = told.try_recv() {
            queue(&mut waiting, job);
        }
        let Some(job) = waiting.pop_front() else {
            match told.recv().await {
                Some(job) => queue(&mut waiting, job),
                None => return,
            }
            continue;
        };
        let (now, deadline, meter) = (Timestamp::now(), Instant::now() + TURN, Meter::default());
        match store.work(&operator, &job, now, deadline, &meter).await {
            Ok(Progress::Finished) => {
                tracing::info!(
                    realm = %job.realm(),
                    job = %job.id(),
                    rru = meter.read_units(),
                    wru = meter.write_units(),
                    store_calls = meter.calls(),
                    attempts = meter.attempts(),
                    "job finished"
                );
            }
            Ok(Progress::Unfinished) => queue(&mut waiting, job),
            Err(error) => {
                queue(&mut waiting, job);
                unwell(&error, "a job cannot be finished yet").await;
            }
        }
    }
}

/// At the end, unless it waits already: many requests may meet one job.
fn queue(waiting: &mut VecDeque<PendingJob>, job: PendingJob) {
    if !waiting.contains(&job) {
        waiting.push_back(job);
    }
}

/// The jobs of all realms.
async fn left_before(store: &Store, operator: &Operator) -> Result<VecDeque<PendingJob>> {
    let mut found = VecDeque::new();
    for realm in store.verify(operator).realms(&mut |_| {}).await? {
        let (deadline, meter) = (Instant::now() + LISTING, Meter::default());
        found.extend(
            store
                .pending_jobs(operator, &realm, deadline, &meter)
                .await?,
        );
    }
    Ok(found)
}

async fn unwell(error: &Error, what: &str) {
    let cause = error.cause().map(tracing::field::display);
    tracing::warn!(%error, cause, "{what}");
    sleep(PAUSE).await;
}
