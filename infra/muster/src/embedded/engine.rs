//! The database library behind the table: one operation and its JSON body in,
//! a status and a JSON body out. Its name appears in this file alone, so that
//! another can take its place. Nothing asynchronous lives here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc;
use std::thread;

use dynoxide::actions::transact_write_items::{
    TransactWriteItemsRequest, TransactWriteItemsResponse,
};
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use super::tokens::Tokens;

/// One open database; clones share it.
///
/// The library executes one call after the other. A thread of its own takes
/// them from a queue: threads that wait for its lock would be woken for nothing,
/// and a commit waits for the disk.
#[derive(Clone)]
pub(super) struct Engine {
    db: Database,
    queue: mpsc::Sender<Job>,
}

/// A call, ready to run.
type Job = Box<dyn FnOnce(&mut Bench) + Send>;

/// What a call runs on.
struct Bench {
    db: Database,
    /// The library looks through all its tokens of ten minutes at every
    /// transaction, and hashes each request: they are kept here instead.
    written: Tokens<TransactWriteItemsResponse>,
}

/// An HTTP answer of DynamoDB's JSON protocol.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Engine {
    pub(super) fn open(path: &str) -> Result<Self, String> {
        Self::start(Database::new(path))
    }

    pub(super) fn memory() -> Result<Self, String> {
        Self::start(Database::memory())
    }

    fn start(opened: Result<Database, DynoxideError>) -> Result<Self, String> {
        let db = opened.map_err(|error| error.to_string())?;
        let (queue, jobs) = mpsc::channel::<Job>();
        let mut bench = Bench {
            db: db.clone(),
            written: Tokens::default(),
        };
        thread::Builder::new()
            .name("embedded-table".to_owned())
            .spawn(move || {
                for job in jobs {
                    // The caller learns of a panic by the answer that does not come; the next call goes on.
                    drop(catch_unwind(AssertUnwindSafe(|| job(&mut bench))));
                }
            })
            .map_err(|error| error.to_string())?;
        Ok(Self { db, queue })
    }

    /// Writes no longer wait for the disk, for as long as the database is open.
    pub(super) fn relax(&self) -> Result<(), String> {
        self.db
            .enable_bulk_loading()
            .map_err(|error| error.to_string())
    }

    pub(super) fn sweep(&self) -> Result<usize, String> {
        self.db.sweep_ttl().map_err(|error| error.to_string())
    }

    /// Executes `operation`. What has been asked runs to its end, also when the
    /// caller has stopped waiting.
    ///
    /// Scan is unknown here on purpose: no access pattern of the table needs
    /// one, so a call of it is a mistake that should not work anywhere.
    pub(super) async fn execute(&self, operation: &str, body: &[u8]) -> Answer {
        match operation {
            "BatchGetItem" => {
                self.run(body, |on, request| on.db.batch_get_item(request))
                    .await
            }
            "BatchWriteItem" => {
                self.run(body, |on, request| on.db.batch_write_item(request))
                    .await
            }
            "CreateTable" => {
                self.run(body, |on, request| on.db.create_table(request))
                    .await
            }
            "DeleteItem" => {
                self.run(body, |on, request| on.db.delete_item(request))
                    .await
            }
            "DescribeTable" => {
                self.run(body, |on, request| on.db.describe_table(request))
                    .await
            }
            "DescribeTimeToLive" => {
                self.run(body, |on, request| on.db.describe_time_to_live(request))
                    .await
            }
            "GetItem" => self.run(body, |on, request| on.db.get_item(request)).await,
            "ListTables" => {
                self.run(body, |on, request| on.db.list_tables(request))
                    .await
            }
            "PutItem" => self.run(body, |on, request| on.db.put_item(request)).await,
            "Query" => self.run(body, |on, request| on.db.query(request)).await,
            "TransactGetItems" => {
                self.run(body, |on, request| on.db.transact_get_items(request))
                    .await
            }
            "TransactWriteItems" => self.run(body, Bench::transact_write).await,
            "UpdateItem" => {
                self.run(body, |on, request| on.db.update_item(request))
                    .await
            }
            "UpdateTimeToLive" => {
                self.run(body, |on, request| on.db.update_time_to_live(request))
                    .await
            }
            _ => Answer::error(
                "UnknownOperationException",
                "this operation is not served here",
            ),
        }
    }

    async fn run<Q, A>(
        &self,
        body: &[u8],
        operation: fn(&mut Bench, Q) -> Result<A, DynoxideError>,
    ) -> Answer
    where
        Q: DeserializeOwned + Send + 'static,
        A: Serialize + Send + 'static,
    {
        let request: Q = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(&unreadable(&error)),
        };
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move |bench: &mut Bench| {
            // Nobody may be waiting any more.
            drop(reply.send(operation(bench, request)));
        });
        if self.queue.send(job).is_err() {
            return Answer::error("InternalServerError", "the table has stopped");
        }
        let Ok(answer) = answer.await else {
            return Answer::error("InternalServerError", "the call has panicked");
        };
        let written = answer.and_then(|answer| {
            serde_json::to_string(&answer)
                .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
        });
        match written {
            Ok(body) => Answer { status: 200, body },
            Err(error) => refuse(&error),
        }
    }
}

impl Bench {
    fn transact_write(
        &mut self,
        mut request: TransactWriteItemsRequest,
    ) -> Result<TransactWriteItemsResponse, DynoxideError> {
        let Some(token) = request.client_request_token.take() else {
            return self.db.transact_write_items(request);
        };
        if let Some(response) = self.written.get(&token) {
            return Ok(response.clone());
        }
        let response = self.db.transact_write_items(request)?;
        self.written.keep(token, response.clone());
        Ok(response)
    }
}

impl Answer {
    /// An error with `code` that the database did not raise itself.
    pub(super) fn error(code: &str, message: &str) -> Self {
        let status = if code == "InternalServerError" {
            500
        } else {
            400
        };
        let kind = format!("com.amazonaws.dynamodb.v20120810#{code}");
        Self {
            status,
            body: serde_json::json!({ "__type": kind, "message": message }).to_string(),
        }
    }
}

fn refuse(error: &DynoxideError) -> Answer {
    Answer {
        status: error.status_code(),
        body: error.to_json(),
    }
}

/// The library validates while it deserialises and marks such a refusal by a
/// prefix of the message: `VALIDATION:`, `VALIDATION_REQUEST:` and so on.
/// DynamoDB calls a missing member a validation error too.
fn unreadable(error: &serde_json::Error) -> DynoxideError {
    let text = error.to_string();
    let position = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&position).unwrap_or(&text);
    match text.split_once(':') {
        Some((mark, rest)) if mark.starts_with("VALIDATION") => {
            DynoxideError::ValidationException(rest.to_owned())
        }
        Some((mark, rest)) if mark.starts_with("SERIALIZATION") => {
            DynoxideError::SerializationException(rest.to_owned())
        }
        _ if text.contains("missing field")
            || text.contains("unknown variant")
            || text.contains("AttributeValue") =>
        {
            DynoxideError::ValidationException(text.to_owned())
        }
        _ => DynoxideError::SerializationException(text.to_owned()),
    }
}
