//! Where in a resource a mapped value stands.

use super::{MappedType, wrong};
use crate::error::{ErrorKind, Result};
use crate::filter::{ElementFilter, value_of};
use crate::json::excerpt;
use crate::path::Path;
use crate::resource_type::{AttrRef, ResourceType, Target};
use crate::schema::{Attribute, Type};
use serde_json::{Map, Value};

/// A path, resolved.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    /// In the core schema or a declared extension.
    Declared { at: AttrRef, choice: Choice },
    /// In an extension the realm has not declared (yet): Entra sends it all the same.
    Undeclared {
        urn: String,
        attribute: String,
        sub: Option<String>,
    },
}

/// Which element of a multi-valued attribute is meant.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Choice {
    /// All of them, or the value of a single-valued attribute.
    Whole,
    /// The first that matches; and the filter as it was written.
    Where(ElementFilter, String),
    /// The one of this type if there is one, else the primary one, else the first.
    Preferred(Option<&'static str>),
}

/// The guides' short names (Multi-Pass: `email / email / email`,
/// `manager / manager / manager`), what they stand for, and the type preferred.
const ALIASES: [(&str, &str, Option<Option<&str>>); 4] = [
    ("email", "emails.value", Some(Some("work"))),
    ("phone", "phoneNumbers.value", Some(Some("work"))),
    ("mobile", r#"phoneNumbers[type eq "mobile"].value"#, None),
    ("manager", "manager.value", None),
];

impl Source {
    /// Resolves a path as a row writes it.
    pub(super) fn read(of: &ResourceType, path: &str, kind: MappedType) -> Result<Self> {
        // An object is the attribute itself, not a short name.
        let alias = ALIASES
            .iter()
            .find(|(name, ..)| name.eq_ignore_ascii_case(path) && kind != MappedType::Complex);
        let (text, preferred) = match alias {
            Some((_, stands_for, preferred)) => (*stands_for, *preferred),
            None => (path, None),
        };
        let parsed: Path = text.parse()?;
        let (target, _) = of.locate(&parsed.attr, ErrorKind::InvalidValue)?;
        let at = match target {
            Target::Attribute(at) => at,
            Target::Extension(schema) => {
                return Err(wrong(format!(
                    "`{}` is a whole schema: name one of its attributes, such as `{0}:…`",
                    schema.id
                )));
            }
            Target::Undeclared { .. } if parsed.filter.is_some() => {
                return Err(wrong(format!(
                    "`{}` is of no schema that the realm has declared and cannot be filtered",
                    excerpt(text)
                )));
            }
            Target::Undeclared {
                urn,
                attribute,
                sub,
            } => {
                return Ok(Self::Undeclared {
                    urn,
                    attribute,
                    sub,
                });
            }
        };
        if !at.is_readable() {
            return Err(wrong(format!("`{at}` is never returned")));
        }
        let choice = match (&parsed.filter, preferred) {
            (Some(filter), _) => {
                // What an administrator writes is no client's traffic: the profile does not count.
                let resolved = filter.resolve_within(&at.attribute)?;
                Choice::Where(resolved, filter.to_string())
            }
            (None, Some(preferred)) => Choice::Preferred(preferred),
            (None, None) if at.attribute.multi_valued && at.sub.is_some() => {
                Choice::Preferred(None)
            }
            (None, None) => Choice::Whole,
        };
        Ok(Self::Declared { at, choice })
    }

    /// The attribute whose type the value has; none in an undeclared extension.
    pub(super) fn leaf(&self) -> Option<&Attribute> {
        match self {
            Self::Declared { at, .. } => Some(at.leaf()),
            Self::Undeclared { .. } => None,
        }
    }

    /// The value in a resource's full view.
    pub(super) fn value<'a>(&self, view: &'a Map<String, Value>) -> Option<&'a Value> {
        match self {
            Self::Declared { at, choice } => {
                let value = choice.of(value_of(at, view)?)?;
                match &at.sub {
                    None => Some(value),
                    Some(sub) => value.get(&sub.name),
                }
            }
            Self::Undeclared {
                urn,
                attribute,
                sub,
            } => {
                let object = spelt(view, urn)?.as_object()?;
                let value = spelt(object, attribute)?;
                match sub {
                    None => Some(value),
                    Some(sub) => spelt(value.as_object()?, sub),
                }
            }
        }
        .filter(|value| !value.is_null())
    }

    /// Whether a change of this core attribute, extension or attribute of one may be seen in the value.
    pub(super) fn is_touched_by(&self, changed: &str) -> bool {
        let (urn, attribute) = match self {
            Self::Declared { at, .. } => (
                at.extension.as_ref().map(|schema| schema.id.as_str()),
                at.attribute.name.as_str(),
            ),
            Self::Undeclared { urn, attribute, .. } => (Some(urn.as_str()), attribute.as_str()),
        };
        match urn {
            None => changed.eq_ignore_ascii_case(attribute),
            Some(urn) => match changed.split_at_checked(urn.len()) {
                Some((start, rest)) if start.eq_ignore_ascii_case(urn) => {
                    rest.is_empty()
                        || rest
                            .strip_prefix(':')
                            .is_some_and(|name| name.eq_ignore_ascii_case(attribute))
                }
                _ => false,
            },
        }
    }

    /// The key under which POST takes the value, as a path; none for what clients cannot set.
    pub(super) fn key(&self) -> Option<String> {
        match self {
            Self::Declared { at, choice } => choice.key(at),
            Self::Undeclared {
                urn,
                attribute,
                sub,
            } => Some(match sub {
                None => format!("{urn}:{attribute}"),
                Some(sub) => format!("{urn}:{attribute}.{sub}"),
            }),
        }
    }
}

impl Choice {
    fn of<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        let elements = match (self, value) {
            (Self::Whole, value) => return Some(value),
            (_, Value::Array(elements)) => elements.as_slice(),
            (_, single) => std::slice::from_ref(single),
        };
        match self {
            Self::Where(filter, _) => elements.iter().find(|one| filter.matches(one)),
            Self::Whole | Self::Preferred(None) => chosen(elements, |_| false),
            Self::Preferred(Some(kind)) => chosen(elements, |one| {
                let own = one.get("type").and_then(Value::as_str);
                own.is_some_and(|own| own.eq_ignore_ascii_case(kind))
            }),
        }
    }

    fn key(&self, at: &AttrRef) -> Option<String> {
        use crate::schema::Mutability::ReadOnly;
        if at.attribute.mutability == ReadOnly || at.leaf().mutability == ReadOnly {
            return None;
        }
        let filter = match self {
            Self::Whole | Self::Preferred(None) => return Some(at.to_string()),
            Self::Where(_, filter) => filter.clone(),
            Self::Preferred(Some(kind)) => format!("type eq \"{kind}\""),
        };
        let whole = AttrRef {
            sub: None,
            ..at.clone()
        };
        Some(match &at.sub {
            None => format!("{whole}[{filter}]"),
            Some(sub) => format!("{whole}[{filter}].{}", sub.name),
        })
    }
}

/// The element that is wanted, else the primary one, else the first.
fn chosen(elements: &[Value], wanted: impl Fn(&Value) -> bool) -> Option<&Value> {
    let is_primary = |one: &&Value| one.get("primary") == Some(&Value::Bool(true));
    elements
        .iter()
        .find(|one| wanted(one))
        .or_else(|| elements.iter().find(is_primary))
        .or(elements.first())
}

/// The entry of that name, whatever its case.
fn spelt<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

impl MappedType {
    /// Whether values of an attribute's type can be given out as this.
    pub(super) fn takes(self, kind: Type) -> bool {
        match self {
            Self::String => matches!(
                kind,
                Type::String | Type::Reference | Type::DateTime | Type::Binary
            ),
            Self::Boolean => kind == Type::Boolean,
            Self::Integer => kind == Type::Integer,
            Self::Decimal => matches!(kind, Type::Decimal | Type::Integer),
            Self::DateTime => kind == Type::DateTime,
            Self::Reference => kind == Type::Reference,
            Self::Complex => kind == Type::Complex,
        }
    }
}
