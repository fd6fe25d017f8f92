//! The database library behind the table: one operation and its JSON body in,
//! a status and a JSON body out. Its name appears here and in `places` alone, so
//! that another can take its place. Nothing asynchronous lives here.

mod places;

use std::fs::File;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use dynoxide::actions::transact_write_items::{
    TransactWriteItemsRequest, TransactWriteItemsResponse,
};
use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use self::places::Places;
use super::disk::{Disk, Effect, Place, Safe, Tell};
use super::file;
use super::tokens::Tokens;
use super::trouble::{self, REFUSED};

/// One open database; clones share it.
///
/// The library executes one call after the other. A thread of its own takes
/// them from a queue: threads that wait for its lock would be woken for nothing.
/// [`Disk`] waits for what was written.
///
/// With the last of them the database is closed: its log is in its file then.
#[derive(Clone)]
pub(super) struct Engine {
    // It goes before what waits for the end of the thread that it leads to.
    queue: mpsc::Sender<Job>,
    open: Arc<Open>,
}

/// What is let go, in this order, when nobody is left who could call.
struct Open {
    _worker: Worker,
    db: Database,
    _rest: Option<Rest>,
    /// Held for as long as the file is open: two processes on one file would
    /// each keep their own record of the idempotency tokens.
    _lock: Option<File>,
}

/// The thread that executes the calls.
struct Worker(Option<JoinHandle<()>>);

impl Drop for Worker {
    fn drop(&mut self) {
        if let Some(thread) = self.0.take() {
            // That it has panicked it has said itself.
            drop(thread.join());
        }
    }
}

/// A data file that is left without a log when it is closed.
struct Rest(PathBuf);

impl Drop for Rest {
    fn drop(&mut self) {
        if let Err(reason) = file::settle(&self.0) {
            tracing::warn!(reason, "the log stays beside the data file");
        }
    }
}

/// Whether a write is on the disk before it is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    Answered,
    /// Some time later, and a power failure may damage the file.
    Relaxed,
}

/// A call, ready to run.
type Job = Box<dyn FnOnce(&mut Bench) -> (Effect, Vec<Place>, Tell) + Send>;

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
    pub(super) fn open(path: &str, durability: Durability, lock: File) -> Result<Self, String> {
        let db = Database::new(path).map_err(|error| error.to_string())?;
        let relaxed = match durability {
            Durability::Relaxed => db.enable_bulk_loading(),
            // In the library's words the end of loading: with its log a commit then waits
            // no more (SQLite's `synchronous=NORMAL`), and everything else is as it was.
            Durability::Answered => db.disable_bulk_loading(),
        };
        relaxed.map_err(|error| error.to_string())?;
        let disk = match durability {
            Durability::Relaxed => None,
            Durability::Answered => Some(log_of(path).and_then(Disk::start)),
        };
        let disk = disk.transpose().map_err(|error| error.to_string())?;
        let rest = Rest(PathBuf::from(path));
        Self::start(db, disk, Some(rest), Some(lock))
    }

    pub(super) fn memory() -> Result<Self, String> {
        let db = Database::memory().map_err(|error| error.to_string())?;
        Self::start(db, None, None, None)
    }

    fn start(
        db: Database,
        disk: Option<Disk>,
        rest: Option<Rest>,
        lock: Option<File>,
    ) -> Result<Self, String> {
        let (queue, jobs) = mpsc::channel::<Job>();
        let mut bench = Bench {
            db: db.clone(),
            written: Tokens::default(),
        };
        let thread = thread::Builder::new()
            .name("embedded-table".to_owned())
            .spawn(move || {
                for job in jobs {
                    // The caller learns of a panic by the answer that does not come; the next call goes on.
                    let done = catch_unwind(AssertUnwindSafe(|| job(&mut bench)));
                    match (done, &disk) {
                        (Ok((effect, places, tell)), Some(disk)) => disk.tell(effect, places, tell),
                        (Ok((_, _, tell)), None) => tell(Safe::Yes),
                        (Err(_), _) => {}
                    }
                }
            })
            .map_err(|error| error.to_string())?;
        let open = Arc::new(Open {
            _worker: Worker(Some(thread)),
            db,
            _rest: rest,
            _lock: lock,
        });
        Ok(Self { queue, open })
    }

    pub(super) fn sweep(&self) -> Result<usize, String> {
        self.open.db.sweep_ttl().map_err(|error| error.to_string())
    }

    /// How many tables there are.
    pub(super) fn tables(&self) -> Result<usize, String> {
        self.open
            .db
            .table_count()
            .map_err(|error| error.to_string())
    }

    /// Executes `operation`. What has been asked runs to its end, also when the
    /// caller has stopped waiting.
    ///
    /// Scan is unknown here on purpose: no access pattern of the table needs
    /// one, so a call of it is a mistake that should not work anywhere.
    pub(super) async fn execute(&self, operation: &str, body: &[u8]) -> Answer {
        use Effect::{Reads, Writes};
        match operation {
            "BatchGetItem" => {
                self.run(Reads, body, |on, request| on.db.batch_get_item(request))
                    .await
            }
            "BatchWriteItem" => {
                self.run(Writes, body, |on, request| on.db.batch_write_item(request))
                    .await
            }
            "CreateTable" => {
                self.run(Writes, body, |on, request| on.db.create_table(request))
                    .await
            }
            "DeleteItem" => {
                self.run(Writes, body, |on, request| on.db.delete_item(request))
                    .await
            }
            "DescribeTable" => {
                self.run(Reads, body, |on, request| on.db.describe_table(request))
                    .await
            }
            "DescribeTimeToLive" => {
                self.run(Reads, body, |on, request| {
                    on.db.describe_time_to_live(request)
                })
                .await
            }
            "GetItem" => {
                self.run(Reads, body, |on, request| on.db.get_item(request))
                    .await
            }
            "ListTables" => {
                self.run(Reads, body, |on, request| on.db.list_tables(request))
                    .await
            }
            "PutItem" => {
                self.run(Writes, body, |on, request| on.db.put_item(request))
                    .await
            }
            "Query" => {
                self.run(Reads, body, |on, request| on.db.query(request))
                    .await
            }
            "TransactGetItems" => {
                self.run(Reads, body, |on, request| on.db.transact_get_items(request))
                    .await
            }
            "TransactWriteItems" => self.run(Writes, body, Bench::transact_write).await,
            "UpdateItem" => {
                self.run(Writes, body, |on, request| on.db.update_item(request))
                    .await
            }
            "UpdateTimeToLive" => {
                self.run(Writes, body, |on, request| {
                    on.db.update_time_to_live(request)
                })
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
        effect: Effect,
        body: &[u8],
        operation: fn(&mut Bench, Q) -> Result<A, DynoxideError>,
    ) -> Answer
    where
        Q: DeserializeOwned + Places + Send + 'static,
        A: Serialize + Send + 'static,
    {
        let request: Q = match serde_json::from_slice(body) {
            Ok(request) => request,
            Err(error) => return refuse(&unreadable(&error)),
        };
        let (reply, answer) = oneshot::channel();
        let job = Box::new(move |bench: &mut Bench| {
            let places = request.places();
            let answer = operation(bench, request);
            let tell: Tell = Box::new(move |safe| {
                let answer = match safe {
                    Safe::Yes => answer,
                    Safe::No => Err(DynoxideError::InternalServerError(REFUSED.to_owned())),
                };
                // Nobody may be waiting any more.
                drop(reply.send(answer));
            });
            (effect, places, tell)
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

/// The database's log beside the file. It is one file for as long as the database is open.
fn log_of(path: &str) -> io::Result<File> {
    File::options()
        .append(true)
        .open(file::log(Path::new(path)))
}

fn refuse(error: &DynoxideError) -> Answer {
    let status = error.status_code();
    if status >= 500
        && let Some(trouble) = trouble::told_by(&error.to_string())
    {
        tracing::error!(
            code = trouble.code,
            "the data file cannot be used: {}",
            trouble.words
        );
        return Answer::error(store::UNUSABLE, trouble.words);
    }
    Answer {
        status,
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
