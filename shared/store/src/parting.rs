//! A resource that is being deleted leaves its groups: the edges go, and the
//! groups' versions move on. In the transaction that deletes it where they fit,
//! else in those of a job.

use crate::change::{Basis, Turn};
use crate::keys::Keys;
use crate::kind::{Kind, ResourceId};
use crate::record::{binary, instant, millis, n};
use crate::transaction::{Action, Failed, Transaction};
use crate::update::later;
use jiff::Timestamp;
use scim::Result;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Actions a group takes: its edge, and its version.
pub(crate) const ACTIONS: usize = 2;

/// What is known of the groups without having read them: what earlier
/// transactions have failed by.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    /// Those that are named by `memberOf` and no longer exist.
    gone: BTreeSet<ResourceId>,
    /// Those that were changed later than this clock has it.
    modified: BTreeMap<ResourceId, Timestamp>,
}

impl Groups {
    /// Takes the member out of the group; `event` is the group's last one then,
    /// where the transaction has any.
    pub(crate) fn leave(
        &self,
        keys: &Keys,
        member: ResourceId,
        group: ResourceId,
        event: Option<Uuid>,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let edge = keys.edge(group, member);
        transaction.add(edge, Action::Delete { condition: None })?;
        if self.gone.contains(&group) {
            return Ok(());
        }
        let known = self.modified.get(&group);
        let dated = known.map_or(transaction.at(), |known| later(transaction.at(), *known));
        let mut expression = "SET modified = :now".to_owned();
        let mut values = vec![(":now", millis(dated)), (":one", n(1))];
        if let Some(event) = event {
            expression.push_str(", ev = :ev");
            values.push((":ev", binary(event.as_bytes())));
        }
        let basis = Basis {
            turn: Turn::Guest {
                now: transaction.at().as_millisecond(),
            },
            ..Basis::default()
        };
        transaction.add(
            keys.resource(Kind::Group, group),
            Action::Update {
                expression: format!("{expression} ADD version :one"),
                condition: Some(basis.condition(Some(dated))),
                values,
            },
        )
    }

    /// Takes note of what a transaction has failed by.
    pub(crate) fn learn(
        &mut self,
        keys: &Keys,
        groups: impl IntoIterator<Item = ResourceId>,
        failed: &Failed,
    ) {
        for group in groups {
            let Some(failed) = failed.at(&keys.resource(Kind::Group, group)) else {
                continue;
            };
            // Every group that exists was changed some time.
            match instant(&failed.item, "modified") {
                Some(modified) => {
                    self.modified.insert(group, modified);
                }
                None => {
                    self.gone.insert(group);
                }
            }
        }
    }
}
