//! What is counted and timed of requests. Nothing is judged here.

use std::collections::BTreeMap;
use std::time::Duration;

/// How many complaints are kept in words.
const KEPT: usize = 20;

/// The requests of one client, or of all.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// The times of answers in microseconds, by kind of request.
    times: BTreeMap<&'static str, Vec<u32>>,
    /// Answered with 429 or 503.
    pub refused: usize,
    /// Sent, at least in part, and the connection ended without an answer.
    pub unanswered: usize,
    /// Changes without an answer that were done all the same.
    pub done_unanswered: usize,
    /// Answers that began and did not end.
    pub cut_off: usize,
    /// Not sent, since nobody listened.
    pub not_sent: usize,
    /// Changes that were answered as done.
    pub changes: usize,
    /// Answers that are not what they had to be.
    pub errors: usize,
    /// The first of them in words.
    pub complaints: Vec<String>,
}

/// The times of one kind of request.
#[derive(Debug, Clone, Copy, Default)]
pub struct Times {
    /// How many were answered.
    pub requests: usize,
    /// What half of them stayed below.
    pub p50: Duration,
    /// What 99 of 100 stayed below.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl Figures {
    /// An answer has come.
    pub fn answered(&mut self, kind: &'static str, took: Duration) {
        let micros = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        self.times.entry(kind).or_default().push(micros);
    }

    /// An answer is wrong.
    pub fn error(&mut self, complaint: String) {
        self.errors += 1;
        if self.complaints.len() < KEPT {
            self.complaints.push(complaint);
        }
    }

    /// Takes in what another client has counted.
    pub fn add(&mut self, other: Self) {
        for (kind, times) in other.times {
            self.times.entry(kind).or_default().extend(times);
        }
        self.refused += other.refused;
        self.unanswered += other.unanswered;
        self.done_unanswered += other.done_unanswered;
        self.cut_off += other.cut_off;
        self.not_sent += other.not_sent;
        self.changes += other.changes;
        self.errors += other.errors;
        let room = KEPT.saturating_sub(self.complaints.len());
        self.complaints
            .extend(other.complaints.into_iter().take(room));
    }

    /// How many requests were answered.
    pub fn requests(&self) -> usize {
        self.times.values().map(Vec::len).sum()
    }

    /// The times by kind.
    pub fn kinds(&self) -> Vec<(&'static str, Times)> {
        let kinds = self.times.iter();
        kinds
            .map(|(kind, times)| (*kind, Times::of(times.clone())))
            .collect()
    }

    /// The times of all.
    pub fn all(&self) -> Times {
        Times::of(self.times.values().flatten().copied().collect())
    }
}

impl Times {
    fn of(mut times: Vec<u32>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let last = times.last().copied().unwrap_or_default();
            let micros = times.get(times.len() * percent / 100).unwrap_or(&last);
            Duration::from_micros(u64::from(*micros))
        };
        Self {
            requests: times.len(),
            p50: at(50),
            p99: at(99),
            max: at(100),
        }
    }
}
