//! A stored document that comes from another table.

use crate::accept::{is_blank, is_urn};
use crate::adopt::has_shape;
use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind, Result};
use crate::json::{distinct_keys, excerpt};
use crate::resource_type::ResourceType;
use crate::schema::Schema;
use serde_json::{Map, Value};

impl Attributes {
    /// The document as another table has stored it, where `of` is the stock type.
    ///
    /// Nothing in it is changed. Its core and stock attributes must have the
    /// names and types under which a document is stored, and a required core
    /// attribute must be there. What stands under a realm's own schemas is taken
    /// as it is, since those may be younger than the document, and so may be what
    /// a write must heed beside: how many are primary, how much is undeclared.
    ///
    /// # Errors
    /// `InvalidSyntax` for a name given twice; `InvalidValue` for what no
    /// document holds.
    pub fn carried(of: &ResourceType, map: Map<String, Value>) -> Result<Self> {
        distinct_keys(&map)?;
        if let Some((key, _)) = map.iter().find(|(key, value)| !is_stored(of, key, value)) {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!(
                    "attribute `{}` is none that a stored {} has, or not as it is stored",
                    excerpt(key),
                    of.name
                ),
            ));
        }
        let mut required = of.schema.attributes.iter().filter(|known| known.required);
        let missing = required.find(|known| map.get(&known.name).is_none_or(is_blank));
        match missing {
            Some(missing) => Err(Error::new(
                ErrorKind::InvalidValue,
                format!("attribute `{}` is required", missing.name),
            )),
            None => Ok(Self::new(map)),
        }
    }
}

fn is_stored(of: &ResourceType, key: &str, value: &Value) -> bool {
    if !is_urn(key) {
        return of.edges != Some(key)
            && of
                .core_attribute(key)
                .is_some_and(|attribute| attribute.name == key && has_shape(&attribute, value));
    }
    let Value::Object(object) = value else {
        return false;
    };
    let stock = match of.extension(key) {
        Some(schema) => {
            schema.id == key && object.iter().all(|(name, value)| fits(schema, name, value))
        }
        None => !key.eq_ignore_ascii_case(&of.schema.id) && !of.is_below(key),
    };
    stock && !object.is_empty()
}

fn fits(schema: &Schema, name: &str, value: &Value) -> bool {
    schema
        .attribute(name)
        .is_some_and(|attribute| attribute.name == name && has_shape(attribute, value))
}
