//! Mappers: from SCIM paths to the company's own attribute names, and back.
//!
//! A mapper is a row `{name, attribute, path, type, negate?}`, as the guides of
//! identity providers' partners tell administrators to make them: `name` is the
//! company's own attribute, `attribute` the identity provider's (for people),
//! `path` where SCIM has it. Together they make a resource a flat profile.

mod defaults;
mod draft;
mod read;
mod source;

use crate::error::{Error, ErrorKind, Result};
use crate::resource_type::ResourceType;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};
use source::Source;

/// How many mappers a realm may have.
pub const MAX_MAPPERS: usize = 100;

/// The type of a mapped value, as the guides write it (Multi-Pass: Claim JSON Type).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum MappedType {
    /// Text; also of a reference, a dateTime or binary data.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A number; also a whole one.
    Decimal,
    /// An instant.
    DateTime,
    /// A URI.
    Reference,
    /// An object, or a list of them.
    Complex,
}

impl MappedType {
    /// The word that a row has.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::String => "String",
            Self::Boolean => "Boolean",
            Self::Integer => "Integer",
            Self::Decimal => "Decimal",
            Self::DateTime => "DateTime",
            Self::Reference => "Reference",
            Self::Complex => "Complex",
        }
    }
}

/// One mapper.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapper {
    name: String,
    attribute: String,
    path: String,
    kind: MappedType,
    sign: Sign,
    source: Source,
}

/// Whether a mapped boolean means what the SCIM attribute means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sign {
    Same,
    /// `negate`: Entra's isSoftDeleted against `active`.
    Opposite,
}

/// A realm's mappers, resolved against its schemas.
///
/// INVARIANT: at most [`MAX_MAPPERS`], with names that differ in more than case.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Mappers(Vec<Mapper>);

impl Mapper {
    /// The company's own name: the key of the profile.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identity provider's name, for people.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// The SCIM path as it was written.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The type of the profile's value.
    pub fn kind(&self) -> MappedType {
        self.kind
    }

    /// Whether the profile's value is the opposite of the resource's.
    pub fn is_negated(&self) -> bool {
        self.sign == Sign::Opposite
    }

    /// The mapped value of a resource's full view, or of its attributes.
    fn value(&self, view: &Map<String, Value>) -> Option<Value> {
        let value = self.source.value(view)?;
        match (self.sign, value) {
            (Sign::Same, value) => Some(value.clone()),
            (Sign::Opposite, Value::Bool(value)) => Some(Value::Bool(!value)),
            (Sign::Opposite, _) => None,
        }
    }
}

impl Mappers {
    /// Reads the rows an administrator has written.
    ///
    /// Paths are those of a PATCH (`emails[type eq "work"].value`,
    /// `urn:…:User:department`), bare names of extension attributes, and the
    /// guides' short names `email`, `phone`, `mobile` and `manager`.
    ///
    /// # Errors
    /// `InvalidValue` with the row and what is wrong: a member missing or
    /// unknown, a name given twice, a path that names nothing or never shows, a
    /// type that is not the path's, `negate` on what is no boolean, too many.
    pub fn parse(of: &ResourceType, rows: Value) -> Result<Self> {
        let Value::Array(rows) = rows else {
            return Err(wrong("the mappers must be an array"));
        };
        if rows.len() > MAX_MAPPERS {
            return Err(wrong(format!(
                "{} mappers are given, at most {MAX_MAPPERS} are allowed",
                rows.len()
            )));
        }
        let mut mappers = Self(Vec::with_capacity(rows.len()));
        for (row, number) in rows.into_iter().zip(1_usize..) {
            let mapper = read::mapper(of, row)
                .map_err(|error| error.within(format_args!("mapper {number}")))?;
            if mappers.named(&mapper.name).is_some() {
                return Err(wrong(format!(
                    "mapper {number}: the name `{}` is given twice; names have no case",
                    mapper.name
                )));
            }
            mappers.0.push(mapper);
        }
        Ok(mappers)
    }

    /// The rows of what was once read by [`Self::parse`] that still mean
    /// something: a schema they need may be gone since, or say something else.
    pub fn of_stored(of: &ResourceType, rows: &[Value]) -> Self {
        let read = |row: &Value| read::mapper(of, row.clone()).ok();
        Self(rows.iter().filter_map(read).collect())
    }

    /// The mappers a realm has until it has its own, as far as the resource
    /// type has their paths: Entra ID's attributes by Probo's guide.
    pub fn defaults(of: &ResourceType) -> Self {
        let mut mappers = Self::of_stored(of, &defaults::rows());
        // A group has no enterprise extension, declared or not.
        mappers.0.retain(|mapper| mapper.source.leaf().is_some());
        mappers
    }

    /// The mappers in order.
    pub fn iter(&self) -> impl Iterator<Item = &Mapper> {
        self.0.iter()
    }

    /// The flat profile of a resource's full view, or of its attributes. What
    /// the resource does not have is left out.
    pub fn profile(&self, view: &Map<String, Value>) -> Map<String, Value> {
        let entry = |mapper: &Mapper| Some((mapper.name.clone(), mapper.value(view)?));
        self.0.iter().filter_map(entry).collect()
    }

    /// The mappers for which the resource has no value.
    pub fn missing(&self, view: &Map<String, Value>) -> Vec<&Mapper> {
        let is_missing = |mapper: &&Mapper| mapper.value(view).is_none();
        self.0.iter().filter(is_missing).collect()
    }

    /// The names of the profile that a change of a core attribute (`emails`), of
    /// an extension by its URN, or of one of its attributes may touch.
    pub fn names_for(&self, changed: &str) -> Vec<&str> {
        let touched = |mapper: &&Mapper| mapper.source.is_touched_by(changed);
        let touched = self.0.iter().filter(touched);
        touched.map(|mapper| mapper.name.as_str()).collect()
    }

    /// The mapper of that name, whatever its case.
    fn named(&self, name: &str) -> Option<&Mapper> {
        self.0
            .iter()
            .find(|mapper| mapper.name.eq_ignore_ascii_case(name))
    }
}

impl Serialize for Mappers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// The row a mapper was read from.
#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    attribute: &'a str,
    path: &'a str,
    #[serde(rename = "type")]
    kind: MappedType,
    #[serde(skip_serializing_if = "Option::is_none")]
    negate: Option<bool>,
}

impl Serialize for Mapper {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = Row {
            name: &self.name,
            attribute: &self.attribute,
            path: &self.path,
            kind: self.kind,
            negate: self.is_negated().then_some(true),
        };
        row.serialize(serializer)
    }
}

/// The error for what a row or a profile says.
fn wrong(detail: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidValue, detail)
}
