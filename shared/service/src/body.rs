//! The request's body: its media type, its bounds, its JSON.

use crate::respond::Dialect;
use axum::body::{Body, HttpBody};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use scim::{Error, ErrorKind, Result};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, timeout, timeout_at};

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(15);
/// How much of a body that nobody wants is read, so that its sender comes to read the answer.
const DRAIN_BYTES: usize = 32 << 20;
const DRAIN_TIME: Duration = Duration::from_secs(5);

/// A body on its way in.
#[derive(Debug)]
pub(crate) struct Incoming {
    body: Body,
    /// The client waits to be told that its body is wanted (RFC 9110 section 10.1.1).
    waits: bool,
}

impl Incoming {
    pub(crate) fn new(body: Body, headers: &HeaderMap) -> Self {
        Self {
            body,
            waits: headers.contains_key(EXPECT),
        }
    }

    /// The body as JSON, of at most `limit` bytes.
    ///
    /// # Errors
    /// `PayloadTooLarge`, `RequestTimeout`, or `InvalidSyntax` for what is no JSON, also for nothing at all.
    pub(crate) async fn json(
        &mut self,
        dialect: Dialect,
        limit: usize,
        deadline: Instant,
    ) -> Result<Value> {
        let until = deadline.min(Instant::now() + BODY_TIME);
        let bytes = timeout_at(until, self.read(limit)).await.map_err(|_| {
            Error::new(
                ErrorKind::RequestTimeout,
                "the request's body did not arrive in time; send it again",
            )
        })??;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Err(Error::new(
                ErrorKind::InvalidSyntax,
                "the request's body is empty; it must be a JSON object",
            ));
        }
        match dialect {
            // An import has whole resources in it.
            Dialect::Admin => scim::json::parse_enclosing(&bytes),
            Dialect::Scim => scim::json::parse(&bytes),
        }
    }

    async fn read(&mut self, limit: usize) -> Result<Bytes> {
        let too_large = || {
            Error::new(
                ErrorKind::PayloadTooLarge,
                format!("the request's body has more than {limit} bytes; send it in parts"),
            )
        };
        // Content-Length, when there is one.
        let announced = self.body.size_hint().lower();
        if announced > limit as u64 {
            return Err(too_large());
        }
        self.waits = false;
        let mut bytes = BytesMut::new();
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|_| {
                Error::new(
                    ErrorKind::InvalidSyntax,
                    "the request's body ended before its announced length",
                )
            })?;
            if let Some(data) = frame.data_ref() {
                if bytes.len() + data.len() > limit {
                    return Err(too_large());
                }
                bytes.extend_from_slice(data);
            }
        }
        Ok(bytes.freeze())
    }

    /// Reads on, up to a bound, what was not read: closing a connection with
    /// unread bytes can take the answer away from the client.
    pub(crate) async fn drain(mut self) {
        if self.waits || self.body.is_end_stream() {
            return;
        }
        let read = async {
            let mut left = DRAIN_BYTES;
            while let Some(Ok(frame)) = self.body.frame().await {
                let size = frame.data_ref().map_or(0, Bytes::len);
                match left.checked_sub(size) {
                    Some(rest) => left = rest,
                    None => return,
                }
            }
        };
        // A sender that is too slow finds its connection closed, which is all that is at stake.
        let _ = timeout(DRAIN_TIME, read).await;
    }
}

/// Refuses what is declared to be anything but JSON in UTF-8. No declaration at
/// all is taken for JSON.
///
/// # Errors
/// `UnsupportedMediaType`.
pub(crate) fn check_media_type(dialect: Dialect, headers: &HeaderMap) -> Result<()> {
    if let Some(value) = headers.get(CONTENT_TYPE)
        && !value.to_str().is_ok_and(|value| is_json(dialect, value))
    {
        return Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            "the request's body must be `application/scim+json` or `application/json` in UTF-8; \
             set the `Content-Type` header",
        ));
    }
    match headers.get(CONTENT_ENCODING) {
        Some(value) if !value.as_bytes().eq_ignore_ascii_case(b"identity") => Err(Error::new(
            ErrorKind::UnsupportedMediaType,
            "the request's body must not be compressed; send it without `Content-Encoding`",
        )),
        _ => Ok(()),
    }
}

fn is_json(dialect: Dialect, value: &str) -> bool {
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default();
    let known: &[&str] = match dialect {
        // RFC 7644 section 3.1, RFC 8259.
        Dialect::Scim => &["application/scim+json", "application/json"],
        // A change of a realm is a merge patch (RFC 7396 section 4), a PATCH of SCIM is none.
        Dialect::Admin => &[
            "application/scim+json",
            "application/json",
            "application/merge-patch+json",
        ],
    };
    let known = known
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known));
    known
        && parts.all(|parameter| match parameter.split_once('=') {
            Some((name, charset)) if name.trim().eq_ignore_ascii_case("charset") => {
                let charset = charset.trim().trim_matches('"');
                ["utf-8", "utf8"]
                    .iter()
                    .any(|utf8| charset.eq_ignore_ascii_case(utf8))
            }
            _ => true,
        })
}

#[cfg(test)]
mod tests {
    use super::is_json;
    use crate::respond::Dialect::{Admin, Scim};

    #[test]
    fn media_types() {
        let merge_patch = "application/merge-patch+json; charset=utf-8";
        assert!(is_json(Admin, merge_patch));
        assert!(!is_json(Scim, merge_patch));
        for (value, expected) in [
            ("application/json", true),
            ("application/scim+json", true),
            ("Application/SCIM+JSON; charset=UTF-8", true),
            ("application/json;charset=\"utf-8\"", true),
            ("application/scim+json; profile=x", true),
            ("application/json;", true),
            ("application/json; charset=iso-8859-1", false),
            ("application/jsonx", false),
            ("text/json", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ] {
            for dialect in [Admin, Scim] {
                assert_eq!(is_json(dialect, value), expected, "{value}");
            }
        }
    }
}
