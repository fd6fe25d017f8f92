//! A client's resource to [`Attributes`]: POST and PUT bodies, and the values PATCH brings.
//!
//! Reading is liberal where clients are known to differ (CLIENTS.md) and every
//! leniency is one rule for all attributes; what is stored is canonical. What a
//! PATCH operation means is not here.

mod element;
mod immutable;
mod invariants;
mod member;
mod schemas;
mod typed;

pub(crate) use element::{Identity, comparable, identity};
pub(crate) use invariants::{finish, is_blank};
pub use member::Member;
pub(crate) use member::members;
pub(crate) use schemas::schema_uris;
pub(crate) use typed::{element, is_kept, value};

use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind, Result};
use crate::json::{distinct_keys, excerpt, given_twice};
use crate::patch::{self, MemberOp};
use crate::path::AttrPath;
use crate::resource_type::{Extension, ResourceType, Target};
use crate::schema::{Attribute, Schema};
use crate::tolerance::Tolerance;
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
/// Keys that are paths (`name.givenName`, `urn:…:User:manager.value`) are
/// expanded as those of a PATCH without a path, after all others.
///
/// # Errors
/// `InvalidSyntax` when the body is no object or names an attribute twice,
/// `InvalidValue` for a value of the wrong type or a required one missing,
/// `PayloadTooLarge` for too much under undeclared schemas; for a key that is a
/// path what [`patch::parse`] and [`patch::apply`] say of it.
pub fn create(of: &ResourceType, body: &Value) -> Result<Draft> {
    Reading::of_body(of, body, None)?.finish()
}

/// Reads the body of a PUT on a resource that is `current` (RFC 7644 section 3.5.1).
///
/// An attribute the body leaves out is removed; an immutable one is kept. What
/// comes back as it is shown stays as it is, also where no schema has a place for it.
///
/// # Errors
/// As [`create`]; `Mutability` when an immutable attribute would change.
pub fn replace(of: &ResourceType, body: &Value, current: &Attributes) -> Result<Draft> {
    let mut read = Reading::of_body(of, body, Some(current.as_map()))?;
    immutable::keep("", &of.schema.attributes, current.as_map(), &mut read.core)?;
    for extension in &of.extensions {
        let schema = &extension.schema;
        if let Some(Value::Object(old)) = current.as_map().get(&schema.id) {
            let new = read.extensions.entry(schema.id.clone()).or_default();
            immutable::keep("", &schema.attributes, old, new)?;
        }
    }
    read.finish()
}

/// A body half read.
struct Reading<'a> {
    of: &'a ResourceType,
    /// What the resource holds.
    current: Option<&'a Map<String, Value>>,
    /// By canonical name; undeclared extensions by the URN as it came.
    core: Map<String, Value>,
    /// By canonical URN.
    extensions: BTreeMap<String, Map<String, Value>>,
    members: Option<Vec<Member>>,
    /// What is under no known name: paths, or nothing at all.
    paths: Map<String, Value>,
    /// The body's `schemas`.
    schemas: Value,
}

impl<'a> Reading<'a> {
    fn of_body(
        of: &'a ResourceType,
        body: &Value,
        current: Option<&'a Map<String, Value>>,
    ) -> Result<Self> {
        let Value::Object(body) = body else {
            return Err(Error::new(
                ErrorKind::InvalidSyntax,
                format!("the body must be a JSON object, not {}", typed::came(body)),
            ));
        };
        distinct_keys(body)?;
        let mut reading = Self {
            of,
            current,
            core: Map::new(),
            extensions: BTreeMap::new(),
            members: None,
            paths: Map::new(),
            schemas: Value::Null,
        };
        for (key, value) in body {
            // There may be many of them: they are read where they are.
            match reading.edges(key) {
                Some(attribute) => reading.put_members(&attribute, value)?,
                None => reading.top(key.clone(), value.clone())?,
            }
        }
        reading.expand()?;
        schemas::agree(of, &reading.schemas, &reading.used())?;
        Ok(reading)
    }

    /// Keys such as `name.givenName`, whose place is inside of what the others gave.
    fn expand(&mut self) -> Result<()> {
        if self.paths.is_empty() {
            return Ok(());
        }
        let paths = std::mem::take(&mut self.paths);
        let (map, ops) = patch::overlay(self.of, self.whole(), paths)?;
        self.core = map;
        for Extension { schema, .. } in &self.of.extensions {
            if let Some(Value::Object(object)) = self.core.shift_remove(&schema.id) {
                self.extensions.insert(schema.id.clone(), object);
            }
        }
        for op in ops {
            if let MemberOp::Add(more) = op {
                let mut members = self.members.take().unwrap_or_default();
                members.extend(more);
                self.members = Some(member::distinct(members));
            }
        }
        Ok(())
    }

    fn require(&self, tolerance: Tolerance, detail: impl FnOnce() -> String) -> Result<()> {
        self.of
            .tolerances
            .require(tolerance, ErrorKind::InvalidValue, detail)
    }

    /// What the resource holds in the extension of that URN, or in itself, if it is that value.
    fn held(&self, urn: Option<&str>, name: &str, value: &Value) -> Option<&'a Value> {
        let object = match urn {
            None => self.current?,
            Some(urn) => self.current?.get(urn)?.as_object()?,
        };
        object.get(name).filter(|held| *held == value)
    }

    /// The URNs of the extensions the body has values of.
    fn used(&self) -> Vec<&str> {
        let undeclared = self.core.keys().filter(|key| is_urn(key));
        let used = self.extensions.keys().chain(undeclared);
        used.map(String::as_str).collect()
    }

    /// Takes out all there is, extensions beside the core.
    fn whole(&mut self) -> Map<String, Value> {
        let mut map = std::mem::take(&mut self.core);
        let extensions = std::mem::take(&mut self.extensions).into_iter();
        map.extend(extensions.map(|(urn, object)| (urn, Value::Object(object))));
        map
    }

    fn finish(mut self) -> Result<Draft> {
        Ok(Draft {
            attributes: finish(self.of, self.whole(), self.current)?,
            members: self.members,
        })
    }

    /// One entry of the body. Unknown names are ignored in the end: fixtures 024 and 118.
    fn top(&mut self, key: String, value: Value) -> Result<()> {
        if key.eq_ignore_ascii_case("schemas") {
            schemas::fit(self.of, &value)?;
            self.schemas = value;
            return Ok(());
        }
        let is_foreign = is_urn(&key) && self.of.extension(&key).is_none();
        if let Some(held) = self.held(None, &key, &value).filter(|_| is_foreign) {
            self.core.insert(key, held.clone());
            return Ok(());
        }
        // A bare extension attribute is taken for the extension's: fixture 024
        // has `department` and `manager` beside the core attributes.
        if let Some((schema, attribute)) = bare(self.of, &key) {
            if let Some(schema) = &schema {
                self.require(Tolerance::BareExtensionAttributes, || {
                    format!(
                        "`{}` stands in the object under `{}`",
                        attribute.name, schema.id
                    )
                })?;
            }
            return self.put(schema.as_ref(), &attribute, value);
        }
        if key.eq_ignore_ascii_case(&self.of.schema.id) {
            self.require(Tolerance::PathKeys, || {
                format!("the attributes of `{key}` stand in the resource itself")
            })?;
            return self.object(None, &key, value);
        }
        if let Some(schema) = self.of.extension(&key).cloned() {
            return self.object(Some(&schema), &key, value);
        }
        if let Some((schema, attribute)) = qualified(self.of, &key) {
            self.require(Tolerance::PathKeys, || {
                format!(
                    "`{}` is no name of an attribute: write `{}`, an extension's in the object \
                     under its URN",
                    excerpt(&key),
                    attribute.name
                )
            })?;
            return self.put(schema.as_ref(), &attribute, value);
        }
        // Kept for a client whose schema the realm has not declared: fixture 031.
        // An object stays under its own key, so that what GET answers can be PUT.
        match value {
            Value::Object(object)
                if is_undeclared(self.of, &key) && !patch::is_part(self.of, &key) =>
            {
                self.require(Tolerance::UndeclaredExtensions, || {
                    format!("the realm has not declared a schema `{}`", excerpt(&key))
                })?;
                if !object.is_empty() {
                    self.core.insert(key, Value::Object(object));
                }
            }
            value => {
                self.paths.insert(key, value);
            }
        }
        Ok(())
    }

    /// The object of a whole schema: an extension's, or the core's spelt out.
    fn object(&mut self, schema: Option<&Arc<Schema>>, urn: &str, value: Value) -> Result<()> {
        if typed::is_absent(&value) {
            if !value.is_null() {
                self.require(Tolerance::EmptyClears, || {
                    format!("`{urn}` is empty: send null, or leave it out")
                })?;
            }
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
            match (attribute, schema) {
                (Some(attribute), _) => self.put(schema, &attribute, value)?,
                (None, Some(schema)) => match self.held(Some(&schema.id), &key, &value) {
                    Some(held) => {
                        let object = self.extensions.entry(schema.id.clone()).or_default();
                        object.insert(key, held.clone());
                    }
                    None if is_urn(&key) => {
                        self.paths.insert(key, value);
                    }
                    None => {
                        self.paths.insert(format!("{}:{key}", schema.id), value);
                    }
                },
                (None, None) => {
                    self.paths.insert(key, value);
                }
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
            return self.put_members(attribute, &value);
        }
        let urn = schema.map(|schema| schema.id.as_str());
        let value = match self.held(urn, &attribute.name, &value) {
            Some(held) => held.clone(),
            None => match typed::value(self.of.tolerances, attribute, value)? {
                Some(value) => value,
                None => return Ok(()),
            },
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

    /// The attribute that is kept as edges, when the key names it.
    fn edges(&self, key: &str) -> Option<Arc<Attribute>> {
        let edges = self.of.edges?;
        let named = key.eq_ignore_ascii_case(edges);
        named.then(|| self.of.core_attribute(edges)).flatten()
    }

    fn put_members(&mut self, attribute: &Attribute, value: &Value) -> Result<()> {
        if value.is_null() {
            return Ok(());
        }
        let members = members(self.of.tolerances, value)?;
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

/// Whether a key is the URN of an extension the realm has not declared, or something in it.
fn is_undeclared(of: &ResourceType, key: &str) -> bool {
    is_urn(key)
        && match key.parse::<AttrPath>() {
            Ok(path) => matches!(
                of.resolve(&path, ErrorKind::InvalidPath),
                Ok(Target::Undeclared { .. })
            ),
            // Not every URN ends like an attribute's name; a filter is a path's.
            Err(_) => !key.contains('[') && !of.is_below(key),
        }
}

/// Whether a key is a URN (RFC 8141 section 2: the scheme has no case).
pub(crate) fn is_urn(key: &str) -> bool {
    key.get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
}
