//! [`Attributes`] to a client's JSON: the whole view of a resource, and the part
//! of it that was asked for (RFC 7643 section 7 `returned`, RFC 7644 section 3.9).
//!
//! What a client may send is not decided here.

mod resource;
mod shown;

pub use resource::{Elements, Meta, Resource};
pub use shown::Shown;

use crate::error::{Error, ErrorKind, Result};
use crate::path::AttrPath;
use crate::resource_type::{AttrRef, ResourceType, Target};
use crate::schema::{Attribute, Returned, Schema};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// How many names `attributes` and `excludedAttributes` may hold, each.
const NAMES: usize = 1_000;

/// Which attributes an answer shows: `attributes` and `excludedAttributes`,
/// resolved.
///
/// RFC 7644 section 3.9 makes the two exclusive; given both, what is excluded is
/// taken from what is asked for.
#[derive(Debug, Clone)]
pub struct Projection {
    /// `None` shows the default set.
    asked: Option<Selection>,
    excluded: Selection,
    core: Arc<Schema>,
}

impl Projection {
    /// Resolves the two parameters. Each string may hold a comma-separated list.
    ///
    /// Names count without case; an extension's attributes also bare; a URN alone
    /// means its whole schema; `emails[type eq "work"]` means `emails` (fixture
    /// 111). Unknown names are ignored: a list of nothing else asks for the
    /// minimum.
    ///
    /// # Errors
    /// `InvalidValue` for more than 1,000 names.
    pub fn parse(of: &ResourceType, attributes: &[String], excluded: &[String]) -> Result<Self> {
        let asked = names(attributes)?;
        let excluded = names(excluded)?;
        Ok(Self {
            asked: (!asked.is_empty()).then(|| Selection::of(of, &asked)),
            excluded: Selection::of(of, &excluded),
            core: of.schema.clone(),
        })
    }

    /// Whether an answer may show the core attribute, such as the `members` that
    /// are costly to read.
    pub fn wants(&self, attribute: &str) -> bool {
        let common = Schema::common();
        [&self.core, &common].into_iter().any(|schema| {
            schema
                .attribute(attribute)
                .is_some_and(|found| self.choice(schema, found).shows(found))
        })
    }

    /// The same of a core attribute's sub-attribute.
    pub fn wants_sub(&self, attribute: &str, sub: &str) -> bool {
        let found = self.core.attribute(attribute);
        found
            .and_then(|of| Some((of, of.sub(sub)?)))
            .is_some_and(|(of, sub)| {
                let choice = self.choice(&self.core, of);
                choice.shows(of) && choice.shows_sub(sub)
            })
    }

    /// The part of a resource's view that the answer shows, in the view's order.
    pub fn apply(&self, of: &ResourceType, mut view: Map<String, Value>) -> Map<String, Value> {
        let common = Schema::common();
        view.retain(|key, value| {
            for schema in [&of.schema, &common] {
                if let Some(attribute) = schema.attribute(key) {
                    return self.choice(schema, attribute).trim(attribute, value);
                }
            }
            match (of.extension(key), value) {
                (Some(schema), Value::Object(object)) => {
                    object.retain(|name, value| {
                        schema.attribute(name).is_some_and(|attribute| {
                            self.choice(schema, attribute).trim(attribute, value)
                        })
                    });
                    !object.is_empty()
                }
                (None, Value::Object(object)) => self.trim_undeclared(key, object),
                _ => false,
            }
        });
        view
    }

    /// What the answer shows of one element of a core attribute; `None` when it is nothing.
    fn element(&self, attribute: &Attribute, mut element: Value) -> Option<Value> {
        let choice = self.choice(&self.core, attribute);
        let shown = choice.shows(attribute) && choice.trim_element(attribute, &mut element);
        shown.then_some(element)
    }

    fn choice(&self, schema: &Schema, attribute: &Attribute) -> Choice<'_> {
        Choice {
            asked: match &self.asked {
                None => Pick::Default,
                Some(asked) => asked.pick(schema, attribute),
            },
            excluded: self.excluded.pick(schema, attribute),
        }
    }

    /// An undeclared extension has no characteristics: all of it is `default`.
    fn trim_undeclared(&self, urn: &str, object: &mut Map<String, Value>) -> bool {
        object.retain(|name, _| {
            self.asked
                .as_ref()
                .is_none_or(|asked| asked.names_undeclared(urn, name))
                && !self.excluded.names_undeclared(urn, name)
        });
        !object.is_empty()
    }
}

/// The names of a parameter, split at commas outside of brackets, without what is in brackets.
fn names(lists: &[String]) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for list in lists {
        let mut name = String::new();
        let mut quoted = Side::Outside;
        let mut bracket = Side::Outside;
        for c in list.chars() {
            match (c, bracket, quoted) {
                ('"', Side::Inside, _) => quoted = quoted.other(),
                (_, _, Side::Inside) => {}
                ('[', _, _) => bracket = Side::Inside,
                (']', _, _) => bracket = Side::Outside,
                (_, Side::Inside, _) => {}
                (',', ..) => names.push(std::mem::take(&mut name)),
                (c, ..) => name.push(c),
            }
        }
        names.push(name);
    }
    names
        .iter_mut()
        .for_each(|name| *name = name.trim().to_owned());
    names.retain(|name| !name.is_empty());
    if names.len() > NAMES {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "{} attribute names are given, at most {NAMES} are allowed",
                names.len()
            ),
        ));
    }
    Ok(names)
}

/// Of a bracket or a quote.
#[derive(Clone, Copy)]
enum Side {
    Inside,
    Outside,
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Inside => Self::Outside,
            Self::Outside => Self::Inside,
        }
    }
}

/// A set of attributes, by the names a client gave.
#[derive(Debug, Clone, Default)]
struct Selection {
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
enum Pick<'a> {
    /// Not in it.
    Nothing,
    /// Because nothing was asked for in particular.
    Default,
    /// With its schema.
    Schema,
    /// By its name, or with its schema and by sub-attributes: beside what belongs
    /// to the whole anyway, these sub-attributes.
    Whole(&'a HashSet<String>),
    /// Only by these sub-attributes.
    Subs(&'a HashSet<String>),
}

impl Selection {
    fn of(of: &ResourceType, names: &[String]) -> Self {
        let mut selection = Self::default();
        for name in names {
            selection.add(of, name);
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
        let name = found.attribute.name.clone();
        // `meta` is no attribute of the core schema, and not meant by its URN.
        let core = match of.schema.attribute(&name) {
            Some(_) => of.schema.clone(),
            None => Schema::common(),
        };
        let schema = found.extension.as_ref().unwrap_or(&core);
        let named = self.part(&schema.id).attributes.entry(name).or_default();
        match &found.sub {
            None => named.whole = true,
            Some(sub) => {
                named.subs.insert(sub.name.clone());
            }
        }
    }

    fn part(&mut self, urn: &str) -> &mut Part {
        self.schemas.entry(urn.to_owned()).or_default()
    }

    fn pick(&self, schema: &Schema, attribute: &Attribute) -> Pick<'_> {
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

    /// Whether the undeclared extension or the attribute in it was named.
    fn names_undeclared(&self, urn: &str, attribute: &str) -> bool {
        if self.undeclared.is_empty() {
            return false;
        }
        let urn = urn.to_ascii_lowercase();
        let attribute = format!("{urn}:{}", attribute.to_ascii_lowercase());
        self.undeclared.contains(&urn) || self.undeclared.contains(&attribute)
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

/// What is to be done with one attribute.
#[derive(Clone, Copy)]
struct Choice<'a> {
    asked: Pick<'a>,
    excluded: Pick<'a>,
}

impl Choice<'_> {
    /// RFC 7643 section 7, `returned`.
    fn shows(self, attribute: &Attribute) -> bool {
        match attribute.returned {
            Returned::Always => true,
            Returned::Never => false,
            Returned::Default => !matches!(self.asked, Pick::Nothing) && !self.excludes(),
            Returned::Request => {
                matches!(self.asked, Pick::Whole(_) | Pick::Subs(_)) && !self.excludes()
            }
        }
    }

    fn excludes(self) -> bool {
        matches!(self.excluded, Pick::Whole(_) | Pick::Schema)
    }

    /// The same for a sub-attribute of an attribute that is shown.
    fn shows_sub(self, sub: &Attribute) -> bool {
        let excluded = matches!(self.excluded, Pick::Subs(subs) if subs.contains(&sub.name));
        match (sub.returned, self.asked) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (_, Pick::Subs(subs)) => subs.contains(&sub.name) && !excluded,
            (Returned::Request, Pick::Whole(subs)) => subs.contains(&sub.name) && !excluded,
            (Returned::Request, _) => false,
            (Returned::Default, _) => !excluded,
        }
    }

    /// Leaves of `value` what is shown; whether that is anything.
    fn trim(self, attribute: &Attribute, value: &mut Value) -> bool {
        if !self.shows(attribute) {
            return false;
        }
        match value {
            Value::Object(object) => self.trim_object(attribute, object),
            Value::Array(elements) => {
                elements.retain_mut(|element| self.trim_element(attribute, element));
                !elements.is_empty()
            }
            _ => true,
        }
    }

    fn trim_element(self, attribute: &Attribute, element: &mut Value) -> bool {
        match element {
            Value::Object(object) => self.trim_object(attribute, object),
            _ => true,
        }
    }

    fn trim_object(self, attribute: &Attribute, object: &mut Map<String, Value>) -> bool {
        object.retain(|name, _| attribute.sub(name).is_some_and(|sub| self.shows_sub(sub)));
        !object.is_empty()
    }
}
