//! PATCH (RFC 7644 section 3.5.2): operations as data, and what they make of a
//! document and of a group's members.
//!
//! What an operation says is checked before any resource is looked at; what it
//! meets there is found when it is applied. All of them, or nothing.

use super::edit::{edit, forget_references, names};
use super::filter::{Filter, named};
use super::members::{remove_members, set_members};
use super::schema::{Attr, Doc, Use, accept, accept_one, finish, is_absent, one_spelling};
use super::{Fault, Kind, refuse};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PatchOp {
    /// `add`, `Replace`, `REMOVE`: as it is spelt.
    pub op: String,
    /// Where.
    pub at: Where,
    /// What; nothing at all is not null.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "given"
    )]
    pub value: Option<Value>,
}

/// What is there, null too.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// What an operation is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Where {
    /// One place.
    Path(Path),
    /// No path, and a value whose keys are paths.
    Keys(Vec<(Path, Value)>),
    /// No path; the value is what it is.
    Nowhere,
}

/// A path.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Path {
    /// `emails`, `name.givenName`, `urn:…:User:department`, as it is spelt.
    pub name: String,
    /// In brackets behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<Filter>,
    /// Behind the brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

impl std::fmt::Display for Path {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)?;
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Replace,
    Remove,
}

/// A place, resolved.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) attr: &'static Attr,
    pub(super) sub: Option<&'static Attr>,
    pub(super) filter: Option<&'a Filter>,
    /// Of a list only what one of these names, when a remove lists any.
    pub(super) listed: Option<Vec<Value>>,
}

/// What becomes of the values there, checked.
#[derive(Debug)]
pub(super) enum Change {
    Clear,
    Simple(Value),
    Merge(Vec<(&'static Attr, Option<Value>)>, Rest),
    Elements(Vec<Value>),
}

/// What becomes of the sub-attributes that are not given.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rest {
    /// They stay, but for these when `value` changes.
    Stays(Vec<&'static str>),
    /// They go, but for those that the filter describes.
    Goes,
}

/// One step of an operation.
#[derive(Debug)]
pub(super) enum Step<'a> {
    At(Verb, Place<'a>, Change),
    AddMembers(Vec<String>),
    RemoveMembers(Vec<String>),
    RemoveMembersWhere(&'a Filter),
    ReplaceMembers(Vec<String>),
}

/// The operations, checked: what is wrong with them whatever the resource is.
#[derive(Debug, Default)]
pub struct Checked<'a>(Vec<Vec<Step<'a>>>);

/// Checks operations.
pub fn check(kind: Kind, ops: &[PatchOp]) -> Result<Checked<'_>, Fault> {
    let each = ops.iter().map(|op| check_one(kind, op));
    Ok(Checked(each.collect::<Result<_, _>>()?))
}

fn check_one(kind: Kind, op: &PatchOp) -> Result<Vec<Step<'_>>, Fault> {
    let verb = match op.op.to_ascii_lowercase().as_str() {
        "add" => Verb::Add,
        "replace" => Verb::Replace,
        "remove" => Verb::Remove,
        _ => return refuse(400, "invalidSyntax"),
    };
    let mut steps = Vec::new();
    match (&op.at, verb) {
        (Where::Path(_), Verb::Add | Verb::Replace) if op.value.is_none() => {
            return refuse(400, "invalidValue");
        }
        (Where::Path(path), _) => {
            let place = place(kind, path)?;
            match (verb, &op.value) {
                _ if place.is_read_only() => return refuse(400, "mutability"),
                (Verb::Add | Verb::Replace, Some(value)) => sets(verb, place, value, &mut steps)?,
                (_, value) => steps.push(removes(place, value.as_ref())?),
            }
        }
        // Section 3.5.2.2: "If path is unspecified, the operation fails".
        (_, Verb::Remove) => return refuse(400, "noTarget"),
        (Where::Keys(keys), _) => {
            let all: Doc = keys
                .iter()
                .map(|(path, _)| (path.to_string(), json!(1)))
                .collect();
            one_spelling(&all)?;
            for (path, value) in keys {
                match place(kind, path) {
                    // Keys that name nothing are ignored, as in a POST, and what the server sets.
                    Err(fault) if path.filter.is_some() => return Err(fault),
                    Err(_) => {}
                    Ok(place) if place.is_read_only() => {}
                    Ok(place) => sets(verb, place, value, &mut steps)?,
                }
            }
        }
        (Where::Nowhere, _) => match &op.value {
            // Its keys name nothing.
            Some(Value::Object(object)) => one_spelling(object)?,
            _ => return refuse(400, "invalidValue"),
        },
    }
    forget_references(&mut steps);
    Ok(steps)
}

fn place(kind: Kind, path: &Path) -> Result<Place<'_>, Fault> {
    let bad = Fault::of(400, "invalidPath");
    let (attr, sub) = named(kind, &path.name).ok_or(bad)?;
    if let Some(filter) = &path.filter {
        if sub.is_some() {
            return Err(bad);
        }
        let sub = match &path.sub {
            Some(sub) => Some(attr.sub(sub).ok_or(bad)?),
            None => None,
        };
        filter.check_within((attr, None))?;
        let filter = Some(filter);
        return Ok(Place {
            attr,
            sub,
            filter,
            listed: None,
        });
    }
    Ok(Place {
        attr,
        sub,
        filter: None,
        listed: None,
    })
}

impl Place<'_> {
    fn is_read_only(&self) -> bool {
        let read_only = |attr: &Attr| matches!(attr.usage, Use::ReadOnly | Use::OnRequest);
        read_only(self.attr) || self.sub.is_some_and(read_only)
    }

    pub(super) fn selects(&self, element: &Value) -> bool {
        let passes = self
            .filter
            .is_none_or(|filter| filter.matches_element(self.attr, element));
        let listed = self.listed.as_ref();
        passes && listed.is_none_or(|all| all.iter().any(|one| names(self.attr, one, element)))
    }
}

/// `add` and `replace` (sections 3.5.2.1 and 3.5.2.3).
fn sets<'a>(
    verb: Verb,
    place: Place<'a>,
    value: &Value,
    steps: &mut Vec<Step<'a>>,
) -> Result<(), Fault> {
    let attr = place.attr;
    if attr.name == "members" {
        return set_members(verb, &place, value, steps);
    }
    let change = match place.sub {
        Some(sub) => Change::Merge(vec![(sub, accept(sub, value)?)], Rest::Stays(Vec::new())),
        None if attr.multi && place.filter.is_none() => Change::Elements(elements(attr, value)?),
        // Section 3.5.2.3: "all matching record values SHALL be replaced".
        None if attr.multi && verb == Verb::Replace => merges(attr, value, Rest::Goes)?,
        None if !attr.subs().is_empty() => merges(attr, value, Rest::Stays(Vec::new()))?,
        None => match accept_one(attr, value)? {
            // A password is taken and forgotten.
            _ if !attr.is_kept() => return Ok(()),
            Some(value) => Change::Simple(value),
            None => Change::Clear,
        },
    };
    steps.push(Step::At(verb, place, change));
    Ok(())
}

fn elements(attr: &Attr, value: &Value) -> Result<Vec<Value>, Fault> {
    Ok(match accept(attr, value)? {
        Some(Value::Array(elements)) => elements,
        _ => Vec::new(),
    })
}

/// No value, by the RFC or as clients write it (CLIENTS.md, "What matters most" 6).
pub(super) fn clears(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(clears),
        Value::Object(_) => false,
        value => is_absent(value),
    }
}

/// The sub-attributes that are given; the others stay (section 3.5.2.3).
fn merges(attr: &'static Attr, value: &Value, rest: Rest) -> Result<Change, Fault> {
    let value = match value {
        value if clears(value) => return Ok(Change::Clear),
        Value::Array(items) if items.len() == 1 => &items[0],
        value => value,
    };
    let object = match value {
        Value::Object(object) => object.clone(),
        Value::String(_) if attr.sub("value").is_some() => {
            Map::from_iter([("value".to_owned(), value.clone())])
        }
        _ => return refuse(400, "invalidValue"),
    };
    let value_of = object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case("value"));
    if attr.sub("value").is_some() && value_of.is_some_and(|(_, value)| clears(value)) {
        return Ok(Change::Clear);
    }
    one_spelling(&object)?;
    let mut subs = Vec::new();
    for (key, value) in &object {
        if let Some(sub) = attr.sub(key).filter(|sub| sub.is_kept()) {
            subs.push((sub, accept(sub, value)?));
        }
    }
    match subs
        .iter()
        .any(|(sub, value)| sub.name == "value" && value.is_none())
    {
        true => Ok(Change::Clear),
        false => Ok(Change::Merge(subs, rest)),
    }
}

/// `remove` (section 3.5.2.2); with a value only what it lists (CLIENTS.md, "What matters most" 3).
fn removes<'a>(mut place: Place<'a>, value: Option<&Value>) -> Result<Step<'a>, Fault> {
    let listed = value.filter(|value| !value.is_null());
    if place.attr.name == "members" {
        return remove_members(&place, listed);
    }
    if let Some(listed) = listed.filter(|_| place.attr.multi) {
        place.listed = Some(match place.sub {
            _ if clears(listed) => Vec::new(),
            None => elements(place.attr, listed)?,
            Some(sub) => holding(sub, listed)?,
        });
    }
    let change = match place.sub {
        Some(sub) => Change::Merge(vec![(sub, None)], Rest::Stays(Vec::new())),
        None => Change::Clear,
    };
    Ok(Step::At(Verb::Remove, place, change))
}

/// What is listed of a sub-attribute, as elements that hold just that.
fn holding(sub: &Attr, listed: &Value) -> Result<Vec<Value>, Fault> {
    let items = match listed {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let each = items.iter().map(|item| accept_one(sub, item));
    let each: Vec<Option<Value>> = each.collect::<Result<_, _>>()?;
    let held = each.into_iter().flatten();
    Ok(held.map(|value| json!({sub.name: value})).collect())
}

/// What operations make of a document and of a set of members. `exists` says of
/// which kind the resource of an id is; unknown ones are left out (CLIENTS.md,
/// "What matters most" 9), and no group is a member of itself.
pub fn apply(
    kind: Kind,
    id: &str,
    doc: &Doc,
    members: &BTreeSet<String>,
    checked: &Checked<'_>,
    exists: impl Fn(&str) -> Option<Kind>,
) -> Result<(Doc, BTreeSet<String>), Fault> {
    let mut after = doc.clone();
    let mut then = members.clone();
    let mut itself = false;
    for steps in &checked.0 {
        let mut promoted: Vec<&str> = Vec::new();
        for step in steps {
            let known = |ids: &[String]| -> BTreeSet<String> {
                ids.iter()
                    .filter(|id| exists(id).is_some())
                    .cloned()
                    .collect()
            };
            match step {
                Step::At(verb, place, change) => {
                    if edit(&mut after, *verb, place, change)? {
                        if promoted.contains(&place.attr.name) {
                            return refuse(400, "invalidValue");
                        }
                        promoted.push(place.attr.name);
                    }
                }
                Step::AddMembers(ids) => {
                    itself |= ids.iter().any(|it| it == id);
                    then.extend(known(ids));
                }
                Step::ReplaceMembers(ids) => {
                    itself |= ids.iter().any(|it| it == id);
                    then = known(ids);
                }
                Step::RemoveMembers(ids) => then.retain(|member| !ids.contains(member)),
                Step::RemoveMembersWhere(filter) => then.retain(|member| {
                    let kind = exists(member).map(|kind| format!("{kind:?}"));
                    let element = json!({"value": member, "type": kind});
                    let attr = Kind::Group.attr("members");
                    attr.is_some_and(|attr| !filter.matches_element(attr, &element))
                }),
            }
        }
    }
    let after = match after == *doc {
        true => after,
        false => finish(kind, after)?,
    };
    match itself {
        true => refuse(400, "invalidValue"),
        false => Ok((after, then)),
    }
}
