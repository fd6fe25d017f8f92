//! The life of the function that finishes jobs: each batch of the table's stream
//! on its way through.
//!
//! Realms are worked on side by side, the jobs of one realm one after the other,
//! since they may change the same members. What cannot be finished before the
//! invocation ends is handed on: the stream announces it again.

use crate::clients::Clients;
use crate::log::Log;
use crate::settings::Settings;
use crate::start::{start, time_left, warm_up};
use crate::stream::{Batch, BatchResponse};
use auth::Operator;
use futures_util::future::join_all;
use jiff::Timestamp;
use lambda_http::lambda_runtime;
use lambda_http::{Context, LambdaEvent, service_fn};
use scim::{Cause, Error, Result};
use service::Served;
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use store::{JobId, Meter, PendingJob, Progress, Store};
use tokio::time::Instant;

/// What is kept of an invocation's time to hand on what is not finished.
const TO_HAND_ON: Duration = Duration::from_secs(15);
/// What is kept of that to answer.
const TO_ANSWER: Duration = Duration::from_secs(3);
/// How long an invocation takes whose end nobody has told.
const UNTOLD: Duration = Duration::from_secs(60);

/// The log line's `operation`.
const OPERATION: &str = "RunJob";
/// Its `status` for a job that is finished.
const FINISHED: u16 = 200;
/// And for one that is handed on.
const HANDED_ON: u16 = 202;

/// The whole of the worker's `main`: works on the jobs that the table's stream
/// announces until Lambda ends the process.
pub fn worker() -> ExitCode {
    start(serve)
}

async fn serve(
    settings: Settings,
    clients: Clients,
    log: Arc<Log>,
) -> std::result::Result<(), Cause> {
    let started = SystemTime::now();
    let store = Store::new(clients.dynamodb, settings.table.as_str());
    warm_up(&store).await;
    let worker = Arc::new(Worker {
        started,
        store,
        // Only the stream of the table is ever answered, by a role that reaches the table.
        operator: Operator::of_the_table(),
        log,
    });
    lambda_runtime::Runtime::new(service_fn(move |event: LambdaEvent<Batch>| {
        let worker = Arc::clone(&worker);
        async move { Ok::<_, Infallible>(worker.invoke(event).await) }
    }))
    .run()
    .await
    .map_err(|_| "the runtime API cannot be reached".into())
}

/// The started function.
struct Worker {
    started: SystemTime,
    store: Store,
    operator: Operator,
    log: Arc<Log>,
}

/// Until when an invocation does what.
#[derive(Debug, Clone, Copy)]
struct Deadlines {
    work: Instant,
    hand_on: Instant,
}

impl Worker {
    async fn invoke(&self, event: LambdaEvent<Batch>) -> BatchResponse {
        let LambdaEvent { payload, context } = event;
        self.log.begin(&context);
        let left = time_left(context.deadline, SystemTime::now(), self.started);
        let deadlines = Deadlines::of(left.unwrap_or(UNTOLD));
        let realms = payload.jobs().into_iter();
        let realms = realms.map(|jobs| self.run_all(jobs, deadlines, &context));
        let failed = join_all(realms).await.into_iter().flatten().collect();
        self.log.end();
        payload.response(&failed)
    }

    /// Runs the jobs of one realm; those that have failed.
    async fn run_all(
        &self,
        jobs: Vec<&PendingJob>,
        deadlines: Deadlines,
        invocation: &Context,
    ) -> BTreeSet<JobId> {
        let mut failed = BTreeSet::new();
        for job in jobs {
            let begun = Instant::now();
            let meter = Meter::default();
            let ran = self.run(job, deadlines, &meter).await;
            let error = ran.as_ref().err();
            self.log.request(
                &Served {
                    request_id: job.id().into(),
                    operation: OPERATION,
                    status: match &ran {
                        Ok(Progress::Finished) => FINISHED,
                        Ok(Progress::Unfinished) => HANDED_ON,
                        Err(error) => error.kind().status(),
                    },
                    scim_type: error.and_then(|error| error.kind().scim_type()),
                    realm: Some(job.realm().clone()),
                    key_id: None,
                    cause: error.and_then(Error::cause).cloned(),
                    meter,
                    duration: begun.elapsed(),
                },
                invocation,
                None,
            );
            if ran.is_err() {
                failed.insert(job.id());
            }
        }
        failed
    }

    async fn run(&self, job: &PendingJob, deadlines: Deadlines, meter: &Meter) -> Result<Progress> {
        let Self {
            store, operator, ..
        } = self;
        let now = Timestamp::now();
        let progress = store
            .work(operator, job, now, deadlines.work, meter)
            .await?;
        if progress == Progress::Unfinished {
            let now = Timestamp::now();
            store
                .hand_on(operator, job, now, deadlines.hand_on, meter)
                .await?;
        }
        Ok(progress)
    }
}

impl Deadlines {
    /// Of an invocation that ends after this time.
    fn of(left: Duration) -> Self {
        let now = Instant::now();
        let before_the_end = |kept| now.checked_add(left.saturating_sub(kept)).unwrap_or(now);
        Self {
            work: before_the_end(TO_HAND_ON),
            hand_on: before_the_end(TO_ANSWER),
        }
    }
}
