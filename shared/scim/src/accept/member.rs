//! Members of a group, as clients name them.
//!
//! Whether a member exists is the store's question.

use super::typed::{came, is_absent};
use crate::error::{Error, ErrorKind, Result};
use crate::fold::fold;
use crate::json::{distinct_keys, excerpt};
use crate::tolerance::{Tolerance, Tolerances};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// One member of a group (RFC 7643 section 4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The member's id.
    pub value: String,
    /// `type`, else what its `$ref` points to: `User` or `Group`. Okta sends neither.
    pub kind: Option<String>,
}

/// Reads the value of `members`: a list, or a single member; each an object or
/// a bare id, without repetition. `display` and the rest is the server's.
///
/// A member without an id is left out, as one with an unknown id is later: it
/// must not fail the request (CLIENTS.md, what matters most, 9).
///
/// # Errors
/// `InvalidValue` for what can be no member.
pub(crate) fn members(tolerances: Tolerances, value: &Value) -> Result<Vec<Member>> {
    let items = match value {
        Value::Array(items) => items,
        one => {
            tolerances.require(Tolerance::SingleForList, ErrorKind::InvalidValue, || {
                "`members` must be an array of objects".to_owned()
            })?;
            std::slice::from_ref(one)
        }
    };
    let mut members = Vec::with_capacity(items.len());
    for item in items {
        let member = match is_absent(item) {
            true => None,
            false => member(tolerances, item)?,
        };
        match member {
            Some(member) => members.push(member),
            None => {
                tolerances.require(Tolerance::UnknownMembers, ErrorKind::InvalidValue, || {
                    "a member needs the id of a user or group as its `value`".to_owned()
                })?
            }
        }
    }
    Ok(distinct(members))
}

/// The members without repetition, each where it came first.
pub(super) fn distinct(all: Vec<Member>) -> Vec<Member> {
    let mut places: HashMap<String, usize> = HashMap::with_capacity(all.len());
    let mut members: Vec<Member> = Vec::with_capacity(all.len());
    for member in all {
        let key = fold(&member.value);
        match places.get(&key).and_then(|place| members.get_mut(*place)) {
            Some(first) => first.kind = first.kind.take().or(member.kind),
            None => {
                places.insert(key, members.len());
                members.push(member);
            }
        }
    }
    members
}

/// The names a member's attributes have (RFC 7643 section 4.2).
const NAMES: [&str; 4] = ["value", "$ref", "type", "display"];

fn member(tolerances: Tolerances, item: &Value) -> Result<Option<Member>> {
    let object = match item {
        Value::String(value) => {
            tolerances.require(Tolerance::BareComplexValue, ErrorKind::InvalidValue, || {
                "a member must be an object with the id as its `value`".to_owned()
            })?;
            return Ok(Some(Member {
                value: value.clone(),
                kind: None,
            }));
        }
        Value::Object(object) => object,
        other => {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!("a member must be an object or an id, not {}", came(other)),
            ));
        }
    };
    distinct_keys(object)?;
    let known = |key: &&String| NAMES.iter().any(|name| name.eq_ignore_ascii_case(key));
    if let Some(key) = object.keys().find(|key| !known(key)) {
        tolerances.require(
            Tolerance::UnknownAttributes,
            ErrorKind::InvalidValue,
            || {
                format!(
                    "attribute `members` has no sub-attribute `{}`: leave it out",
                    excerpt(key)
                )
            },
        )?;
    }
    let text = |name| text(tolerances, object, name);
    let reference = text("$ref")?;
    let mut segments = reference.map(path_of).unwrap_or_default().rsplit('/');
    let (last, collection) = (segments.next(), segments.next());
    let value = text("value")?.or(last.filter(|id| !id.is_empty()));
    let kind = text("type")?.map(canonical).or_else(|| match collection {
        Some(name) if name.eq_ignore_ascii_case("Users") => Some("User".to_owned()),
        Some(name) if name.eq_ignore_ascii_case("Groups") => Some("Group".to_owned()),
        _ => None,
    });
    Ok(value.map(|value| Member {
        value: value.to_owned(),
        kind,
    }))
}

/// A reference without query, fragment and trailing slash.
fn path_of(reference: &str) -> &str {
    let end = reference.find(['?', '#']).unwrap_or(reference.len());
    reference
        .get(..end)
        .unwrap_or_default()
        .trim_end_matches('/')
}

/// `type` is not caseExact (RFC 7643 section 8.7.1); the two known ones are stored in one spelling.
fn canonical(kind: &str) -> String {
    ["User", "Group"]
        .into_iter()
        .find(|known| known.eq_ignore_ascii_case(kind))
        .unwrap_or(kind)
        .to_owned()
}

/// A string of the object, its name without case; `None` for null and `""` too
/// (Entra sends `"$ref": null`: fixture 090).
fn text<'a>(
    tolerances: Tolerances,
    object: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>> {
    let entry = object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    match entry.map(|(_, value)| value) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.is_empty() => Ok(Some(text)),
        Some(value) if is_absent(value) => {
            tolerances.require(Tolerance::EmptyClears, ErrorKind::InvalidValue, || {
                format!("attribute `members.{name}` is empty: send null, or leave it out")
            })?;
            Ok(None)
        }
        Some(other) => Err(Error::new(
            ErrorKind::InvalidValue,
            format!(
                "attribute `members.{name}` must be a string, not {}",
                came(other)
            ),
        )),
    }
}
