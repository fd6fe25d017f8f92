//! Which attributes are meant by the names in a parameter, or by what a client has written.

use crate::error::ErrorKind;
use crate::patch::{Change, Input, PatchOp};
use crate::path::AttrPath;
use crate::resource_type::{AttrRef, ResourceType, Target};
use crate::schema::{Attribute, Schema};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A set of attributes, by the names a client gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Selection {
    /// By schema URN, canonical.
    schemas: HashMap<String, Part>,
    /// Names under URNs that are no schema of the resource type, in lower case.
    undeclared: HashSet<String>,
}

/// What is selected of one schema.
#[derive(Debug, Clone, Default)]
struct Part {
    /// Whether the schema's URN itself was given.
    whole: bool,
    /// By canonical attribute name.
    attributes: HashMap<String, Named>,
}

/// How an attribute was named.
#[derive(Debug, Clone, Default)]
struct Named {
    /// Whether by itself.
    whole: bool,
    /// By which sub-attributes.
    subs: HashSet<String>,
}

/// How one attribute stands in a selection.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pick<'a> {
    /// Not in it.
    Nothing,
    /// Because nothing was asked for in particular.
    Default,
    /// So, and the client has written the resource whole.
    Written,
    /// With its schema.
    Schema,
    /// By its name, or with its schema and by sub-attributes: beside what belongs
    /// to the whole anyway, these sub-attributes.
    Whole(&'a HashSet<String>),
    /// Only by these sub-attributes.
    Subs(&'a HashSet<String>),
}

impl Selection {
    pub(super) fn of(of: &ResourceType, names: &[String]) -> Self {
        let mut selection = Self::default();
        for name in names {
            selection.add(of, name);
        }
        selection
    }

    /// What the operations set, each with its attribute as a whole.
    pub(super) fn of_patch(of: &ResourceType, ops: &[PatchOp]) -> Self {
        let mut selection = Self::default();
        for op in ops {
            let (PatchOp::Add(changes) | PatchOp::Replace(changes)) = op else {
                continue;
            };
            for change in changes {
                if let Change::Attribute { at, input, .. } = change {
                    let named = selection.named(of, at);
                    named.whole = true;
                    named.subs.extend(subs(input));
                }
            }
        }
        selection
    }

    fn add(&mut self, of: &ResourceType, name: &str) {
        // A URN may end in what is no attribute name, as `urn:acme:1.0` does.
        if let Some(schema) = schema(of, name) {
            self.part(&schema.id).whole = true;
            return;
        }
        let target = name
            .parse::<AttrPath>()
            .and_then(|path| of.resolve(&path, ErrorKind::InvalidPath));
        match target {
            Ok(Target::Attribute(found)) => self.add_attribute(of, &found),
            Ok(Target::Extension(schema)) => self.part(&schema.id).whole = true,
            Ok(Target::Undeclared { .. }) | Err(_) => {
                self.undeclared.insert(name.to_ascii_lowercase());
            }
        }
    }

    fn add_attribute(&mut self, of: &ResourceType, found: &AttrRef) {
        let named = self.named(of, found);
        match &found.sub {
            None => named.whole = true,
            Some(sub) => {
                named.subs.insert(sub.name.clone());
            }
        }
    }

    fn named(&mut self, of: &ResourceType, found: &AttrRef) -> &mut Named {
        let name = found.attribute.name.clone();
        // `meta` is no attribute of the core schema, and not meant by its URN.
        let core = match of.schema.attribute(&name) {
            Some(_) => of.schema.clone(),
            None => Schema::common(),
        };
        let schema = found.extension.as_ref().unwrap_or(&core);
        self.part(&schema.id).attributes.entry(name).or_default()
    }

    fn part(&mut self, urn: &str) -> &mut Part {
        self.schemas.entry(urn.to_owned()).or_default()
    }

    pub(super) fn pick(&self, schema: &Schema, attribute: &Attribute) -> Pick<'_> {
        let Some(part) = self.schemas.get(&schema.id) else {
            return Pick::Nothing;
        };
        match part.attributes.get(&attribute.name) {
            Some(named) if named.whole || part.whole => Pick::Whole(&named.subs),
            Some(named) => Pick::Subs(&named.subs),
            None if part.whole => Pick::Schema,
            None => Pick::Nothing,
        }
    }

    /// Whether a name is no schema's of the resource type, and was given.
    pub(super) fn names_undeclared(&self, name: &str) -> bool {
        self.undeclared.contains(&name.to_ascii_lowercase())
    }
}

/// The sub-attributes that an operation sets.
fn subs(input: &Input) -> Vec<String> {
    match input {
        Input::Merge(subs, _) => subs.iter().map(|(sub, _)| sub.name.clone()).collect(),
        Input::Elements(elements) => {
            let objects = elements.iter().filter_map(Value::as_object);
            objects.flat_map(Map::keys).cloned().collect()
        }
        Input::Clear | Input::Simple(_) => Vec::new(),
    }
}

/// The schema of the resource type with that URN.
fn schema<'a>(of: &'a ResourceType, urn: &str) -> Option<&'a Arc<Schema>> {
    if of.schema.id.eq_ignore_ascii_case(urn) {
        Some(&of.schema)
    } else {
        of.extension(urn)
    }
}
