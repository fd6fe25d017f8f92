//! One client: its connection, what it knows, and how a request is sent, timed
//! and held against what was expected. What it asks for is in `steps`, `reads`
//! and `memberships`.

use super::figures::Figures;
use super::known::{Change, Known};
use crate::lean::{Broken, Call, Connection, Target};
use bytes::Bytes;
use fastrand::Rng;
use http::StatusCode;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// When the clients stop.
#[derive(Debug, Clone, Copy)]
pub enum Until {
    /// At this instant.
    Then(Instant),
    /// After so many requests of all clients.
    Requests(usize),
    /// When the server is gone.
    Gone,
}

/// What the clients of a run share.
#[derive(Debug)]
pub struct Load {
    until: Until,
    /// Answers so far.
    pub answered: AtomicUsize,
    /// Answers so far that were wrong.
    pub wrong: AtomicUsize,
}

/// A client between two runs, and in one.
#[derive(Debug)]
pub struct Client {
    /// Its number, of all clients of all realms.
    pub number: usize,
    /// The realm whose client it is, by number.
    pub realm: usize,
    /// What it knows.
    pub known: Known,
    /// What was sent and is not answered.
    pub(super) open: Vec<Change>,
    /// What was answered as nothing that was expected.
    pub(super) doubtful: Vec<Change>,
    /// What it has counted.
    pub figures: Figures,
    pub(super) rng: Rng,
    /// How many users it keeps.
    pub(super) share: usize,
    /// The next number of a user, a group, or a value.
    pub(super) next: u32,
    pub(super) cursor: Option<String>,
}

/// A client at work.
#[derive(Debug)]
pub(super) struct Worker<'a> {
    pub(super) client: &'a mut Client,
    pub(super) connection: Connection,
    /// The id of the group that all clients of the realm share.
    pub(super) crowd: &'a str,
    load: &'a Load,
}

/// Why a step ended before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cut {
    /// An answer was wrong, and is told of.
    Wrong,
    /// There was none.
    Gone,
}

impl Load {
    /// Nothing has been sent.
    pub fn new(until: Until) -> Self {
        Self {
            until,
            answered: AtomicUsize::new(0),
            wrong: AtomicUsize::new(0),
        }
    }

    fn goes_on(&self) -> bool {
        match self.until {
            Until::Then(end) => Instant::now() < end,
            Until::Requests(requests) => self.answered.load(Ordering::Relaxed) < requests,
            Until::Gone => true,
        }
    }
}

impl Client {
    /// A client that has nothing and will keep `share` users.
    pub fn new(number: usize, realm: usize, share: usize, seed: u64) -> Self {
        // The generator's own step separates neighbouring seeds.
        let seed = seed.wrapping_mul(1_000_003).wrapping_add(number as u64);
        Self {
            number,
            realm,
            known: Known::default(),
            open: Vec::new(),
            doubtful: Vec::new(),
            figures: Figures::default(),
            rng: Rng::with_seed(seed),
            share: share.max(2),
            next: 0,
            cursor: None,
        }
    }

    /// Works until the load ends, or the server.
    ///
    /// # Panics
    /// When nobody listens at the beginning.
    pub async fn work(mut self, target: Target, crowd: String, load: &Load) -> Self {
        let connection = Connection::open(&target).await.unwrap();
        self.cursor = None;
        let mut worker = Worker {
            client: &mut self,
            connection,
            crowd: &crowd,
            load,
        };
        while load.goes_on() {
            if worker.step().await == Err(Cut::Gone) {
                break;
            }
        }
        self
    }

    /// Decides what is open by what the server shows of this client; says what is not as it was
    /// answered.
    pub fn settle(&mut self, shown: &Known) -> Vec<String> {
        let mut open = std::mem::take(&mut self.doubtful);
        open.append(&mut self.open);
        let (differences, done) = self.known.settle(open, shown);
        self.figures.done_unanswered += done;
        let number = self.number;
        let differences = differences.into_iter();
        differences
            .map(|difference| format!("client {number}: {difference}"))
            .collect()
    }

    pub(super) fn fresh(&mut self) -> u32 {
        self.next += 1;
        self.next
    }
}

impl Worker<'_> {
    /// Sends what changes nothing.
    pub(super) async fn ask(&mut self, kind: &'static str, call: Call) -> Result<Bytes, Cut> {
        self.exchange(kind, call, StatusCode::OK, Vec::new()).await
    }

    /// The same, for an answer in JSON.
    pub(super) async fn read(&mut self, kind: &'static str, call: Call) -> Result<Value, Cut> {
        let answer = self.ask(kind, call).await?;
        match serde_json::from_slice(&answer) {
            Ok(value) => Ok(value),
            Err(error) => Err(self.wrong(kind, &format!("no JSON: {error}"))),
        }
    }

    /// Sends what does this if it is answered with this status.
    pub(super) async fn change(
        &mut self,
        kind: &'static str,
        call: Call,
        expected: StatusCode,
        change: Change,
    ) -> Result<Bytes, Cut> {
        let answer = self.exchange(kind, call, expected, vec![change]).await?;
        for mut change in std::mem::take(&mut self.client.open) {
            if let Change::User(_, super::User { id, .. })
            | Change::Group(_, super::Group { id, .. }) = &mut change
                && id.is_empty()
            {
                match crate::lean::message::id(&answer) {
                    Ok(told) => *id = told,
                    Err(error) => return Err(self.wrong(kind, &error.to_string())),
                }
            }
            self.done(change);
        }
        Ok(answer)
    }

    /// Sends a request. What it may do is open until its answer is understood.
    pub(super) async fn exchange(
        &mut self,
        kind: &'static str,
        call: Call,
        expected: StatusCode,
        changes: Vec<Change>,
    ) -> Result<Bytes, Cut> {
        let line = format!("{} {}", call.method, call.path);
        self.client.open.extend(changes);
        let sent = Instant::now();
        let answer = match self.connection.exchange(call).await {
            Ok(answer) => answer,
            Err(error) => return Err(self.broken(&line, error.as_ref())),
        };
        self.client.figures.answered(kind, sent.elapsed());
        self.load.answered.fetch_add(1, Ordering::Relaxed);
        if answer.status == expected {
            return Ok(answer.body);
        }
        if matches!(answer.status.as_u16(), 429 | 503) {
            self.client.figures.refused += 1;
        }
        self.client.doubtful.append(&mut self.client.open);
        let said = String::from_utf8_lossy(&answer.body);
        let complaint = format!("{line}: {} instead of {expected}: {said}", answer.status);
        Err(self.wrong(kind, &complaint))
    }

    /// A change was answered as done.
    pub(super) fn done(&mut self, change: Change) {
        self.client.known.apply(change);
        self.client.figures.changes += 1;
    }

    /// Tells of an answer that does not show what the client knows.
    pub(super) fn hold<T: PartialEq + std::fmt::Debug>(
        &mut self,
        kind: &'static str,
        known: &T,
        shown: &T,
    ) -> Result<(), Cut> {
        if known == shown {
            return Ok(());
        }
        Err(self.wrong(kind, &format!("it shows {shown:?} instead of {known:?}")))
    }

    pub(super) fn wrong(&mut self, kind: &str, complaint: &str) -> Cut {
        let number = self.client.number;
        let complaint = format!("client {number}: {kind}: {complaint}");
        self.client.figures.error(complaint);
        self.load.wrong.fetch_add(1, Ordering::Relaxed);
        Cut::Wrong
    }

    fn broken(
        &mut self,
        line: &str,
        error: &(dyn std::error::Error + Send + Sync + 'static),
    ) -> Cut {
        let figures = &mut self.client.figures;
        match error.downcast_ref() {
            Some(Broken::Refused(_)) => {
                figures.not_sent += 1;
                // A request that was not sent has done nothing.
                self.client.open.clear();
            }
            Some(Broken::CutOff(_)) => figures.cut_off += 1,
            Some(Broken::Unanswered(_)) => figures.unanswered += 1,
            None => figures.error(format!("{line}: {error}")),
        }
        Cut::Gone
    }
}
