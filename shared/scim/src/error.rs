//! The one error of the protocol: a closed kind, a public detail, a private cause.
//!
//! HTTP status and `scimType` are functions of the kind (RFC 7644 section 3.12,
//! table 9). The detail is written for the administrator who reads it in a
//! provisioning log; the cause is for the operator's log, and its type keeps
//! what clients have sent out of it.

use std::borrow::Cow;
use std::fmt;

/// What went wrong, in the protocol's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// 400 `invalidFilter`: filter syntax, unknown attribute, operator not fit for the type.
    InvalidFilter,
    /// 400 `tooMany`: the answer would be larger than the server calculates.
    TooMany,
    /// 409 `uniqueness`: another resource holds the unique value.
    Uniqueness,
    /// 400 `mutability`: a readOnly or immutable attribute would change.
    Mutability,
    /// 400 `invalidSyntax`: the body is not JSON or not the expected message.
    InvalidSyntax,
    /// 400 `invalidPath`: a PATCH path that is malformed or names nothing.
    InvalidPath,
    /// 400 `noTarget`: a PATCH path that matches no value.
    NoTarget,
    /// 400 `invalidValue`: a value missing or of the wrong type.
    InvalidValue,
    /// 400 `invalidCursor`: no cursor of this query (RFC 9865 section 2.1).
    InvalidCursor,
    /// 400 `expiredCursor`: the cursor's time is over (RFC 9865 section 2.1).
    ExpiredCursor,
    /// 400 `invalidCount`: no count, or another than the walk began with (RFC 9865 section 2.1).
    InvalidCount,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 408: the body did not arrive.
    RequestTimeout,
    /// 409 without `scimType`: the resource is in a state that forbids the request.
    Conflict,
    /// 412: If-Match or If-None-Match does not hold.
    PreconditionFailed,
    /// 413.
    PayloadTooLarge,
    /// 415.
    UnsupportedMediaType,
    /// 429.
    TooManyRequests,
    /// 500.
    Internal,
    /// 501.
    NotImplemented,
    /// 503: nothing was done, try again.
    Unavailable,
}

impl ErrorKind {
    /// The HTTP status code (RFC 7644 section 3.12).
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidFilter
            | Self::TooMany
            | Self::Mutability
            | Self::InvalidSyntax
            | Self::InvalidPath
            | Self::NoTarget
            | Self::InvalidValue
            | Self::InvalidCursor
            | Self::ExpiredCursor
            | Self::InvalidCount => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::Uniqueness | Self::Conflict => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::NotImplemented => 501,
            Self::Unavailable => 503,
        }
    }

    /// The `scimType` keyword (RFC 7644 table 9, RFC 9865 table 3), where one is defined.
    pub fn scim_type(self) -> Option<&'static str> {
        match self {
            Self::InvalidFilter => Some("invalidFilter"),
            Self::TooMany => Some("tooMany"),
            Self::Uniqueness => Some("uniqueness"),
            Self::Mutability => Some("mutability"),
            Self::InvalidSyntax => Some("invalidSyntax"),
            Self::InvalidPath => Some("invalidPath"),
            Self::NoTarget => Some("noTarget"),
            Self::InvalidValue => Some("invalidValue"),
            Self::InvalidCursor => Some("invalidCursor"),
            Self::ExpiredCursor => Some("expiredCursor"),
            Self::InvalidCount => Some("invalidCount"),
            _ => None,
        }
    }
}

/// An error answer: what the client is told, and privately why.
pub struct Error {
    kind: ErrorKind,
    detail: String,
    cause: Option<Cause>,
}

/// Why an error came about, as a log may say it: fixed words, codes and
/// positions. It can be made of nothing else, so that no value a client has
/// sent, no secret and no person's data reaches a log by way of an error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause(Cow<'static, str>);

/// The longest code of another system that a log repeats.
const CODE_MAX: usize = 128;

/// A result of this crate and of the ones above it.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error with a `detail` for the client: lower case, no full stop, the
    /// client's own words in backticks.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            cause: None,
        }
    }

    /// The same with a cause for the log.
    pub fn caused_by(kind: ErrorKind, detail: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            cause: Some(cause.into()),
        }
    }

    /// The closed kind.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The private cause.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// The public sentence.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The same error with its detail put into a context, such as the number of a PATCH operation.
    #[must_use]
    pub fn within(mut self, context: impl fmt::Display) -> Self {
        self.detail = format!("{context}: {}", self.detail);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.kind)
            .field("detail", &self.detail)
            .field("cause", &self.cause)
            .finish()
    }
}

impl std::error::Error for Error {}

impl Cause {
    /// `what` went wrong, with the codes that another system gave it: an
    /// exception's name, a request id. A code is letters, digits and `-_.:/#*`;
    /// whatever else it holds is left out.
    pub fn with_codes(what: &'static str, codes: &[&str]) -> Self {
        let mut text = what.to_owned();
        for code in codes {
            text.push(' ');
            text.extend(
                code.chars()
                    .filter(|c| c.is_ascii_alphanumeric() || "-_.:/#*".contains(*c))
                    .take(CODE_MAX),
            );
        }
        Self(text.into())
    }
}

impl From<&'static str> for Cause {
    fn from(what: &'static str) -> Self {
        Self(what.into())
    }
}

/// The position alone: the parser's own words quote what it met.
impl From<&serde_json::Error> for Cause {
    fn from(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            serde_json::error::Category::Io => "JSON: reading failed",
            serde_json::error::Category::Syntax => "JSON: wrong syntax",
            serde_json::error::Category::Data => "JSON: another type was expected",
            serde_json::error::Category::Eof => "JSON: it ends too early",
        };
        Self(format!("{what} at line {} column {}", error.line(), error.column()).into())
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
