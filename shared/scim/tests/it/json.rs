//! Bytes to JSON: limits and refusals.

use proptest::prelude::{any, prop};
use proptest::proptest;
use scim::ErrorKind;
use scim::json::{parse, parse_enclosing};
use serde_json::{Value, json};

#[track_caller]
fn check(text: &[u8], expected: Value) {
    assert_eq!(
        parse(text).unwrap(),
        expected,
        "{}",
        String::from_utf8_lossy(text)
    );
}

#[track_caller]
fn refused(text: &[u8], detail: &str) {
    let shown = String::from_utf8_lossy(text);
    let error = parse(text).expect_err(&shown);
    assert_eq!(error.kind(), ErrorKind::InvalidSyntax, "{shown}");
    assert!(error.detail().contains(detail), "{shown}: {error}");
    assert!(error.detail().contains(" at line "), "{shown}: {error}");
    assert!(error.detail().len() < 400, "{error}");
}

fn nested(depth: usize) -> Vec<u8> {
    [b"[".repeat(depth), b"]".repeat(depth)].concat()
}

#[test]
fn json_is_read() {
    check(
        b" {\"a\" : [1, -2, 2.5, 18446744073709551615, true, null, \"x\"]}\n",
        json!({"a": [1, -2, 2.5, 18_446_744_073_709_551_615_u64, true, null, "x"]}),
    );
    check(b"\xef\xbb\xbf{}", json!({}));
    check(br#"{"a":1,"A":2}"#, json!({"a": 1, "A": 2}));
    check("\"\\u00e4\\ud83d\\ude00ä\"".as_bytes(), json!("ä😀ä"));
    assert!(parse(&nested(32)).is_ok());
    let keys: Vec<String> = parse(br#"{"z":1,"a":2}"#)
        .unwrap()
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    assert_eq!(keys, ["z", "a"]);
}

#[test]
fn a_resource_within_a_message_may_be_as_deep_as_alone() {
    assert!(parse_enclosing(&nested(36)).is_ok());
    let error = parse_enclosing(&nested(37)).unwrap_err();
    assert!(
        error.detail().contains("more than 36 levels of nesting"),
        "{error}"
    );
}

#[test]
fn what_is_no_json_or_too_much() {
    refused(b"", "EOF");
    refused(b"{", "EOF");
    refused(br#"{"a":1"#, "EOF");
    refused(br#"{"a":1,}"#, "trailing comma");
    refused(b"{} x", "trailing characters");
    refused(b"{}{}", "trailing characters");
    refused(b"nul", "");
    refused(b"1e999", "out of range");
    refused(b"\"\xff\xfe\"", "");
    refused(b"\xff", "");
    refused(br#""\ud800""#, "");
    refused(b"\"a\x01\"", "control character");
    refused(br#"{"a":1,"a":1}"#, "`a` is given twice at line 1 column");
    refused(br#"{"x":[{"a":1,"\u0061":1}]}"#, "`a` is given twice");
    refused(br#"["a\u0000b"]"#, "U+0000");
    refused(br#"{"\u0000":1}"#, "U+0000");
    refused(&nested(33), "more than 32 levels of nesting");
    refused(&nested(10_000), "more than 32 levels of nesting");
    refused(&b"[".repeat(10_000), "more than 32 levels of nesting");
    refused(
        &br#"{"a":"#.repeat(10_000),
        "more than 32 levels of nesting",
    );
    let long = "k".repeat(10_000);
    refused(
        format!(r#"{{"{long}":1,"{long}":2}}"#).as_bytes(),
        "…` is given twice",
    );
}

#[test]
fn a_text_holds_so_many_values() {
    // 65,536 and one for every 16 bytes: the items and their array; two bytes an item.
    let zeros = |items: usize| format!("[{}0]", "0,".repeat(items - 1));
    let allowed = |text: &str, items| items < 65_536 + text.len() / 16;
    let most = (60_000..80_000)
        .rev()
        .find(|items| allowed(&zeros(*items), *items));
    let most = most.unwrap();
    assert_eq!(
        parse(zeros(most).as_bytes())
            .unwrap()
            .as_array()
            .unwrap()
            .len(),
        most
    );
    refused(
        zeros(most + 1).as_bytes(),
        "more values than a text of this length may hold",
    );
    // Keys are none; what stands deeper counts as well.
    refused(
        format!("[{}{{}}]", r#"{"":[0]},"#.repeat(40_000)).as_bytes(),
        "more values than",
    );
    // As dense as a client's list of roles is.
    let role = r#"{"value":"administrator"},"#;
    let roles = format!("[{}0]", role.repeat(150_000));
    assert!(parse(roles.as_bytes()).is_ok());
}

proptest! {
    #[test]
    fn any_bytes_are_answered(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse(&bytes);
    }

    #[test]
    fn any_json_like_text_is_answered(text in r#"[\[\]{}",:0-9a\\u.e -]{0,60}"#) {
        match (parse(text.as_bytes()), serde_json::from_str::<Value>(&text)) {
            (Ok(ours), theirs) => assert_eq!(ours, theirs.unwrap()),
            (Err(error), _) => assert_eq!(error.kind(), ErrorKind::InvalidSyntax),
        }
    }
}

#[test]
fn a_number_is_written_as_it_was_read() {
    // Its shortest decimal is easily read as the float beside it.
    for text in [
        "3.0000000000000003e+303",
        "0.1",
        "1e-7",
        "-0.0",
        "9007199254740993",
    ] {
        let number = parse(text.as_bytes()).unwrap();
        let written = number.to_string();
        assert_eq!(parse(written.as_bytes()).unwrap(), number, "{text}");
        assert_eq!(
            written.parse::<f64>().unwrap(),
            text.parse::<f64>().unwrap()
        );
    }
}
