//! The steps of a plan, several at a time.
//!
//! With `failOnErrors` steps begin in their row, and one begins only while all
//! that are under way may fail without reaching it: just the operations are done
//! that would be, one after the other, until so many have failed. What has begun
//! is always awaited; what the time has not sufficed for is answered as not done.

use super::operation::{Show, Single, located, refused};
use super::plan::{Act, Plan, Step};
use crate::call::Call;
use crate::respond::Reply;
use futures_util::future::join_all;
use scim::bulk::{
    BulkMethod, BulkOperation, BulkResult, Refused, defer, of_path, path_to, resolve,
};
use scim::{Error, ErrorKind, Result};
use serde_json::Value;
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
    call: &'a Call,
    operations: Vec<Result<BulkOperation, Refused>>,
    plan: Plan,
    fail_on_errors: Option<NonZeroUsize>,
    /// No step begins after it.
    until: Instant,
    /// By operation.
    states: Vec<State>,
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
    /// Under way, or waiting to be tried once more.
    Begun,
    Ended,
}

/// What is known of an operation.
#[derive(Debug, Default)]
struct State {
    /// The id of the resource it has created.
    made: Option<String>,
    location: Option<String>,
    version: Option<String>,
    outcome: Option<Result<u16>>,
    /// What puts the deferred references in.
    completion: Option<Value>,
}

/// Why no more steps begin, when some have not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Halt {
    Errors,
    Time,
}

impl<'a> Run<'a> {
    pub(super) fn of(
        call: &'a Call,
        operations: Vec<Result<BulkOperation, Refused>>,
        plan: Plan,
        fail_on_errors: Option<NonZeroUsize>,
    ) -> Self {
        let whole = call.deadline.duration_since(call.origin.started);
        let last = whole / LAST_SHARE;
        let count = plan.steps.len();
        let mut run = Self {
            call,
            states: operations.iter().map(|_| State::default()).collect(),
            operations,
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
            let after = run.plan.steps.get(place).map(|step| step.after.clone());
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
        self.record().await;
        self.close();
        self.results()
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
                let step = self.plan.steps.get(*place);
                step.is_some_and(|step| step.act == Act::Complete)
            });
        }
        let first = self.ready.first().copied()?;
        let Some(most) = self.fail_on_errors else {
            return Some(first);
        };
        let progress = || self.progress.iter();
        let begun = progress().filter(|it| **it == Progress::Begun).count();
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
        let Some(Step { operation, act, .. }) = self.plan.steps.get(place).cloned() else {
            return;
        };
        self.set(place, Progress::Begun);
        let request = match act {
            Act::Perform => self.request(operation),
            Act::Complete => self.completion(operation),
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

    /// The request of an operation, with what is known in the place of its references.
    fn request(&mut self, operation: usize) -> Result<Option<Single>> {
        let mut asked = match self.operations.get_mut(operation) {
            None => return Ok(None),
            Some(Ok(asked)) => asked.clone(),
            Some(Err(refused)) => {
                let refused = &refused.error;
                return Err(Error::new(refused.kind(), refused.detail()));
            }
        };
        let references = self.plan.references.get(operation);
        let deferred = self.plan.deferred.get(operation);
        let needed: Vec<usize> = references
            .into_iter()
            .flatten()
            .filter(|reference| !deferred.is_some_and(|deferred| deferred.contains(*reference)))
            .copied()
            .collect();
        self.all_made(&needed)?;
        if let Some(data) = &mut asked.data {
            let later: BTreeSet<&str> = deferred
                .into_iter()
                .flatten()
                .filter_map(|reference| self.bulk_id(*reference))
                .collect();
            let completion = match later.is_empty() {
                true => None,
                false => defer(data, &|bulk_id| later.contains(bulk_id)),
            };
            resolve(data, &|bulk_id| self.id_of(bulk_id));
            if let Some(state) = self.states.get_mut(operation) {
                state.completion = completion;
            }
        }
        if let Some(id) = of_path(&asked.path).and_then(|(_, bulk_id)| self.id_of(bulk_id)) {
            asked.path = path_to(&asked.path, &id);
        }
        let location = located(self.call, &asked);
        if let Some(state) = self.states.get_mut(operation) {
            state.location = location;
        }
        Single::of(self.call, asked, Show::Document).map(Some)
    }

    /// The PATCH that puts the deferred references into what an operation has created.
    fn completion(&mut self, operation: usize) -> Result<Option<Single>> {
        let Some(state) = self.states.get_mut(operation) else {
            return Ok(None);
        };
        let (Some(id), Some(mut data)) = (state.made.clone(), state.completion.take()) else {
            return Ok(None);
        };
        let deferred = self.plan.deferred.get(operation).cloned();
        let deferred = Vec::from_iter(deferred.unwrap_or_default());
        self.all_made(&deferred)?;
        resolve(&mut data, &|bulk_id| self.id_of(bulk_id));
        let Some(Ok(asked)) = self.operations.get(operation) else {
            return Ok(None);
        };
        let asked = BulkOperation {
            method: BulkMethod::Patch,
            path: format!("{}/{id}", asked.path.trim_end_matches('/')),
            version: None,
            data: Some(data),
            bulk_id: None,
        };
        Single::of(self.call, asked, Show::Id).map(Some)
    }

    /// Refuses what refers to a resource that was not created.
    fn all_made(&self, references: &[usize]) -> Result<()> {
        let is_made = |at: &usize| {
            let state = self.states.get(*at);
            state.is_some_and(|state| state.made.is_some())
        };
        match references.iter().find(|at| !is_made(at)) {
            None => Ok(()),
            // RFC 7644 section 3.7.1 has 409 for references that cannot be resolved.
            Some(failed) => {
                let bulk_id: String = self
                    .bulk_id(*failed)
                    .unwrap_or_default()
                    .chars()
                    .take(64)
                    .collect();
                Err(Error::new(
                    ErrorKind::Conflict,
                    format!(
                        "it refers to `bulkId:{bulk_id}`, and the operation that was to create \
                         this resource has failed; send both again when what it says is mended"
                    ),
                ))
            }
        }
    }

    fn bulk_id(&self, operation: usize) -> Option<&str> {
        let bulk_id = match self.operations.get(operation)? {
            Ok(operation) => operation.bulk_id.as_ref(),
            Err(refused) => refused.bulk_id.as_ref(),
        };
        bulk_id.map(scim::bulk::BulkId::as_str)
    }

    fn id_of(&self, bulk_id: &str) -> Option<String> {
        let is_it = |at: &usize| self.bulk_id(*at) == Some(bulk_id);
        let mut made = (0..self.states.len()).filter(is_it);
        made.find_map(|at| self.states.get(at)?.made.clone())
    }

    /// A step has come to something.
    fn took(&mut self, place: usize, outcome: Result<Reply>) {
        let Some(Step { operation, act, .. }) = self.plan.steps.get(place).cloned() else {
            return;
        };
        if act == Act::Perform
            && outcome.as_ref().is_err_and(depends_on_others)
            && self.again(place)
        {
            return;
        }
        let Some(state) = self.states.get_mut(operation) else {
            return;
        };
        let failed = outcome.is_err();
        match (act, outcome) {
            (Act::Perform, Ok(reply)) => {
                state.made = id(&reply);
                state.version = reply.etag;
                state.location = reply.location.or(state.location.take());
                state.outcome = Some(Ok(reply.status.as_u16()));
            }
            (Act::Perform, Err(error)) => state.outcome = Some(Err(error)),
            (Act::Complete, Ok(reply)) => state.version = reply.etag,
            (Act::Complete, Err(error)) => state.outcome = Some(Err(incomplete(state, error))),
        }
        self.errors += usize::from(failed);
        self.end(place);
    }

    /// Lets a step that failed wait for all before it, to be tried once more:
    /// they may have been why. `false` when there are none.
    fn again(&mut self, place: usize) -> bool {
        let before: BTreeSet<usize> = (0..place)
            .filter(|at| self.progress.get(*at) != Some(&Progress::Ended))
            .collect();
        if before.is_empty() {
            return false;
        }
        self.wait_for(place, before);
        true
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

    /// What was not begun, and what was begun and not completed, is answered as such.
    fn close(&mut self) {
        let halt = self.halt();
        for state in &mut self.states {
            let error = match (&state.outcome, &state.completion, halt) {
                // With `failOnErrors` what was not processed is left out.
                (Some(_), None, _) | (Some(Err(_)), ..) | (None, _, Halt::Errors) => continue,
                (None, _, Halt::Time) => not_done(halt),
                (Some(Ok(_)), Some(_), _) => incomplete(state, not_done(halt)),
            };
            state.outcome = Some(Err(error));
        }
    }

    /// Refused operations have events, as refused requests have.
    async fn record(&self) {
        let refusals = self.states.iter().zip(&self.operations);
        let refusals = refusals.filter_map(|(state, operation)| {
            let error = state.outcome.as_ref()?.as_ref().err()?;
            Some(refused(self.call, operation.as_ref().ok(), error))
        });
        join_all(refusals).await;
    }

    fn results(self) -> Vec<BulkResult> {
        let results = self.states.into_iter().zip(self.operations);
        results
            .filter_map(|(state, operation)| {
                let (method, bulk_id) = match operation {
                    Ok(operation) => (Some(operation.method), operation.bulk_id),
                    Err(refused) => (refused.method, refused.bulk_id),
                };
                Some(BulkResult {
                    method,
                    bulk_id,
                    location: state.location,
                    version: state.version,
                    outcome: state.outcome?,
                })
            })
            .collect()
    }
}

/// The id of what was created.
fn id(reply: &Reply) -> Option<String> {
    let id = reply.body.as_ref()?.get("id")?;
    id.as_str().map(str::to_owned)
}

/// Whether an error may come of what operations before it had not done yet: a
/// name not free, no room in the realm, too many groups.
fn depends_on_others(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Uniqueness | ErrorKind::Forbidden | ErrorKind::InvalidValue
    )
}

/// The resource is there, but not all that it refers to.
fn incomplete(state: &State, error: Error) -> Error {
    let id = state.made.as_deref().unwrap_or_default();
    error.within(format!(
        "the resource was created as `{id}` without what it refers to in a circle; add that with \
         PATCH"
    ))
}

fn not_done(halt: Halt) -> Error {
    let detail = match halt {
        Halt::Time => "not done: the request's time was over before its turn; send it again",
        Halt::Errors => "not done: as many operations have failed as `failOnErrors` allows",
    };
    Error::new(ErrorKind::Unavailable, detail)
}

fn panicked() -> Error {
    Error::caused_by(
        ErrorKind::Internal,
        "the server failed; the operator of this service finds the request's id in its log",
        "the task of a bulk operation panicked",
    )
}
