//! Running one operation on all connections for a while, and what the times say. Knows no SCIM.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Result;
use crate::client::{Connection, Target};
use crate::operations::{Operation, World};

/// The share of the time that goes to warming caches and is not counted.
const WARM_UP: f64 = 0.1;

/// The times of every request of one operation, sorted.
#[derive(Debug)]
pub(crate) struct Sample {
    times: Vec<Duration>,
    duration: Duration,
}

impl Sample {
    pub(crate) fn per_second(&self) -> f64 {
        // Far below the 2^52 from which on a count is no longer exact.
        self.times.len() as f64 / self.duration.as_secs_f64()
    }

    /// The time that `percent` of the requests stayed below; zero when there were none.
    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let index = self.times.len() * percent / 100;
        let last = self.times.last().copied().unwrap_or_default();
        self.times.get(index).copied().unwrap_or(last)
    }
}

/// Sends `operation` over `connections` connections at once until `duration` is over.
pub(crate) async fn run(
    target: &Target,
    world: &World,
    operation: &'static Operation,
    connections: usize,
    duration: Duration,
) -> Result<Sample> {
    let mut workers = Vec::with_capacity(connections);
    for worker in 0..connections {
        workers.push((worker, Connection::open(target).await?));
    }
    let start = Instant::now() + duration.mul_f64(WARM_UP);
    let end = start + duration;
    let mut tasks: JoinSet<Result<Vec<Duration>>> = JoinSet::new();
    for (worker, mut connection) in workers {
        let world = world.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            for turn in 0.. {
                let call = (operation.call)(&world, worker, turn)?;
                let sent = Instant::now();
                if sent >= end {
                    break;
                }
                connection.send(call, operation.expected).await?;
                // What began before the end but was not answered by then is not counted.
                let answered = Instant::now();
                if answered >= start && answered < end {
                    times.push(answered - sent);
                }
            }
            Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(finished) = tasks.join_next().await {
        times.append(&mut finished??);
    }
    times.sort_unstable();
    Ok(Sample { times, duration })
}
