//! Syntax against a schema: what the names of a filter mean, and whether each comparison makes sense.
//!
//! Everything that can be wrong with a filter and is not its grammar is found here.

use crate::error::{Error, ErrorKind, Result};
use crate::filter::ast::{At, CompareOp, Filter, Literal};
use crate::filter::eval::{Condition, ElementCondition, ElementFilter, ResolvedFilter};
use crate::filter::scan::shortened;
use crate::filter::test::Test;
use crate::filter::tree::Tree;
use crate::path::AttrPath;
use crate::resource_type::{AttrRef, ResourceType, Target};
use crate::schema::{Attribute, Type};
use crate::tolerance::{Tolerance, Tolerances};
use serde_json::Map;
use std::sync::Arc;

/// The default sub-attribute (RFC 7643 section 2.4).
const VALUE: &str = "value";

impl Filter {
    /// The filter's meaning for resources of a type.
    ///
    /// A complex attribute that is compared stands for its `value`
    /// sub-attribute: `manager eq "x"` (fixtures 009, 010), `emails co "x"`
    /// (RFC 7644 figure 2).
    ///
    /// # Errors
    /// `InvalidFilter` with name and position: an attribute that is unknown,
    /// of an undeclared extension or never shown, an operator that does not
    /// fit the type, a value that is not of the type.
    pub fn resolve(&self, of: &ResourceType) -> Result<ResolvedFilter> {
        self.resolve_among(of, &[])
    }

    /// The filter's meaning for resources of one type among those that are
    /// searched together: an attribute that only `others` have is one without a
    /// value (RFC 7644 section 3.4.2.1).
    ///
    /// # Errors
    /// As [`Filter::resolve`]; for such an attribute, of the type that has it.
    pub fn resolve_among(
        &self,
        of: &ResourceType,
        others: &[&ResourceType],
    ) -> Result<ResolvedFilter> {
        let leaf = |filter: &Filter| {
            let other = others.iter().find(|other| names(filter, other));
            match other.filter(|_| !names(filter, of)) {
                None => condition(filter, of),
                Some(other) => {
                    let theirs = ResolvedFilter::new(condition(filter, other)?);
                    Ok(Tree::constant(theirs.matches(&Map::new())))
                }
            }
        };
        tree(self, &leaf).map(|tree| ResolvedFilter::new(tree.simplified()))
    }

    /// The filter's meaning for the values of one attribute: its names are sub-attributes.
    ///
    /// In an attribute that is not complex, `value` names the value itself.
    /// Read with every tolerance.
    ///
    /// # Errors
    /// As [`Filter::resolve`].
    pub fn resolve_within(&self, attribute: &Attribute) -> Result<ElementFilter> {
        self.within(attribute, Tolerances::ALL)
    }

    /// The same, read with the tolerances of a resource type.
    pub(crate) fn within(
        &self,
        attribute: &Attribute,
        tolerances: Tolerances,
    ) -> Result<ElementFilter> {
        tree(self, &|filter| {
            element_condition(filter, attribute, tolerances)
        })
        .map(ElementFilter::new)
    }
}

/// The error of a filter that makes no sense.
pub(super) fn refused(position: usize, detail: &str) -> Error {
    Error::new(
        ErrorKind::InvalidFilter,
        format!("{detail}, at position {position}"),
    )
}

/// The skeleton of `filter`, with `leaf` reading what is not `and`, `or` or `not`.
fn tree<L>(filter: &Filter, leaf: &dyn Fn(&Filter) -> Result<Tree<L>>) -> Result<Tree<L>> {
    let each = |filters: &[Filter]| -> Result<Vec<_>> {
        filters.iter().map(|filter| tree(filter, leaf)).collect()
    };
    match filter {
        Filter::And(filters) => each(filters).map(Tree::And),
        Filter::Or(filters) => each(filters).map(Tree::Or),
        Filter::Not(filter) => Ok(Tree::Not(Box::new(tree(filter, leaf)?))),
        Filter::Present(_) | Filter::Compare(..) | Filter::Where(..) | Filter::WhereSub(..) => {
            leaf(filter)
        }
    }
}

/// Whether the type has the attribute that a condition is about.
fn names(condition: &Filter, of: &ResourceType) -> bool {
    match condition {
        Filter::Present(path)
        | Filter::Compare(path, ..)
        | Filter::Where(path, _)
        | Filter::WhereSub(path, ..) => matches!(
            of.locate(&path.it, ErrorKind::InvalidFilter),
            Ok((Target::Attribute(_), _))
        ),
        Filter::And(_) | Filter::Or(_) | Filter::Not(_) => false,
    }
}

fn condition(filter: &Filter, of: &ResourceType) -> Result<Tree<Condition>> {
    match filter {
        Filter::Present(path) => Ok(Tree::Leaf(Condition::Value(
            attribute(path, of)?,
            Test::Present,
        ))),
        Filter::Compare(path, op, value) => {
            let mut attr = attribute(path, of)?;
            if attr.sub.is_none() && attr.attribute.kind == Type::Complex {
                attr.sub = Some(default_sub(&attr.attribute, path)?);
            }
            let leaf = attr.leaf().clone();
            comparison(&leaf, op, value, of.tolerances, |test| {
                Condition::Value(attr.clone(), test)
            })
        }
        Filter::Where(path, filter) => element(path, filter, of),
        Filter::WhereSub(path, filter, sub) => {
            of.tolerances.require(
                Tolerance::SubAttributeBehindBrackets,
                ErrorKind::InvalidFilter,
                || {
                    let sent = format!("{}[{filter}].{sub}", path.it);
                    let grammatical = format!("{}[{filter} and {sub}]", path.it);
                    let (sent, grammatical) = (shortened(&sent), shortened(&grammatical));
                    let position = path.position;
                    format!("`{sent}` is written `{grammatical}`, at position {position}")
                },
            )?;
            let both = Filter::And(vec![filter.as_ref().clone(), sub.as_ref().clone()]);
            element(path, &both, of)
        }
        Filter::And(_) | Filter::Or(_) | Filter::Not(_) => {
            tree(filter, &|filter| condition(filter, of))
        }
    }
}

/// A filter in the brackets behind `path`.
fn element(path: &At<AttrPath>, filter: &Filter, of: &ResourceType) -> Result<Tree<Condition>> {
    let attr = attribute(path, of)?;
    if attr.sub.is_some() {
        let detail = format!(
            "`{}` names a sub-attribute, which cannot have brackets",
            path.it.excerpt()
        );
        return Err(refused(path.position, &detail));
    }
    let filter = filter.within(&attr.attribute, of.tolerances)?;
    Ok(Tree::Leaf(Condition::element(attr, filter)))
}

fn element_condition(
    filter: &Filter,
    attribute: &Attribute,
    tolerances: Tolerances,
) -> Result<Tree<ElementCondition>> {
    match filter {
        Filter::Present(path) => {
            let sub = sub_attribute(path, attribute)?;
            Ok(Tree::Leaf(ElementCondition {
                sub,
                test: Test::Present,
            }))
        }
        Filter::Compare(path, op, value) => {
            let sub = sub_attribute(path, attribute)?;
            let leaf = sub.as_deref().unwrap_or(attribute);
            comparison(leaf, op, value, tolerances, |test| ElementCondition {
                sub: sub.clone(),
                test,
            })
        }
        Filter::Where(path, _) | Filter::WhereSub(path, ..) => {
            // RFC 7643 section 2.3.8: no complex sub-attributes.
            let detail = format!(
                "`{}` is inside brackets and cannot have brackets itself",
                path.it.excerpt()
            );
            Err(refused(path.position, &detail))
        }
        Filter::And(_) | Filter::Or(_) | Filter::Not(_) => tree(filter, &|filter| {
            element_condition(filter, attribute, tolerances)
        }),
    }
}

/// A comparison; with null it asks for presence (RFC 7643 section 2.5: null is no value).
fn comparison<L>(
    attribute: &Attribute,
    op: &At<CompareOp>,
    value: &At<Literal>,
    tolerances: Tolerances,
    leaf: impl Fn(Test) -> L,
) -> Result<Tree<L>> {
    match (op.it, &value.it) {
        (CompareOp::Equal, Literal::Null) => {
            Ok(Tree::Not(Box::new(Tree::Leaf(leaf(Test::Present)))))
        }
        (CompareOp::NotEqual, Literal::Null) => Ok(Tree::Leaf(leaf(Test::Present))),
        _ => Test::read(attribute, op, value, tolerances).map(|test| Tree::Leaf(leaf(test))),
    }
}

/// The attribute of `of` that a path names.
fn attribute(path: &At<AttrPath>, of: &ResourceType) -> Result<AttrRef> {
    let target = of
        .resolve(&path.it, ErrorKind::InvalidFilter)
        .map_err(|error| refused(path.position, error.detail()))?;
    match target {
        Target::Attribute(attr) => {
            readable(&attr.attribute, path)?;
            readable(attr.leaf(), path)?;
            Ok(attr)
        }
        Target::Extension(_) => {
            let detail = format!(
                "`{}` is a whole schema: name one of its attributes, or compare `schemas`",
                path.it.excerpt()
            );
            Err(refused(path.position, &detail))
        }
        Target::Undeclared { .. } => {
            let detail = format!(
                "`{}` is of a schema that {} does not declare",
                path.it.excerpt(),
                of.name
            );
            Err(refused(path.position, &detail))
        }
    }
}

/// The sub-attribute a name inside brackets names; `None` is the value itself.
fn sub_attribute(path: &At<AttrPath>, of: &Attribute) -> Result<Option<Arc<Attribute>>> {
    let AttrPath {
        urn: None,
        name,
        sub: None,
    } = &path.it
    else {
        let detail = format!(
            "`{}` is inside brackets, where sub-attributes stand alone",
            path.it.excerpt()
        );
        return Err(refused(path.position, &detail));
    };
    if of.kind != Type::Complex && name.eq_ignore_ascii_case(VALUE) {
        return Ok(None);
    }
    let Some(sub) = of.sub(name) else {
        let name = shortened(name);
        let detail = format!("attribute `{}` has no sub-attribute `{name}`", of.name);
        return Err(refused(path.position, &detail));
    };
    readable(sub, path)?;
    Ok(Some(sub.clone()))
}

fn default_sub(attribute: &Attribute, path: &At<AttrPath>) -> Result<Arc<Attribute>> {
    attribute.sub(VALUE).cloned().ok_or_else(|| {
        let one = attribute
            .sub_attributes
            .first()
            .map_or("…", |sub| sub.name.as_str());
        let detail = format!(
            "`{0}` is a complex attribute: compare one of its sub-attributes, such as `{0}.{one}`",
            path.it.excerpt()
        );
        refused(path.position, &detail)
    })
}

/// What no answer shows, no filter may guess letter by letter.
fn readable(attribute: &Attribute, path: &At<AttrPath>) -> Result<()> {
    if !attribute.is_readable() {
        let detail = format!(
            "`{}` is never returned and cannot be filtered on",
            path.it.excerpt()
        );
        return Err(refused(path.position, &detail));
    }
    Ok(())
}
