//! What a change of a resource comes to, for its event.

use super::{Audit, Event, EventAction, EventKind, MemberCounts};
use crate::kind::{Kind, ResourceId};
use crate::policy::EventDetail;
use crate::realm::Realm;
use crate::transaction::Transaction;
use scim::{Attributes, Result};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// A change of a resource.
#[derive(Debug, Clone)]
pub(crate) struct ResourceChange<'a> {
    pub(crate) action: EventAction,
    pub(crate) kind: Kind,
    pub(crate) id: ResourceId,
    /// The names of the attributes that differ, and the document as it is then.
    pub(crate) changed: Vec<String>,
    pub(crate) after: Option<&'a Attributes>,
    pub(crate) members: MemberTally<'a>,
}

/// What happens to members.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct MemberTally<'a> {
    pub(crate) added: usize,
    pub(crate) removed: usize,
    pub(crate) unknown: &'a [String],
}

/// The names of the attributes that differ.
pub(crate) fn changed(before: &Attributes, after: &Attributes) -> Vec<String> {
    let (before, after) = (before.as_map(), after.as_map());
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    names
        .into_iter()
        .filter(|name| before.get(*name) != after.get(*name))
        .cloned()
        .collect()
}

impl Realm<'_> {
    /// Puts the event of a resource's change into its transaction.
    pub(crate) fn record_change(
        &self,
        change: ResourceChange<'_>,
        audit: &Audit,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let policy = &self.tenant.policy().events;
        let mut event = Event::new(
            EventKind::Write,
            change.action,
            Some(self.caller.actor()),
            self.now,
            audit,
        )
        .status(audit.status)
        .on(change.kind, change.id);
        if let (EventDetail::Values, Some(after)) = (policy.detail, change.after) {
            event.values = Some(values(&change.changed, after));
        }
        let MemberTally {
            added,
            removed,
            unknown,
        } = change.members;
        event.members = MemberCounts {
            added,
            removed,
            unknown: unknown.len(),
            // A value that is no id of ours may be anything, a person's address too: it is only counted.
            unknown_ids: unknown
                .iter()
                .filter(|value| value.parse::<ResourceId>().is_ok())
                .cloned()
                .collect(),
        };
        event
            .changing(change.changed)
            .record(&self.keys, policy, transaction)
    }
}

/// The new values of what has changed. A document holds no password: what is
/// never returned is never stored.
fn values(names: &[String], after: &Attributes) -> Map<String, Value> {
    let value = |name: &String| after.as_map().get(name).cloned().unwrap_or(Value::Null);
    names
        .iter()
        .map(|name| (name.clone(), value(name)))
        .collect()
}
