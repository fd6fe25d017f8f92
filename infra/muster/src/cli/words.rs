//! Words of the command line that are more than a text: spans, switches,
//! limits, moments. What is wrong with one is said before anything is sent.

use std::str::FromStr;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::client::{Clearable, Guard};

const DAY: u64 = 86_400;

/// A length of time: a number and `s`, `m`, `h`, `d` or `w`, as the admin API spells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(u64);

/// How many days events are kept: `90` or `90d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days(pub(super) u32);

/// `on` or `off`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Toggle {
    On,
    Off,
}

/// A moment of RFC 3339, or a day: its midnight in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Moment(pub(super) Timestamp);

impl Span {
    pub(super) fn seconds(self) -> u64 {
        self.0
    }

    /// The moment that lies so long before `now`.
    pub(super) fn before(self, now: Timestamp) -> Timestamp {
        i64::try_from(self.0)
            .ok()
            .map(SignedDuration::from_secs)
            .and_then(|span| now.checked_sub(span).ok())
            .unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || {
            "a length of time is a number with `s`, `m`, `h`, `d` or `w`, such as `7d`".to_owned()
        };
        let (number, unit) = text
            .char_indices()
            .next_back()
            .and_then(|(at, unit)| Some((text.get(..at)?, unit)))
            .ok_or_else(malformed)?;
        let unit = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => DAY,
            'w' => 7 * DAY,
            _ => return Err(malformed()),
        };
        let number = digits(number).ok_or_else(malformed)?;
        number.checked_mul(unit).map(Self).ok_or_else(malformed)
    }
}

impl FromStr for Days {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let malformed = || "a number of days, such as `90d` or `90`".to_owned();
        let days = match digits(text) {
            Some(days) => days,
            None => {
                let span: Span = text.parse().map_err(|_| malformed())?;
                let whole = span.seconds().is_multiple_of(DAY);
                whole.then(|| span.seconds() / DAY).ok_or_else(malformed)?
            }
        };
        u32::try_from(days).map(Self).map_err(|_| malformed())
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(moment) = text.parse() {
            return Ok(Self(moment));
        }
        // Parsing would also take a time without a zone, and drop it.
        let day = Date::strptime("%Y-%m-%d", text).ok();
        day.and_then(|day| day.to_zoned(TimeZone::UTC).ok())
            .map(|midnight| Self(midnight.timestamp()))
            .ok_or_else(|| {
                "a moment is written as `2030-01-31T12:00:00Z`, a day as `2030-01-31`".to_owned()
            })
    }
}

impl Toggle {
    pub(super) fn is_on(self) -> bool {
        self == Self::On
    }
}

/// A length of time as it would be written.
pub(super) fn span_text(seconds: u64) -> String {
    let units = [(7 * DAY, "w"), (DAY, "d"), (3_600, "h"), (60, "m")];
    let fits = units
        .iter()
        .find(|(unit, _)| seconds > 0 && seconds.is_multiple_of(*unit));
    fits.map_or_else(
        || format!("{seconds}s"),
        |(unit, name)| format!("{}{name}", seconds / unit),
    )
}

/// A number, or `off` for no limit.
pub(super) fn limit(text: &str) -> Result<Clearable<u64>, String> {
    match text {
        "off" => Ok(Clearable::Clear),
        number => digits(number)
            .map(Clearable::Set)
            .ok_or_else(|| "a number, or `off` for no limit".to_owned()),
    }
}

/// `50/1h`: so many in such a window; `off`: no guard.
pub(super) fn guard(text: &str) -> Result<Clearable<Guard>, String> {
    if text == "off" {
        return Ok(Clearable::Clear);
    }
    let guard = text.split_once('/').and_then(|(maximum, window)| {
        let window: Span = window.parse().ok()?;
        Some(Guard {
            maximum: digits(maximum)?,
            window_seconds: window.seconds(),
        })
    });
    guard
        .filter(|guard| guard.window_seconds > 0)
        .map(Clearable::Set)
        .ok_or_else(|| "a number and a window, such as `50/1h`, or `off`".to_owned())
}

/// A text, or `off` for none.
pub(super) fn text_or_off(text: &str) -> Result<Clearable<String>, String> {
    match text {
        "" => Err("a text, or `off` for none".to_owned()),
        "off" => Ok(Clearable::Clear),
        text => Ok(Clearable::Set(text.to_owned())),
    }
}

/// A status code, or a class of them.
pub(super) fn status(text: &str) -> Result<String, String> {
    let mut letters = text.chars();
    let class = letters.next().is_some_and(|c| ('1'..='5').contains(&c));
    let rest: String = letters.collect();
    let code = rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit());
    if class && (code || rest.eq_ignore_ascii_case("xx")) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err("a status code such as `409`, or a class such as `4xx`".to_owned())
    }
}

/// What an Idempotency-Key may be made of.
pub(super) fn visible_ascii(text: &str) -> Result<String, String> {
    let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if visible && (1..=255).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("1 to 255 visible ASCII characters".to_owned())
    }
}

/// A number without sign, blank or underscore.
fn digits(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_and_days() {
        for (text, seconds, days) in [
            ("90d", Some(90 * DAY), Some(90)),
            ("2w", Some(14 * DAY), Some(14)),
            ("48h", Some(2 * DAY), Some(2)),
            ("1h", Some(3_600), None),
            ("0s", Some(0), Some(0)),
            ("90", None, Some(90)),
            ("-1d", None, None),
            ("+1d", None, None),
            ("1.5h", None, None),
            ("d", None, None),
            ("é", None, None),
            ("", None, None),
            ("99999999999999999999d", None, None),
            ("5000000000d", Some(5_000_000_000 * DAY), None),
        ] {
            let span: Option<Span> = text.parse().ok();
            assert_eq!(span.map(Span::seconds), seconds, "{text}");
            let kept: Option<Days> = text.parse().ok();
            assert_eq!(kept.map(|days| days.0), days, "{text}");
        }
    }

    #[test]
    fn a_span_is_read_as_it_is_written() {
        for seconds in [
            0,
            1,
            59,
            60,
            90,
            3_600,
            5_400,
            DAY,
            3 * DAY,
            7 * DAY,
            90 * DAY,
        ] {
            let text = span_text(seconds);
            assert_eq!(text.parse(), Ok(Span(seconds)), "{text}");
        }
    }

    #[test]
    fn a_span_before_a_moment() {
        let hour = Span(3_600);
        let of = Timestamp::from_second(10_000).ok();
        assert_eq!(of.map(|now| hour.before(now).as_second()), Some(6_400));
        assert_eq!(
            Span(u64::MAX).before(Timestamp::UNIX_EPOCH),
            Timestamp::UNIX_EPOCH
        );
    }

    #[test]
    fn guards_and_limits() {
        let set = |maximum, window_seconds| {
            Some(Clearable::Set(Guard {
                maximum,
                window_seconds,
            }))
        };
        for (text, expected) in [
            ("50/1h", set(50, 3_600)),
            ("0/1d", set(0, DAY)),
            ("off", Some(Clearable::Clear)),
            ("50", None),
            ("50/", None),
            ("50/0s", None),
            ("/1h", None),
            ("-1/1h", None),
        ] {
            assert_eq!(guard(text).ok(), expected, "{text}");
        }
        assert_eq!(limit("25"), Ok(Clearable::Set(25)));
        assert_eq!(limit("off"), Ok(Clearable::Clear));
        assert!(limit("none").is_err());
    }

    #[test]
    fn moments() {
        for (text, expected) in [
            ("2030-01-31T12:00:00Z", Some("2030-01-31T12:00:00Z")),
            ("2030-01-31T12:00:00+02:00", Some("2030-01-31T10:00:00Z")),
            ("2030-01-31", Some("2030-01-31T00:00:00Z")),
            ("2030-01-31T12:00", None),
            ("yesterday", None),
        ] {
            let moment: Option<Moment> = text.parse().ok();
            let moment = moment.map(|moment| moment.0.to_string());
            assert_eq!(moment.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn statuses() {
        for (text, good) in [
            ("409", true),
            ("4xx", true),
            ("5XX", true),
            ("4x", false),
            ("999", false),
            ("4000", false),
            ("", false),
            ("é09", false),
        ] {
            assert_eq!(status(text).is_ok(), good, "{text}");
        }
    }
}
