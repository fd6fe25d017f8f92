//! Extensions the realm has not declared: what a path names in one, and what becomes of it.
//!
//! They are kept verbatim. Names are found whatever their case; a list is what
//! is one in the resource, and its elements are the same when they are equal.

use super::objects::{store, store_object, taken_object};
use super::tolerance;
use crate::error::{Error, ErrorKind, Result};
use crate::json::excerpt;
use crate::path::AttrPath;
use crate::resource_type::ResourceType;
use crate::tolerance::{Tolerance, Tolerances};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// A path into an extension the realm has not declared. Its text does not say
/// where the URN ends, so there can be two readings of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undeclared {
    /// What it is taken for.
    guess: Reading,
    /// What it is in a resource that has this one's extension, and not the guess's.
    other: Option<Reading>,
}

/// What a path names, as the client spelt it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reading {
    /// A whole extension.
    Extension(String),
    /// Something in one.
    Attribute {
        urn: String,
        name: String,
        sub: Option<String>,
    },
}

/// What happens at such a place.
#[derive(Debug, Clone, PartialEq)]
pub enum Loose {
    /// RFC 7644 section 3.5.2.1: beside the elements of a list, else over what is there; `None` is no value.
    Add(Option<Value>),
    /// It becomes this.
    Replace(Value),
    /// It goes away, or of a list what the client listed.
    Remove(Option<Value>),
}

impl Undeclared {
    /// A URN that reads as no path.
    pub(super) fn extension(urn: String) -> Self {
        Self {
            guess: Reading::Extension(urn),
            other: None,
        }
    }

    /// What `path`, which came with `value`, can mean, and the tolerance that it takes to write it so.
    ///
    /// Extensions are named `…:2.0:User` after the type they extend (CLIENTS.md,
    /// "PATCH, default dialect"), so that such a name is the end of a URN, what
    /// follows it by a dot or a colon an attribute. Where nothing is named so
    /// only an object can be an extension.
    ///
    /// # Errors
    /// `InvalidPath` for what would be an attribute of an attribute: an extension named like one.
    pub(super) fn read(
        of: &ResourceType,
        urn: &str,
        path: &AttrPath,
        value: Option<&Value>,
    ) -> Result<(Self, Tolerance)> {
        let names_type = |segment: &str| segment.eq_ignore_ascii_case(of.name);
        let in_extension = urn.rsplit(':').next().is_some_and(names_type);
        let ends_urn = !in_extension && names_type(&path.name);
        let joined = format!("{urn}:{}", path.name);
        let attribute = |urn: &str, name: &str, sub: Option<&String>| Reading::Attribute {
            urn: urn.to_owned(),
            name: name.to_owned(),
            sub: sub.cloned(),
        };
        let (guess, other) = match &path.sub {
            Some(sub) if ends_urn => {
                let (guess, other) = (attribute(&joined, sub, None), None);
                return Ok((Self { guess, other }, Tolerance::DottedUrns));
            }
            Some(sub) => (attribute(urn, &path.name, Some(sub)), None),
            None if ends_urn => (Reading::Extension(joined), None),
            None => {
                let inner = attribute(urn, &path.name, None);
                let whole = Reading::Extension(joined);
                match value {
                    None | Some(Value::Object(_)) if !in_extension => (whole, Some(inner)),
                    _ => (inner, Some(whole)),
                }
            }
        };
        let is_attribute = urn.rsplit(':').nth(1).is_some_and(names_type);
        if is_attribute && matches!(guess, Reading::Attribute { .. }) {
            return Err(Error::new(
                ErrorKind::InvalidPath,
                format!(
                    "`{}` is no extension but an attribute of one; a sub-attribute stands behind a dot",
                    excerpt(urn)
                ),
            ));
        }
        Ok((Self { guess, other }, Tolerance::UndeclaredExtensions))
    }

    /// What it is in a resource.
    fn within(&self, resource: &Map<String, Value>) -> &Reading {
        let has = |reading: &&Reading| spelt(resource, reading.urn()).is_some();
        match self.other.as_ref().filter(has) {
            Some(other) if !has(&&self.guess) => other,
            _ => &self.guess,
        }
    }

    /// How many values there are in the extension that it leads to.
    pub(super) fn breadth(&self, resource: &Map<String, Value>) -> u64 {
        let urn = spelt(resource, self.within(resource).urn());
        urn.and_then(|urn| resource.get(urn)).map_or(0, values)
    }

    /// Whether it is taken for something in an extension.
    pub(super) fn is_part(&self) -> bool {
        matches!(self.guess, Reading::Attribute { .. })
    }

    /// Does to `resource` what `loose` says.
    ///
    /// # Errors
    /// `InvalidValue` for a whole extension that is no object; the missing tolerance.
    pub(super) fn edit(
        &self,
        tolerances: Tolerances,
        resource: &mut Map<String, Value>,
        loose: &Loose,
    ) -> Result<()> {
        match self.within(resource) {
            Reading::Extension(urn) => extension(tolerances, resource, urn, loose),
            Reading::Attribute { urn, name, sub } => {
                let urn = spelling(resource, urn);
                let mut object = taken_object(resource, &urn);
                let name = spelling(&object, name);
                match sub {
                    None => edit(tolerances, &mut object, &name, loose)?,
                    Some(sub) => {
                        let mut inner = taken_object(&mut object, &name);
                        let sub = spelling(&inner, sub);
                        edit(tolerances, &mut inner, &sub, loose)?;
                        store_object(&mut object, &name, inner);
                    }
                }
                store_object(resource, &urn, object);
                Ok(())
            }
        }
    }
}

impl Reading {
    fn urn(&self) -> &str {
        match self {
            Self::Extension(urn) | Self::Attribute { urn, .. } => urn,
        }
    }
}

/// As the path of it is written.
impl fmt::Display for Undeclared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.guess {
            Reading::Extension(urn) => f.write_str(urn),
            Reading::Attribute { urn, name, sub } => {
                write!(f, "{urn}:{name}")?;
                match sub {
                    None => Ok(()),
                    Some(sub) => write!(f, ".{sub}"),
                }
            }
        }
    }
}

impl Loose {
    /// As the same operation gives one of its attributes to a whole extension.
    fn of_one(&self, tolerances: Tolerances, value: &Value) -> Result<Self> {
        let cleared = tolerance::cleared(tolerances, value)?;
        Ok(match self {
            Self::Add(_) => Self::Add((!cleared).then(|| value.clone())),
            _ if cleared => Self::Remove(None),
            _ => Self::Replace(value.clone()),
        })
    }
}

fn extension(
    tolerances: Tolerances,
    resource: &mut Map<String, Value>,
    urn: &str,
    loose: &Loose,
) -> Result<()> {
    let urn = spelling(resource, urn);
    match loose {
        Loose::Remove(_) | Loose::Add(None) => {
            resource.shift_remove(&urn);
        }
        Loose::Add(Some(Value::Object(given))) | Loose::Replace(Value::Object(given)) => {
            let mut object = taken_object(resource, &urn);
            // Both may have very many names: neither is looked through for each.
            let spellings = object
                .keys()
                .map(|key| (key.to_ascii_lowercase(), key.clone()));
            let mut spellings: HashMap<String, String> = spellings.collect();
            let mut gone = HashSet::new();
            for (name, value) in given {
                let spelling = spellings.entry(name.to_ascii_lowercase());
                let name = spelling.or_insert_with(|| name.clone());
                let loose = loose.of_one(tolerances, value)?;
                let there = object.get_mut(name).map(Value::take);
                match after(tolerances, there, &loose)? {
                    Some(value) => {
                        gone.remove(name);
                        object.insert(name.clone(), value);
                    }
                    None => {
                        gone.insert(name.clone());
                    }
                }
            }
            object.retain(|name, _| !gone.contains(name));
            store_object(resource, &urn, object);
        }
        Loose::Add(Some(_)) | Loose::Replace(_) => {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!("extension `{}` needs an object", excerpt(&urn)),
            ));
        }
    }
    Ok(())
}

/// Does it to one attribute, by its name as it is spelt.
fn edit(
    tolerances: Tolerances,
    object: &mut Map<String, Value>,
    name: &str,
    loose: &Loose,
) -> Result<()> {
    let there = object.get_mut(name).map(Value::take);
    store(object, name, after(tolerances, there, loose)?);
    Ok(())
}

/// What becomes of what is there.
fn after(tolerances: Tolerances, there: Option<Value>, loose: &Loose) -> Result<Option<Value>> {
    Ok(match (there, loose) {
        (Some(Value::Array(mut list)), Loose::Add(given)) => {
            append(&mut list, given.as_ref());
            Some(Value::Array(list))
        }
        (Some(Value::Array(list)), Loose::Remove(Some(listed))) => {
            let listed = tolerance::listed(tolerances, Some(listed.clone()))?;
            let gone: HashSet<&Value> = listed.iter().flat_map(items).collect();
            let left: Vec<Value> = list.into_iter().filter(|it| !gone.contains(it)).collect();
            (listed.is_some() && !left.is_empty()).then_some(Value::Array(left))
        }
        (_, Loose::Add(value)) => value.clone(),
        (_, Loose::Replace(value)) => Some(value.clone()),
        (_, Loose::Remove(_)) => None,
    })
}

fn append(list: &mut Vec<Value>, given: Option<&Value>) {
    let mut known: HashSet<Value> = list.iter().cloned().collect();
    let given = given.map(items).unwrap_or_default().iter();
    list.extend(
        given
            .filter(|value| known.insert((*value).clone()))
            .cloned(),
    );
}

/// How many values there are in one, with itself.
fn values(value: &Value) -> u64 {
    1 + match value {
        Value::Array(list) => list.iter().map(values).sum(),
        Value::Object(object) => object.values().map(values).sum(),
        _ => 0,
    }
}

/// The elements of a list; anything else is the only one.
fn items(value: &Value) -> &[Value] {
    match value {
        Value::Array(items) => items,
        one => std::slice::from_ref(one),
    }
}

/// The key of `object` that is `name` but for case.
fn spelt<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a String> {
    object.keys().find(|key| key.eq_ignore_ascii_case(name))
}

/// The same, or `name` itself for a new one.
fn spelling(object: &Map<String, Value>, name: &str) -> String {
    spelt(object, name).map_or(name, String::as_str).to_owned()
}
