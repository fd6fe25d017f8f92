//! The database library behind the table: one operation and its JSON body in,
//! a status and a JSON body out. Its name appears in this file alone, so that
//! another can take its place. Nothing asynchronous lives here.

use dynoxide::{Database, DynoxideError};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// One open database; clones share it.
#[derive(Clone)]
pub(super) struct Engine {
    db: Database,
}

/// An HTTP answer of DynamoDB's JSON protocol.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: String,
}

impl Engine {
    pub(super) fn open(path: &str) -> Result<Self, String> {
        Database::new(path)
            .map(|db| Self { db })
            .map_err(|error| error.to_string())
    }

    pub(super) fn memory() -> Result<Self, String> {
        Database::memory()
            .map(|db| Self { db })
            .map_err(|error| error.to_string())
    }

    pub(super) fn sweep(&self) -> Result<usize, String> {
        self.db.sweep_ttl().map_err(|error| error.to_string())
    }

    /// Executes `operation` to its end; blocks on the disk.
    ///
    /// Scan is unknown here on purpose: no access pattern of the table needs
    /// one, so a call of it is a mistake that should not work anywhere.
    pub(super) fn execute(&self, operation: &str, body: &[u8]) -> Answer {
        let db = &self.db;
        match operation {
            "BatchGetItem" => run(body, |request| db.batch_get_item(request)),
            "BatchWriteItem" => run(body, |request| db.batch_write_item(request)),
            "CreateTable" => run(body, |request| db.create_table(request)),
            "DeleteItem" => run(body, |request| db.delete_item(request)),
            "DescribeTable" => run(body, |request| db.describe_table(request)),
            "DescribeTimeToLive" => run(body, |request| db.describe_time_to_live(request)),
            "GetItem" => run(body, |request| db.get_item(request)),
            "ListTables" => run(body, |request| db.list_tables(request)),
            "PutItem" => run(body, |request| db.put_item(request)),
            "Query" => run(body, |request| db.query(request)),
            "TransactGetItems" => run(body, |request| db.transact_get_items(request)),
            "TransactWriteItems" => run(body, |request| db.transact_write_items(request)),
            "UpdateItem" => run(body, |request| db.update_item(request)),
            "UpdateTimeToLive" => run(body, |request| db.update_time_to_live(request)),
            _ => Answer::error(
                "UnknownOperationException",
                "this operation is not served here",
            ),
        }
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

fn run<Q: DeserializeOwned, A: Serialize>(
    body: &[u8],
    operation: impl FnOnce(Q) -> Result<A, DynoxideError>,
) -> Answer {
    let request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(error) => return refuse(&unreadable(&error)),
    };
    let answer = operation(request).and_then(|answer| {
        serde_json::to_string(&answer)
            .map_err(|error| DynoxideError::InternalServerError(error.to_string()))
    });
    match answer {
        Ok(body) => Answer { status: 200, body },
        Err(error) => refuse(&error),
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
