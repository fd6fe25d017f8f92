//! A resource with all that an answer may show of it: the whole view.

use crate::attributes::Attributes;
use crate::resource_type::ResourceType;
use serde_json::{Map, Value};
use std::fmt;

/// `meta` of a resource (RFC 7643 section 3.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta<'a> {
    /// `User` or `Group`.
    pub resource_type: &'a str,
    /// When it was added, `xsd:dateTime`.
    pub created: String,
    /// When it was last changed, `xsd:dateTime`.
    pub last_modified: String,
    /// The entity-tag: `W/"1.0"`.
    pub version: String,
    /// The URI of the resource.
    pub location: String,
}

/// A resource with all that an answer may show of it.
#[derive(Debug)]
pub struct Resource<'a> {
    /// `id`.
    pub id: String,
    /// What clients have set.
    pub attributes: &'a Attributes,
    /// `meta`.
    pub meta: Meta<'a>,
    /// The attribute the store derives from edges, and its elements: a user's
    /// `groups`, a group's `members`. `None` when it was not read.
    pub derived: Option<(&'static str, Box<dyn Elements + 'a>)>,
}

/// The elements of a derived attribute, which may be very many: they are made one
/// by one where they are wanted.
pub trait Elements: fmt::Debug + Send + Sync {
    /// Each element whole, in the order of the answer.
    fn each(&self) -> Box<dyn Iterator<Item = Value> + '_>;
}

impl Elements for Vec<Value> {
    fn each(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        Box::new(self.iter().cloned())
    }
}

impl Resource<'_> {
    /// Everything, in the order of an answer: `schemas`, `id`, the core schema's
    /// attributes, extensions, `meta`. Filters match on it.
    ///
    /// `schemas` lists the core schema and every extension that has an object
    /// (RFC 7643 section 3), undeclared ones too.
    pub fn view(&self, of: &ResourceType) -> Map<String, Value> {
        let derived = self.derived.as_ref();
        self.laid_out(of, derived.map(|(name, all)| (*name, all.each().collect())))
    }

    /// The same without the derived attribute.
    pub(super) fn document(&self, of: &ResourceType) -> Map<String, Value> {
        self.laid_out(of, None)
    }

    fn laid_out(
        &self,
        of: &ResourceType,
        mut derived: Option<(&str, Vec<Value>)>,
    ) -> Map<String, Value> {
        let own = self.attributes.as_map();
        let extensions: Vec<(&String, &Value)> = own
            .iter()
            .filter(|(key, _)| of.core_attribute(key).is_none())
            .collect();
        let mut schemas = vec![Value::from(of.schema.id.as_str())];
        schemas.extend(extensions.iter().map(|(urn, _)| Value::from(urn.as_str())));

        let mut view = Map::with_capacity(own.len() + 4);
        view.insert("schemas".to_owned(), Value::Array(schemas));
        view.insert("id".to_owned(), Value::from(self.id.as_str()));
        for attribute in &of.schema.attributes {
            let value = match derived.take_if(|(name, _)| *name == attribute.name) {
                // No value is no attribute (RFC 7643 section 2.5).
                Some((_, elements)) if elements.is_empty() => None,
                Some((_, elements)) => Some(Value::Array(elements)),
                None => own.get(&attribute.name).cloned(),
            };
            if let Some(value) = value {
                view.insert(attribute.name.clone(), value);
            }
        }
        for (urn, object) in extensions {
            view.insert(urn.clone(), object.clone());
        }
        view.insert("meta".to_owned(), self.meta.to_json());
        view
    }
}

impl Meta<'_> {
    fn to_json(&self) -> Value {
        let entries = [
            ("resourceType", self.resource_type),
            ("created", &self.created),
            ("lastModified", &self.last_modified),
            ("location", &self.location),
            ("version", &self.version),
        ];
        entries
            .into_iter()
            .map(|(name, value)| (name.to_owned(), Value::from(value)))
            .collect()
    }
}
