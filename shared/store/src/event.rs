//! What happened: one item a write, in the write's own transaction.

use crate::db::Item;
use crate::keys::Keys;
use crate::kind::{Kind, ResourceId};
use crate::record::FORMAT;
use crate::transaction::{Action, Transaction};
use auth::KeyId;
use jiff::{SignedDuration, Timestamp};
use scim::{Attributes, Result};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// How long an event is kept.
const RETENTION: SignedDuration = SignedDuration::from_hours(90 * 24);
/// How many unknown member ids an event names: it is to stay below 1 KiB, a
/// write unit. How many there were is counted beside.
const NAMED: usize = 5;
/// How many changed attributes an event names, and how much of each name.
const CHANGED: (usize, usize) = (8, 40);
/// How much of a client's own name for itself is kept, in bytes.
const CLIENT: usize = 100;

/// Who asked, for the record.
#[derive(Debug, Clone)]
pub struct Audit {
    /// The request's id.
    pub request: Uuid,
    /// The User-Agent.
    pub client: Option<String>,
    /// The source address.
    pub source: Option<String>,
}

/// What was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// POST.
    Create,
    /// PUT.
    Replace,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// An event in the making.
#[derive(Debug, Clone)]
pub(crate) struct Event<'a> {
    pub(crate) verb: Verb,
    pub(crate) kind: Kind,
    pub(crate) id: ResourceId,
    pub(crate) changed: Vec<String>,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) unknown: &'a [String],
}

#[derive(Serialize)]
struct EventItem<'a> {
    f: u8,
    at: i64,
    key: &'a str,
    verb: Verb,
    kind: &'a str,
    id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    changed: Vec<&'a str>,
    #[serde(skip_serializing_if = "is_zero")]
    changed_count: usize,
    #[serde(skip_serializing_if = "is_zero")]
    added: usize,
    #[serde(skip_serializing_if = "is_zero")]
    removed: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unknown: Vec<&'a str>,
    #[serde(skip_serializing_if = "is_zero")]
    unknown_count: usize,
    request: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'a str>,
    ttl: i64,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The id of an event that happens now: UUIDs of version 7 sort by time.
pub(crate) fn event_id(now: Timestamp) -> Uuid {
    let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
    let seconds = u64::try_from(now.as_second()).unwrap_or_default();
    Uuid::new_v7(uuid::Timestamp::from_unix(uuid::NoContext, seconds, nanos))
}

impl Event<'_> {
    /// Puts the event into the transaction whose token is its id.
    pub(crate) fn record(
        &self,
        keys: &Keys,
        key: &KeyId,
        now: Timestamp,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        // A value that is no id of ours may be anything, a person's address too: it is only counted.
        let named = self
            .unknown
            .iter()
            .filter(|value| value.parse::<ResourceId>().is_ok());
        let (names, length) = CHANGED;
        let item = EventItem {
            f: FORMAT,
            at: now.as_millisecond(),
            key: key.as_str(),
            verb: self.verb,
            kind: self.kind.resource_type().name,
            id: self.id.to_string(),
            changed: self
                .changed
                .iter()
                .take(names)
                .map(|name| cut(name, length))
                .collect(),
            changed_count: self.changed.len(),
            added: self.added,
            removed: self.removed,
            unknown: named.take(NAMED).map(String::as_str).collect(),
            unknown_count: self.unknown.len(),
            request: audit.request.to_string(),
            client: audit.client.as_deref().map(|name| cut(name, CLIENT)),
            source: audit.source.as_deref(),
            ttl: (now + RETENTION).as_second(),
        };
        let item: Item = serde_dynamo::to_item(item).map_err(crate::failure::unreadable)?;
        transaction.add(
            keys.event(transaction.event()),
            Action::Put {
                item,
                condition: None,
            },
        )
    }
}

/// The text's beginning, of at most so many bytes.
fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// The names of the attributes that differ: values are nobody's business here.
pub(crate) fn changed(before: &Attributes, after: &Attributes) -> Vec<String> {
    let (before, after) = (before.as_map(), after.as_map());
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}
