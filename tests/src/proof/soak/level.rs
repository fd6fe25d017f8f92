//! One soak: a fresh server, so many connections, for so long; then it is ended and
//! what it leaves is examined.

use super::client::{Client, Load, Until};
use super::figures::Figures;
use super::place::{Place, verify};
use super::samples::{Samples, sample};
use crate::lean::{Result, Signal};
use crate::proof::invariants;
use muster::embedded::Embedded;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// How often the process is looked at.
const EVERY: Duration = Duration::from_secs(2);
/// From this length on memory is judged: before, caches still fill.
const JUDGED: Duration = Duration::from_secs(60);
/// The raw scan reads a realm's items into memory; beyond so many changes `muster verify` is all.
const SCANNED: usize = 100_000;

/// How long a soak is.
#[derive(Debug, Clone, Copy)]
pub enum Length {
    /// By the clock.
    Time(Duration),
    /// By the number of requests, whatever time they take.
    Requests(usize),
}

/// What a soak is.
#[derive(Debug, Clone, Copy)]
pub struct Level {
    /// Clients, each with one connection and one request under way.
    pub connections: usize,
    /// When it ends.
    pub length: Length,
    /// What decides what the clients do.
    pub seed: u64,
    /// How many users live at a time, in all realms together.
    pub users: usize,
    /// Realms among which the clients are divided.
    pub realms: usize,
}

/// A named check.
#[derive(Debug, Clone)]
pub struct Check {
    /// What must hold.
    pub name: String,
    /// What does not, in words.
    pub complaint: Option<String>,
}

/// What a soak came to.
#[derive(Debug)]
pub struct Outcome {
    /// What was asked for.
    pub level: Level,
    /// How long the load lasted.
    pub took: Duration,
    /// Requests and their times.
    pub figures: Figures,
    /// What the process took meanwhile.
    pub samples: Samples,
    /// How many users there were at the end.
    pub users: usize,
    /// Whether all is well.
    pub checks: Vec<Check>,
}

/// What is told while it goes on.
#[derive(Debug, Clone, Copy)]
pub struct Seen {
    /// Since the load began.
    pub at: Duration,
    /// Answers so far.
    pub answered: usize,
    /// Of these, wrong.
    pub wrong: usize,
    /// The server's resident memory in KiB.
    pub resident: u64,
}

impl Level {
    /// Runs it over a data file that must not exist.
    ///
    /// # Errors
    /// When the server cannot be run at all.
    pub async fn run(self, binary: &Path, data: &Path, tell: &dyn Fn(Seen)) -> Result<Outcome> {
        let mut place = Place::start(binary, data, self.realms).await?;
        let clients = self.clients();
        let begun = Instant::now();
        let until = match self.length {
            Length::Time(time) => Until::Then(begun + time),
            Length::Requests(requests) => Until::Requests(requests),
        };
        let load = Arc::new(Load::new(until));
        let mut working = place.work(clients, &load)?;
        let (mut clients, mut samples) = (Vec::new(), Samples::default());
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            tokio::select! {
                done = working.join_next() => match done {
                    Some(client) => clients.push(client?),
                    None => break,
                },
                _ = ticks.tick() => {
                    let sample = sample(place.process(), data, begun.elapsed());
                    samples.0.push(sample);
                    tell(Seen {
                        at: sample.at,
                        answered: load.answered.load(Ordering::Relaxed),
                        wrong: load.wrong.load(Ordering::Relaxed),
                        resident: sample.resident,
                    });
                }
            }
        }
        let took = begun.elapsed();
        let mut figures = Figures::default();
        for client in &mut clients {
            figures.add(std::mem::take(&mut client.figures));
        }
        let mut checks = self.of_the_run(&figures, &samples);
        checks.extend(afterwards(&mut place, &mut clients, binary, data, figures.changes).await?);
        Ok(Outcome {
            level: self,
            took,
            figures,
            samples,
            users: clients.iter().map(|client| client.known.users.len()).sum(),
            checks,
        })
    }

    fn clients(&self) -> Vec<Client> {
        let share = self.users / self.connections.max(1);
        let numbers = 0..self.connections;
        numbers
            .map(|number| Client::new(number, number % self.realms, share, self.seed))
            .collect()
    }

    fn of_the_run(&self, figures: &Figures, samples: &Samples) -> Vec<Check> {
        let lost = figures.unanswered + figures.cut_off + figures.not_sent;
        let mut checks = vec![
            check(
                "no answer is wrong",
                figures.errors > figures.refused,
                || figures.complaints.join("\n    "),
            ),
            check("nothing is refused", figures.refused > 0, || {
                format!("{} answers are 429 or 503", figures.refused)
            }),
            check("every request is answered", lost > 0, || {
                format!("{lost} are not")
            }),
        ];
        if matches!(self.length, Length::Time(time) if time >= JUDGED) {
            checks.push(Check {
                name: "memory is flat".to_owned(),
                complaint: samples.grown(),
            });
        }
        checks
    }
}

/// What must hold when the load has ended.
async fn afterwards(
    place: &mut Place,
    clients: &mut [Client],
    binary: &Path,
    data: &Path,
    changes: usize,
) -> Result<Vec<Check>> {
    place.signal(Signal::Terminate)?;
    let ended = place.ended()?;
    let mut checks = vec![check("it ends in order", !ended.success(), || {
        ended.to_string()
    })];
    place.again()?;
    let differences = place.settle(clients).await?;
    checks.push(check(
        "everything answered is there",
        !differences.is_empty(),
        || shorten(&differences),
    ));
    place.signal(Signal::Terminate)?;
    place.ended()?;
    checks.push(Check {
        name: "muster verify finds nothing".to_owned(),
        complaint: verify(binary, data)?,
    });
    if changes <= SCANNED {
        checks.extend(scanned(place, data, changes).await?);
    }
    Ok(checks)
}

/// The table as it lies there, without the server's code.
async fn scanned(place: &Place, data: &Path, changes: usize) -> Result<Vec<Check>> {
    let table = Embedded::open(data)?;
    let (mut faults, mut events) = (Vec::new(), 0);
    for realm in 0..place.realms() {
        let look = invariants::look(&table, place.name(realm)).await;
        let written = look.events.iter();
        let written = written.filter(|(name, _)| name.starts_with("write/"));
        events += written.map(|(_, count)| count).sum::<usize>();
        faults.extend(look.faults);
    }
    // Each shared group has come by one, too.
    let changes = changes + place.realms();
    Ok(vec![
        check(
            "the items agree with each other",
            !faults.is_empty(),
            || shorten(&faults),
        ),
        check("each change has one event", events != changes, || {
            format!("{changes} changes, {events} events")
        }),
    ])
}

fn check(name: &str, broken: bool, complaint: impl FnOnce() -> String) -> Check {
    Check {
        name: name.to_owned(),
        complaint: broken.then(complaint),
    }
}

/// The first few.
pub(super) fn shorten(complaints: &[String]) -> String {
    let first: Vec<&str> = complaints.iter().take(10).map(String::as_str).collect();
    format!(
        "{} of them:\n    {}",
        complaints.len(),
        first.join("\n    ")
    )
}
