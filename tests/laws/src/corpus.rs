//! Known inputs: `tests/fuzz/corpus/{target}.jsonl`, one a line, a JSON string of
//! its text, or an array of its bytes where it is no text.

use crate::Target;
use serde_json::Value;
use std::path::PathBuf;

/// The inputs that are kept of a target: of the recorded clients, of earlier
/// fuzzing, and every one that has ever broken the law.
///
/// # Panics
/// When there are none, or a line is no input.
pub fn corpus(target: &Target) -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let file = folder.join(format!("{}.jsonl", target.name));
    let text = std::fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let inputs: Vec<_> = text.lines().map(read).collect();
    assert!(!inputs.is_empty(), "{} is empty", file.display());
    inputs
}

/// The bytes of a line.
///
/// # Panics
/// When it is no input.
pub fn read(line: &str) -> Vec<u8> {
    match serde_json::from_str(line) {
        Ok(Value::String(text)) => text.into_bytes(),
        Ok(bytes @ Value::Array(_)) => serde_json::from_value(bytes).unwrap(),
        other => panic!("{line} is no input: {other:?}"),
    }
}

/// The line of an input.
pub fn line(input: &[u8]) -> String {
    match std::str::from_utf8(input) {
        Ok(text) => Value::from(text).to_string(),
        Err(_) => Value::from(input).to_string(),
    }
}
