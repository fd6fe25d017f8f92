//! Resolved filters: what they match, and what a query planner can learn from them.
//!
//! A comparison with a multi-valued attribute asks whether ANY of its values
//! satisfies it (RFC 7644 section 3.4.2.2), for `ne` too: `emails.type ne
//! "work"` is `emails[type ne "work"]`, true when some address is not a work
//! address, and false without addresses. For a single value `ne` is the
//! opposite of `eq`, so a user without a `title` has a title other than "x".

use crate::filter::test::Test;
use crate::filter::tree::Tree;
use crate::resource_type::AttrRef;
use crate::schema::Attribute;
use serde_json::{Map, Value};
use std::cell::Cell;
use std::sync::Arc;

/// A filter on resources of one type. Made by [`crate::Filter::resolve`].
#[derive(Debug, Clone, PartialEq)]
pub struct ResolvedFilter(Tree<Condition>);

/// A filter on the values of one attribute. Made by [`crate::Filter::resolve_within`].
#[derive(Debug, Clone, PartialEq)]
pub struct ElementFilter(Tree<ElementCondition>);

/// One condition on a resource.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Condition {
    /// A value, or any of several, passes a test.
    Value(AttrRef, Test),
    /// One value of an attribute satisfies a filter.
    Element {
        of: AttrRef,
        filter: ElementFilter,
        /// What the filter reads.
        reads: Vec<AttrRef>,
    },
}

/// One condition on a value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ElementCondition {
    /// `None` is the value itself.
    pub(super) sub: Option<Arc<Attribute>>,
    pub(super) test: Test,
}

impl ResolvedFilter {
    pub(super) fn new(tree: Tree<Condition>) -> Self {
        Self(tree)
    }

    /// Whether a resource's full view matches: core attributes under their
    /// names, an extension's in an object under its URN. What does not have
    /// the shape of the schema does not match.
    pub fn matches(&self, resource: &Map<String, Value>) -> bool {
        self.0.holds(&|condition| match condition {
            Condition::Value(of, test) => any_of(of, resource, |value| test.passes(value)),
            Condition::Element { of, filter, .. } => {
                any(&of.attribute, value_of(of, resource), |value| {
                    value.is_some_and(|value| filter.matches(value))
                })
            }
        })
    }

    /// What [`Self::matches`] takes at most, in bytes of ASCII compared. To be asked
    /// first, since who sends a filter chooses how much there is to compare.
    pub fn cost(&self, resource: &Map<String, Value>) -> u64 {
        let cost = Cost::default();
        for condition in self.0.leaves() {
            match condition {
                Condition::Value(of, test) => any_of(of, resource, |value| cost.of(test, value)),
                Condition::Element { of, filter, .. } => {
                    any(&of.attribute, value_of(of, resource), |value| {
                        value.is_some_and(|value| cost.of_all(filter, value))
                    })
                }
            };
        }
        cost.sum.get()
    }

    /// Whether no resource can match, whatever its values are.
    pub fn is_unmatchable(&self) -> bool {
        self.0.always() == Some(false)
    }

    /// Every attribute the filter reads; a complex attribute compared as a whole appears as its `value`.
    pub fn references(&self) -> Vec<&AttrRef> {
        self.0
            .leaves()
            .into_iter()
            .flat_map(Condition::reads)
            .collect()
    }

    /// The `eq` comparisons with text that must all hold for a match, as the client spelt the text.
    ///
    /// Under any nesting of `and`, also in brackets: `emails[value eq "x"]`
    /// gives `emails.value`. There may be further conditions.
    pub fn equalities(&self) -> Vec<(AttrRef, &str)> {
        let mut found = Vec::new();
        for condition in self.0.required() {
            match condition {
                Condition::Value(of, test) => {
                    found.extend(test.equal_text().map(|text| (of.clone(), text)));
                }
                Condition::Element { of, filter, .. } => {
                    for condition in filter.0.required() {
                        let text = condition.test.equal_text();
                        found.extend(text.map(|text| (condition.under(of), text)));
                    }
                }
            }
        }
        found
    }

    /// The `value`s of the only elements of a core attribute that can decide a
    /// match, as the client spelt them: every condition on the attribute has to
    /// hold and names its element by `value eq`, alone (`members eq "x"`) or in
    /// brackets. `None` when any other element could.
    pub fn elements(&self, attribute: &str) -> Option<Vec<&str>> {
        let reads = |condition: &&Condition| {
            let of = condition.of();
            of.extension.is_none() && of.attribute.name == attribute
        };
        let required: Vec<&Condition> = self.0.required().into_iter().filter(reads).collect();
        if required.len()
            < self
                .0
                .leaves()
                .into_iter()
                .filter(|leaf| reads(leaf))
                .count()
        {
            return None;
        }
        required
            .into_iter()
            .map(|condition| match condition {
                Condition::Value(of, test) if of.is(attribute, Some("value")) => test.equal_text(),
                Condition::Value(..) => None,
                Condition::Element { of, filter, .. } => {
                    let mut required = filter.0.required().into_iter();
                    required.find_map(|condition| {
                        let names_it = condition.under(of).is(attribute, Some("value"));
                        condition.test.equal_text().filter(|_| names_it)
                    })
                }
            })
            .collect()
    }
}

impl ElementFilter {
    pub(super) fn new(tree: Tree<ElementCondition>) -> Self {
        Self(tree)
    }

    /// Whether one value of the attribute matches; of a simple one, `value` names it.
    pub fn matches(&self, value: &Value) -> bool {
        let passes = |condition: &ElementCondition| {
            condition.any(value, |value| condition.test.passes(value))
        };
        self.0.holds(&passes)
    }

    /// What [`Self::matches`] takes at most, as [`ResolvedFilter::cost`] says it.
    pub fn cost(&self, value: &Value) -> u64 {
        let cost = Cost::default();
        cost.of_all(self, value);
        cost.sum.get()
    }

    /// The value described by a filter of nothing but `eq` joined by `and`:
    /// `{"type":"work"}`. `None` for all else, and for a contradiction.
    pub fn template(&self) -> Option<Map<String, Value>> {
        let mut template = Map::new();
        for condition in self.0.conjunction()? {
            let name = &condition.sub.as_ref()?.name;
            let value = condition.test.equal_value()?;
            match template.get(name) {
                Some(other) if *other != value => return None,
                _ => template.insert(name.clone(), value),
            };
        }
        Some(template)
    }

    /// The sub-attributes the filter reads.
    pub fn reads(&self) -> Vec<&str> {
        let conditions = self.0.leaves().into_iter();
        conditions
            .filter_map(|condition| condition.sub.as_ref().map(|sub| sub.name.as_str()))
            .collect()
    }

    /// The values named by a filter of nothing but `value eq "…"` joined by `or`.
    pub fn ids(&self) -> Option<Vec<&str>> {
        let conditions = self.0.disjunction()?.into_iter();
        conditions
            .map(|condition| match &condition.sub {
                Some(sub) if sub.name != "value" => None,
                _ => condition.test.equal_text(),
            })
            .collect()
    }
}

impl Condition {
    pub(super) fn element(of: AttrRef, filter: ElementFilter) -> Self {
        let reads = filter
            .0
            .leaves()
            .into_iter()
            .map(|condition| condition.under(&of))
            .collect();
        Self::Element { of, filter, reads }
    }

    fn of(&self) -> &AttrRef {
        match self {
            Self::Value(of, _) | Self::Element { of, .. } => of,
        }
    }

    fn reads(&self) -> &[AttrRef] {
        match self {
            Self::Value(of, _) => std::slice::from_ref(of),
            Self::Element { reads, .. } => reads,
        }
    }
}

impl ElementCondition {
    /// Whether any value that it is about passes, of one value of the attribute.
    fn any(&self, value: &Value, passes: impl Fn(Option<&Value>) -> bool) -> bool {
        match (&self.sub, value) {
            (Some(sub), Value::Object(element)) => any(sub, element.get(&sub.name), passes),
            (None, Value::Object(_)) | (Some(_), _) => passes(None),
            (None, simple) => passes(Some(simple)),
        }
    }

    /// What it reads, as a path from the resource.
    fn under(&self, of: &AttrRef) -> AttrRef {
        AttrRef {
            sub: self.sub.clone(),
            ..of.clone()
        }
    }
}

/// The value of the attribute, whatever sub-attribute `of` names.
pub(crate) fn value_of<'a>(of: &AttrRef, resource: &'a Map<String, Value>) -> Option<&'a Value> {
    match &of.extension {
        None => resource.get(&of.attribute.name),
        Some(schema) => resource.get(&schema.id)?.get(&of.attribute.name),
    }
}

/// Whether any value passes; a multi-valued attribute without values has none that could.
fn any(
    attribute: &Attribute,
    value: Option<&Value>,
    passes: impl Fn(Option<&Value>) -> bool,
) -> bool {
    match (attribute.multi_valued, value) {
        (true, Some(Value::Array(values))) => values.iter().any(|value| passes(Some(value))),
        (true, None) => false,
        (_, single) => passes(single),
    }
}

/// The same of a sub-attribute, if `of` names one.
fn any_of(
    of: &AttrRef,
    resource: &Map<String, Value>,
    passes: impl Fn(Option<&Value>) -> bool,
) -> bool {
    any(&of.attribute, value_of(of, resource), |value| {
        match &of.sub {
            None => passes(value),
            Some(sub) => any(sub, value.and_then(|value| value.get(&sub.name)), &passes),
        }
    })
}

/// Sums what comparisons cost, and passes none of them, so that each is met.
#[derive(Debug, Default)]
struct Cost {
    sum: Cell<u64>,
}

impl Cost {
    fn of(&self, test: &Test, value: Option<&Value>) -> bool {
        self.sum
            .set(self.sum.get().saturating_add(test.cost(value)));
        false
    }

    fn of_all(&self, filter: &ElementFilter, value: &Value) -> bool {
        for condition in filter.0.leaves() {
            condition.any(value, |value| self.of(&condition.test, value));
        }
        false
    }
}
