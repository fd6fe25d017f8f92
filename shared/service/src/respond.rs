//! From what an operation says to an HTTP response: the one place where an error becomes one.

use crate::accepted::{Accepted, Coding};
use crate::content::{Content, Written};
use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER,
    VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Response, StatusCode};
use scim::message::ErrorBody;
use scim::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

/// When a client that was sent away may come back, in seconds.
const RETRY_SECONDS: HeaderValue = HeaderValue::from_static("1");
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What an operation answers when it succeeds.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// 204 and 304 have none.
    pub(crate) body: Option<Content>,
    pub(crate) etag: Option<String>,
    pub(crate) location: Option<String>,
}

impl Reply {
    /// 200 with a body.
    pub(crate) fn ok(body: Value) -> Self {
        Self {
            status: StatusCode::OK,
            body: Some(Content::Json(body)),
            etag: None,
            location: None,
        }
    }

    /// 201 with a body and where to find it again.
    pub(crate) fn created(body: Value, location: String) -> Self {
        Self {
            status: StatusCode::CREATED,
            body: Some(Content::Json(body)),
            etag: None,
            location: Some(location),
        }
    }

    /// 202 with how far it is.
    pub(crate) fn accepted(body: Value) -> Self {
        Self {
            status: StatusCode::ACCEPTED,
            ..Self::ok(body)
        }
    }

    /// 204.
    pub(crate) fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: None,
            etag: None,
            location: None,
        }
    }
}

/// In which protocol the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// RFC 7644.
    Scim,
    /// The administration's: JSON, and problem details for errors (RFC 9457).
    Admin,
}

impl Dialect {
    fn media_type(self) -> &'static str {
        match self {
            // RFC 7644 section 3.1. JSON is UTF-8, so no charset is named.
            Self::Scim => "application/scim+json",
            Self::Admin => "application/json",
        }
    }

    fn error_media_type(self) -> &'static str {
        match self {
            Self::Scim => "application/scim+json",
            Self::Admin => "application/problem+json",
        }
    }

    /// Whether an answer may be kept. A SCIM answer may, to be compared by its
    /// ETag; the administration's may hold a token.
    fn caching(self) -> &'static str {
        match self {
            Self::Scim => "private, no-cache",
            Self::Admin => "no-store",
        }
    }

    /// RFC 6750 section 3. Constant: it says nothing about what was wrong.
    fn challenge(self) -> &'static str {
        match self {
            Self::Scim => "Bearer realm=\"SCIM\"",
            Self::Admin => "Bearer realm=\"Muster administration\"",
        }
    }
}

/// A success as a response.
///
/// What is compressed beside a token needs no care (BREACH): a token stands in one
/// answer only, and no browser sends credentials here by itself.
///
/// # Errors
/// `TooMany` when it is larger than an answer can be.
pub(crate) fn success(
    dialect: Dialect,
    reply: Reply,
    accepted: Accepted,
    request: Uuid,
) -> Result<Response<Body>> {
    let mut response = match reply.body {
        Some(body) => with_body(dialect.media_type(), body.written(accepted)?),
        None => Response::new(Body::empty()),
    };
    *response.status_mut() = reply.status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(dialect.caching()));
    if reply.status != StatusCode::NO_CONTENT {
        headers.insert(VARY, HeaderValue::from(ACCEPT_ENCODING));
    }
    for (name, value) in [(ETAG, reply.etag), (LOCATION, reply.location)] {
        // Both are made of ids and a configured URL, so they are header text.
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            headers.insert(name, value);
        }
    }
    Ok(finish(response, request))
}

/// An error as a response.
pub(crate) fn failure(dialect: Dialect, error: &Error, request: Uuid) -> Response<Body> {
    let status =
        StatusCode::from_u16(error.kind().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let media_type = dialect.error_media_type();
    let mut response = match dialect {
        Dialect::Scim => with_body(media_type, sentence(&ErrorBody::from(error))),
        Dialect::Admin => with_body(
            media_type,
            sentence(&json!({
                "type": "about:blank",
                "title": status.canonical_reason().unwrap_or_default(),
                "status": status.as_u16(),
                "detail": error.detail(),
            })),
        ),
    };
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    match error.kind() {
        ErrorKind::Unauthorized => {
            headers.insert(
                WWW_AUTHENTICATE,
                HeaderValue::from_static(dialect.challenge()),
            );
        }
        ErrorKind::Unavailable | ErrorKind::TooManyRequests => {
            headers.insert(RETRY_AFTER, RETRY_SECONDS);
        }
        _ => {}
    }
    finish(response, request)
}

/// What an error says is short, and always serialises.
fn sentence(message: &impl Serialize) -> Written {
    Written {
        bytes: serde_json::to_vec(message).unwrap_or_default(),
        coding: Coding::Identity,
    }
}

fn with_body(media_type: &'static str, body: Written) -> Response<Body> {
    let mut response = Response::new(Body::from(body.bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    match body.coding {
        Coding::Identity => {}
        Coding::Gzip => {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
    }
    response
}

fn finish(mut response: Response<Body>, request: Uuid) -> Response<Body> {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::try_from(request.to_string()) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::{Dialect, Reply, failure, success};
    use crate::accepted::Accepted;
    use axum::http::StatusCode;
    use scim::{Error, ErrorKind};
    use uuid::Uuid;

    #[track_caller]
    fn check(dialect: Dialect, kind: ErrorKind, header: &str, expected: Option<&str>) {
        let response = failure(dialect, &Error::new(kind, "x"), Uuid::nil());
        assert_eq!(response.status().as_u16(), kind.status());
        let value = response.headers().get(header);
        assert_eq!(
            value.map(|value| value.to_str().unwrap()),
            expected,
            "{kind:?}"
        );
    }

    #[test]
    fn headers_of_errors() {
        use Dialect::{Admin, Scim};
        use ErrorKind::{Internal, NotFound, TooManyRequests, Unauthorized, Unavailable};
        check(
            Scim,
            NotFound,
            "content-type",
            Some("application/scim+json"),
        );
        check(
            Admin,
            NotFound,
            "content-type",
            Some("application/problem+json"),
        );
        check(
            Scim,
            Unauthorized,
            "www-authenticate",
            Some("Bearer realm=\"SCIM\""),
        );
        check(Scim, NotFound, "www-authenticate", None);
        check(Scim, Unavailable, "retry-after", Some("1"));
        check(Scim, TooManyRequests, "retry-after", Some("1"));
        check(Scim, Internal, "retry-after", None);
        check(Scim, Internal, "x-content-type-options", Some("nosniff"));
        check(Admin, Internal, "cache-control", Some("no-store"));
    }

    #[test]
    fn an_answer_without_a_body_names_no_type() {
        let reply = Reply::no_content();
        let response = success(Dialect::Scim, reply, Accepted::Gzip, Uuid::nil()).unwrap();
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        for header in ["content-type", "content-encoding", "vary"] {
            assert!(response.headers().get(header).is_none(), "{header}");
        }
    }
}
