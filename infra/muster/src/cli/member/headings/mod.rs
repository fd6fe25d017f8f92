//! What the columns of a file mean for users that are to be made: mapped names
//! of the realm, or attributes of SCIM.

use scim::path::Path;
use scim::schema::Type;
use scim::{ErrorKind, ResourceType, Target};
use serde_json::{Map, Value, json};

use super::columns::{FIRST, PREFIX, is_informative, is_scim};
use crate::Failure;

/// How the cells of a row become a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Headings {
    /// `{profile}`: a mapped name and its type for each column; none: it only tells.
    Mapped(Vec<Option<Mapped>>),
    /// A SCIM user.
    Scim(Vec<Option<Attribute>>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mapped {
    name: String,
    kind: Kind,
    /// Whether the column has the mapper's own name and not the path's.
    found: Found,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    ByName,
    ByPath,
}

/// A column by its SCIM path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    /// The keys from the user inwards.
    keys: Vec<String>,
    kind: Kind,
    shape: Shape,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Value,
    /// The only element of a list.
    Element,
    /// The `value` of the only element of a list.
    ValueOfElement,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Boolean,
    Number,
    Json,
}

impl Headings {
    /// Reads a header by the realm's mappers.
    ///
    /// # Errors
    /// When a column is neither of them.
    pub(super) fn read(header: &[String], mappers: &[Value]) -> Result<Self, Failure> {
        let exported = header.iter().take(FIRST.len()).eq(FIRST.iter());
        let tells = |title: &str| exported && is_informative(title);
        let mapped: Vec<Option<Option<Mapped>>> = header
            .iter()
            .map(|title| match mapped(title, mappers) {
                _ if tells(title) => Some(None),
                // What a profile does not hold stays behind, as in JSON Lines.
                None if exported && is_scim(title) && !is_name(title) => Some(None),
                mapped => mapped.map(Some),
            })
            .collect();
        if let Some(mapped) = mapped.into_iter().collect() {
            return Ok(Self::Mapped(mapped));
        }
        let scim = header.iter().map(|title| match tells(title) {
            true => Ok(None),
            false => Attribute::read(title).map(Some),
        });
        scim.collect::<Result<_, _>>().map(Self::Scim)
    }

    /// A row's user; none: the row is a group of an export.
    pub(super) fn user(&self, header: &[String], cells: &[String]) -> Option<Value> {
        let said = |title: &str| {
            let mut cells = header.iter().zip(cells);
            cells.find(|(name, _)| *name == title).map(|(_, cell)| cell)
        };
        let exported = header.iter().take(FIRST.len()).eq(FIRST.iter());
        if exported && said("type").is_some_and(|kind| kind == "Group") {
            return None;
        }
        Some(match self {
            Self::Mapped(columns) => json!({ "profile": profile(columns, cells) }),
            Self::Scim(columns) => {
                let mut user = Map::new();
                for (column, cell) in columns.iter().zip(cells) {
                    if let Some(column) = column.as_ref().filter(|_| !cell.is_empty()) {
                        column.put(&mut user, cell);
                    }
                }
                Value::Object(user)
            }
        })
    }
}

/// Without it there is no user: it is never left behind.
fn is_name(title: &str) -> bool {
    title == "userName"
}

/// Columns by their paths first: a column of the mapper's own name goes before them.
fn profile(columns: &[Option<Mapped>], cells: &[String]) -> Map<String, Value> {
    let mut profile = Map::new();
    for found in [Found::ByPath, Found::ByName] {
        for (column, cell) in columns.iter().zip(cells) {
            let column = column.as_ref().filter(|column| column.found == found);
            if let Some(column) = column.filter(|_| !cell.is_empty()) {
                profile.insert(column.name.clone(), column.kind.value(cell));
            }
        }
    }
    profile
}

fn mapped(title: &str, mappers: &[Value]) -> Option<Mapped> {
    let said = |mapper: &Value, member: &str| -> Option<String> {
        mapper
            .get(member)
            .and_then(Value::as_str)
            .map(str::to_owned)
    };
    let by = |member: &str, wanted: &str, found: Found| {
        let mut mappers = mappers.iter().filter(|mapper| {
            // A negated value is not what the path holds.
            let plain = mapper.get("negate").and_then(Value::as_bool) != Some(true);
            let word = said(mapper, member);
            (plain || found == Found::ByName)
                && word.is_some_and(|word| word.eq_ignore_ascii_case(wanted))
        });
        let mapper = mappers.next()?;
        Some(Mapped {
            name: said(mapper, "name")?,
            kind: Kind::of_mapper(mapper),
            found,
        })
    };
    let prefixed = title.strip_prefix(PREFIX);
    let by_path = || by("path", title, Found::ByPath);
    prefixed
        .and_then(|name| by("name", name, Found::ByName))
        // As an export has it: `active` is SCIM's, whatever a mapper calls so.
        .or_else(|| is_scim(title).then(by_path).flatten())
        .or_else(|| by("name", title, Found::ByName))
        .or_else(|| by("attribute", title, Found::ByName))
        .or_else(by_path)
}

impl Attribute {
    fn read(title: &str) -> Result<Self, Failure> {
        let unknown = || {
            Failure::new(format!(
                "column `{title}` is neither a mapped name nor an attribute of SCIM; `muster mapper list REALM` shows the names"
            ))
        };
        let path: Path = title.parse().map_err(|_| unknown())?;
        if path.filter.is_some() {
            return Ok(Self::path_key(title));
        }
        let target = ResourceType::user().resolve(&path.attr, ErrorKind::InvalidPath);
        let of = match target.map_err(|_| unknown())? {
            Target::Attribute(of) => of,
            // The realm may have declared it; the server knows.
            Target::Undeclared { .. } => return Ok(Self::path_key(title)),
            Target::Extension(_) => return Err(unknown()),
        };
        let mut keys: Vec<String> = of
            .extension
            .iter()
            .map(|schema| schema.id.clone())
            .collect();
        keys.push(of.attribute.name.clone());
        keys.extend(of.sub.as_ref().map(|sub| sub.name.clone()));
        let list = of.attribute.multi_valued;
        let whole = of.sub.is_none() && of.attribute.kind == Type::Complex;
        let (shape, kind) = match (list, whole) {
            (true, true) => (Shape::ValueOfElement, Kind::Text),
            (true, false) => (Shape::Element, Kind::of_type(of.leaf().kind)),
            (false, _) => (Shape::Value, Kind::of_type(of.leaf().kind)),
        };
        Ok(Self { keys, kind, shape })
    }

    /// Sent as it is written: the server reads paths as keys.
    fn path_key(title: &str) -> Self {
        Self {
            keys: vec![title.to_owned()],
            kind: Kind::Text,
            shape: Shape::Value,
        }
    }

    fn put(&self, user: &mut Map<String, Value>, cell: &str) {
        let value = self.kind.value(cell);
        match (self.shape, self.keys.as_slice()) {
            (Shape::ValueOfElement, keys) => put(user, keys, json!([{ "value": value }])),
            (Shape::Element, [keys @ .., sub]) if keys.len() == 1 => {
                put(user, keys, json!([{ sub: value }]));
            }
            (Shape::Element, keys) => put(user, keys, json!([value])),
            (Shape::Value, keys) => put(user, keys, value),
        }
    }
}

fn put(object: &mut Map<String, Value>, keys: &[String], value: Value) {
    match keys {
        [] => {}
        [key] => match (object.get_mut(key), value) {
            // Two columns of one list are two members of its one element.
            (Some(Value::Array(list)), Value::Array(more)) => merge(list, more),
            (_, value) => {
                object.insert(key.clone(), value);
            }
        },
        [key, rest @ ..] => {
            let inner = object.entry(key.clone()).or_insert_with(|| json!({}));
            if let Some(inner) = inner.as_object_mut() {
                put(inner, rest, value);
            }
        }
    }
}

fn merge(list: &mut [Value], more: Vec<Value>) {
    for (element, more) in list.iter_mut().zip(more) {
        if let (Some(element), Value::Object(more)) = (element.as_object_mut(), more) {
            element.extend(more);
        }
    }
}

impl Kind {
    fn of_mapper(mapper: &Value) -> Self {
        match mapper.get("type").and_then(Value::as_str) {
            Some("Boolean") => Self::Boolean,
            Some("Integer" | "Decimal") => Self::Number,
            Some("Complex") => Self::Json,
            _ => Self::Text,
        }
    }

    fn of_type(kind: Type) -> Self {
        match kind {
            Type::Boolean => Self::Boolean,
            Type::Integer | Type::Decimal => Self::Number,
            Type::Complex => Self::Json,
            Type::String | Type::DateTime | Type::Binary | Type::Reference => Self::Text,
        }
    }

    /// A cell that is not of its kind stays a text: the server says what is wrong.
    fn value(self, cell: &str) -> Value {
        let text = || json!(cell);
        match self {
            Self::Text => text(),
            Self::Boolean => match cell.to_ascii_lowercase().as_str() {
                "true" => json!(true),
                "false" => json!(false),
                _ => text(),
            },
            Self::Number => {
                let number: Option<Value> = serde_json::from_str(cell).ok();
                number.filter(Value::is_number).unwrap_or_else(text)
            }
            Self::Json => serde_json::from_str(cell).unwrap_or_else(|_| text()),
        }
    }
}

#[cfg(test)]
mod tests;
