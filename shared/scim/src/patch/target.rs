//! One path and one value become a [`Change`]: names resolved, values typed.

use super::op::{Change, Input, Rest, Selection};
use super::undeclared::{Loose, Undeclared};
use super::{edges, tolerance};
use crate::accept;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::ElementFilter;
use crate::json::{distinct_keys, excerpt};
use crate::path::Path;
use crate::resource_type::{AttrRef, ResourceType, Target};
use crate::schema::{Attribute, Mutability, Schema, Type};
use crate::tolerance::Tolerance;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What is done to a place that gets a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Set {
    Add,
    Replace,
}

/// A path, resolved.
pub(super) enum Place {
    /// The resource itself, by its core schema's URN.
    Resource,
    Attribute(AttrRef, Option<ElementFilter>),
    Extension(Arc<Schema>),
    Undeclared(Undeclared),
}

/// A path as it is written.
pub(super) enum Written {
    /// The URN of a declared extension, which need not read as a path.
    Extension(Arc<Schema>),
    /// Any other.
    Path(Path),
}

impl Written {
    /// Reads the text of a path.
    ///
    /// # Errors
    /// `InvalidPath`.
    pub(super) fn read(of: &ResourceType, text: &str) -> Result<Self> {
        if let Some(schema) = of.extension(text) {
            return Ok(Self::Extension(schema.clone()));
        }
        let path: Path = text.parse()?;
        tolerance::joined_by_colon(of.tolerances, text, &path.attr)?;
        Ok(Self::Path(path))
    }
}

/// Resolves `path`, which came with `value`.
///
/// # Errors
/// `InvalidPath` for unknown names, `InvalidFilter` for a filter that does not
/// fit; the tolerance that is missing to write it so.
pub(super) fn place(of: &ResourceType, path: &Written, value: Option<&Value>) -> Result<Place> {
    let path = match path {
        Written::Extension(schema) => return Ok(Place::Extension(schema.clone())),
        Written::Path(path) => path,
    };
    let (place, needs) = find(of, path, value)?;
    tolerance::permitted(of.tolerances, path, &place, needs)?;
    Ok(place)
}

/// What `path` names, and the tolerance that it takes to write it so.
fn find(
    of: &ResourceType,
    path: &Path,
    value: Option<&Value>,
) -> Result<(Place, Option<Tolerance>)> {
    let (target, needs) = of.locate(&path.attr, ErrorKind::InvalidPath)?;
    if let Some(filter) = &path.filter {
        return match target {
            // Else the dot stood for the colon behind a URN, and the bracket behind the URN.
            Target::Attribute(at) if at.sub.is_some() == path.attr.sub.is_some() => {
                let filter = filter.within(&at.attribute, of.tolerances)?;
                Ok((Place::Attribute(at, Some(filter)), needs))
            }
            _ => Err(Error::new(
                ErrorKind::InvalidPath,
                format!(
                    "`{}` is no declared attribute and cannot be filtered",
                    excerpt(&path.attr.to_string())
                ),
            )),
        };
    }
    match target {
        Target::Attribute(at) => Ok((Place::Attribute(at, None), needs)),
        Target::Extension(schema) => Ok((Place::Extension(schema), needs)),
        Target::Undeclared { urn, .. } => {
            let whole = path.attr.to_string();
            if whole.eq_ignore_ascii_case(&of.schema.id) {
                return Ok((Place::Resource, Some(Tolerance::BlankPath)));
            }
            if !accept::is_urn(&whole) {
                return Err(Error::new(
                    ErrorKind::InvalidPath,
                    format!(
                        "unknown attribute `{}` of resource type {}",
                        excerpt(&whole),
                        of.name
                    ),
                ));
            }
            let (at, needs) = Undeclared::read(of, &urn, &path.attr, value)?;
            Ok((Place::Undeclared(at), Some(needs)))
        }
    }
}

/// Whether a key that has an object names by its spelling alone a part of an
/// extension which the realm has not declared, and no extension.
pub(crate) fn is_part(of: &ResourceType, key: &str) -> bool {
    let Ok(path) = key.parse::<Path>() else {
        return false;
    };
    match find(of, &path, Some(&Value::Object(Map::new()))) {
        Ok((Place::Undeclared(at), _)) => at.is_part(),
        _ => false,
    }
}

/// The changes that put `value` at `place`, which the client named itself.
///
/// # Errors
/// `Mutability` for what is readOnly, `InvalidValue` for a value of the wrong type.
pub(super) fn set(of: &ResourceType, how: Set, place: Place, value: Value) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    match place {
        Place::Resource => spread(of, how, None, value, &mut changes)?,
        Place::Extension(schema) if tolerance::cleared(of.tolerances, &value)? => {
            changes.push(Change::Extension(schema));
        }
        Place::Extension(schema) => spread(of, how, Some(&schema), value, &mut changes)?,
        Place::Attribute(at, filter) => {
            writable(&at)?;
            set_attribute(of, how, at, filter, value, &mut changes)?;
        }
        Place::Undeclared(at) => changes.push(undeclared(of, how, at, value)?),
    }
    Ok(changes)
}

/// The change that removes `place`, or of its elements those `value` lists.
///
/// # Errors
/// `Mutability` for what is readOnly, `InvalidValue` for a value of the wrong type.
pub(super) fn remove(of: &ResourceType, place: Place, value: Option<Value>) -> Result<Change> {
    match place {
        Place::Resource => Err(Error::new(
            ErrorKind::NoTarget,
            format!(
                "the path of a remove must name an attribute, not all of {}",
                of.name
            ),
        )),
        Place::Extension(schema) => Ok(Change::Extension(schema)),
        Place::Undeclared(at) => Ok(Change::Undeclared(at, Loose::Remove(value))),
        Place::Attribute(at, filter) if is_edges(of, &at) => {
            edges::remove(of.tolerances, &at, filter, value).map(Change::Members)
        }
        Place::Attribute(mut at, filter) => {
            writable(&at)?;
            let sub = at.sub.take();
            let listed = match at.attribute.multi_valued {
                true => tolerance::listed(of.tolerances, value)?,
                false => None,
            };
            let listed = listed
                .map(|listed| match &sub {
                    None => elements(of, &at.attribute, listed),
                    Some(sub) => holding(of, sub, listed),
                })
                .transpose()?;
            let input = match sub {
                None => Input::Clear,
                Some(sub) => Input::Merge(vec![(sub, None)], Rest::Stays(Vec::new())),
            };
            let which = Selection { filter, listed };
            Ok(Change::Attribute { at, which, input })
        }
    }
}

/// The elements named by what they hold in `sub`.
fn holding(of: &ResourceType, sub: &Attribute, listed: Value) -> Result<Vec<Value>> {
    let items = match listed {
        Value::Array(items) => items,
        one => vec![one],
    };
    let mut named = Vec::with_capacity(items.len());
    for item in items {
        if let Some(value) = accept::element(of.tolerances, sub, item)? {
            named.push(Value::Object(Map::from_iter([(sub.name.clone(), value)])));
        }
    }
    Ok(named)
}

/// The changes of an object whose keys are paths: a value without a path, or a whole extension.
///
/// CLIENTS.md, "What matters most" 1; fixtures `075-entra-flag-flag-pathless-urn-manager`,
/// `076-entra-flag-flag-pathless-urn-manager-dot-value`. Keys that name nothing
/// are ignored, as in POST.
///
/// # Errors
/// `InvalidValue` when it is no object, and what its values deserve.
pub(super) fn spread(
    of: &ResourceType,
    how: Set,
    within: Option<&Arc<Schema>>,
    value: Value,
    changes: &mut Vec<Change>,
) -> Result<()> {
    let Value::Object(object) = value else {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            "a value without an attribute in the path must be an object of attributes",
        ));
    };
    distinct_keys(&object)?;
    for (key, value) in object {
        if within.is_none()
            && let Some(schema) = of.extension(&key)
        {
            changes.extend(set(of, how, Place::Extension(schema.clone()), value)?);
            continue;
        }
        match key.parse::<Path>() {
            Ok(path) => keyed(of, how, within, (&key, path), value, changes)?,
            Err(error) if tolerance::is_filtered_path(&key) => return Err(error),
            Err(_)
                if within.is_none()
                    && accept::is_urn(&key)
                    && !of.is_below(&key)
                    && value.is_object() =>
            {
                let at = Undeclared::extension(key);
                tolerance::declared(of.tolerances, &at)?;
                changes.push(undeclared(of, how, at, value)?);
            }
            Err(_) => tolerance::unknown(of.tolerances, &key)?,
        }
    }
    Ok(())
}

/// The changes of one key that reads as a path.
fn keyed(
    of: &ResourceType,
    how: Set,
    within: Option<&Arc<Schema>>,
    (key, mut path): (&str, Path),
    value: Value,
    changes: &mut Vec<Change>,
) -> Result<()> {
    let is_name = path.attr.urn.is_none() && path.attr.sub.is_none() && path.filter.is_none();
    tolerance::joined_by_colon(of.tolerances, key, &path.attr)?;
    if path.attr.urn.is_none() {
        path.attr.urn = within.map(|schema| schema.id.clone());
    }
    match find(of, &path, Some(&value)) {
        Err(error) if path.filter.is_some() => Err(error),
        Err(_) => tolerance::unknown(of.tolerances, key),
        Ok((Place::Attribute(at, _), _)) if tolerance::skipped_without_path(&at) => {
            tolerance::skipped(of.tolerances, &at)
        }
        Ok((place, needs)) => {
            if !is_name && matches!(place, Place::Attribute(..) | Place::Resource) {
                tolerance::path_key(of.tolerances, key)?;
            }
            tolerance::permitted(of.tolerances, &path, &place, needs)?;
            changes.extend(set(of, how, place, value)?);
            Ok(())
        }
    }
}

fn set_attribute(
    of: &ResourceType,
    how: Set,
    mut at: AttrRef,
    filter: Option<ElementFilter>,
    value: Value,
    changes: &mut Vec<Change>,
) -> Result<()> {
    if is_edges(of, &at) {
        let ops = match how {
            Set::Add => edges::add(of.tolerances, &at, filter.as_ref(), value)?,
            Set::Replace => edges::replace(of.tolerances, &at, filter.as_ref(), value)?,
        };
        changes.push(Change::Members(ops));
        return Ok(());
    }
    if tolerance::dropped(&at.attribute) || tolerance::dropped(at.leaf()) {
        // The type is checked all the same.
        accept::value(of.tolerances, at.leaf(), value)?;
        return Ok(());
    }
    let attribute = at.attribute.clone();
    let input = match at.sub.take() {
        Some(sub) => {
            let value = accept::value(of.tolerances, &sub, value)
                .map_err(|error| error.within(&attribute.name))?;
            Input::Merge(vec![(sub, value)], Rest::Stays(Vec::new()))
        }
        None if attribute.multi_valued && filter.is_none() => {
            Input::Elements(elements(of, &attribute, value)?)
        }
        None if attribute.kind == Type::Complex => {
            let rest = match how {
                // An element, which the filter chooses.
                Set::Replace if attribute.multi_valued => Rest::Goes,
                _ => Rest::Stays(Vec::new()),
            };
            merge(of, &attribute, value, rest)?
        }
        None => match accept::element(of.tolerances, &attribute, value)? {
            Some(value) => Input::Simple(value),
            None => Input::Clear,
        },
    };
    let which = Selection {
        filter,
        listed: None,
    };
    changes.push(Change::Attribute { at, which, input });
    Ok(())
}

/// The given sub-attributes of a complex value; null and `""` clear theirs.
fn merge(of: &ResourceType, attribute: &Attribute, value: Value, rest: Rest) -> Result<Input> {
    let tolerances = of.tolerances;
    if tolerance::cleared(tolerances, &value)? {
        return Ok(Input::Clear);
    }
    let value = tolerance::single(tolerances, attribute, value)?;
    let object = tolerance::object(tolerances, attribute, value)?;
    if tolerance::clears_whole(tolerances, attribute, &object)? {
        return Ok(Input::Clear);
    }
    distinct_keys(&object)?;
    let mut subs = Vec::new();
    for (name, value) in object {
        let Some(sub) = attribute.sub(&name) else {
            tolerance::unknown(tolerances, &format!("{}.{name}", attribute.name))?;
            continue;
        };
        if sub.mutability == Mutability::ReadOnly || tolerance::dropped(sub) {
            continue;
        }
        let value =
            accept::value(tolerances, sub, value).map_err(|error| error.within(&attribute.name))?;
        // As in POST: without its value the rest describes nothing, however that was said.
        if value.is_none() && sub.name == "value" {
            return Ok(Input::Clear);
        }
        subs.push((sub.clone(), value));
    }
    Ok(Input::Merge(subs, rest))
}

fn elements(of: &ResourceType, attribute: &Attribute, value: Value) -> Result<Vec<Value>> {
    Ok(match accept::value(of.tolerances, attribute, value)? {
        None => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(other) => vec![other],
    })
}

fn undeclared(of: &ResourceType, how: Set, at: Undeclared, value: Value) -> Result<Change> {
    let cleared = tolerance::cleared(of.tolerances, &value)?;
    let loose = match how {
        Set::Add => Loose::Add((!cleared).then_some(value)),
        Set::Replace if cleared => Loose::Remove(None),
        Set::Replace => Loose::Replace(value),
    };
    Ok(Change::Undeclared(at, loose))
}

fn is_edges(of: &ResourceType, at: &AttrRef) -> bool {
    at.extension.is_none() && of.edges == Some(at.attribute.name.as_str())
}

fn writable(at: &AttrRef) -> Result<()> {
    if !tolerance::skipped_without_path(at) {
        return Ok(());
    }
    let (name, dot, sub) = match &at.sub {
        Some(sub) => (&at.attribute.name, ".", sub.name.as_str()),
        None => (&at.attribute.name, "", ""),
    };
    Err(Error::new(
        ErrorKind::Mutability,
        format!("attribute `{name}{dot}{sub}` is readOnly"),
    ))
}
