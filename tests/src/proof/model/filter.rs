//! Filters (RFC 7644 section 3.4.2.2) as data: what they say, how they are
//! written, and which resources they match.

use super::schema::{Attr, Case, Doc, Type, fold};
use super::{ENTERPRISE, Fault, Kind, refuse};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fmt;

/// A filter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Filter {
    /// `emails.value co "x"`: the attribute, the operator, the value.
    Compare(String, Op, Value),
    /// `title pr`.
    Present(String),
    /// `emails[type eq "work"]`.
    Where(String, Box<Filter>),
    /// `emails[type eq "work"].value eq "x"`, as Entra writes it.
    WhereSub(String, Box<Filter>, String, Op, Value),
    /// All of them.
    And(Vec<Filter>),
    /// Any of them.
    Or(Vec<Filter>),
    /// Not.
    Not(Box<Filter>),
}

/// An operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "they are the RFC's own words")]
pub enum Op {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&format!("{self:?}").to_ascii_lowercase())
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |filters: &[Self], word: &str| {
            let each = filters.iter().map(|filter| match filter {
                Self::And(_) | Self::Or(_) => format!("({filter})"),
                other => other.to_string(),
            });
            each.collect::<Vec<_>>().join(word)
        };
        match self {
            Self::Compare(path, op, value) => write!(f, "{path} {op} {value}"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Where(path, filter) => write!(f, "{path}[{filter}]"),
            Self::WhereSub(path, filter, sub, op, value) => {
                write!(f, "{path}[{filter}].{sub} {op} {value}")
            }
            Self::And(filters) => f.write_str(&joined(filters, " and ")),
            Self::Or(filters) => f.write_str(&joined(filters, " or ")),
            Self::Not(filter) => write!(f, "not ({filter})"),
        }
    }
}

/// What a name in a filter or a path means: an attribute, and a sub-attribute of it.
/// An enterprise attribute may be named with its URN or without.
pub fn named(kind: Kind, path: &str) -> Option<(&'static Attr, Option<&'static Attr>)> {
    let bare = path
        .strip_prefix(ENTERPRISE)
        .map(|rest| rest.trim_start_matches([':', '.']));
    let (name, sub) = match bare.unwrap_or(path).split_once('.') {
        Some((name, sub)) => (name, Some(sub)),
        None => (bare.unwrap_or(path), None),
    };
    let attr = kind
        .attr(name)
        .filter(|attr| bare.is_none() || attr.enterprise)?;
    match sub {
        None => Some((attr, None)),
        Some(sub) => Some((attr, Some(attr.sub(sub)?))),
    }
}

impl Filter {
    /// Whether the filter makes sense for one of these kinds (RFC 7644 table 9, `invalidFilter`).
    pub fn check(&self, kinds: &[Kind]) -> Result<(), Fault> {
        match self {
            Self::And(filters) | Self::Or(filters) => {
                filters.iter().try_for_each(|filter| filter.check(kinds))
            }
            Self::Not(filter) => filter.check(kinds),
            Self::Present(path) => drop_it(self.of(kinds, path)?),
            Self::Compare(path, op, value) => {
                let (attr, sub) = self.of(kinds, path)?;
                compares(sub.unwrap_or(attr), *op, value)
            }
            Self::Where(path, filter) => filter.check_within(self.of(kinds, path)?),
            Self::WhereSub(path, filter, sub, op, value) => {
                let at = self.of(kinds, path)?;
                filter.check_within(at)?;
                Self::Compare(sub.clone(), *op, value.clone()).check_within(at)
            }
        }
    }

    /// The attribute of the first kind that has it. What is never shown cannot be asked for.
    fn of(
        &self,
        kinds: &[Kind],
        path: &str,
    ) -> Result<(&'static Attr, Option<&'static Attr>), Fault> {
        let found = kinds.iter().find_map(|kind| named(*kind, path));
        found
            .filter(|(attr, _)| attr.usage != super::schema::Use::WriteOnly)
            .ok_or(Fault::of(400, "invalidFilter"))
    }

    /// The same of a filter in brackets: its names are sub-attributes, and it has no brackets itself.
    pub fn check_within(
        &self,
        (attr, sub): (&'static Attr, Option<&'static Attr>),
    ) -> Result<(), Fault> {
        let bad = || Fault::of(400, "invalidFilter");
        match self {
            _ if sub.is_some() => Err(bad()),
            Self::And(filters) | Self::Or(filters) => filters
                .iter()
                .try_for_each(|filter| filter.check_within((attr, sub))),
            Self::Not(filter) => filter.check_within((attr, sub)),
            Self::Present(name) => drop_it(attr.sub(name).ok_or_else(bad)?),
            Self::Compare(name, op, value) => compares(attr.sub(name).ok_or_else(bad)?, *op, value),
            Self::Where(..) | Self::WhereSub(..) => Err(bad()),
        }
    }

    /// Whether a resource matches: its attributes, memberships too. An attribute
    /// that only the other kind has is one without a value (RFC 7644 section 3.4.2.1).
    pub fn matches(&self, kind: Kind, doc: &Doc) -> bool {
        let other = match kind {
            Kind::User => Kind::Group,
            Kind::Group => Kind::User,
        };
        let of = |path: &str| named(kind, path).or_else(|| named(other, path));
        match self {
            Self::And(filters) => filters.iter().all(|filter| filter.matches(kind, doc)),
            Self::Or(filters) => filters.iter().any(|filter| filter.matches(kind, doc)),
            Self::Not(filter) => !filter.matches(kind, doc),
            Self::Present(path) => of(path).is_some_and(|(attr, sub)| {
                let values = values(attr, doc.get(attr.name));
                values.into_iter().flatten().any(|value| match sub {
                    None => true,
                    Some(sub) => value.get(sub.name).is_some(),
                })
            }),
            // Null is no value (RFC 7643 section 2.5).
            Self::Compare(path, Op::Eq, Value::Null) => {
                !Self::Present(path.clone()).matches(kind, doc)
            }
            Self::Compare(path, Op::Ne, Value::Null) => {
                Self::Present(path.clone()).matches(kind, doc)
            }
            Self::Compare(path, op, operand) => of(path).is_some_and(|(attr, sub)| {
                let sub = sub.or_else(|| attr.sub("value"));
                let leaf = sub.unwrap_or(attr);
                let inner = |value: Option<&Value>| match sub {
                    None => holds(leaf, *op, operand, value),
                    Some(sub) => holds(leaf, *op, operand, value.and_then(|it| it.get(sub.name))),
                };
                values(attr, doc.get(attr.name)).into_iter().any(inner)
            }),
            Self::Where(path, filter) => of(path).is_some_and(|(attr, _)| {
                let mut values = values(attr, doc.get(attr.name)).into_iter().flatten();
                values.any(|value| filter.matches_element(attr, value))
            }),
            Self::WhereSub(path, filter, sub, op, value) => {
                let last = Self::Compare(sub.clone(), *op, value.clone());
                let both = Self::And(vec![filter.as_ref().clone(), last]);
                Self::Where(path.clone(), Box::new(both)).matches(kind, doc)
            }
        }
    }

    /// Whether one value of a complex attribute matches a filter in brackets.
    pub fn matches_element(&self, attr: &Attr, element: &Value) -> bool {
        match self {
            Self::And(filters) => filters.iter().all(|it| it.matches_element(attr, element)),
            Self::Or(filters) => filters.iter().any(|it| it.matches_element(attr, element)),
            Self::Not(filter) => !filter.matches_element(attr, element),
            Self::Present(name) => attr
                .sub(name)
                .is_some_and(|sub| element.get(sub.name).is_some()),
            Self::Compare(name, op, operand) => attr
                .sub(name)
                .is_some_and(|sub| holds(sub, *op, operand, element.get(sub.name))),
            Self::Where(..) | Self::WhereSub(..) => false,
        }
    }

    /// The element that nothing but `eq` joined by `and` describes.
    pub fn describes(&self, attr: &Attr) -> Option<Doc> {
        match self {
            Self::Compare(name, Op::Eq, value) => {
                let sub = attr.sub(name)?;
                let value = match (sub.of, value) {
                    (Type::Boolean, Value::String(text)) => {
                        text.eq_ignore_ascii_case("true").into()
                    }
                    (_, value) => value.clone(),
                };
                Some(Doc::from_iter([(sub.name.to_owned(), value)]))
            }
            Self::And(filters) => {
                let mut whole = Doc::new();
                for filter in filters {
                    for (name, value) in filter.describes(attr)? {
                        if whole
                            .insert(name, value.clone())
                            .is_some_and(|old| old != value)
                        {
                            return None;
                        }
                    }
                }
                Some(whole)
            }
            _ => None,
        }
    }
}

fn drop_it<T>(_: T) -> Result<(), Fault> {
    Ok(())
}

/// The values of an attribute; a single one may be missing, and that can be asked about.
fn values<'a>(attr: &Attr, value: Option<&'a Value>) -> Vec<Option<&'a Value>> {
    match value {
        Some(Value::Array(values)) if attr.multi => values.iter().map(Some).collect(),
        None if attr.multi => Vec::new(),
        single => vec![single],
    }
}

/// Whether `op` can compare such an attribute with such a value (RFC 7644 table 3).
fn compares(attr: &Attr, op: Op, value: &Value) -> Result<(), Fault> {
    // A complex attribute stands for its `value`.
    let attr = match attr.of {
        Type::Complex(_) => attr.sub("value").ok_or(Fault::of(400, "invalidFilter"))?,
        _ => attr,
    };
    let fits = match (attr.of, op, value) {
        (_, Op::Eq | Op::Ne, Value::Null) => true,
        (Type::Text(_), _, Value::String(_)) => true,
        (Type::Boolean, Op::Eq | Op::Ne, Value::Bool(_)) => true,
        (Type::Boolean, Op::Eq | Op::Ne, Value::String(text)) => {
            ["true", "false"].contains(&text.to_ascii_lowercase().as_str())
        }
        _ => false,
    };
    match fits {
        true => Ok(()),
        false => refuse(400, "invalidFilter"),
    }
}

/// One comparison with one value or its absence. `ne` is what `eq` is not, also
/// where there is no value; a value is not null.
fn holds(attr: &Attr, op: Op, operand: &Value, value: Option<&Value>) -> bool {
    if op == Op::Ne {
        return !holds(attr, Op::Eq, operand, value);
    }
    let Some(value) = value else {
        return operand.is_null();
    };
    match (attr.of, value, operand) {
        (Type::Text(case), Value::String(value), Value::String(operand)) => {
            let (value, operand) = match case {
                Case::Exact => (value.clone(), operand.clone()),
                Case::Folded => (fold(value), fold(operand)),
            };
            match op {
                Op::Eq | Op::Ne => value == operand,
                Op::Co => value.contains(&operand),
                Op::Sw => value.starts_with(&operand),
                Op::Ew => value.ends_with(&operand),
                Op::Gt => value > operand,
                Op::Ge => value >= operand,
                Op::Lt => value < operand,
                Op::Le => value <= operand,
            }
        }
        (Type::Boolean, Value::Bool(value), Value::Bool(operand)) => value == operand,
        (Type::Boolean, Value::Bool(value), Value::String(operand)) => {
            operand.eq_ignore_ascii_case(&value.to_string())
        }
        _ => false,
    }
}
