//! What an operator sends, read strictly: bodies, pages, names for people.

use super::AdminCall;
use scim::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a page holds when nothing is said, and at most: one batch of reads.
pub(super) const PAGE: usize = 100;
/// Characters of a name for people.
const NAME_MAX: usize = 200;

/// The page asked for: how many, after which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) cursor: Option<String>,
}

impl AdminCall<'_> {
    pub(super) fn page(&self) -> Result<Page> {
        let query = &self.arrival.query;
        let limit = match query.get("limit") {
            None => PAGE,
            Some(limit) => limit
                .parse::<usize>()
                .ok()
                .filter(|limit| *limit > 0)
                .ok_or_else(|| invalid("`limit` is a whole number above 0"))?
                .min(PAGE),
        };
        let cursor = query.get("cursor").filter(|cursor| !cursor.is_empty());
        Ok(Page {
            limit,
            cursor: cursor.map(str::to_owned),
        })
    }
}

impl Page {
    /// Where the page begins, as whoever made the cursor reads it.
    pub(super) fn after<T: std::str::FromStr>(&self) -> Result<Option<T>> {
        let cursor = self.cursor.as_deref().map(str::parse).transpose();
        cursor.map_err(|_| bad_cursor())
    }
}

pub(super) fn bad_cursor() -> Error {
    invalid("`cursor` is not one that a page has answered as its `nextCursor`")
}

/// The body as the message it must be.
pub(super) fn message<T: DeserializeOwned>(body: Option<&Value>) -> Result<T> {
    let syntax = |detail: String| Error::new(ErrorKind::InvalidSyntax, detail);
    match body {
        Some(body @ Value::Object(_)) => {
            T::deserialize(body).map_err(|error| syntax(error.to_string()))
        }
        _ => Err(syntax(
            "the request's body must be a JSON object".to_owned(),
        )),
    }
}

/// A member of a JSON merge patch (RFC 7396): absent leaves, null removes.
pub(super) fn patched<'de, T, D>(deserializer: D) -> Result<Option<Option<T>>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    Option::deserialize(deserializer).map(Some)
}

/// A name for people, without the blanks around it.
pub(super) fn name_for_people(field: &str, text: &str) -> Result<String> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > NAME_MAX || text.contains(char::is_control) {
        return Err(invalid(format!(
            "`{field}` has 1 to {NAME_MAX} characters, none of them a control character"
        )));
    }
    Ok(text.to_owned())
}

pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(80).collect()
}

pub(super) fn invalid(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidValue, detail)
}
