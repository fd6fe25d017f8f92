//! An event as it is stored and read back.

use crate::db::Item;
use crate::failure::{internal, unreadable};
use crate::keys::{Keys, SK};
use crate::kind::{Kind, ResourceId};
use crate::policy::EventPolicy;
use crate::record::FORMAT;
use crate::transaction::{Action, Transaction};
use auth::Actor;
use jiff::{SignedDuration, Timestamp};
use scim::Result;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;
use serde_json::{Map, Value};
use uuid::Uuid;

/// How many unknown member ids an event names.
const NAMED: usize = 5;
/// How many bytes of names of changed attributes an event holds. A name is whole
/// or left out.
const CHANGED: usize = 280;
/// How much of a client's own name for itself is kept, in bytes.
const USER_AGENT: usize = 100;
/// How much of a sentence is kept.
const DETAIL: usize = 400;
/// How much of a path is kept.
const PATH: usize = 200;
/// How much of a subject or an operator's name is kept.
const NAME: usize = 200;
/// How many bytes of values are kept, where a realm keeps them.
const VALUES: usize = 8 * 1024;

/// What sort of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// A client has changed a resource.
    Write,
    /// A client's change was refused.
    Refusal,
    /// Nobody was let in.
    Authentication,
    /// An operator has changed the realm, its keys, schemas or mappers.
    Administration,
    /// A member has moved along.
    Member,
    /// A key's time is running out.
    Key,
    /// The deletion guard has acted.
    Guard,
}

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EventAction {
    /// A resource was made.
    Create,
    /// PUT.
    Replace,
    /// PATCH.
    Patch,
    /// A resource was deleted.
    Delete,
    /// Another write, such as one that no route takes.
    Other,
    /// Somebody tried to come in.
    Authenticate,
    /// The realm was made.
    CreateRealm,
    /// The realm was changed.
    UpdateRealm,
    /// The realm is being deleted.
    DeleteRealm,
    /// A key was made.
    CreateKey,
    /// A key was replaced by another.
    RotateKey,
    /// A key was revoked.
    RevokeKey,
    /// A key's end is near.
    ExpireKey,
    /// An extension schema was declared or changed.
    PutSchema,
    /// An extension schema is declared no more.
    DeleteSchema,
    /// The mappers were set.
    PutMappers,
    /// The mappers are the defaults again.
    DeleteMappers,
    /// A member's state was set.
    MoveMember,
    /// A member was imported.
    ImportMember,
    /// The guard has begun to refuse.
    TripGuard,
    /// The guard was released.
    ReleaseGuard,
}

impl EventKind {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Write,
        Self::Refusal,
        Self::Authentication,
        Self::Administration,
        Self::Member,
        Self::Key,
        Self::Guard,
    ];

    /// The word of the administration's JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Write => "write",
            Self::Refusal => "refusal",
            Self::Authentication => "authentication",
            Self::Administration => "administration",
            Self::Member => "member",
            Self::Key => "key",
            Self::Guard => "guard",
        }
    }
}

/// How many members came and went, and which were not to be found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemberCounts {
    /// How many were added.
    pub added: usize,
    /// How many were removed.
    pub removed: usize,
    /// How many values named no user or group.
    pub unknown: usize,
    /// Some of them, when they look like ids of ours: anything else may be a person's data.
    pub unknown_ids: Vec<String>,
}

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id; ids sort by time.
    pub id: Uuid,
    /// When.
    pub time: Timestamp,
    /// What sort of thing.
    pub kind: EventKind,
    /// What exactly.
    pub action: EventAction,
    /// Who; of a failed authentication the key that was claimed, which proves nothing.
    pub actor: Option<Actor>,
    /// What the client calls itself.
    pub user_agent: Option<String>,
    /// Where it came from.
    pub source: Option<String>,
    /// The request's method.
    pub method: String,
    /// The request's path, a realm's relative to its Tenant URL.
    pub path: String,
    /// The status answered.
    pub status: u16,
    /// The error's scimType.
    pub scim_type: Option<String>,
    /// The error's sentence.
    pub detail: Option<String>,
    /// The resource.
    pub resource: Option<(Kind, ResourceId)>,
    /// What it is about that is no resource.
    pub subject: Option<String>,
    /// The names of the attributes that changed, the first of them.
    pub changed: Vec<String>,
    /// How many attributes changed.
    pub changed_count: usize,
    /// Their new values, where the realm keeps them; null for what is gone.
    pub values: Option<Map<String, Value>>,
    /// What happened to members.
    pub members: MemberCounts,
    /// The request's id.
    pub request: Uuid,
    /// How long the request had taken when the event was written, in milliseconds.
    pub duration_ms: u64,
    /// What the request had consumed by then.
    pub read_units: f64,
    /// What the request had consumed by then; the event's own transaction is not in it.
    pub write_units: f64,
}

#[derive(Serialize, Deserialize)]
struct EventItem {
    f: u8,
    at: i64,
    k: EventKind,
    a: EventAction,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operator: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    method: String,
    path: String,
    status: u16,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scim_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<ByteBuf>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    changed: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    changed_count: usize,
    /// JSON text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    values: Option<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    added: usize,
    #[serde(default, skip_serializing_if = "is_zero")]
    removed: usize,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<String>,
    #[serde(default, skip_serializing_if = "is_zero")]
    unknown_count: usize,
    request: ByteBuf,
    ms: u64,
    rru: f64,
    wru: f64,
    ttl: i64,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

impl Event {
    /// Puts the event into the transaction, whose token becomes its id and whose instant its own.
    pub(crate) fn record(
        mut self,
        keys: &Keys,
        policy: &EventPolicy,
        transaction: &mut Transaction,
    ) -> Result<()> {
        self.id = transaction.event();
        self.time = transaction.at();
        self.put(keys, policy, transaction)
    }

    /// Puts the event into a transaction that another one records.
    pub(crate) fn put(
        self,
        keys: &Keys,
        policy: &EventPolicy,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let key = keys.event(self.id);
        let item = self.into_item(policy)?;
        transaction.add(
            key,
            Action::Put {
                item,
                condition: None,
            },
        )
    }

    /// The event as an item, bounded.
    pub(crate) fn into_item(self, policy: &EventPolicy) -> Result<Item> {
        let (key, operator) = match self.actor {
            Some(Actor::Key(key)) => (Some(key.to_string()), None),
            Some(Actor::Operator(name)) => (None, Some(cut(&name, NAME))),
            None => (None, None),
        };
        let keep = SignedDuration::from_hours(24 * i64::from(policy.retention_days));
        let values = self.values.map(|values| bounded(&values)).transpose()?;
        let item = EventItem {
            f: FORMAT,
            at: self.time.as_millisecond(),
            k: self.kind,
            a: self.action,
            key,
            operator,
            client: self.user_agent.map(|name| cut(&name, USER_AGENT)),
            source: self.source,
            method: self.method,
            path: cut(&self.path, PATH),
            status: self.status,
            scim_type: self.scim_type,
            detail: self.detail.map(|detail| cut(&detail, DETAIL)),
            kind: self
                .resource
                .map(|(kind, _)| kind.resource_type().name.to_owned()),
            id: self
                .resource
                .map(|(_, id)| ByteBuf::from(id.as_bytes().as_slice())),
            subject: self.subject.map(|subject| cut(&subject, NAME)),
            changed: named(self.changed),
            changed_count: self.changed_count,
            values,
            added: self.members.added,
            removed: self.members.removed,
            unknown: self.members.unknown_ids.into_iter().take(NAMED).collect(),
            unknown_count: self.members.unknown,
            request: ByteBuf::from(self.request.as_bytes().as_slice()),
            ms: self.duration_ms,
            rru: self.read_units,
            wru: self.write_units,
            // A warning may be due as late as an instant can be.
            ttl: self
                .time
                .checked_add(keep)
                .unwrap_or(Timestamp::MAX)
                .as_second(),
        };
        serde_dynamo::to_item(item).map_err(unreadable)
    }

    /// Reads back what [`Self::into_item`] wrote.
    pub(crate) fn read(item: Item) -> Result<Self> {
        let id = item
            .get(SK)
            .and_then(|sk| sk.as_s().ok()?.parse::<Uuid>().ok())
            .ok_or_else(|| internal("an event has no id"))?;
        let item: EventItem = serde_dynamo::from_item(item).map_err(unreadable)?;
        let actor = match (item.key, item.operator) {
            (Some(key), _) => Some(Actor::Key(key.parse().map_err(unreadable)?)),
            (None, Some(name)) => Some(Actor::Operator(name)),
            (None, None) => None,
        };
        let resource = match (item.kind.as_deref().and_then(Kind::named), &item.id) {
            (Some(kind), Some(id)) => ResourceId::from_bytes(id).map(|id| (kind, id)),
            _ => None,
        };
        Ok(Self {
            id,
            time: Timestamp::from_millisecond(item.at).map_err(unreadable)?,
            kind: item.k,
            action: item.a,
            actor,
            user_agent: item.client,
            source: item.source,
            method: item.method,
            path: item.path,
            status: item.status,
            scim_type: item.scim_type,
            detail: item.detail,
            resource,
            subject: item.subject,
            changed: item.changed,
            changed_count: item.changed_count,
            values: item
                .values
                .map(|text| serde_json::from_str(&text).map_err(unreadable))
                .transpose()?,
            members: MemberCounts {
                added: item.added,
                removed: item.removed,
                unknown: item.unknown_count,
                unknown_ids: item.unknown,
            },
            request: Uuid::from_slice(&item.request).map_err(unreadable)?,
            duration_ms: item.ms,
            read_units: item.rru,
            write_units: item.wru,
        })
    }
}

/// As many of the names as there is room for.
fn named(names: Vec<String>) -> Vec<String> {
    let mut left = CHANGED;
    names
        .into_iter()
        .filter(|name| match left.checked_sub(name.len()) {
            Some(rest) => {
                left = rest;
                true
            }
            None => false,
        })
        .collect()
}

/// The values as JSON text, as many as there is room for.
fn bounded(values: &Map<String, Value>) -> Result<String> {
    let mut kept = Map::new();
    let mut left = VALUES;
    for (name, value) in values {
        let size = name.len() + value.to_string().len() + 4;
        if let Some(rest) = left.checked_sub(size) {
            left = rest;
            kept.insert(name.clone(), value.clone());
        }
    }
    serde_json::to_string(&kept).map_err(unreadable)
}

/// The text's beginning, of at most so many bytes.
fn cut(text: &str, bytes: usize) -> String {
    let end = text.floor_char_boundary(bytes);
    text.get(..end).unwrap_or(text).to_owned()
}
