//! An answer held against what the model says: status, headers, the whole body.

use super::Kind;
use super::op::Act;
use super::state::{Body, Entry, Expected, Moment, Realm};
use super::view::Page;
use crate::Answer;
use crate::json::{lacks, unlike};
use crate::urn;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What differs, in words.
pub type Difference = String;

/// Compares. Times that the answer shows first are kept in `realm`.
pub fn compare(
    act: &Act,
    expected: &Expected,
    answer: &Answer,
    realm: &mut Realm,
) -> Result<(), Difference> {
    if answer.status != expected.status {
        return Err(format!(
            "status {}, expected {}",
            answer.status, expected.status
        ));
    }
    if expected.status >= 400 {
        return refusal(act, expected, answer);
    }
    for (name, value) in [("location", &expected.location), ("etag", &expected.etag)] {
        if let Some(value) = value
            && answer.header(name) != value
        {
            return Err(format!(
                "{name} {:?}, expected {value:?}",
                answer.header(name)
            ));
        }
    }
    let body = match answer.bytes.is_empty() {
        true => Value::Null,
        false => {
            serde_json::from_slice(&answer.bytes).map_err(|error| format!("no JSON: {error}"))?
        }
    };
    let media = match act.is_admin() {
        true => "application/json",
        false => "application/scim+json",
    };
    if body != Value::Null && answer.header("content-type") != media {
        return Err(format!("content-type {:?}", answer.header("content-type")));
    }
    match &expected.body {
        Body::None if body == Value::Null => Ok(()),
        Body::None => Err("a body, expected none".to_owned()),
        Body::Fields(fields) => lacks(fields, &body).map_or(Ok(()), Err),
        Body::Resource(resource) => same(resource, &body, realm),
        Body::Page(page) => paged(page, &body, realm),
        Body::Bulk(entries) => bulk(entries, &body),
    }
}

/// RFC 7644 section 3.12, RFC 9457 for operators; a sentence for the administrator.
fn refusal(act: &Act, expected: &Expected, answer: &Answer) -> Result<(), Difference> {
    let body: Value =
        serde_json::from_slice(&answer.bytes).map_err(|error| format!("no JSON: {error}"))?;
    let media = match act.is_admin() {
        true => "application/problem+json",
        false => "application/scim+json",
    };
    if answer.header("content-type") != media {
        return Err(format!("content-type {:?}", answer.header("content-type")));
    }
    if body["detail"]
        .as_str()
        .unwrap_or_default()
        .split(' ')
        .count()
        < 3
    {
        return Err("`detail` is no sentence".to_owned());
    }
    if act.is_admin() {
        return lacks(&json!({"status": expected.status}), &body).map_or(Ok(()), Err);
    }
    error_body(expected.status, expected.scim_type, &body)
}

fn error_body(status: u16, scim_type: Option<&str>, body: &Value) -> Result<(), Difference> {
    let mut whole =
        json!({"schemas": [urn::ERROR], "status": status.to_string(), "detail": body["detail"]});
    if let Some(scim_type) = scim_type {
        whole["scimType"] = json!(scim_type);
    }
    unlike(&whole, body).map_or(Ok(()), Err)
}

/// A resource. What is not known of its times is learnt, and has to lie between
/// the request that made the change and its answer.
fn same(expected: &Value, actual: &Value, realm: &mut Realm) -> Result<(), Difference> {
    let mut expected = expected.clone();
    let id = actual["id"].as_str().unwrap_or_default();
    let shown = actual
        .get("meta")
        .filter(|_| expected.get("meta").is_some());
    if let (Some(shown), Some(it)) = (shown, realm.resources.get_mut(id)) {
        let (version, created, modified) = (it.version, &mut it.created, &mut it.modified);
        for (name, moment) in [("created", created), ("lastModified", modified)] {
            if let Some(text) = shown[name]
                .as_str()
                .filter(|_| expected["meta"].get(name).is_some())
            {
                learn(moment, text).map_err(|text| format!("meta.{name}: {text}"))?;
                expected["meta"][name] = json!(text);
            }
        }
        if version == 1
            && matches!((&it.created, &it.modified), (Moment::Shown(a), Moment::Shown(b)) if a != b)
        {
            return Err("a new resource is changed later than it is created".to_owned());
        }
    }
    unlike(&expected, actual).map_or(Ok(()), Err)
}

fn learn(moment: &mut Moment, text: &str) -> Result<(), Difference> {
    match moment {
        Moment::Shown(before) if before == text => {}
        Moment::Shown(before) => return Err(format!("{text}, and it was {before}")),
        Moment::Between(sent, answered) => {
            let at: Timestamp = text
                .parse()
                .map_err(|_| format!("`{text}` is no instant"))?;
            if !(*sent..=*answered).contains(&at.as_millisecond()) {
                return Err(format!("{text} is not when the change was made"));
            }
            *moment = Moment::Shown(text.to_owned());
        }
    }
    Ok(())
}

/// A page (RFC 7644 section 3.4.2): in its order, where there is one; else any of
/// the matches, each once.
fn paged(page: &Page, body: &Value, realm: &mut Realm) -> Result<(), Difference> {
    let total = page.matches.len();
    let expected = page.count.min(total.saturating_sub(page.first));
    let numbers = json!({
        "schemas": [urn::LIST], "totalResults": total, "itemsPerPage": expected,
        "startIndex": page.first + 1,
    });
    if let Some(difference) = lacks(&numbers, body) {
        return Err(difference);
    }
    let shown = body["Resources"].as_array().ok_or("no Resources")?;
    members(page, page.first, shown, realm)
}

/// Resources that are to be those of a list from `first` on.
pub fn members(
    page: &Page,
    first: usize,
    shown: &[Value],
    realm: &mut Realm,
) -> Result<(), Difference> {
    let expected = page.count.min(page.matches.len().saturating_sub(first));
    if shown.len() != expected {
        return Err(format!("{} resources, expected {expected}", shown.len()));
    }
    let mut seen = BTreeSet::new();
    for (place, resource) in shown.iter().enumerate() {
        let id = resource["id"].as_str().unwrap_or_default();
        let found = page.matches.iter().find(|(own, ..)| own == id);
        let (_, key, expected) = found.ok_or(format!("`{id}` does not match"))?;
        if !seen.insert(id) {
            return Err(format!("`{id}` is there twice"));
        }
        if page.matches[first + place].1 != *key {
            return Err(format!("`{id}` is out of order"));
        }
        same(expected, resource, realm).map_err(|text| format!("Resources/{place}{text}"))?;
    }
    Ok(())
}

/// RFC 7644 section 3.7.3.
fn bulk(entries: &[Entry], body: &Value) -> Result<(), Difference> {
    let shown = body["Operations"].as_array().ok_or("no Operations")?;
    if body["schemas"] != json!([urn::BULK_RESPONSE]) || shown.len() != entries.len() {
        return Err(format!(
            "{} operations, expected {}",
            shown.len(),
            entries.len()
        ));
    }
    for (place, (entry, shown)) in entries.iter().zip(shown).enumerate() {
        let mut whole = json!({"method": entry.method, "status": entry.status.to_string()});
        let given = [("bulkId", &entry.bulk_id), ("location", &entry.location)];
        for (name, value) in given {
            if let Some(value) = value {
                whole[name] = json!(value);
            }
        }
        // What it became is compared when it is read.
        for name in ["version", "response"] {
            if let Some(value) = shown.get(name) {
                whole[name] = value.clone();
            }
        }
        let difference = unlike(&whole, shown);
        difference.map_or(Ok(()), |text| Err(format!("Operations/{place}{text}")))?;
        if entry.status >= 400 {
            error_body(entry.status, entry.scim_type, &shown["response"])
                .map_err(|text| format!("Operations/{place}/response{text}"))?;
        }
    }
    Ok(())
}

/// Whether a realm as it lies in the table is the model's: what a look at it has found.
pub fn at_rest(realm: &Realm, look: &crate::proof::invariants::Look) -> Result<(), Difference> {
    let edges: usize = realm.resources.values().map(|it| it.members.len()).sum();
    let is_there = realm.life != super::state::Life::Absent;
    let own = (
        realm.of(Kind::User).count(),
        realm.of(Kind::Group).count(),
        edges,
    );
    let theirs = (look.users, look.groups, look.edges);
    if let Some(fault) = look.faults.first().filter(|_| is_there) {
        return Err(format!("in the table: {fault}"));
    }
    if own != theirs {
        return Err(format!(
            "users, groups and memberships {theirs:?}, expected {own:?}"
        ));
    }
    if is_there && look.writes() != realm.writes {
        return Err(format!(
            "{:?}, expected {} writes",
            look.events, realm.writes
        ));
    }
    Ok(())
}
