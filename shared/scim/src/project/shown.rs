//! A resource as an answer shows it, on its way into the answer: its derived
//! elements are projected and written one by one, so that a group of 100,000
//! members needs no more memory than one of them.

use super::{Elements, Projection, Resource};
use crate::resource_type::ResourceType;
use crate::schema::Attribute;
use serde::ser::{Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::Value;

/// The part of a resource that an answer shows. Serialises as the JSON object that
/// [`Projection::apply`] makes of [`Resource::view`].
#[derive(Debug)]
pub struct Shown<'a> {
    projection: &'a Projection,
    of: &'a ResourceType,
    resource: Resource<'a>,
}

impl Projection {
    /// The part of a resource that the answer shows.
    pub fn show<'a>(&'a self, of: &'a ResourceType, resource: Resource<'a>) -> Shown<'a> {
        Shown {
            projection: self,
            of,
            resource,
        }
    }
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self
            .projection
            .apply(self.of, self.resource.document(self.of));
        let mut derived = self.resource.derived.as_ref().and_then(|(name, elements)| {
            let attribute = self.of.schema.attribute(name)?;
            Some((&**attribute, &**elements))
        });
        let mut object = serializer.serialize_map(None)?;
        for (key, value) in &document {
            if let Some((attribute, elements)) =
                derived.take_if(|(attribute, _)| self.follows(key, attribute))
            {
                self.elements(&mut object, attribute, elements)?;
            }
            object.serialize_entry(key, value)?;
        }
        if let Some((attribute, elements)) = derived {
            self.elements(&mut object, attribute, elements)?;
        }
        object.end()
    }
}

impl Shown<'_> {
    /// Whether the key stands behind the attribute in the order of an answer.
    fn follows(&self, key: &str, attribute: &Attribute) -> bool {
        let core = &self.of.schema.attributes;
        let place = |name: &str| core.iter().position(|own| own.name == name);
        match place(key) {
            Some(own) => Some(own) > place(&attribute.name),
            None => !matches!(key, "schemas" | "id"),
        }
    }

    /// The derived attribute, when anything of it is shown: no value is no
    /// attribute (RFC 7643 section 2.5).
    fn elements<M: SerializeMap>(
        &self,
        object: &mut M,
        attribute: &Attribute,
        elements: &dyn Elements,
    ) -> Result<(), M::Error> {
        let list = List {
            projection: self.projection,
            attribute,
            elements,
        };
        match list.each().next() {
            Some(_) => object.serialize_entry(&attribute.name, &list),
            None => Ok(()),
        }
    }
}

struct List<'a> {
    projection: &'a Projection,
    attribute: &'a Attribute,
    elements: &'a dyn Elements,
}

impl List<'_> {
    fn each(&self) -> impl Iterator<Item = Value> {
        let all = self.elements.each();
        all.filter_map(|element| self.projection.element(self.attribute, element))
    }
}

impl Serialize for List<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(None)?;
        for element in self.each() {
            list.serialize_element(&element)?;
        }
        list.end()
    }
}
