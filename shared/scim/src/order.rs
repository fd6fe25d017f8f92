//! How two values of a type compare, where JSON itself does not say: numbers and instants.
//!
//! Filters and sorting share it. Text is compared by [`crate::fold`].

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::Number;
use std::cmp::Ordering;

/// The instant an `xsd:dateTime` (RFC 7643 section 2.3.5) names.
///
/// A text without an offset is read as UTC, a day without a time as its first
/// instant; digits beyond the nanosecond are dropped, since clients print more
/// than they measure.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    let text = without_excess_digits(text.trim());
    text.parse::<Timestamp>().ok().or_else(|| {
        let zoned = text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC);
        zoned.ok().map(|zoned| zoned.timestamp())
    })
}

/// `text` with at most nine digits of a second.
fn without_excess_digits(text: &str) -> String {
    let mut digits = None;
    text.chars()
        .filter(|c| {
            digits = match (digits, c) {
                (_, '.' | ',') => Some(0),
                (Some(n), '0'..='9') => Some(n + 1),
                _ => None,
            };
            digits.is_none_or(|n: u32| n <= 9)
        })
        .collect()
}

/// The total order of numbers: whole numbers exactly, others as `f64`.
pub(crate) fn numbers(a: &Number, b: &Number) -> Ordering {
    let (a, b) = (rank(a), rank(b));
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

/// The nearest `f64`, then what it lost: whole numbers beyond 2^53 share one.
fn rank(number: &Number) -> (f64, i128) {
    // Adding zero makes the negative zero positive.
    let near = number.as_f64().unwrap_or(f64::NAN) + 0.0;
    // A fraction is cut off, but shares its `f64` with no whole number.
    (near, number.as_i128().unwrap_or(near as i128))
}
