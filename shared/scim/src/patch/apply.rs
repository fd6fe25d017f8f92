//! Operations applied in order to a copy of a resource's attributes: all of them, or an error.

use super::elements::{self, Subs};
use super::objects::{store, store_object, taken_object};
use super::op::{Change, Input, MemberOp, PatchOp, Rest, Selection};
use super::target::Set;
use super::{parse, tolerance};
use crate::accept;
use crate::attributes::Attributes;
use crate::error::{Error, ErrorKind, Result};
use crate::resource_type::{AttrRef, ResourceType};
use crate::schema::{Mutability, Schema};
use crate::tolerance::Tolerances;
use serde_json::{Map, Value};

/// What all operations may cost, in bytes of ASCII compared: less than a second of a processor.
const MOST: u64 = 1 << 28;
/// What it costs to look at a value, beside what a filter compares of it.
const VALUE: u64 = 256;

/// What a PATCH makes of a resource.
#[derive(Debug, Clone)]
pub struct Patched {
    /// The attributes afterwards; equal to those before when nothing changed.
    pub attributes: Attributes,
    /// What happens to the members, in order.
    pub members: Vec<MemberOp>,
}

/// Applies `ops` to `current`, which stays as it is (RFC 7644 section 3.5.2:
/// "regardless of the number of operations, SHALL be treated as atomic").
///
/// # Errors
/// `NoTarget`, `Mutability` and `InvalidValue` by operation, the detail starting
/// with `operation N`; what [`accept`] refuses in the result as a whole.
pub fn apply(of: &ResourceType, current: &Attributes, ops: &[PatchOp]) -> Result<Patched> {
    let mut draft = Draft::of(of.tolerances, current.as_map().clone());
    for (op, number) in ops.iter().zip(1_usize..) {
        draft
            .run(op)
            .map_err(|error| error.within(format_args!("operation {number}")))?;
    }
    // Only now are elements merged that are the same: one may get its `value` in
    // a later operation than its `primary`.
    let attributes = if draft.map == *current.as_map() {
        current.clone()
    } else {
        accept::finish(of, draft.map, Some(current.as_map()))?
    };
    Ok(Patched {
        attributes,
        members: draft.members,
    })
}

/// Lays the keys of a POST or PUT body that are paths over what its other keys
/// have made, as an `add` without a path does (CLIENTS.md, what matters most, 1:
/// a spelling means the same in every request). The result is not closed yet.
///
/// # Errors
/// What [`super::parse`] and [`apply`] say of such an operation.
pub(crate) fn overlay(
    of: &ResourceType,
    map: Map<String, Value>,
    keys: Map<String, Value>,
) -> Result<(Map<String, Value>, Vec<MemberOp>)> {
    let changes = parse::sets(of, Set::Add, None, Some(Value::Object(keys)))?;
    let mut draft = Draft::of(of.tolerances, map);
    draft.run(&PatchOp::Add(changes))?;
    Ok((draft.map, draft.members))
}

/// What an operation does, as far as its changes must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

impl Verb {
    /// The error for a required attribute that loses its value: RFC 7644
    /// section 3.5.2.2 for remove, table 9 ("a required value was missing") else.
    fn missing(self) -> ErrorKind {
        match self {
            Self::Remove => ErrorKind::Mutability,
            Self::Add | Self::Replace => ErrorKind::InvalidValue,
        }
    }
}

struct Draft {
    tolerances: Tolerances,
    /// What operations may still cost.
    left: u64,
    map: Map<String, Value>,
    members: Vec<MemberOp>,
    /// The attributes in which the running operation has made an element primary.
    promoted: Vec<AttrRef>,
}

impl Draft {
    fn of(tolerances: Tolerances, map: Map<String, Value>) -> Self {
        Self {
            tolerances,
            left: MOST,
            map,
            members: Vec::new(),
            promoted: Vec::new(),
        }
    }

    fn run(&mut self, op: &PatchOp) -> Result<()> {
        self.promoted.clear();
        let (verb, changes) = match op {
            PatchOp::Add(changes) => (Verb::Add, changes.as_slice()),
            PatchOp::Replace(changes) => (Verb::Replace, changes.as_slice()),
            PatchOp::Remove(change) => (Verb::Remove, std::slice::from_ref(change)),
        };
        for change in changes {
            match change {
                Change::Members(ops) => self.members.extend(ops.iter().cloned()),
                Change::Undeclared(at, loose) => {
                    self.spend(VALUE.saturating_mul(at.breadth(&self.map)))?;
                    at.edit(self.tolerances, &mut self.map, loose)?;
                }
                Change::Extension(schema) => self.drop_extension(schema, verb)?,
                Change::Attribute { at, which, input } => {
                    self.attribute(verb, at, which, input)?;
                }
            }
        }
        Ok(())
    }

    fn attribute(
        &mut self,
        verb: Verb,
        at: &AttrRef,
        which: &Selection,
        input: &Input,
    ) -> Result<()> {
        let mut list = self.take(at);
        self.spend(cost(&list, which))?;
        let before = (at.attribute.mutability == Mutability::Immutable).then(|| list.clone());
        let had = !list.is_empty();
        let promoted = edit(self.tolerances, verb, at, &mut list, which, input)?;
        if had && list.is_empty() && at.attribute.required {
            return Err(Error::new(
                verb.missing(),
                format!(
                    "attribute `{}` is required and cannot be removed",
                    at.attribute.name
                ),
            ));
        }
        if before.is_some_and(|before| had && before != list) {
            return Err(elements::immutable(&at.attribute));
        }
        if promoted {
            if self.promoted.contains(at) {
                return Err(elements::two_primaries(&at.attribute));
            }
            self.promoted.push(at.clone());
        }
        self.put(at, list);
        Ok(())
    }

    /// Takes what it costs to look at what is there already, which every operation does anew.
    fn spend(&mut self, cost: u64) -> Result<()> {
        self.left = self.left.checked_sub(cost).ok_or_else(|| {
            Error::new(
                ErrorKind::PayloadTooLarge,
                "the operations up to here look through more values and text than those of one \
                 request may; send fewer operations at a time",
            )
        })?;
        Ok(())
    }

    /// The values of an attribute; what stays behind is overwritten by [`Self::put`].
    fn take(&mut self, at: &AttrRef) -> Vec<Value> {
        let object = match &at.extension {
            None => Some(&mut self.map),
            Some(schema) => self.map.get_mut(&schema.id).and_then(Value::as_object_mut),
        };
        match object
            .and_then(|object| object.get_mut(&at.attribute.name))
            .map(Value::take)
        {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) if at.attribute.multi_valued => list,
            Some(value) => vec![value],
        }
    }

    /// Puts the values of an attribute where [`Self::take`] found them; none leave no trace.
    fn put(&mut self, at: &AttrRef, mut list: Vec<Value>) {
        let value = if list.is_empty() {
            None
        } else if at.attribute.multi_valued {
            Some(Value::Array(list))
        } else {
            list.pop()
        };
        match &at.extension {
            None => store(&mut self.map, &at.attribute.name, value),
            Some(schema) => {
                let mut object = taken_object(&mut self.map, &schema.id);
                store(&mut object, &at.attribute.name, value);
                store_object(&mut self.map, &schema.id, object);
            }
        }
    }

    fn drop_extension(&mut self, schema: &Schema, verb: Verb) -> Result<()> {
        let Some(Value::Object(object)) = self.map.get(&schema.id) else {
            return Ok(());
        };
        for attribute in schema
            .attributes
            .iter()
            .filter(|one| object.contains_key(&one.name))
        {
            if attribute.mutability == Mutability::Immutable {
                return Err(elements::immutable(attribute));
            }
            if attribute.required {
                return Err(Error::new(
                    verb.missing(),
                    format!(
                        "attribute `{}` is required and cannot be removed",
                        attribute.name
                    ),
                ));
            }
        }
        self.map.shift_remove(&schema.id);
        Ok(())
    }
}

/// What it costs to find those that are chosen.
fn cost(list: &[Value], which: &Selection) -> u64 {
    let filter = which.filter.as_ref();
    let costs = list
        .iter()
        .map(|value| VALUE + filter.map_or(0, |filter| filter.cost(value)));
    costs.fold(0, u64::saturating_add)
}

/// Does to the values of an attribute what the operation says; whether an element became primary.
fn edit(
    tolerances: Tolerances,
    verb: Verb,
    at: &AttrRef,
    list: &mut Vec<Value>,
    which: &Selection,
    input: &Input,
) -> Result<bool> {
    let attribute = &at.attribute;
    match input {
        Input::Clear => {
            let selects = elements::selector(attribute, which);
            list.retain(|element| !selects(element));
            Ok(false)
        }
        Input::Elements(new) => {
            let was = if verb == Verb::Add {
                elements::primaries(list)
            } else {
                list.clear();
                Vec::new()
            };
            elements::append(attribute, list, new)?;
            elements::settle(attribute, list, &was)
        }
        Input::Simple(value) => {
            let selects = elements::selector(attribute, which);
            let mut none = true;
            for element in list.iter_mut().filter(|element| selects(element)) {
                *element = value.clone();
                none = false;
            }
            if none {
                create(tolerances, at, list, which)?;
                list.push(value.clone());
            }
            Ok(false)
        }
        Input::Merge(subs, rest) => merge(tolerances, verb, at, list, which, (subs, rest)),
    }
}

fn merge(
    tolerances: Tolerances,
    verb: Verb,
    at: &AttrRef,
    list: &mut Vec<Value>,
    which: &Selection,
    (subs, rest): (&Subs, &Rest),
) -> Result<bool> {
    let attribute = &at.attribute;
    let sets = subs.iter().any(|(_, value)| value.is_some());
    // What does not fit a schema declared later has no sub-attributes: it gives way to a value.
    if sets && which.filter.is_none() && !attribute.multi_valued {
        list.retain(Value::is_object);
    }
    let cleared = subs.iter().any(|(_, value)| value.is_none());
    // One that is made, or made anew, is nothing when what it was cleared of leaves labels.
    let made = |element: &mut Map<String, Value>| -> Result<bool> {
        let complete = elements::merge(attribute, element, subs, &[], verb.missing())?;
        Ok(complete && !(cleared && elements::is_left_over(attribute, element)))
    };
    let described = match (rest, &which.filter) {
        (Rest::Goes, Some(filter)) => filter.template().unwrap_or_default(),
        _ => Map::new(),
    };
    let selects = elements::selector(attribute, which);
    let was = elements::primaries(list);
    let mut none = true;
    let mut stands = Vec::with_capacity(list.len());
    for element in list.iter_mut() {
        let selected = selects(element);
        none &= !selected;
        stands.push(match (element, rest) {
            (Value::Object(object), Rest::Stays(stale)) if selected => {
                elements::merge(attribute, object, subs, stale, verb.missing())?
            }
            (Value::Object(object), Rest::Goes) if selected => {
                object.retain(|name, _| described.contains_key(name));
                made(object)?
            }
            _ => true,
        });
    }
    // A value that is cleared creates nothing to be cleared in.
    if none && sets {
        let mut element = create(tolerances, at, list, which)?;
        if made(&mut element)? {
            stands.push(true);
            list.push(Value::Object(element));
        }
    }
    let promoted = elements::settle(attribute, list, &was)?;
    let mut stands = stands.into_iter();
    list.retain(|_| stands.next().unwrap_or(true));
    Ok(promoted)
}

/// A new element for a path that matched none.
///
/// # Errors
/// `NoTarget` when the filter describes none, or there is one value already and no room for a second.
fn create(
    tolerances: Tolerances,
    at: &AttrRef,
    list: &[Value],
    which: &Selection,
) -> Result<Map<String, Value>> {
    let Some(filter) = &which.filter else {
        return Ok(Map::new());
    };
    if !at.attribute.multi_valued && !list.is_empty() {
        return Err(tolerance::no_target(&at.attribute));
    }
    tolerance::created(tolerances, &at.attribute, filter)
}
