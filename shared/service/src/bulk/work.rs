//! The operations themselves: what each asks for when its turn comes, and what
//! has come of it. When that is, is not known here.

use super::operation::{Single, located, refused};
use super::plan::Act;
use crate::call::Call;
use crate::respond::Reply;
use axum::http::StatusCode;
use futures_util::future::join_all;
use scim::bulk::{
    BulkId, BulkMethod, BulkOperation, BulkResult, Refused, defer, of_path, path_to, resolve,
};
use scim::{Error, ErrorKind, Result};
use serde_json::Value;
use std::collections::{BTreeSet, HashMap};

/// The operations of a request.
pub(super) struct Work<'a> {
    call: &'a Call,
    operations: Vec<Result<BulkOperation, Refused>>,
    /// By operation those that create what it refers to.
    references: Vec<BTreeSet<usize>>,
    /// By operation those of them that come after it.
    deferred: Vec<BTreeSet<usize>>,
    states: Vec<State>,
    /// By bulkId.
    ids: HashMap<String, String>,
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
pub(super) enum Halt {
    Errors,
    Time,
}

impl<'a> Work<'a> {
    pub(super) fn of(
        call: &'a Call,
        operations: Vec<Result<BulkOperation, Refused>>,
        references: Vec<BTreeSet<usize>>,
        deferred: Vec<BTreeSet<usize>>,
    ) -> Self {
        Self {
            call,
            states: operations.iter().map(|_| State::default()).collect(),
            operations,
            references,
            deferred,
            ids: HashMap::new(),
        }
    }

    /// The request of an operation, with what is known in the place of its references.
    pub(super) fn request(&mut self, operation: usize) -> Result<Option<Single>> {
        let mut asked = match self.operations.get_mut(operation) {
            None => return Ok(None),
            Some(Ok(asked)) => asked.clone(),
            Some(Err(refused)) => {
                let refused = &refused.error;
                return Err(Error::new(refused.kind(), refused.detail()));
            }
        };
        let references = self.references.get(operation);
        let deferred = self.deferred.get(operation);
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
            resolve(data, &|bulk_id| self.ids.get(bulk_id).cloned());
            if let Some(state) = self.states.get_mut(operation) {
                state.completion = completion;
            }
        }
        if let Some(id) = of_path(&asked.path).and_then(|(_, bulk_id)| self.ids.get(bulk_id)) {
            asked.path = path_to(&asked.path, id);
        }
        let location = located(self.call, &asked);
        if let Some(state) = self.states.get_mut(operation) {
            state.location = location;
        }
        Single::of(self.call, asked).map(Some)
    }

    /// The PATCH that puts the deferred references into what an operation has created.
    pub(super) fn completion(&mut self, operation: usize) -> Result<Option<Single>> {
        let Some(state) = self.states.get_mut(operation) else {
            return Ok(None);
        };
        let (Some(id), Some(mut data)) = (state.made.clone(), state.completion.take()) else {
            return Ok(None);
        };
        let deferred = self.deferred.get(operation).cloned();
        let deferred = Vec::from_iter(deferred.unwrap_or_default());
        self.all_made(&deferred)?;
        resolve(&mut data, &|bulk_id| self.ids.get(bulk_id).cloned());
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
        Single::of(self.call, asked).map(Some)
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
        bulk_id.map(BulkId::as_str)
    }

    /// Keeps what has come of a step.
    pub(super) fn keep(&mut self, operation: usize, act: Act, outcome: Result<Reply>) {
        let bulk_id = self.bulk_id(operation).map(str::to_owned);
        let Some(state) = self.states.get_mut(operation) else {
            return;
        };
        match (act, outcome) {
            (Act::Perform, Ok(reply)) => {
                state.made = created(&reply);
                state.version = reply.etag;
                state.location = reply.location.or(state.location.take());
                state.outcome = Some(Ok(reply.status.as_u16()));
                self.ids.extend(bulk_id.zip(state.made.clone()));
            }
            (Act::Perform, Err(error)) => state.outcome = Some(Err(error)),
            (Act::Complete, Ok(reply)) => state.version = reply.etag,
            (Act::Complete, Err(error)) => state.outcome = Some(Err(incomplete(state, error))),
        }
    }

    /// What was not begun, and what was begun and not completed, is answered as such.
    pub(super) fn close(&mut self, halt: Halt) {
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
    pub(super) async fn record(&self) {
        let refusals = self.states.iter().zip(&self.operations);
        let refusals = refusals.filter_map(|(state, operation)| {
            let error = state.outcome.as_ref()?.as_ref().err()?;
            Some(refused(self.call, operation.as_ref().ok(), error))
        });
        join_all(refusals).await;
    }

    pub(super) fn results(self) -> Vec<BulkResult> {
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

/// The id of what was created: 201 says that something was.
fn created(reply: &Reply) -> Option<String> {
    if reply.status != StatusCode::CREATED {
        return None;
    }
    let (_, id) = reply.location.as_ref()?.rsplit_once('/')?;
    Some(id.to_owned())
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
