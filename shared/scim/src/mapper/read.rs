//! A mapper from its row.

use super::source::Source;
use super::{MappedType, Mapper, Sign, wrong};
use crate::error::{Error, ErrorKind, Result};
use crate::json::excerpt;
use crate::resource_type::ResourceType;
use crate::schema::Type;
use serde_json::{Map, Value};

/// The longest name and the longest path, in characters.
const MAX_NAME: usize = 100;
const MAX_PATH: usize = 512;

/// Reads one row.
pub(super) fn mapper(of: &ResourceType, row: Value) -> Result<Mapper> {
    let Value::Object(mut row) = row else {
        return Err(wrong(
            "it must be an object of `name`, `attribute`, `path` and `type`",
        ));
    };
    let name = text(&mut row, "name", MAX_NAME)?;
    let attribute = text(&mut row, "attribute", MAX_NAME)?;
    let path = text(&mut row, "path", MAX_PATH)?;
    let kind = kind(&text(&mut row, "type", MAX_NAME)?)?;
    let sign = match row.shift_remove("negate") {
        None | Some(Value::Null | Value::Bool(false)) => Sign::Same,
        Some(Value::Bool(true)) => Sign::Opposite,
        Some(_) => return Err(wrong("`negate` must be `true` or `false`")),
    };
    if let Some(key) = row.keys().next() {
        return Err(wrong(format!("`{}` is unknown", excerpt(key))));
    }
    if sign == Sign::Opposite && kind != MappedType::Boolean {
        return Err(wrong("only a mapper of type `Boolean` can have `negate`"));
    }
    // One kind of error for all that a row can be wrong in.
    let source = Source::read(of, &path, kind)
        .map_err(|error| Error::new(ErrorKind::InvalidValue, error.detail()))
        .map_err(|error| error.within(format_args!("`path` `{}`", excerpt(&path))))?;
    if let Some(leaf) = source.leaf()
        && !kind.takes(leaf.kind)
    {
        return Err(wrong(format!(
            "`{}` is of type `{}`, so `type` cannot be `{kind:?}`",
            excerpt(&path),
            word(leaf.kind)
        )));
    }
    Ok(Mapper {
        name,
        attribute,
        path,
        kind,
        sign,
        source,
    })
}

/// A member that must be there: text without control characters, not blank.
fn text(row: &mut Map<String, Value>, key: &str, longest: usize) -> Result<String> {
    let text = match row.shift_remove(key) {
        Some(Value::String(text)) => text,
        None | Some(Value::Null) => return Err(wrong(format!("`{key}` is missing"))),
        Some(_) => return Err(wrong(format!("`{key}` must be a string"))),
    };
    let count = text.chars().count();
    if text.trim() != text || count == 0 || count > longest || text.contains(char::is_control) {
        return Err(wrong(format!(
            "`{key}` must be 1 to {longest} characters, without blanks around them"
        )));
    }
    Ok(text)
}

fn kind(text: &str) -> Result<MappedType> {
    Ok(match text {
        "String" => MappedType::String,
        "Boolean" => MappedType::Boolean,
        "Integer" => MappedType::Integer,
        "Decimal" => MappedType::Decimal,
        "DateTime" => MappedType::DateTime,
        "Reference" => MappedType::Reference,
        "Complex" => MappedType::Complex,
        other => {
            return Err(wrong(format!(
                "`type` must be one of `String`, `Boolean`, `Integer`, `Decimal`, `DateTime`, \
                 `Reference` and `Complex`, not `{}`",
                excerpt(other)
            )));
        }
    })
}

/// The type as a mapper writes it.
fn word(kind: Type) -> &'static str {
    match kind {
        Type::String | Type::Binary => "String",
        Type::Boolean => "Boolean",
        Type::Decimal => "Decimal",
        Type::Integer => "Integer",
        Type::DateTime => "DateTime",
        Type::Reference => "Reference",
        Type::Complex => "Complex",
    }
}
