//! The model: what each request does to two realms, and what it is answered.

use super::op::{Act, By, Scope, Step, Tag};
use super::schema::Doc;
use super::view::Page;
use super::{Fault, Kind, refuse};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// When something was: in milliseconds since 1970, between a request and its answer, or as an answer has shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Moment {
    /// Not shown yet.
    Between(i64, i64),
    /// Shown.
    Shown(String),
}

/// A user or group.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Resource {
    pub kind: Kind,
    pub doc: Doc,
    /// Counts changes of it, of a group's members too.
    pub version: u64,
    /// Counts changes of its memberships.
    pub moves: u64,
    pub created: Moment,
    pub modified: Moment,
    /// Of a group.
    pub members: BTreeSet<String>,
}

/// A key.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Key {
    pub label: String,
    pub id: String,
    pub token: String,
    pub scope: Scope,
    pub works: bool,
    pub revoked: bool,
}

/// How far a realm is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Life {
    Absent,
    Enabled,
    Disabled,
}

/// A realm.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Realm {
    /// Its Tenant URL.
    pub base: String,
    pub life: Life,
    /// All there ever were, the newest last; those of an earlier realm of the name work no more.
    pub keys: Vec<Key>,
    /// By id.
    pub resources: BTreeMap<String, Resource>,
    /// How many writes were accepted.
    pub writes: usize,
}

/// What a server gave out by chance and the model has to be told.
#[derive(Debug, Clone, Default)]
pub struct Hints {
    /// The id of what was created.
    pub id: Option<String>,
    /// The ids of what a bulk request created, by bulkId.
    pub bulk: BTreeMap<String, String>,
    /// A key's id and token.
    pub key: Option<(String, String)>,
    /// When the request was sent and when it was answered.
    pub between: (i64, i64),
}

/// What an answer must be.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Expected {
    pub status: u16,
    pub scim_type: Option<&'static str>,
    pub location: Option<String>,
    pub etag: Option<String>,
    pub body: Body,
}

/// What its body must be; that of a refusal follows from the status.
#[derive(Debug, Clone, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    None,
    /// This resource; times not known yet are null.
    Resource(Value),
    /// A page of these.
    Page(Page),
    /// What came of each operation.
    Bulk(Vec<Entry>),
    /// An operator's answer with these fields.
    Fields(Value),
}

/// What came of a bulk operation.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words are the RFC's")]
pub struct Entry {
    pub method: &'static str,
    pub bulk_id: Option<String>,
    pub status: u16,
    pub scim_type: Option<&'static str>,
    pub location: Option<String>,
}

/// Two realms, and which resource bears which label.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Model {
    pub realms: Vec<Realm>,
    pub labels: BTreeMap<String, String>,
}

impl Model {
    /// Nothing yet, at these Tenant URLs.
    pub fn new(bases: &[String]) -> Self {
        let realm = |base: &String| Realm {
            base: base.clone(),
            life: Life::Absent,
            keys: Vec::new(),
            resources: BTreeMap::new(),
            writes: 0,
        };
        Self {
            realms: bases.iter().map(realm).collect(),
            labels: BTreeMap::new(),
        }
    }

    /// The step with ids for labels, and texts for tags.
    pub fn resolved(&self, step: &Step) -> Step {
        let mut value = serde_json::to_value(step).unwrap();
        replace(&mut value, &|text| {
            let label = text.strip_prefix('@')?;
            let nothing = || {
                let sum = label
                    .bytes()
                    .fold(0_u64, |sum, byte| sum * 31 + u64::from(byte));
                format!("00000000-0000-4000-8000-{:012x}", sum & 0xffff_ffff)
            };
            Some(self.labels.get(label).cloned().unwrap_or_else(nothing))
        });
        let mut step: Step = serde_json::from_value(value).unwrap();
        self.texts(step.realm, &mut step.act);
        step
    }

    fn texts(&self, realm: usize, act: &mut Act) {
        match act {
            Act::Get { id, when, .. }
            | Act::Put { id, when, .. }
            | Act::Patch { id, when, .. }
            | Act::Delete { id, when, .. } => {
                let there = self.realms[realm].resources.get(id);
                let (version, moves) = there.map_or((1, 0), |it| (it.version, it.moves));
                for tag in [&mut when.matches, &mut when.none_matches]
                    .into_iter()
                    .flatten()
                {
                    let text = match tag {
                        Tag::Current => tag_of(version, moves),
                        Tag::Moved => tag_of(version, moves + 1_000),
                        Tag::Stale => tag_of(version - 1, moves),
                        Tag::Text(text) => text.clone(),
                    };
                    *tag = Tag::Text(text);
                }
            }
            Act::Bulk { operations, .. } => {
                for operation in operations {
                    self.texts(realm, &mut operation.act);
                }
            }
            _ => {}
        }
    }

    /// Does a resolved step, and says what it is answered.
    pub fn answer(&mut self, step: &Step, hints: &Hints) -> Expected {
        let done = match step.act.is_admin() {
            true => self.administer(step, hints),
            false => self.let_in(step).and_then(|()| self.ask(step, hints)),
        };
        done.unwrap_or_else(|fault| Expected {
            status: fault.status,
            scim_type: fault.scim_type,
            ..Expected::default()
        })
    }

    /// Who is let in (DESIGN.md section 4): a key that works, of this realm, while
    /// it is not switched off, and for a write one that is not for reading alone.
    fn let_in(&self, step: &Step) -> Result<(), Fault> {
        let realm = &self.realms[step.realm];
        let token = self.token(step);
        let key = realm
            .keys
            .iter()
            .find(|key| key.works && Some(&key.token) == token.as_ref());
        match (realm.life, key) {
            (Life::Absent, _) | (_, None) => refuse(401, ""),
            (Life::Disabled, _) => refuse(403, ""),
            (Life::Enabled, Some(key)) if key.scope == Scope::Read && writes(&step.act) => {
                refuse(403, "")
            }
            (Life::Enabled, Some(_)) => Ok(()),
        }
    }

    /// The token that comes with a request.
    pub fn token(&self, step: &Step) -> Option<String> {
        let of = |realm: usize, label: &str, back: usize| {
            let mut keys = self.realms[realm]
                .keys
                .iter()
                .rev()
                .filter(|key| key.label == label);
            let token = keys.nth(back).map(|key| key.token.clone());
            Some(token.unwrap_or_else(|| format!("mst_none_{label}")))
        };
        match &step.by {
            By::Main => of(step.realm, "main", 0),
            By::Key(label) => of(step.realm, label, 0),
            By::Former(label) => of(step.realm, label, 1),
            By::Foreign(label) => of(1 - step.realm, label, 0),
            By::Garbage(text) => Some(text.clone()),
            By::Nobody => None,
        }
    }

    fn ask(&mut self, step: &Step, hints: &Hints) -> Result<Expected, Fault> {
        let at = step.realm;
        match &step.act {
            Act::Create { .. } | Act::Put { .. } | Act::Patch { .. } | Act::Delete { .. } => {
                let label = match &step.act {
                    Act::Create { label, .. } => Some(label.clone()),
                    _ => None,
                };
                let done = self.realms[at].write(&step.act, hints.id.as_ref(), hints.between)?;
                if let (Some(label), Some(id)) = (label, &hints.id) {
                    self.labels.insert(label, id.clone());
                }
                Ok(done)
            }
            Act::Get {
                kind,
                id,
                show,
                when,
            } => self.realms[at].read(*kind, id, show, when),
            Act::List(list, page) => {
                let page = self.realms[at].page(list, *page)?;
                Ok(Expected {
                    status: 200,
                    body: Body::Page(page),
                    ..Expected::default()
                })
            }
            Act::Walk(list, ..) => {
                let page = self.realms[at].page(
                    list,
                    super::op::Page {
                        start_index: None,
                        count: Some(1_000),
                    },
                )?;
                Ok(Expected {
                    status: 200,
                    body: Body::Page(page),
                    ..Expected::default()
                })
            }
            Act::Bulk {
                fail_on_errors,
                operations,
            } => {
                let entries = self.bulk(at, *fail_on_errors, operations, hints);
                Ok(Expected {
                    status: 200,
                    body: Body::Bulk(entries),
                    ..Expected::default()
                })
            }
            Act::Hostile(name) => Err(super::hostile::fault(name)),
            _ => refuse(500, ""),
        }
    }
}

fn writes(act: &Act) -> bool {
    match act {
        Act::Hostile(name) => super::hostile::writes(name),
        Act::Get { .. } | Act::List(..) | Act::Walk(..) => false,
        _ => true,
    }
}

/// README, "ETag".
pub fn tag_of(version: u64, moves: u64) -> String {
    format!("W/\"{version}.{moves}\"")
}

/// Replaces whole strings.
pub fn replace(value: &mut Value, with: &impl Fn(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = with(text) {
                *text = new;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, with)),
        Value::Object(object) => object.values_mut().for_each(|value| replace(value, with)),
        _ => {}
    }
}

/// The bulkIds that an operation refers to.
pub fn references(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => text
            .strip_prefix("bulkId:")
            .map(str::to_owned)
            .into_iter()
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(object) => object.values().flat_map(references).collect(),
        _ => BTreeSet::new(),
    }
}
