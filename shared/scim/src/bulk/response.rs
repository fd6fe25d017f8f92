//! The bulk response.

use super::request::{BulkId, BulkMethod};
use crate::error::Error;
use crate::message::{BULK_RESPONSE, ErrorBody};
use serde_json::{Map, Value};

/// The answer to a bulk request (RFC 7644 section 3.7.3).
#[derive(Debug)]
pub struct BulkResponse {
    /// `Operations`: those that were processed, in the order of the request.
    pub operations: Vec<BulkResult>,
}

/// What came of one operation.
#[derive(Debug)]
pub struct BulkResult {
    /// `method`, where it was one.
    pub method: Option<BulkMethod>,
    /// `bulkId`, where there was one.
    pub bulk_id: Option<BulkId>,
    /// `location`: where the resource is.
    pub location: Option<String>,
    /// `version` of the resource after it.
    pub version: Option<String>,
    /// The status of a success, or the error. A success is answered without
    /// its body (RFC 7644 section 3.7: "the server MAY elect to omit the response body").
    pub outcome: Result<u16, Error>,
}

impl From<BulkResult> for Value {
    fn from(result: BulkResult) -> Self {
        let (status, response) = match &result.outcome {
            Ok(status) => (*status, None),
            Err(error) => (
                error.kind().status(),
                // An error's fields always serialise.
                serde_json::to_value(ErrorBody::from(error)).ok(),
            ),
        };
        let text = |text: Option<String>| text.map(Value::String);
        let fields = [
            ("location", text(result.location)),
            (
                "method",
                result.method.map(|method| Value::from(method.name())),
            ),
            (
                "bulkId",
                result.bulk_id.map(|bulk_id| Value::from(bulk_id.as_str())),
            ),
            ("version", text(result.version)),
            // A string, as in every example of RFC 7644 section 3.7.3.
            ("status", Some(Value::String(status.to_string()))),
            ("response", response),
        ];
        fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect::<Map<String, Value>>()
            .into()
    }
}

impl From<BulkResponse> for Value {
    fn from(response: BulkResponse) -> Self {
        let operations: Vec<Value> = response.operations.into_iter().map(Value::from).collect();
        Map::from_iter([
            ("schemas".to_owned(), Value::from(vec![BULK_RESPONSE])),
            ("Operations".to_owned(), Value::Array(operations)),
        ])
        .into()
    }
}
