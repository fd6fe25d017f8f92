//! `Server-Timing` (W3C): what a request has cost, for whoever asks.
//!
//! It is asked for by `Prefer: server-timing` (RFC 7240, a preference of our own:
//! there is none for it), and told to proven callers of a realm only.

use crate::served::Served;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// RFC 7240 section 2.
const PREFER: HeaderName = HeaderName::from_static("prefer");
/// W3C Server Timing section 3.
pub(crate) const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// Whether the client asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Timing {
    Wanted,
    Unwanted,
}

impl Timing {
    /// What the headers say.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let lists = headers.get_all(PREFER).iter();
        let mut preferences = lists
            .filter_map(|list| list.to_str().ok())
            .flat_map(|list| list.split(','));
        let wanted = preferences.any(|preference| {
            let name = preference.split([';', '=']).next().unwrap_or_default();
            name.trim().eq_ignore_ascii_case("server-timing")
        });
        if wanted { Self::Wanted } else { Self::Unwanted }
    }
}

/// The header's value. A metric's `dur` is in milliseconds; what is no time stands
/// in `desc`.
pub(crate) fn value(served: &Served) -> Option<HeaderValue> {
    let meter = &served.meter;
    let text = format!(
        "total;dur={:.1}, read-units;desc=\"{}\", write-units;desc=\"{}\", \
         store-calls;desc=\"{}\", attempts;desc=\"{}\"",
        served.duration.as_secs_f64() * 1_000.0,
        meter.read_units(),
        meter.write_units(),
        meter.calls(),
        meter.attempts(),
    );
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::Timing::{self, Unwanted, Wanted};
    use axum::http::{HeaderMap, HeaderValue};

    #[test]
    fn what_asks_for_it() {
        for (value, expected) in [
            ("server-timing", Wanted),
            ("Server-Timing", Wanted),
            ("respond-async, server-timing", Wanted),
            ("server-timing; a=b", Wanted),
            ("wait=10 , server-timing", Wanted),
            ("", Unwanted),
            ("return=minimal", Unwanted),
            ("server-timings", Unwanted),
            ("x=server-timing", Unwanted),
        ] {
            let mut headers = HeaderMap::new();
            assert_eq!(Timing::of(&headers), Unwanted);
            headers.insert("prefer", HeaderValue::from_static(value));
            assert_eq!(Timing::of(&headers), expected, "{value}");
        }
    }
}
