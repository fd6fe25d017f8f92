//! Places in a client's text that an error names.

use crate::body::refused;
use scim::Error;

/// Holds the error against the text that it is about: the place that it names, if
/// it names one, is a character of the text or its end.
///
/// # Panics
/// When it is not.
pub(crate) fn inside(error: &Error, text: &str) {
    refused(error);
    if let Some(position) = named(error.detail()) {
        let end = text.chars().count() + 1;
        assert!(
            (1..=end).contains(&position),
            "{text:?} has its end at {end}: {error}"
        );
    }
}

/// The place that a detail names.
pub(crate) fn named(detail: &str) -> Option<usize> {
    let (_, rest) = detail.rsplit_once(", at position ")?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}
