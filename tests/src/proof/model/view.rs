//! How the model shows a resource: RFC 7643 section 7 (`returned`), RFC 7644
//! section 3.9 (`attributes`, `excludedAttributes`) and 3.4.2 (lists).

use super::filter::named;
use super::op::{self, List, Order, Show};
use super::realm::shown;
use super::schema::{Attr, Case, Doc, Type, Use, fold};
use super::state::{Realm, tag_of};
use super::{ENTERPRISE, Fault, Kind};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A page, and all of which it is one.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Page {
    /// Zero-based, of the matches.
    pub first: usize,
    pub count: usize,
    /// In order, where there is one: id, sort key, resource.
    pub matches: Vec<(String, Option<Key>, Value)>,
}

/// Where a resource stands in an order: without the value last.
pub type Key = (bool, String);

impl Realm {
    /// What a list or search finds, in the order that is asked for.
    pub(super) fn page(&self, list: &List, page: op::Page) -> Result<Page, Fault> {
        if let Some(filter) = &list.filter {
            filter.check(list.of())?;
        }
        let mut matches = Vec::new();
        for (id, it) in &self.resources {
            let whole = full(self, id);
            let fits = list
                .filter
                .as_ref()
                .is_none_or(|filter| filter.matches(it.kind, &whole));
            if list.of().contains(&it.kind) && fits {
                let key = list.sort_by.as_ref().map(|by| key(it.kind, &whole, by));
                matches.push((id.clone(), key, view(self, id, &list.show)));
            }
        }
        matches.sort_by(|(_, a, _), (_, b, _)| match list.order {
            Order::Ascending => a.cmp(b),
            Order::Descending => b.cmp(a),
        });
        // Section 3.4.2.4: below 1 is 1, below 0 is 0; README: 100, at most 1,000.
        let first = usize::try_from(page.start_index.unwrap_or(1).max(1)).unwrap() - 1;
        let count = usize::try_from(page.count.unwrap_or(100).clamp(0, 1_000)).unwrap();
        Ok(Page {
            first,
            count,
            matches,
        })
    }
}

/// Section 3.4.2.3: without case where case does not count.
fn key(kind: Kind, whole: &Doc, by: &str) -> Key {
    let found = named(kind, by).and_then(|(attr, sub)| {
        let value = whole.get(attr.name)?;
        let (leaf, value) = match sub {
            Some(sub) => (sub, value.get(sub.name)?),
            None => (attr, value),
        };
        let text = value.as_str()?;
        Some(match leaf.of {
            Type::Text(Case::Folded) => fold(text),
            _ => text.to_owned(),
        })
    });
    (found.is_none(), found.unwrap_or_default())
}

/// A resource whole: its attributes side by side, its memberships, `id` and `meta`.
pub(super) fn full(realm: &Realm, id: &str) -> Doc {
    let it = &realm.resources[id];
    let at = |kind: Kind, id: &str| format!("{}{}/{id}", realm.base, kind.endpoint());
    let mut whole = it.doc.clone();
    whole.insert("id".to_owned(), json!(id));
    let memberships: Vec<Value> = match it.kind {
        // Direct ones: `User.groups` is the inverse of `Group.members`.
        Kind::User => {
            let groups = realm.groups_of(id);
            let show = |group: &String| {
                let display = &realm.resources[group].doc["displayName"];
                json!({"value": group, "$ref": at(Kind::Group, group), "display": display, "type": "direct"})
            };
            groups.iter().map(show).collect()
        }
        Kind::Group => {
            let show = |member: &String| {
                let it = &realm.resources[member];
                let mut shown = json!({"value": member, "$ref": at(it.kind, member), "type": format!("{:?}", it.kind)});
                if let Some(name) = display(it.kind, &it.doc) {
                    shown["display"] = name;
                }
                shown
            };
            it.members.iter().map(show).collect()
        }
    };
    if !memberships.is_empty() {
        let name = match it.kind {
            Kind::User => "groups",
            Kind::Group => "members",
        };
        whole.insert(name.to_owned(), json!(memberships));
    }
    let meta = json!({
        "resourceType": format!("{:?}", it.kind), "location": at(it.kind, id),
        "version": tag_of(it.version, it.moves),
        "created": shown(&it.created), "lastModified": shown(&it.modified),
    });
    whole.insert("meta".to_owned(), meta);
    whole
}

/// What a member is called.
fn display(kind: Kind, doc: &Doc) -> Option<Value> {
    let name = doc.get("displayName");
    match kind {
        Kind::User => name.or(doc.get("userName")).cloned(),
        Kind::Group => name.cloned(),
    }
}

/// What an answer shows of a resource.
pub(super) fn view(realm: &Realm, id: &str, show: &Show) -> Value {
    let kind = realm.resources[id].kind;
    let whole = full(realm, id);
    let mut core = Map::new();
    let mut extension = Map::new();
    let mut schemas = vec![json!(kind.urn())];
    for attr in kind.attrs() {
        let Some(value) = whole.get(attr.name) else {
            continue;
        };
        if attr.enterprise && !schemas.contains(&json!(ENTERPRISE)) {
            schemas.push(json!(ENTERPRISE));
        }
        let Some(value) = trimmed(kind, attr, value, show) else {
            continue;
        };
        match attr.enterprise {
            true => extension.insert(attr.name.to_owned(), value),
            false => core.insert(attr.name.to_owned(), value),
        };
    }
    if !extension.is_empty() {
        core.insert(ENTERPRISE.to_owned(), Value::Object(extension));
    }
    for (urn, object) in whole.iter().filter(|(name, _)| name.starts_with("urn:")) {
        schemas.push(json!(urn));
        if show.attributes.is_empty() && !show.excluded.contains(urn) {
            core.insert(urn.clone(), object.clone());
        }
    }
    core.insert("schemas".to_owned(), json!(schemas));
    Value::Object(core)
}

/// How an attribute is named in a parameter.
enum Named {
    Not,
    /// By itself, or with its schema, and by these sub-attributes beside.
    Whole(BTreeSet<&'static str>),
    Subs(BTreeSet<&'static str>),
}

fn naming(kind: Kind, attr: &Attr, names: &[String]) -> Named {
    let mut whole = false;
    let mut subs = BTreeSet::new();
    for name in names {
        match named(kind, name) {
            _ if attr.enterprise && name.eq_ignore_ascii_case(ENTERPRISE) => whole = true,
            Some((found, sub)) if found.name == attr.name => match sub {
                None => whole = true,
                Some(sub) => drop(subs.insert(sub.name)),
            },
            _ => {}
        }
    }
    match (whole, subs.is_empty()) {
        (true, _) => Named::Whole(subs),
        (false, true) => Named::Not,
        (false, false) => Named::Subs(subs),
    }
}

/// What is shown of a value. Both parameters given: what is excluded is taken from what is asked for.
fn trimmed(kind: Kind, attr: &Attr, value: &Value, show: &Show) -> Option<Value> {
    if attr.name == "id" {
        return Some(value.clone());
    }
    let asked = naming(kind, attr, &show.attributes);
    let excluded = naming(kind, attr, &show.excluded);
    let is_default = show.attributes.is_empty();
    if matches!(excluded, Named::Whole(_)) || (!is_default && matches!(asked, Named::Not)) {
        return None;
    }
    let shows = |sub: &Attr| {
        let off = matches!(&excluded, Named::Subs(subs) if subs.contains(sub.name));
        let on = match (&asked, sub.usage) {
            (Named::Subs(subs), _) | (Named::Whole(subs), Use::OnRequest) => {
                subs.contains(sub.name)
            }
            (Named::Not, Use::OnRequest) => false,
            _ => true,
        };
        on && !off
    };
    let one = |value: &Value| match value {
        Value::Object(object) => {
            let kept = object
                .iter()
                .filter(|(name, _)| attr.sub(name).is_some_and(shows));
            let kept: Doc = kept
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            (!kept.is_empty()).then_some(Value::Object(kept))
        }
        simple => Some(simple.clone()),
    };
    match value {
        Value::Array(elements) => {
            let elements: Vec<Value> = elements.iter().filter_map(one).collect();
            (!elements.is_empty()).then_some(Value::Array(elements))
        }
        value => one(value),
    }
}

/// Whether an answer shows what groups or members are called.
pub(super) fn shows_names(realm: &Realm, id: &str, show: &Show) -> bool {
    let kind = realm.resources[id].kind;
    let (name, is_there) = match kind {
        Kind::User => ("groups", !realm.groups_of(id).is_empty()),
        Kind::Group => ("members", true),
    };
    let probe = json!([{"value": "x", "display": "x"}]);
    let attr = kind.attr(name).unwrap();
    let shown = trimmed(kind, attr, &probe, show);
    is_there && shown.is_some_and(|shown| shown[0].get("display").is_some())
}
