//! How long a key shall live, as an administrator writes it.

use jiff::{SignedDuration, Timestamp};
use scim::{Error, ErrorKind, Result};

/// The last instant that the table can keep: milliseconds beyond this second of
/// [`Timestamp::MAX`] are not read back.
pub(crate) const LAST: Timestamp = Timestamp::constant(253_402_207_200, 0);

/// A duration: a number and `s`, `m`, `h`, `d` or `w`, such as `90d`. `field`
/// is what the administrator calls it.
///
/// # Errors
/// `InvalidValue`.
pub(crate) fn duration(field: &str, text: &str) -> Result<SignedDuration> {
    let malformed = || {
        Error::new(
            ErrorKind::InvalidValue,
            format!(
                "`{field}` is a number with its unit, `s`, `m`, `h`, `d` or `w`, such as `90d`"
            ),
        )
    };
    let unit = text.chars().last().ok_or_else(malformed)?;
    let seconds: i64 = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(malformed()),
    };
    let number = text.trim_end_matches(unit);
    let digits = number.len() + 1 == text.len() && number.bytes().all(|b| b.is_ascii_digit());
    let number: i64 = number
        .parse()
        .ok()
        .filter(|_| digits)
        .ok_or_else(malformed)?;
    let duration = number.checked_mul(seconds).map(SignedDuration::from_secs);
    duration.ok_or_else(|| too_long(field))
}

/// The instant that lies so long after `now`.
///
/// # Errors
/// `InvalidValue`.
pub(crate) fn after(now: Timestamp, field: &str, text: &str) -> Result<Timestamp> {
    let end = now.checked_add(duration(field, text)?).ok();
    end.filter(|end| *end <= LAST)
        .ok_or_else(|| too_long(field))
}

fn too_long(field: &str) -> Error {
    Error::new(ErrorKind::InvalidValue, format!("`{field}` is too long"))
}

#[cfg(test)]
mod tests {
    use super::{LAST, after};
    use jiff::Timestamp;

    #[track_caller]
    fn check(text: &str, expected: Option<i64>) {
        let instant = after(Timestamp::UNIX_EPOCH, "expiresIn", text).ok();
        assert_eq!(instant.map(Timestamp::as_second), expected, "{text}");
    }

    #[test]
    fn durations() {
        check("90d", Some(90 * 86_400));
        check("12h", Some(12 * 3_600));
        check("5m", Some(300));
        check("1s", Some(1));
        check("0s", Some(0));
        check("2w", Some(14 * 86_400));
        check("253402207200s", Some(253_402_207_200));
        check("253402207201s", None);
        for bad in [
            "",
            "d",
            "90",
            "-1d",
            "+1d",
            "1.5h",
            "1dd",
            "1y",
            " 1d",
            "9999999999999w",
            "1é",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn the_last_instant_is_the_last_that_is_read_back() {
        let millis = LAST.as_millisecond();
        assert_eq!(Timestamp::from_millisecond(millis).ok(), Some(LAST));
        assert!(Timestamp::from_millisecond(millis + 1).is_err());
        let nearly = LAST - jiff::SignedDuration::from_millis(999);
        assert!(after(nearly, "expiresIn", "1s").is_err());
    }
}
