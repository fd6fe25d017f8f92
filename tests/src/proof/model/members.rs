//! What a PATCH says of a group's members (CLIENTS.md, "What matters most" 3).

use super::filter::{Filter, Op};
use super::patch::{Place, Step, Verb, clears};
use super::schema::{is_absent, one_spelling};
use super::{Fault, refuse};
use serde_json::Value;

/// The ids that a value of `members` names.
pub(super) fn ids(value: &Value) -> Result<Vec<String>, Fault> {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut ids = Vec::new();
    for item in items.iter().filter(|item| !is_absent(item)) {
        match item {
            Value::String(id) => ids.push(id.clone()),
            Value::Object(object) => {
                one_spelling(object)?;
                for name in ["value", "$ref", "type", "display"] {
                    let text = object
                        .iter()
                        .find(|(key, _)| key.eq_ignore_ascii_case(name));
                    match text.map(|(_, value)| value) {
                        Some(Value::String(id)) if name == "value" && !id.is_empty() => {
                            ids.push(id.clone());
                        }
                        // `display` is the server's.
                        Some(value)
                            if name != "display" && !value.is_string() && !is_absent(value) =>
                        {
                            return refuse(400, "invalidValue");
                        }
                        _ => {}
                    }
                }
            }
            _ => return refuse(400, "invalidValue"),
        }
    }
    Ok(ids)
}

/// The ids of a filter that names nobody but by `value eq`.
fn by_id(filter: &Filter) -> Option<Vec<String>> {
    match filter {
        Filter::Compare(name, Op::Eq, Value::String(id)) if name == "value" => {
            Some(vec![id.clone()])
        }
        Filter::Or(filters) => {
            let all: Option<Vec<_>> = filters.iter().map(by_id).collect();
            Some(all?.concat())
        }
        _ => None,
    }
}

/// A member is there or not; nothing of one can be changed (RFC 7643 section 8.7.1).
pub(super) fn set_members<'a>(
    verb: Verb,
    place: &Place<'a>,
    value: &Value,
    steps: &mut Vec<Step<'a>>,
) -> Result<(), Fault> {
    if place.sub.is_some() {
        return refuse(400, "mutability");
    }
    let cleared = clears(value);
    let ids = match cleared {
        true => Vec::new(),
        false => ids(value)?,
    };
    let named = match place.filter {
        Some(filter) => Some(by_id(filter).ok_or(Fault::of(400, "mutability"))?),
        None => None,
    };
    match (verb, named) {
        (Verb::Replace, None) => steps.push(Step::ReplaceMembers(ids)),
        (Verb::Replace, Some(named)) => {
            let leaving = named.into_iter().filter(|id| !ids.contains(id)).collect();
            steps.push(Step::RemoveMembers(leaving));
            steps.push(Step::AddMembers(ids));
        }
        (_, Some(named)) if ids.iter().any(|id| !named.contains(id)) => {
            return refuse(400, "mutability");
        }
        _ => steps.push(Step::AddMembers(ids)),
    }
    Ok(())
}

/// The same of `remove`: those whom a filter or the value names, else all.
pub(super) fn remove_members<'a>(
    place: &Place<'a>,
    listed: Option<&Value>,
) -> Result<Step<'a>, Fault> {
    if place.sub.is_some() {
        return refuse(400, "mutability");
    }
    Ok(match (place.filter, listed) {
        (Some(filter), _) => match by_id(filter) {
            Some(ids) => Step::RemoveMembers(ids),
            None => Step::RemoveMembersWhere(filter),
        },
        (None, None) => Step::ReplaceMembers(Vec::new()),
        (None, Some(listed)) if clears(listed) => Step::RemoveMembers(Vec::new()),
        (None, Some(listed)) => Step::RemoveMembers(ids(listed)?),
    })
}
