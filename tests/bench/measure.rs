//! Running one operation on all connections for a while, and what the times say. Knows no SCIM.

use std::time::{Duration, Instant};

use muster_tests::lean::{Connection, Result, Target};
use tokio::task::JoinSet;

use crate::operations::{Operation, World};

/// What an answer must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Strictness {
    /// The operation's own status, or the benchmark ends.
    Exact,
    /// Any success. What is refused is counted apart: it is somebody else's server.
    Lenient,
}

/// Who sends, and for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Turns {
    /// Connections, each with one request under way.
    pub(crate) connections: usize,
    /// The number of each connection's first request.
    pub(crate) first: u64,
    pub(crate) duration: Duration,
}

/// The times of every request of one operation, sorted.
#[derive(Debug, Default)]
pub(crate) struct Sample {
    times: Vec<Duration>,
    refused: usize,
    /// Until the last answer.
    duration: Duration,
}

impl Sample {
    /// Requests that did what was asked, a second.
    pub(crate) fn per_second(&self) -> f64 {
        // Far below the 2^52 from which on a count is no longer exact.
        self.times.len() as f64 / self.duration.as_secs_f64().max(f64::MIN_POSITIVE)
    }

    /// The time that `percent` of the requests stayed below; zero when there were none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let index = self.times.len() * percent / 100;
        let last = self.times.last().copied().unwrap_or_default();
        self.times.get(index).copied().unwrap_or(last)
    }

    /// Takes in what was measured later.
    pub(crate) fn append(&mut self, mut later: Self) {
        self.times.append(&mut later.times);
        self.times.sort_unstable();
        self.refused += later.refused;
        self.duration += later.duration;
    }

    /// The share of requests that were refused.
    pub(crate) fn refused(&self) -> f64 {
        let all = self.refused + self.times.len();
        self.refused as f64 / all.max(1) as f64
    }
}

/// Sends `operation` over all connections at once until the duration is over, or there is
/// nothing left to do.
pub(crate) async fn run(
    target: &Target,
    world: &World,
    operation: &'static Operation,
    turns: Turns,
    strictness: Strictness,
) -> Result<Sample> {
    let Turns {
        connections,
        first,
        duration,
    } = turns;
    world.prepare(operation, target).await?;
    let mut workers = Vec::with_capacity(connections);
    for worker in 0..connections {
        workers.push((worker, Connection::open(target).await?));
    }
    let start = Instant::now() + duration.mul_f64(operation.warm_up);
    let end = start + duration;
    let mut tasks: JoinSet<Result<Sample>> = JoinSet::new();
    for (worker, mut connection) in workers {
        let world = world.clone();
        tasks.spawn(async move {
            let mut sample = Sample::default();
            for turn in first.. {
                let Some(call) = (operation.call)(&world, worker, turn)? else {
                    break;
                };
                let sent = Instant::now();
                if sent >= end {
                    break;
                }
                let answer = match strictness {
                    Strictness::Exact => Some(connection.send(call, operation.expected).await?),
                    Strictness::Lenient => match connection.exchange(call).await {
                        Ok(answer) => answer.status.is_success().then_some(answer.body),
                        // It has broken the connection; the next request opens another.
                        Err(_) => None,
                    },
                };
                // What began in time is counted, also when its answer takes longer.
                let answered = Instant::now();
                if sent >= start {
                    sample.duration = answered - start;
                    match answer {
                        Some(_) => sample.times.push(answered - sent),
                        None => sample.refused += 1,
                    }
                }
                if let Some(answer) = answer {
                    (operation.then)(&world, &answer)?;
                }
            }
            Ok(sample)
        });
    }
    let mut all = Sample::default();
    while let Some(finished) = tasks.join_next().await {
        let mut sample = finished??;
        all.times.append(&mut sample.times);
        all.refused += sample.refused;
        all.duration = all.duration.max(sample.duration);
    }
    all.times.sort_unstable();
    Ok(all)
}
