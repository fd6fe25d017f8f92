//! Bytes to JSON: the only place where a client's text becomes a [`Value`].
//!
//! What RFC 8259 leaves to the reader is decided here, with limits inside the
//! parser. No attribute names, no schemas.

use crate::error::{Error, ErrorKind, Result};
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::cell::Cell;
use std::collections::HashSet;
use std::fmt;

/// How deep arrays and objects may nest.
const DEPTH: usize = 32;
/// How much deeper where whole resources stand within a message: each may be as
/// deep as alone.
const ENCLOSED: usize = DEPTH + 4;

/// How many values a text may hold, however short it is, and how many bytes of it
/// allow for a further one: a value takes up to some 300 bytes of memory, and `0,` two of text.
const VALUES: usize = 1 << 16;
const BYTES_A_VALUE: usize = 16;

/// How much of a client's own text an error repeats, in characters.
const EXCERPT: usize = 64;

/// Reads one JSON text (RFC 8259).
///
/// Refused: nesting deeper than 32, more values than 65,536 and one for every 16
/// bytes, a key twice in one object (readers differ
/// in which one they take), U+0000 in a string or key, anything but space after
/// the value. A byte order mark is skipped (RFC 8259 section 8.1).
///
/// # Errors
/// `InvalidSyntax` with line and column.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    parse_within(DEPTH, bytes)
}

/// The same for a message in which whole resources stand up to four levels down:
/// 36 levels.
///
/// # Errors
/// As [`parse`].
pub fn parse_enclosing(bytes: &[u8]) -> Result<Value> {
    parse_within(ENCLOSED, bytes)
}

fn parse_within(depth: usize, bytes: &[u8]) -> Result<Value> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let left = Cell::new(VALUES + bytes.len() / BYTES_A_VALUE);
    let level = Level {
        at: 0,
        depth,
        left: &left,
    };
    level
        .deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|cause| {
            Error::caused_by(
                ErrorKind::InvalidSyntax,
                format!("the body cannot be read as JSON: {cause}"),
                &cause,
            )
        })
}

/// Refuses an object with two keys that differ only in case: names of
/// attributes and message fields have none (RFC 7643 section 2.1).
pub(crate) fn distinct_keys(object: &Map<String, Value>) -> Result<()> {
    let mut seen = HashSet::with_capacity(object.len());
    for key in object.keys() {
        if !seen.insert(key.to_ascii_lowercase()) {
            return Err(given_twice(key));
        }
    }
    Ok(())
}

/// The error for a name that came twice.
pub(crate) fn given_twice(name: &str) -> Error {
    Error::new(
        ErrorKind::InvalidSyntax,
        format!("`{}` is given twice", excerpt(name)),
    )
}

/// The start of a client's own words, short enough for an error.
pub fn excerpt(text: &str) -> String {
    match text.char_indices().nth(EXCERPT) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// The nesting a value is read at.
#[derive(Clone, Copy)]
struct Level<'a> {
    at: usize,
    /// The deepest there may be.
    depth: usize,
    /// How many more values may come.
    left: &'a Cell<usize>,
}

impl Level<'_> {
    fn deeper<E: de::Error>(self) -> Result<Self, E> {
        let Self { at, depth, .. } = self;
        if at == depth {
            return Err(E::custom(format_args!(
                "more than {depth} levels of nesting"
            )));
        }
        Ok(Self { at: at + 1, ..self })
    }
}

impl<'de> DeserializeSeed<'de> for Level<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        let left = self.left.get().checked_sub(1);
        let left = left.ok_or_else(|| {
            de::Error::custom(
                "more values than a text of this length may hold; send fewer at a time",
            )
        })?;
        self.left.set(left);
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Level<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| E::custom("a number out of range"))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Value, E> {
        without_nul(value)?;
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E: de::Error>(self, value: String) -> Result<Value, E> {
        without_nul(&value)?;
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let level = self.deeper()?;
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(level)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let level = self.deeper()?;
        let mut object = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            without_nul(&key)?;
            if object.contains_key(&key) {
                return Err(de::Error::custom(format_args!(
                    "`{}` is given twice",
                    excerpt(&key)
                )));
            }
            let value = entries.next_value_seed(level)?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}

fn without_nul<E: de::Error>(text: &str) -> Result<(), E> {
    if text.contains('\0') {
        return Err(E::custom("the character U+0000 is not allowed"));
    }
    Ok(())
}
