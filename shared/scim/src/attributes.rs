//! A resource's own data, in canonical form.

use serde_json::{Map, Value};

/// The client-set attributes of a resource, schema-walked.
///
/// INVARIANT: built only by [`crate::accept`] and [`crate::patch`] (and read
/// back from the store, which holds nothing else, be it another table's:
/// [`Self::carried`]). Core attributes stand under
/// their canonical names, a declared extension's in an object under its
/// canonical URN; values are typed by their schema; there are no nulls, no
/// empty arrays and no empty objects; readOnly and `returned: never` input is
/// gone; `schemas`, `id`, `meta` and the edges attribute (`members`) are not in
/// it. An undeclared extension's object stands verbatim under its URN, and so
/// does what a schema declared later has no place for ([`Self::adopt`]).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Attributes(Map<String, Value>);

impl Attributes {
    /// For the builders of this crate alone.
    pub(crate) fn new(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// Reads back what [`Self::to_json`] wrote.
    ///
    /// # Errors
    /// When the text is not a JSON object.
    pub fn from_stored(json: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(json).map(Self)
    }

    /// The text the store keeps.
    pub fn to_json(&self) -> String {
        // A map of JSON values always serialises.
        serde_json::to_string(&self.0).unwrap_or_default()
    }

    /// The attributes as they stand.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// The attributes, to build a view on.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// A core attribute's string value.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }
}
