//! One value typed by its attribute (RFC 7643 section 2.3).
//!
//! The leniencies are those of CLIENTS.md, the same for every attribute of a
//! type, each by its [`Tolerance`]. Nothing here knows a resource type.

use super::element::merged;
use crate::error::{Error, ErrorKind, Result};
use crate::json::{distinct_keys, excerpt};
use crate::schema::{Attribute, Mutability, Returned, Type};
use crate::tolerance::{Tolerance, Tolerances};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value};
use std::fmt;

/// Types the whole value of `attribute`, all elements of a multi-valued one.
///
/// `None` when it is cleared or absent (null, `""`, `[]`, `{}`: RFC 7643 section
/// 2.5), readOnly, or never returned (a password is checked and dropped). A
/// single value for a multi-valued attribute is a list of one; elements that
/// repeat another are merged into it.
///
/// # Errors
/// `InvalidValue` naming the attribute, what came and what is expected;
/// `InvalidSyntax` for a name given twice.
pub(crate) fn value(
    tolerances: Tolerances,
    attribute: &Attribute,
    value: Value,
) -> Result<Option<Value>> {
    whole(&Place::top(tolerances, attribute), value)
}

/// Types one element of a multi-valued `attribute`, or the value of a single-valued one.
///
/// `None` and errors as [`value`].
pub(crate) fn element(
    tolerances: Tolerances,
    attribute: &Attribute,
    value: Value,
) -> Result<Option<Value>> {
    single(&Place::top(tolerances, attribute), value)
}

/// What no value is (RFC 7643 section 2.5; `""` by CLIENTS.md, what matters most, 6).
pub(crate) fn is_absent(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(object) => object.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Whether input for the attribute is kept at all.
pub(crate) fn is_kept(attribute: &Attribute) -> bool {
    !matches!(
        attribute.mutability,
        Mutability::ReadOnly | Mutability::WriteOnly
    ) && attribute.returned != Returned::Never
}

/// What came, in words.
pub(crate) fn came(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("the boolean `{value}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => format!("the string `{}`", excerpt(text)),
        Value::Array(_) => "an array".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// An attribute and the ones it is in, for errors.
struct Place<'a> {
    attribute: &'a Attribute,
    within: Option<&'a Place<'a>>,
    tolerances: Tolerances,
}

impl fmt::Display for Place<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(within) = self.within {
            write!(f, "{within}.")?;
        }
        f.write_str(&self.attribute.name)
    }
}

impl<'a> Place<'a> {
    /// An attribute that is in no other.
    fn top(tolerances: Tolerances, attribute: &'a Attribute) -> Self {
        Self {
            attribute,
            within: None,
            tolerances,
        }
    }

    /// Asks for a tolerance, or says what the value must be.
    fn require(&self, tolerance: Tolerance, what: &str) -> Result<()> {
        self.tolerances
            .require(tolerance, ErrorKind::InvalidValue, || {
                format!("attribute `{self}` must be {what}")
            })
    }

    /// That `value` is none: null is by RFC 7643 section 2.5, others by tolerance.
    fn nothing(&self, value: &Value) -> Result<()> {
        match value {
            Value::Null => Ok(()),
            _ => self.require(
                Tolerance::EmptyClears,
                "a value that is not empty; no value is null, or not sent",
            ),
        }
    }

    fn expected(&self, what: &str, value: &Value) -> Error {
        // A secret is not repeated to whoever reads the log.
        let came = match self.attribute.returned {
            Returned::Never => "another value".to_owned(),
            _ => came(value),
        };
        Error::new(
            ErrorKind::InvalidValue,
            format!("attribute `{self}` must be {what}, not {came}"),
        )
    }
}

fn whole(place: &Place<'_>, value: Value) -> Result<Option<Value>> {
    let attribute = place.attribute;
    if !attribute.multi_valued {
        return single(place, value);
    }
    let items = match value {
        Value::Array(items) => items,
        one => {
            if !is_absent(&one) {
                place.require(Tolerance::SingleForList, "an array")?;
            }
            vec![one]
        }
    };
    let mut elements = Vec::with_capacity(items.len());
    for item in items {
        elements.extend(single(place, item)?);
    }
    let elements = merged(attribute, elements);
    Ok((!elements.is_empty()).then_some(Value::Array(elements)))
}

fn single(place: &Place<'_>, value: Value) -> Result<Option<Value>> {
    let attribute = place.attribute;
    if attribute.mutability == Mutability::ReadOnly {
        return Ok(None);
    }
    let value = match value {
        Value::Array(items) if !attribute.multi_valued => only(place, items)?,
        value => value,
    };
    let typed = match attribute.kind {
        _ if is_absent(&value) => place.nothing(&value).map(|()| None)?,
        Type::Complex => complex(place, value)?,
        _ => match content(place, value)? {
            value if is_absent(&value) => place.nothing(&value).map(|()| None)?,
            value => Some(scalar(place, value)?),
        },
    };
    Ok(typed.filter(|_| is_kept(attribute)))
}

/// A list of one for a single-valued attribute (CLIENTS.md, Entra: old jobs; fixture 068).
fn only(place: &Place<'_>, mut items: Vec<Value>) -> Result<Value> {
    if items.len() > 1 {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "attribute `{place}` must be one value, not a list of {}",
                items.len()
            ),
        ));
    }
    place.require(Tolerance::ListForSingle, "one value, without a list")?;
    Ok(items.pop().unwrap_or(Value::Null))
}

/// The `X` of `{"value": X}`, with or without `$ref`, where a simple value is
/// expected (CLIENTS.md, Entra: old jobs; fixture 068).
fn content(place: &Place<'_>, value: Value) -> Result<Value> {
    let Value::Object(mut object) = value else {
        return Ok(value);
    };
    let wraps =
        |key: &String| key.eq_ignore_ascii_case("value") || key.eq_ignore_ascii_case("$ref");
    let key = object
        .keys()
        .find(|key| key.eq_ignore_ascii_case("value"))
        .cloned();
    match key {
        Some(key) if object.keys().all(wraps) => {
            place.require(
                Tolerance::WrappedValue,
                "a simple value, without an object around it",
            )?;
            Ok(object.remove(&key).unwrap_or(Value::Null))
        }
        _ => Ok(Value::Object(object)),
    }
}

fn complex(place: &Place<'_>, value: Value) -> Result<Option<Value>> {
    let attribute = place.attribute;
    let object = match value {
        Value::Object(object) => object,
        // CLIENTS.md, what matters most, 4: `"manager": "id"` (fixture 023).
        text @ Value::String(_) if attribute.sub("value").is_some() => {
            place.require(Tolerance::BareComplexValue, "an object with `value`")?;
            Map::from_iter([("value".to_owned(), text)])
        }
        other => return Err(place.expected("an object", &other)),
    };
    distinct_keys(&object)?;
    let mut typed = Map::new();
    for (key, value) in object {
        let Some(sub) = attribute.sub(&key) else {
            place.tolerances.require(
                Tolerance::UnknownAttributes,
                ErrorKind::InvalidValue,
                || {
                    format!(
                        "attribute `{place}` has no sub-attribute `{}`: leave it out",
                        excerpt(&key)
                    )
                },
            )?;
            continue;
        };
        let place = Place {
            attribute: sub,
            within: Some(place),
            tolerances: place.tolerances,
        };
        match whole(&place, value)? {
            Some(value) => {
                typed.insert(sub.name.clone(), value);
            }
            // Without its value the rest describes nothing: `{"value":""}`
            // removes a manager (CLIENTS.md, what matters most, 4).
            None if sub.name == "value" && is_kept(sub) => {
                place.require(Tolerance::EmptyClears, "a value that is not empty")?;
                return Ok(None);
            }
            None => {}
        }
    }
    let typed = in_order(attribute, typed);
    Ok((!typed.is_empty()).then_some(Value::Object(typed)))
}

/// The entries in the schema's order, so that equal values are stored as equal text.
pub(super) fn in_order(
    attribute: &Attribute,
    mut object: Map<String, Value>,
) -> Map<String, Value> {
    attribute
        .sub_attributes
        .iter()
        .filter_map(|sub| object.swap_remove_entry(&sub.name))
        .collect()
}

fn scalar(place: &Place<'_>, value: Value) -> Result<Value> {
    match (place.attribute.kind, value) {
        (Type::String | Type::Reference, text @ Value::String(_)) => Ok(text),
        (Type::String, other) => Err(place.expected("a string", &other)),
        (Type::Reference, other) => Err(place.expected("a reference (a string)", &other)),
        (Type::Boolean, value) => match boolean(&value) {
            Some(read) => {
                if value.is_string() {
                    place.require(
                        Tolerance::StringBooleans,
                        "a boolean (`true` or `false`), not a string",
                    )?;
                }
                Ok(Value::Bool(read))
            }
            None => Err(place.expected("a boolean (`true` or `false`)", &value)),
        },
        (Type::Integer, Value::Number(number)) if number.is_i64() || number.is_u64() => {
            Ok(Value::Number(number))
        }
        (Type::Integer, other) => Err(place.expected("an integer", &other)),
        (Type::Decimal, Value::Number(number)) => Ok(Value::Number(number)),
        (Type::Decimal, other) => Err(place.expected("a decimal number", &other)),
        (Type::DateTime, Value::String(text)) if is_date_time(&text) => Ok(Value::String(text)),
        (Type::DateTime, other) => {
            Err(place.expected("a dateTime such as `2026-01-23T04:56:22Z`", &other))
        }
        (Type::Binary, Value::String(text)) if is_base64(&text) => Ok(Value::String(text)),
        (Type::Binary, other) => Err(place.expected("binary data in base64", &other)),
        (Type::Complex, other) => Err(place.expected("an object", &other)),
    }
}

/// CLIENTS.md, what matters most, 5: Entra sends `"True"` and `"False"`.
fn boolean(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// `xsd:dateTime` (RFC 7643 section 2.3.5): date, `T`, a time with seconds, and
/// an offset or none. jiff alone would also take a space, hours alone and
/// bracketed zones, but no more than nine digits of a second.
fn is_date_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.get(10) != Some(&b'T') || bytes.get(16) != Some(&b':') || text.contains('[') {
        return false;
    }
    let text = to_nanoseconds(text);
    text.parse::<jiff::Timestamp>().is_ok()
        || (!text.ends_with(['Z', 'z']) && text.parse::<jiff::civil::DateTime>().is_ok())
}

fn to_nanoseconds(text: &str) -> String {
    let Some((start, rest)) = text.split_once('.') else {
        return text.to_owned();
    };
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (digits, offset) = rest.split_at(end);
    format!("{start}.{}{offset}", digits.get(..9).unwrap_or(digits))
}

/// RFC 7643 section 2.3.6: the standard or the URL-safe alphabet, padded or not.
fn is_base64(text: &str) -> bool {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
    const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);
    STANDARD.decode(text).is_ok() || URL_SAFE.decode(text).is_ok()
}
