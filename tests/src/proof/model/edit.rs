//! What a PATCH operation does to the values of one attribute (RFC 7644 sections
//! 3.5.2.1 to 3.5.2.3): a single value is a list of none or one.

use super::patch::{Change, Place, Rest, Step, Verb};
use super::schema::{Attr, Doc, Use, comparable, identity};
use super::{Fault, refuse};
use serde_json::{Map, Value, json};

/// A reference's `$ref` is the URI of what its `value` names (RFC 7643 section
/// 4.3): it goes with that, when the operation has no new one.
pub(super) fn forget_references(steps: &mut [Step<'_>]) {
    let gives = |step: &Step<'_>, attr: &Attr, name: &str| match step {
        Step::At(_, place, Change::Merge(subs, _)) => {
            place.attr.name == attr.name && subs.iter().any(|(sub, _)| sub.name == name)
        }
        _ => false,
    };
    let all = |attr: &Attr| steps.iter().any(|step| gives(step, attr, "$ref"));
    let stale: Vec<bool> = steps
        .iter()
        .map(|step| match step {
            Step::At(_, place, _) => {
                place.attr.sub("$ref").is_some()
                    && gives(step, place.attr, "value")
                    && !all(place.attr)
            }
            _ => false,
        })
        .collect();
    for (step, stale) in steps.iter_mut().zip(stale) {
        if let Step::At(_, _, Change::Merge(_, Rest::Stays(names))) = step
            && stale
        {
            names.push("$ref");
        }
    }
}

/// Does it; whether an element has become primary.
pub(super) fn edit(
    doc: &mut Doc,
    verb: Verb,
    place: &Place<'_>,
    change: &Change,
) -> Result<bool, Fault> {
    let attr = place.attr;
    let mut list = match doc.shift_remove(attr.name) {
        None => Vec::new(),
        Some(Value::Array(list)) if attr.multi => list,
        Some(value) => vec![value],
    };
    let had = !list.is_empty();
    let promoted = match change {
        Change::Clear => {
            list.retain(|element| !place.selects(element));
            false
        }
        Change::Simple(value) => {
            list = vec![value.clone()];
            false
        }
        Change::Elements(new) => {
            if verb != Verb::Add {
                list.clear();
            }
            let was = primaries(&list);
            append(attr, &mut list, new);
            settle(&mut list, &was)?
        }
        Change::Merge(subs, rest) => merge(place, &mut list, subs, rest)?,
    };
    if had && list.is_empty() && attr.usage == Use::Required {
        return match verb {
            // Section 3.5.2.2: a required attribute cannot be removed.
            Verb::Remove => refuse(400, "mutability"),
            _ => refuse(400, "invalidValue"),
        };
    }
    let value = match attr.multi {
        true => (!list.is_empty()).then_some(Value::Array(list)),
        false => list.pop(),
    };
    if let Some(value) = value {
        doc.insert(attr.name.to_owned(), value);
    }
    Ok(promoted)
}

/// Whether a listed element names one that is there: by its `value`, and its
/// `type` when it is given; without a `value` by all that is given.
pub(super) fn names(attr: &Attr, listed: &Value, element: &Value) -> bool {
    let by_value = listed.get("value").is_some();
    let mut given = attr.subs().iter().filter(|sub| {
        listed.get(sub.name).is_some() && (!by_value || ["value", "type"].contains(&sub.name))
    });
    given.all(|sub| {
        let there = element.get(sub.name).map(|it| comparable(sub, it));
        there == listed.get(sub.name).map(|it| comparable(sub, it))
    })
}

/// Elements beside those there are; one that is there already takes what is given of it.
fn append(attr: &Attr, list: &mut Vec<Value>, new: &[Value]) {
    let mut known: Vec<_> = list.iter().map(|element| identity(attr, element)).collect();
    for element in new {
        let own = identity(attr, element);
        match known.iter().position(|it| *it == own) {
            None => {
                known.push(own);
                list.push(element.clone());
            }
            Some(at) => {
                for (name, value) in element.as_object().into_iter().flatten() {
                    list[at][name] = value.clone();
                }
            }
        }
    }
}

type Subs = [(&'static Attr, Option<Value>)];

/// Gives the selected elements sub-attributes, or makes them anew of these and of
/// what the filter describes. Where none is selected, one is made so (CLIENTS.md,
/// "What matters most" 2).
fn merge(
    place: &Place<'_>,
    list: &mut Vec<Value>,
    subs: &Subs,
    rest: &Rest,
) -> Result<bool, Fault> {
    let attr = place.attr;
    let was = primaries(list);
    let described = place.filter.and_then(|filter| filter.describes(attr));
    let cleared = subs.iter().any(|(_, value)| value.is_none());
    let made = |element: &mut Doc| {
        merge_into(attr, element, subs, &[]) && !(cleared && is_label(attr, element))
    };
    let mut stands = Vec::new();
    let mut selected = false;
    for element in list.iter_mut() {
        let is_selected = place.selects(element);
        selected |= is_selected;
        stands.push(match (element, rest) {
            (Value::Object(object), Rest::Stays(stale)) if is_selected => {
                merge_into(attr, object, subs, stale)
            }
            (Value::Object(object), Rest::Goes) if is_selected => {
                let keeps = |name: &String| {
                    let mut described = described.iter();
                    described.any(|described| described.contains_key(name))
                };
                object.retain(|name, _| keeps(name));
                made(object)
            }
            _ => true,
        });
    }
    if !selected && subs.iter().any(|(_, value)| value.is_some()) {
        let mut element = match place.filter {
            None => Map::new(),
            Some(_) => described.clone().ok_or(Fault::of(400, "noTarget"))?,
        };
        if made(&mut element) {
            stands.push(true);
            list.push(Value::Object(element));
        }
    }
    let promoted = settle(list, &was)?;
    let mut stands = stands.into_iter();
    list.retain(|_| stands.next().unwrap_or(true));
    Ok(promoted)
}

/// Whether something is left that describes anything: an element that loses its
/// `value`, or all but its labels, is gone.
fn merge_into(attr: &Attr, element: &mut Doc, subs: &Subs, stale: &[&str]) -> bool {
    let known = |element: &Doc| {
        let sub = attr.sub("value")?;
        Some(comparable(sub, element.get("value")?))
    };
    let before = known(element);
    let (mut stands, mut cleared) = (true, false);
    for (sub, value) in subs {
        match value {
            Some(value) => drop(element.insert(sub.name.to_owned(), value.clone())),
            None => {
                let had = element.shift_remove(sub.name).is_some();
                cleared |= had;
                stands &= !(had && sub.name == "value");
            }
        }
    }
    if before.is_some() && before != known(element) {
        element.retain(|name, _| !stale.contains(&name.as_str()));
    }
    stands && !(cleared && is_label(attr, element))
}

/// Whether nothing but labels is left: `{"type":"work"}`.
fn is_label(attr: &Attr, element: &Doc) -> bool {
    let labelled = attr.multi || attr.sub("value").is_some();
    let label = |name: &String| ["type", "primary"].contains(&name.as_str());
    element.is_empty() || (labelled && element.keys().all(label))
}

fn primaries(list: &[Value]) -> Vec<bool> {
    list.iter()
        .map(|element| element["primary"] == json!(true))
        .collect()
}

/// The element that has become primary is the only one (section 3.5.2).
fn settle(list: &mut [Value], was: &[bool]) -> Result<bool, Fault> {
    let now = primaries(list);
    let fresh = |at: &usize| now[*at] && !was.get(*at).copied().unwrap_or(false);
    let fresh: Vec<usize> = (0..list.len()).filter(fresh).collect();
    match fresh.as_slice() {
        [] => Ok(false),
        [chosen] => {
            for (at, element) in list.iter_mut().enumerate() {
                if at != *chosen && element["primary"] == json!(true) {
                    element["primary"] = json!(false);
                }
            }
            Ok(true)
        }
        _ => refuse(400, "invalidValue"),
    }
}
