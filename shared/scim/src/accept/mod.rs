//! A client's resource to [`Attributes`]: POST and PUT bodies, and the values PATCH brings.
//!
//! Reading is liberal where clients are known to differ (CLIENTS.md) and every
//! leniency is one rule for all attributes; what is stored is canonical. What a
//! PATCH operation means is not here.

mod element;
mod invariants;
mod member;
mod typed;

pub(crate) use element::{Identity, identity, says_nothing};
pub(crate) use invariants::finish;
pub use member::Member;
pub(crate) use member::members;
pub(crate) use typed::{element, value};

use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind, Result};
use crate::fold::fold;
use crate::json::{distinct_keys, given_twice};
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Mutability, Schema};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A resource as a client wants it.
#[derive(Debug, Clone, PartialEq)]
pub struct Draft {
    /// Its attributes.
    pub attributes: Attributes,
    /// The values of the edges attribute; `None` when the body does not name it
    /// or says null: a rename by PUT without members must not empty the group
    /// (CLIENTS.md, what matters most, 7), an empty list must.
    pub members: Option<Vec<Member>>,
}

/// Reads the body of a POST (RFC 7644 section 3.3).
///
/// # Errors
/// `InvalidSyntax` when the body is no object or names an attribute twice,
/// `InvalidValue` for a value of the wrong type or a required one missing,
/// `PayloadTooLarge` for too much under undeclared schemas.
pub fn create(of: &ResourceType, body: Value) -> Result<Draft> {
    Reading::of_body(of, body)?.finish()
}

/// Reads the body of a PUT on a resource that is `current` (RFC 7644 section 3.5.1).
///
/// An attribute the body leaves out is removed; an immutable one is kept.
///
/// # Errors
/// As [`create`]; `Mutability` when an immutable attribute would change.
pub fn replace(of: &ResourceType, body: Value, current: &Attributes) -> Result<Draft> {
    let mut read = Reading::of_body(of, body)?;
    keep_immutable("", &of.schema.attributes, current.as_map(), &mut read.core)?;
    for extension in &of.extensions {
        let schema = &extension.schema;
        if let Some(Value::Object(old)) = current.as_map().get(&schema.id) {
            let new = read.extensions.entry(schema.id.clone()).or_default();
            keep_immutable("", &schema.attributes, old, new)?;
        }
    }
    read.finish()
}

/// A body half read.
struct Reading<'a> {
    of: &'a ResourceType,
    core: Map<String, Value>,
    /// By canonical URN.
    extensions: BTreeMap<String, Map<String, Value>>,
    /// By the URN as it came.
    undeclared: Map<String, Value>,
    members: Option<Vec<Member>>,
}

impl<'a> Reading<'a> {
    fn of_body(of: &'a ResourceType, body: Value) -> Result<Self> {
        let Value::Object(body) = body else {
            return Err(Error::new(
                ErrorKind::InvalidSyntax,
                format!("the body must be a JSON object, not {}", typed::came(&body)),
            ));
        };
        distinct_keys(&body)?;
        let mut reading = Self {
            of,
            core: Map::new(),
            extensions: BTreeMap::new(),
            undeclared: Map::new(),
            members: None,
        };
        for (key, value) in body {
            reading.top(key, value)?;
        }
        Ok(reading)
    }

    fn finish(self) -> Result<Draft> {
        let mut map = self.core;
        let extensions = self.extensions.into_iter();
        map.extend(extensions.map(|(urn, object)| (urn, Value::Object(object))));
        map.extend(self.undeclared);
        Ok(Draft {
            attributes: finish(self.of, map)?,
            members: self.members,
        })
    }

    /// One entry of the body. Unknown names are ignored: fixtures 024 and 118.
    fn top(&mut self, key: String, value: Value) -> Result<()> {
        if key.eq_ignore_ascii_case("schemas") {
            return schemas_are_uris(&value);
        }
        // A bare extension attribute is taken for the extension's: fixture 024
        // has `department` and `manager` beside the core attributes.
        if let Some((schema, attribute)) = bare(self.of, &key) {
            return self.put(schema.as_ref(), &attribute, value);
        }
        if key.eq_ignore_ascii_case(&self.of.schema.id) {
            return self.object(None, &key, value);
        }
        if let Some(schema) = self.of.extension(&key).cloned() {
            return self.object(Some(&schema), &key, value);
        }
        if let Some((schema, attribute)) = qualified(self.of, &key) {
            return self.put(schema.as_ref(), &attribute, value);
        }
        // Kept for a client whose schema the realm has not declared: fixture 031.
        if let (true, Value::Object(object)) = (is_urn(&key), value)
            && !object.is_empty()
        {
            self.undeclared.insert(key, Value::Object(object));
        }
        Ok(())
    }

    /// The object of a whole schema: an extension's, or the core's spelt out.
    fn object(&mut self, schema: Option<&Arc<Schema>>, urn: &str, value: Value) -> Result<()> {
        if typed::is_absent(&value) {
            return Ok(());
        }
        let Value::Object(object) = value else {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!("`{urn}` must be an object, not {}", typed::came(&value)),
            ));
        };
        distinct_keys(&object)?;
        for (key, value) in object {
            let attribute = match schema {
                Some(schema) => schema.attribute(&key).cloned(),
                None => self.of.core_attribute(&key),
            };
            if let Some(attribute) = attribute {
                self.put(schema, &attribute, value)?;
            }
        }
        Ok(())
    }

    fn put(
        &mut self,
        schema: Option<&Arc<Schema>>,
        attribute: &Attribute,
        value: Value,
    ) -> Result<()> {
        if schema.is_none() && self.of.edges == Some(attribute.name.as_str()) {
            return self.put_members(attribute, value);
        }
        let Some(value) = typed::value(attribute, value)? else {
            return Ok(());
        };
        let object = match schema {
            None => &mut self.core,
            Some(schema) => self.extensions.entry(schema.id.clone()).or_default(),
        };
        // The same attribute bare and qualified: harmless when both agree.
        match object.get(&attribute.name) {
            Some(earlier) if *earlier != value => Err(given_twice(&attribute.name)),
            Some(_) => Ok(()),
            None => {
                object.insert(attribute.name.clone(), value);
                Ok(())
            }
        }
    }

    fn put_members(&mut self, attribute: &Attribute, value: Value) -> Result<()> {
        if value.is_null() {
            return Ok(());
        }
        let members = members(value)?;
        if self.members.replace(members).is_some() {
            return Err(given_twice(&attribute.name));
        }
        Ok(())
    }
}

/// An attribute and, for an extension's, its schema.
type Found = (Option<Arc<Schema>>, Arc<Attribute>);

/// The attribute a name without URN means: the core's, else the first extension's.
fn bare(of: &ResourceType, name: &str) -> Option<Found> {
    if let Some(attribute) = of.core_attribute(name) {
        return Some((None, attribute));
    }
    of.extensions.iter().find_map(|extension| {
        let attribute = extension.schema.attribute(name)?;
        Some((Some(extension.schema.clone()), attribute.clone()))
    })
}

/// The attribute a key such as `urn:…:2.0:User:department` means.
fn qualified(of: &ResourceType, key: &str) -> Option<Found> {
    let (urn, name) = key.rsplit_once(':')?;
    if urn.eq_ignore_ascii_case(&of.schema.id) {
        return of.core_attribute(name).map(|attribute| (None, attribute));
    }
    let schema = of.extension(urn)?;
    Some((Some(schema.clone()), schema.attribute(name)?.clone()))
}

/// Whether a key is a URN (RFC 8141 section 2: the scheme has no case).
pub(crate) fn is_urn(key: &str) -> bool {
    key.get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
}

/// `schemas` says nothing the body does not say itself: clients list foreign
/// URIs (fixture 085), misspelt ones (024) and leave out used ones (031).
fn schemas_are_uris(value: &Value) -> Result<()> {
    match value {
        Value::Null => Ok(()),
        Value::Array(uris) if uris.iter().all(Value::is_string) => Ok(()),
        _ => Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "attribute `schemas` must be an array of strings, not {}",
                typed::came(value)
            ),
        )),
    }
}

/// Carries immutable values over, and refuses other ones.
///
/// Elements of a multi-valued attribute come and go whole, so the immutable
/// sub-attributes of one are set anew with it.
fn keep_immutable(
    within: &str,
    attributes: &[Arc<Attribute>],
    current: &Map<String, Value>,
    next: &mut Map<String, Value>,
) -> Result<()> {
    for attribute in attributes {
        let Some(old) = current.get(&attribute.name) else {
            continue;
        };
        if attribute.mutability == Mutability::Immutable {
            if next
                .get(&attribute.name)
                .is_some_and(|new| !agree(attribute, old, new))
            {
                return Err(Error::new(
                    ErrorKind::Mutability,
                    format!(
                        "attribute `{within}{}` is immutable and already has another value: send \
                         the value it has, or leave it out",
                        attribute.name
                    ),
                ));
            }
            next.insert(attribute.name.clone(), old.clone());
        } else if !attribute.multi_valued
            && let (Value::Object(old), Some(Value::Object(new))) =
                (old, next.get_mut(&attribute.name))
        {
            let path = format!("{within}{}.", attribute.name);
            keep_immutable(&path, &attribute.sub_attributes, old, new)?;
        }
    }
    Ok(())
}

fn agree(attribute: &Attribute, a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::String(a), Value::String(b)) if !attribute.case_exact => fold(a) == fold(b),
        _ => a == b,
    }
}
