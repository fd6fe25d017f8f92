//! What an operator sends, read strictly: bodies, pages, names for people.

use super::AdminCall;
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a page holds when nothing is said, and at most: one batch of reads.
pub(super) const PAGE: usize = 100;
/// What an instant must be.
pub(super) const INSTANT: &str = "an instant in RFC 3339, such as `2030-01-31T00:00:00Z`";
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

/// The instant in the member `field`.
pub(super) fn instant(field: &str, text: &str) -> Result<Timestamp> {
    rfc_3339(text).ok_or_else(|| invalid(format!("`{field}` is {INSTANT}")))
}

/// The instant that a `date-time` (RFC 3339 section 5.6) names, as the table keeps
/// it: in milliseconds. jiff alone also takes what only ISO 8601 and RFC 9557 know,
/// and offsets beyond a day.
pub(super) fn rfc_3339(text: &str) -> Option<Timestamp> {
    let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
    let shape: String = text.to_ascii_uppercase().chars().map(digit).collect();
    let behind = shape.strip_prefix("0000-00-00T00:00:00")?;
    let offset = match behind.strip_prefix('.') {
        Some(fraction) => fraction
            .strip_prefix('0')
            .map(|rest| rest.trim_start_matches('0'))?,
        None => behind,
    };
    let hours = text.get(text.len().checked_sub(5)?..)?.get(..2)?;
    let is_offset = match offset {
        "Z" => true,
        "+00:00" | "-00:00" => hours <= "23",
        _ => false,
    };
    let instant: Timestamp = text.parse().ok().filter(|_| is_offset)?;
    Timestamp::from_millisecond(instant.as_millisecond()).ok()
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

#[cfg(test)]
mod tests {
    use super::rfc_3339;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        let instant = rfc_3339(text).map(jiff::Timestamp::as_millisecond);
        assert_eq!(instant, expected, "{text}");
    }

    #[test]
    fn instants() {
        for (text, millis) in [
            ("1970-01-01T00:00:01Z", 1_000),
            ("1970-01-01t00:00:01z", 1_000),
            ("1970-01-01T00:00:01.5Z", 1_500),
            ("1970-01-01T00:00:01.123456789Z", 1_123),
            ("1970-01-01T00:00:01+00:00", 1_000),
            ("1970-01-01T23:59:01+23:59", 1_000),
            ("1970-01-01T01:00:01.000+01:00", 1_000),
            ("1969-12-31T23:00:01-01:00", 1_000),
            // A leap second has no number of its own in the seconds since 1970.
            ("1972-06-30T23:59:60Z", 78_796_799_000),
        ] {
            check(text, Some(millis));
        }
        for text in [
            "",
            "Z",
            "1970-01-01",
            "1970-01-01T00:00:01",
            "1970-01-01T00:00Z",
            "1970-01-01T00Z",
            "1970-01-01 00:00:01Z",
            "19700101T000001Z",
            "1970-01-01T00:00:01+24:00",
            "1970-01-01T00:00:01+25:00",
            "1970-01-01T00:00:01-24:00",
            "1970-01-01T00:00:01+23:60",
            "1970-01-01T00:00:01+01",
            "1970-01-01T00:00:01+0100",
            "1970-01-01T00:00:01.Z",
            "1970-01-01T00:00:01,5Z",
            "1970-01-01T00:00:01Z[UTC]",
            "1970-01-01T00:00:01+01:00[Europe/Berlin]",
            "1970-01-01T00:00:61Z",
            "1970-02-30T00:00:00Z",
            "-001970-01-01T00:00:00Z",
            "1970-01-01T00:00:01\u{e9}",
            " 1970-01-01T00:00:01Z",
        ] {
            check(text, None);
        }
    }
}
