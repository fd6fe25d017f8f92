//! The steps of a plan, several at a time.
//!
//! With `failOnErrors` steps begin in their row, and one begins only while all
//! that are under way may fail without reaching it: just the operations are done
//! that would be, one after the other, until so many have failed. What has begun
//! is always awaited; what the time has not sufficed for is answered as not done.

use super::plan::{Act, Step};
use super::work::{Halt, Work};
use crate::call::Call;
use crate::respond::Reply;
use scim::bulk::BulkResult;
use scim::{Error, ErrorKind, Result};
use std::collections::{BTreeSet, HashMap};
use std::num::NonZeroUsize;
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;

/// How many operations are under way at a time.
const AT_A_TIME: usize = 8;
/// The last part of a request's time in which no operation is begun any more, as
/// its share: those that have begun end in it, with retries.
const LAST_SHARE: u32 = 10;

/// A plan on its way.
pub(super) struct Run<'a> {
    work: Work<'a>,
    plan: Vec<Step>,
    fail_on_errors: Option<NonZeroUsize>,
    /// No step begins after it.
    until: Instant,
    /// By step: how many others it waits for.
    waits: Vec<usize>,
    /// By step: who waits for it.
    waiting: Vec<Vec<usize>>,
    progress: Vec<Progress>,
    ready: BTreeSet<usize>,
    tasks: JoinSet<Result<Reply>>,
    steps: HashMap<Id, usize>,
    errors: usize,
}

/// How far a step is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Progress {
    Ahead,
    /// Under way, or waiting to be tried once more, and begun when steps before
    /// it were not at their end: when it fails, they may be why.
    Early,
    /// Under way, and nothing is before it.
    Begun,
    Ended,
}

impl<'a> Run<'a> {
    pub(super) fn of(
        call: &Call,
        work: Work<'a>,
        plan: Vec<Step>,
        fail_on_errors: Option<NonZeroUsize>,
    ) -> Self {
        let whole = call.deadline.duration_since(call.origin.started);
        let last = whole / LAST_SHARE;
        let count = plan.len();
        let mut run = Self {
            work,
            plan,
            fail_on_errors,
            until: call.deadline.checked_sub(last).unwrap_or(call.deadline),
            waits: vec![0; count],
            waiting: vec![Vec::new(); count],
            progress: vec![Progress::Ahead; count],
            ready: BTreeSet::new(),
            tasks: JoinSet::new(),
            steps: HashMap::new(),
            errors: 0,
        };
        for place in 0..count {
            let after = run.plan.get(place).map(|step| step.after.clone());
            run.wait_for(place, after.unwrap_or_default());
        }
        run
    }

    /// Does all that can be done, and says what came of each operation that was
    /// processed, in their given order.
    pub(super) async fn finish(mut self) -> Vec<BulkResult> {
        loop {
            while let Some(place) = self.next() {
                self.begin(place);
            }
            let Some(ended) = self.tasks.join_next_with_id().await else {
                break;
            };
            let (id, outcome) = match ended {
                Ok((id, outcome)) => (id, outcome),
                Err(failed) => (failed.id(), Err(panicked())),
            };
            if let Some(place) = self.steps.remove(&id) {
                self.took(place, outcome);
            }
        }
        // What was never begun was refused by nobody.
        self.work.record().await;
        self.work.close(self.halt());
        self.work.results()
    }

    /// The step to begin now.
    fn next(&self) -> Option<usize> {
        if self.tasks.len() >= AT_A_TIME || Instant::now() >= self.until {
            return None;
        }
        if self.halt() == Halt::Errors {
            // What is created is completed.
            let mut ready = self.ready.iter().copied();
            return ready.find(|place| {
                let step = self.plan.get(*place);
                step.is_some_and(|step| step.act == Act::Complete)
            });
        }
        let first = self.ready.first().copied()?;
        let Some(most) = self.fail_on_errors else {
            return Some(first);
        };
        let progress = || self.progress.iter();
        let is_begun = |it: &&Progress| matches!(it, Progress::Early | Progress::Begun);
        let begun = progress().filter(is_begun).count();
        let in_row = progress().take_while(|it| **it != Progress::Ahead).count();
        let may_fail = self.errors + begun;
        // One that has begun, and is tried once more, or the next of the row.
        (first < in_row || (first == in_row && may_fail < most.get())).then_some(first)
    }

    fn halt(&self) -> Halt {
        match self.fail_on_errors {
            Some(most) if self.errors >= most.get() => Halt::Errors,
            _ => Halt::Time,
        }
    }

    fn begin(&mut self, place: usize) {
        self.ready.remove(&place);
        let Some(Step { operation, act, .. }) = self.plan.get(place).cloned() else {
            return;
        };
        let early = self.before(place).next().is_some();
        let begun = if early {
            Progress::Early
        } else {
            Progress::Begun
        };
        self.set(place, begun);
        let request = match act {
            Act::Perform => self.work.request(operation),
            Act::Complete => self.work.completion(operation),
        };
        match request {
            Ok(Some(single)) => {
                let until = self.until;
                let task = self.tasks.spawn(single.perform(until));
                self.steps.insert(task.id(), place);
            }
            Ok(None) => self.end(place),
            Err(error) => self.took(place, Err(error)),
        }
    }

    /// A step has come to something.
    fn took(&mut self, place: usize, outcome: Result<Reply>) {
        let Some(Step { operation, act, .. }) = self.plan.get(place).cloned() else {
            return;
        };
        if act == Act::Perform
            && outcome.as_ref().is_err_and(depends_on_others)
            && self.progress.get(place) == Some(&Progress::Early)
        {
            let before = self.before(place).collect();
            self.wait_for(place, before);
            return;
        }
        self.errors += usize::from(outcome.is_err());
        self.work.keep(operation, act, outcome);
        self.end(place);
    }

    /// The steps before one that are not at their end.
    fn before(&self, place: usize) -> impl Iterator<Item = usize> {
        let steps = self.progress.iter().take(place).enumerate();
        steps.filter_map(|(at, progress)| (*progress != Progress::Ended).then_some(at))
    }

    fn wait_for(&mut self, place: usize, others: BTreeSet<usize>) {
        if let Some(waits) = self.waits.get_mut(place) {
            *waits = others.len();
        }
        if others.is_empty() {
            self.ready.insert(place);
        }
        for other in others {
            if let Some(waiting) = self.waiting.get_mut(other) {
                waiting.push(place);
            }
        }
    }

    fn end(&mut self, place: usize) {
        self.set(place, Progress::Ended);
        let waiting = self.waiting.get_mut(place).map(std::mem::take);
        for other in waiting.unwrap_or_default() {
            if let Some(waits) = self.waits.get_mut(other) {
                *waits = waits.saturating_sub(1);
                if *waits == 0 {
                    self.ready.insert(other);
                }
            }
        }
    }

    fn set(&mut self, place: usize, to: Progress) {
        if let Some(progress) = self.progress.get_mut(place) {
            *progress = to;
        }
    }
}

/// Whether an error may come of what operations before it had not done yet: a
/// name not free, no room in the realm, too many groups.
fn depends_on_others(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Uniqueness | ErrorKind::Forbidden | ErrorKind::InvalidValue
    )
}

fn panicked() -> Error {
    Error::caused_by(
        ErrorKind::Internal,
        "the server failed; the operator of this service finds the request's id in its log",
        "the task of a bulk operation panicked",
    )
}
