//! The attribute definitions of a schema (RFC 7643 section 7), read from JSON.
//!
//! Every member that is not understood is refused by its name.

use super::definition::wrong;
use super::{Attribute, Mutability, Returned, Type, Uniqueness};
use crate::error::Result;
use crate::json::excerpt;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

/// The longest description, in characters.
const MAX_DESCRIPTION: usize = 1024;
/// The longest name of an attribute and the longest canonical value.
const MAX_WORD: usize = 128;
/// How many canonical values or reference types an attribute may have.
const MAX_WORDS: usize = 100;

/// An object whose members are taken out one by one.
pub(super) struct Reader {
    /// What it is, for errors.
    place: String,
    members: Map<String, Value>,
}

impl Reader {
    pub(super) fn new(place: impl fmt::Display, value: Value) -> Result<Self> {
        match value {
            Value::Object(members) => Ok(Self {
                place: place.to_string(),
                members,
            }),
            _ => Err(wrong(format!("{place} must be a JSON object"))),
        }
    }

    /// The member, unless it is missing or null.
    fn take(&mut self, key: &str) -> Option<Value> {
        self.members
            .shift_remove(key)
            .filter(|value| !value.is_null())
    }

    /// A member that must be there.
    pub(super) fn needed(&mut self, key: &str) -> Result<Value> {
        self.take(key)
            .ok_or_else(|| wrong(format!("{} needs `{key}`", self.place)))
    }

    /// A string of at most so many characters.
    pub(super) fn text(&mut self, key: &str, longest: usize) -> Result<Option<String>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => {
                let count = text.chars().count();
                if count > longest {
                    return Err(wrong(format!(
                        "`{key}` of {} has {count} characters, at most {longest} are allowed",
                        self.place
                    )));
                }
                Ok(Some(text))
            }
            Some(_) => Err(wrong(format!("`{key}` of {} must be a string", self.place))),
        }
    }

    /// A string that must be there and not be empty.
    pub(super) fn needed_text(&mut self, key: &str, longest: usize) -> Result<String> {
        self.text(key, longest)?
            .filter(|text| !text.trim().is_empty())
            .ok_or_else(|| wrong(format!("{} needs `{key}`", self.place)))
    }

    /// `description`, empty when there is none.
    pub(super) fn description(&mut self) -> Result<String> {
        Ok(self
            .text("description", MAX_DESCRIPTION)?
            .unwrap_or_default())
    }

    /// A boolean.
    pub(super) fn flag(&mut self, key: &str) -> Result<Option<bool>> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::Bool(value)) => Ok(Some(value)),
            Some(_) => Err(wrong(format!(
                "`{key}` of {} must be `true` or `false`",
                self.place
            ))),
        }
    }

    /// One of a few words.
    fn word<T: DeserializeOwned>(&mut self, key: &str, words: &[&str]) -> Result<Option<T>> {
        let Some(value) = self.take(key) else {
            return Ok(None);
        };
        let known = value.as_str().is_some_and(|word| words.contains(&word));
        let read = serde_json::from_value(value.clone());
        match read.ok().filter(|_| known) {
            Some(read) => Ok(Some(read)),
            None => Err(wrong(format!(
                "`{key}` of {} must be one of `{}`, not `{}`",
                self.place,
                words.join("`, `"),
                excerpt(value.as_str().unwrap_or(&value.to_string()))
            ))),
        }
    }

    /// A list of strings.
    fn words(&mut self, key: &str) -> Result<Vec<String>> {
        let Some(value) = self.take(key) else {
            return Ok(Vec::new());
        };
        let words: Option<Vec<String>> = value.as_array().and_then(|items| {
            let short = |text: &&str| !text.is_empty() && text.chars().count() <= MAX_WORD;
            let texts = items
                .iter()
                .map(|item| item.as_str().filter(short).map(str::to_owned));
            texts.collect()
        });
        words
            .filter(|words| words.len() <= MAX_WORDS)
            .ok_or_else(|| {
                wrong(format!(
                    "`{key}` of {} must be an array of at most {MAX_WORDS} strings of 1 to \
                     {MAX_WORD} characters",
                    self.place
                ))
            })
    }

    /// Refuses what is left.
    pub(super) fn end(self) -> Result<()> {
        match self.members.keys().next() {
            None => Ok(()),
            Some(key) => Err(wrong(format!(
                "{} has the unknown member `{}`",
                self.place,
                excerpt(key)
            ))),
        }
    }
}

/// Reads the attributes of a schema, or the sub-attributes `within` one.
pub(super) fn attributes(list: Value, within: Option<&str>) -> Result<Vec<Arc<Attribute>>> {
    let place = match within {
        None => "`attributes` of the schema".to_owned(),
        Some(name) => format!("`subAttributes` of attribute `{name}`"),
    };
    let items = match list {
        Value::Array(items) if !items.is_empty() => items,
        _ => {
            return Err(wrong(format!(
                "{place} must be an array of one attribute or more"
            )));
        }
    };
    let mut seen = HashSet::new();
    let mut attributes = Vec::with_capacity(items.len());
    for (item, number) in items.into_iter().zip(1_usize..) {
        let attribute = attribute(item, within, number)?;
        if !seen.insert(attribute.name.to_ascii_lowercase()) {
            return Err(wrong(format!(
                "{place} has `{}` twice; names have no case",
                attribute.name
            )));
        }
        attributes.push(Arc::new(attribute));
    }
    Ok(attributes)
}

fn attribute(item: Value, within: Option<&str>, number: usize) -> Result<Attribute> {
    let mut read = Reader::new(format_args!("attribute {number}"), item)?;
    let name = read.needed_text("name", MAX_WORD)?;
    if !is_name(&name, within) {
        return Err(wrong(format!(
            "`{}` is no name of an attribute: a letter, then letters, digits, `-`, `_` and `$`",
            excerpt(&name)
        )));
    }
    let path = match within {
        None => name.clone(),
        Some(outer) => format!("{outer}.{name}"),
    };
    read.place = format!("attribute `{path}`");
    let kind = kind(&mut read, within)?;
    let sub_attributes = sub_attributes(&mut read, kind, &path)?;
    let mutability: Mutability = read
        .word("mutability", &["readWrite", "immutable", "writeOnly"])?
        .unwrap_or_default();
    let returned = returned(&mut read, mutability)?;
    let case_exact = read.flag("caseExact")?.unwrap_or(false);
    let attribute = Attribute {
        kind,
        sub_attributes,
        multi_valued: read.flag("multiValued")?.unwrap_or(false),
        description: read.description()?,
        required: read.flag("required")?.unwrap_or(false),
        canonical_values: read.words("canonicalValues")?,
        case_exact: case_exact || matches!(kind, Type::Reference | Type::Binary),
        mutability,
        returned,
        uniqueness: read
            .word::<Uniqueness>("uniqueness", &["none"])?
            .unwrap_or_default(),
        reference_types: reference_types(&mut read, kind)?,
        name,
    };
    read.end()?;
    Ok(attribute)
}

/// `ATTRNAME` of RFC 7643 section 2.1; `$ref` is a sub-attribute's (section 2.4).
fn is_name(name: &str, within: Option<&str>) -> bool {
    (within.is_some() && name == "$ref")
        || (name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '$')))
}

fn kind(read: &mut Reader, within: Option<&str>) -> Result<Type> {
    const TYPES: [&str; 8] = [
        "string",
        "boolean",
        "decimal",
        "integer",
        "dateTime",
        "binary",
        "reference",
        "complex",
    ];
    let kind = read.word("type", &TYPES)?;
    let kind = kind.ok_or_else(|| wrong(format!("{} needs `type`", read.place)))?;
    if kind == Type::Complex && within.is_some() {
        // RFC 7643 section 2.3.8.
        return Err(wrong(format!(
            "{} is inside of a complex attribute and cannot be complex itself",
            read.place
        )));
    }
    Ok(kind)
}

fn sub_attributes(read: &mut Reader, kind: Type, path: &str) -> Result<Vec<Arc<Attribute>>> {
    match (read.take("subAttributes"), kind) {
        (Some(list), Type::Complex) => attributes(list, Some(path)),
        (None, Type::Complex) => Err(wrong(format!(
            "{} is complex and needs `subAttributes`",
            read.place
        ))),
        (Some(Value::Array(list)), _) if list.is_empty() => Ok(Vec::new()),
        (Some(_), _) => Err(wrong(format!(
            "{} is not complex and cannot have `subAttributes`",
            read.place
        ))),
        (None, _) => Ok(Vec::new()),
    }
}

/// "An attribute with mutability writeOnly usually also has a returned setting
/// of never" (RFC 7643 section 7); here it always has.
fn returned(read: &mut Reader, mutability: Mutability) -> Result<Returned> {
    let returned = read.word("returned", &["always", "never", "default", "request"])?;
    match (mutability, returned) {
        (Mutability::WriteOnly, None | Some(Returned::Never)) => Ok(Returned::Never),
        (Mutability::WriteOnly, Some(_)) => Err(wrong(format!(
            "{} is writeOnly, so `returned` must be `never`",
            read.place
        ))),
        (_, returned) => Ok(returned.unwrap_or_default()),
    }
}

fn reference_types(read: &mut Reader, kind: Type) -> Result<Vec<String>> {
    let types = read.words("referenceTypes")?;
    match (kind, types.is_empty()) {
        (Type::Reference, true) => Ok(vec!["uri".to_owned()]),
        (Type::Reference, false) | (_, true) => Ok(types),
        (_, false) => Err(wrong(format!(
            "{} is no reference and cannot have `referenceTypes`",
            read.place
        ))),
    }
}
