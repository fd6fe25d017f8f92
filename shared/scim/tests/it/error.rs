//! Errors: the words that a client is told, and what a log is.

use scim::{Cause, Error, ErrorKind};

/// RFC 7644 table 9 and RFC 9865 table 3 to the letter.
#[test]
fn each_keyword_is_that_of_the_tables() {
    for (kind, status, word) in [
        (ErrorKind::InvalidFilter, 400, Some("invalidFilter")),
        (ErrorKind::TooMany, 400, Some("tooMany")),
        (ErrorKind::Uniqueness, 409, Some("uniqueness")),
        (ErrorKind::Mutability, 400, Some("mutability")),
        (ErrorKind::InvalidSyntax, 400, Some("invalidSyntax")),
        (ErrorKind::InvalidPath, 400, Some("invalidPath")),
        (ErrorKind::NoTarget, 400, Some("noTarget")),
        (ErrorKind::InvalidValue, 400, Some("invalidValue")),
        (ErrorKind::InvalidCursor, 400, Some("invalidCursor")),
        (ErrorKind::ExpiredCursor, 400, Some("expiredCursor")),
        (ErrorKind::InvalidCount, 400, Some("invalidCount")),
        (ErrorKind::NotFound, 404, None),
        (ErrorKind::Conflict, 409, None),
        (ErrorKind::PreconditionFailed, 412, None),
        (ErrorKind::PayloadTooLarge, 413, None),
        (ErrorKind::Unavailable, 503, None),
    ] {
        assert_eq!(
            (kind.status(), kind.scim_type()),
            (status, word),
            "{kind:?}"
        );
    }
}

#[test]
fn a_client_is_told_the_detail_and_a_developer_the_cause_too() {
    let cause = Cause::from("the table is away");
    let error = Error::caused_by(ErrorKind::Unavailable, "try again", cause.clone());
    assert_eq!(error.cause(), Some(&cause));
    assert_eq!(error.to_string(), "try again");
    let shown = format!("{error:?}");
    for word in ["Unavailable", "try again", "the table is away"] {
        assert!(shown.contains(word), "{shown}");
    }
    assert_eq!(Error::new(ErrorKind::NotFound, "gone").cause(), None);
}

#[test]
fn a_cause_repeats_codes_only() {
    let cause = Cause::with_codes("DynamoDB refused:", &["Validation\nException", "{\"a@b\"}"]);
    assert_eq!(
        cause.to_string(),
        "DynamoDB refused: ValidationException ab"
    );
    let long = Cause::with_codes("x", &[&"y".repeat(1_000)]);
    assert_eq!(long.to_string().len(), 130);
}

#[test]
fn a_cause_does_not_quote_json() {
    let error = serde_json::from_str::<u8>("\"ada@example.com\"").err();
    let cause = error
        .as_ref()
        .map(Cause::from)
        .map(|cause| cause.to_string());
    assert_eq!(
        cause.as_deref(),
        Some("JSON: another type was expected at line 1 column 17")
    );
}
