//! A server that is told to end while clients write, again and again over one data
//! file: what was answered is there afterwards, and nothing is half done.

use super::client::{Client, Load, Until};
use super::figures::Figures;
use super::level::{Check, shorten};
use super::place::{Place, verify};
use crate::lean::{Result, Signal};
use fastrand::Rng;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::ExitStatus;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// The signals, in turn.
const SIGNALS: [Signal; 3] = [Signal::Terminate, Signal::Interrupt, Signal::Kill];
/// How many answers there are before it is told: at least so many, and less than twice as many.
const ANSWERS: usize = 150;
/// Users that live at a time.
const USERS: usize = 400;

/// What is done.
#[derive(Debug, Clone, Copy)]
pub struct Endings {
    /// Clients, each with one connection and one request under way.
    pub connections: usize,
    /// How often the server is told to end.
    pub rounds: usize,
    /// What decides what the clients do, and when it is told.
    pub seed: u64,
    /// Realms among which the clients are divided.
    pub realms: usize,
}

/// What it came to.
#[derive(Debug, Default)]
pub struct Ends {
    /// Requests answered, and those that were not when it was told to end.
    pub told: Figures,
    /// The same when it was killed.
    pub killed: Figures,
    /// What does not hold, in words with their round.
    pub complaints: Vec<String>,
}

impl Endings {
    /// Runs it over a data file that must not exist.
    ///
    /// # Errors
    /// When the server cannot be run at all.
    pub async fn run(self, binary: &Path, data: &Path, tell: &dyn Fn(usize)) -> Result<Ends> {
        let mut place = Place::start(binary, data, self.realms).await?;
        let share = USERS / self.connections.max(1);
        let clients = 0..self.connections;
        let mut clients: Vec<Client> = clients
            .map(|number| Client::new(number, number % self.realms, share, self.seed))
            .collect();
        let (mut rng, mut ends) = (Rng::with_seed(self.seed), Ends::default());
        for round in 0..self.rounds {
            let signal = SIGNALS[round % SIGNALS.len()];
            let load = Arc::new(Load::new(Until::Gone));
            let mut working = place.work(clients, &load)?;
            let enough = ANSWERS + rng.usize(..ANSWERS);
            while load.answered.load(Ordering::Relaxed) < enough && !working.is_empty() {
                tokio::time::sleep(Duration::from_millis(1)).await;
                // A server that has ended by itself has no clients any more.
                if let Some(ended) = working.try_join_next() {
                    return Err(format!("it ended by itself: {:?}", ended?.figures).into());
                }
            }
            place.signal(signal)?;
            clients = working.join_all().await;
            // Always in the same order, though they end in any.
            clients.sort_by_key(|client| client.number);
            let ended = place.ended()?;
            place.again()?;
            let differences = place.settle(&mut clients).await?;
            ends.round(signal, ended, &mut clients, differences, round);
            tell(round);
        }
        place.signal(Signal::Terminate)?;
        place.ended()?;
        ends.complaints.extend(verify(binary, data)?);
        Ok(ends)
    }
}

impl Ends {
    fn round(
        &mut self,
        signal: Signal,
        ended: ExitStatus,
        clients: &mut [Client],
        differences: Vec<String>,
        round: usize,
    ) {
        let mut figures = Figures::default();
        for client in clients {
            figures.add(std::mem::take(&mut client.figures));
        }
        let in_order = match signal {
            Signal::Kill => ended.signal() == Some(9),
            Signal::Terminate | Signal::Interrupt => {
                ended.success() && figures.cut_off == 0 && figures.done_unanswered == 0
            }
        };
        let mut complain = |what: String| {
            let complaint = format!("round {round}, {signal:?}: {what}");
            self.complaints.push(complaint);
        };
        if !in_order {
            complain(format!(
                "it ended with {ended}, {} answers cut off, {} changes done and not answered",
                figures.cut_off, figures.done_unanswered
            ));
        }
        if figures.errors > 0 {
            complain(format!(
                "wrong answers: {}",
                figures.complaints.join("\n    ")
            ));
        }
        if !differences.is_empty() {
            complain(format!("not as it was answered: {}", shorten(&differences)));
        }
        match signal {
            Signal::Kill => self.killed.add(figures),
            Signal::Terminate | Signal::Interrupt => self.told.add(figures),
        }
    }

    /// What must hold, as one check.
    pub fn check(&self) -> Check {
        Check {
            name: "every answered write outlives the server, however it ends".to_owned(),
            complaint: (!self.complaints.is_empty()).then(|| shorten(&self.complaints)),
        }
    }
}
