//! [`Attributes`] to a client's JSON: the whole view of a resource, and the part
//! of it that was asked for (RFC 7643 section 7 `returned`, RFC 7644 section 3.9).
//!
//! What a client may send is not decided here.

mod names;
mod resource;
mod selection;
mod shown;
mod undeclared;

pub use resource::{Elements, Meta, Resource};
pub use shown::Shown;

use crate::error::Result;
use crate::patch::PatchOp;
use crate::resource_type::ResourceType;
use crate::schema::{Attribute, Mutability, Returned, Schema};
use names::names;
use selection::{Pick, Selection};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Which attributes an answer shows: `attributes` and `excludedAttributes`,
/// resolved.
///
/// RFC 7644 section 3.9 makes the two exclusive; given both, what is excluded is
/// taken from what is asked for.
#[derive(Debug, Clone)]
pub struct Projection {
    /// `None` shows the default set, and what was written.
    asked: Option<Selection>,
    excluded: Selection,
    written: Written,
    core: Arc<Schema>,
}

/// What the client has specified in the request that is answered: of that the
/// answer also shows what is `returned` on request (RFC 7643 section 7).
#[derive(Debug, Clone)]
enum Written {
    /// By a GET nothing.
    Nothing,
    /// By a POST or PUT all that the resource has, but for what the server makes.
    Whole,
    /// By a PATCH what its operations name.
    These(Selection),
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
            written: Written::Nothing,
            core: of.schema.clone(),
        })
    }

    /// The same for the answer to a POST or PUT.
    #[must_use]
    pub fn of_whole(self) -> Self {
        let written = Written::Whole;
        Self { written, ..self }
    }

    /// The same for the answer to a PATCH of these operations.
    #[must_use]
    pub fn of_patch(self, of: &ResourceType, ops: &[PatchOp]) -> Self {
        let written = Written::These(Selection::of_patch(of, ops));
        Self { written, ..self }
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
                (None, Value::Object(object)) => undeclared::trim(self, key, object),
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
            asked: match (&self.asked, &self.written) {
                (Some(asked), _) => asked.pick(schema, attribute),
                (None, Written::Nothing) => Pick::Default,
                (None, Written::Whole) => Pick::Written,
                (None, Written::These(these)) => match these.pick(schema, attribute) {
                    Pick::Nothing => Pick::Default,
                    named => named,
                },
            },
            excluded: self.excluded.pick(schema, attribute),
        }
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
                let named = matches!(self.asked, Pick::Whole(_) | Pick::Subs(_));
                (named || self.wrote(attribute)) && !self.excludes()
            }
        }
    }

    fn excludes(self) -> bool {
        matches!(self.excluded, Pick::Whole(_) | Pick::Schema)
    }

    fn wrote(self, attribute: &Attribute) -> bool {
        matches!(self.asked, Pick::Written) && attribute.mutability != Mutability::ReadOnly
    }

    /// The same for a sub-attribute of an attribute that is shown.
    fn shows_sub(self, sub: &Attribute) -> bool {
        let excluded = matches!(self.excluded, Pick::Subs(subs) if subs.contains(&sub.name));
        match (sub.returned, self.asked) {
            (Returned::Always, _) => true,
            (Returned::Never, _) => false,
            (_, Pick::Subs(subs)) => subs.contains(&sub.name) && !excluded,
            (Returned::Request, Pick::Whole(subs)) => subs.contains(&sub.name) && !excluded,
            (Returned::Request, _) => self.wrote(sub) && !excluded,
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
