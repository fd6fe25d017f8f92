//! The OpenAPI 3.1 document of the administration. It is made of the handlers
//! and the structs that they read and write (`made`), and served as it was made
//! last: a test holds one against the other.

use crate::respond::Reply;
use scim::{Error, ErrorKind, Result};
use utoipa::ToSchema;

#[cfg(test)]
mod made;

/// What went wrong (RFC 9457); `respond` writes it.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "a shape for the document")]
pub(super) struct Problem {
    /// Always `about:blank`: the status says what sort of problem it is.
    #[schema(rename = "type", example = "about:blank")]
    problem_type: String,
    /// The status in words.
    title: String,
    /// The status.
    status: u16,
    /// What is wrong with this request, and what to do.
    detail: String,
}

/// The document, as it stands beside this file: what makes it is as large as the
/// rest of the administration, and would be loaded with every start.
///
/// # Errors
/// None: a test reads it.
pub(super) fn document() -> Result<Reply> {
    let document = serde_json::from_str(include_str!("document.json")).map_err(|cause| {
        Error::caused_by(ErrorKind::Internal, "the document cannot be read", &cause)
    })?;
    Ok(Reply::ok(document))
}
