//! Operations on the attribute whose values are edges beside the document: a group's `members`.
//!
//! What is written here is which edges come and go. Whether an id is a resource,
//! and who is a member, is for the layer that keeps the edges.

use super::op::MemberOp;
use super::tolerance;
use crate::accept;
use crate::error::{Error, ErrorKind, Result};
use crate::filter::ElementFilter;
use crate::resource_type::AttrRef;
use crate::tolerance::Tolerances;
use serde_json::Value;

/// `add`: members come to those there are; nobody ever leaves.
///
/// # Errors
/// `Mutability` for a sub-attribute, and for a filter that names others than the value does.
pub(super) fn add(
    tolerances: Tolerances,
    at: &AttrRef,
    filter: Option<&ElementFilter>,
    value: Value,
) -> Result<Vec<MemberOp>> {
    whole(at)?;
    if tolerance::cleared(tolerances, &value)? {
        return Ok(Vec::new());
    }
    let members = accept::members(tolerances, &value)?;
    if let Some(filter) = filter {
        let ids = filter.ids().ok_or_else(|| immutable(at))?;
        if !members
            .iter()
            .all(|member| ids.contains(&member.value.as_str()))
        {
            return Err(immutable(at));
        }
    }
    Ok(some(members, MemberOp::Add))
}

/// `replace`: these are the members, or with `members[value eq "a"]` these instead of `a`.
///
/// # Errors
/// `Mutability` for a sub-attribute and for a filter on anything but ids.
pub(super) fn replace(
    tolerances: Tolerances,
    at: &AttrRef,
    filter: Option<&ElementFilter>,
    value: Value,
) -> Result<Vec<MemberOp>> {
    whole(at)?;
    let members = if tolerance::cleared(tolerances, &value)? {
        Vec::new()
    } else {
        accept::members(tolerances, &value)?
    };
    let Some(filter) = filter else {
        return Ok(vec![MemberOp::Replace(members)]);
    };
    let ids = filter.ids().ok_or_else(|| immutable(at))?;
    let leaving: Vec<String> = ids
        .into_iter()
        .filter(|id| !members.iter().any(|member| member.value == *id))
        .map(str::to_owned)
        .collect();
    let mut ops = some(leaving, MemberOp::Remove);
    ops.extend(some(members, MemberOp::Add));
    Ok(ops)
}

/// `remove`: those the filter or the value names, else all.
///
/// CLIENTS.md, "What matters most" 3.
///
/// # Errors
/// `Mutability` for a sub-attribute.
pub(super) fn remove(
    tolerances: Tolerances,
    at: &AttrRef,
    filter: Option<ElementFilter>,
    value: Option<Value>,
) -> Result<Vec<MemberOp>> {
    whole(at)?;
    if let Some(filter) = filter {
        let ids: Option<Vec<String>> = filter
            .ids()
            .map(|ids| ids.into_iter().map(str::to_owned).collect());
        return match ids {
            Some(ids) => Ok(vec![MemberOp::Remove(ids)]),
            None => chosen(at, filter),
        };
    }
    let Some(value) = tolerance::listed(tolerances, value)? else {
        return Ok(vec![MemberOp::Replace(Vec::new())]);
    };
    if tolerance::cleared(tolerances, &value)? {
        return Ok(Vec::new());
    }
    let ids = accept::members(tolerances, &value)?
        .into_iter()
        .map(|member| member.value)
        .collect();
    Ok(some(ids, MemberOp::Remove))
}

/// The operation, unless there is nobody in it.
fn some<T>(listed: Vec<T>, op: fn(Vec<T>) -> MemberOp) -> Vec<MemberOp> {
    match listed.is_empty() {
        true => Vec::new(),
        false => vec![op(listed)],
    }
}

/// The members that a filter chooses by what an edge holds: who it is, and of which type.
fn chosen(at: &AttrRef, filter: ElementFilter) -> Result<Vec<MemberOp>> {
    if let Some(other) = filter
        .reads()
        .into_iter()
        .find(|sub| !["value", "type"].contains(sub))
    {
        return Err(Error::new(
            ErrorKind::InvalidPath,
            format!(
                "`{0}` can be chosen by `value` and `type`, not by `{other}`; write \
                 `{0}[value eq \"…\"]`",
                at.attribute.name
            ),
        ));
    }
    Ok(vec![MemberOp::RemoveWhere(filter)])
}

/// A member is there or not: its sub-attributes are immutable or readOnly (RFC 7643 section 8.7.1).
fn whole(at: &AttrRef) -> Result<()> {
    match at.sub {
        None => Ok(()),
        Some(_) => Err(immutable(at)),
    }
}

fn immutable(at: &AttrRef) -> Error {
    let name = &at.attribute.name;
    Error::new(
        ErrorKind::Mutability,
        format!("an element of `{name}` cannot be changed, remove it and add another"),
    )
}
