//! Users and groups as their memberships see them, and the steps that take them out.

use crate::db::{Consistency, Item};
use crate::edge::{Edge, Edges};
use crate::failure::internal;
use crate::keys::SK;
use crate::kind::{Kind, ResourceId};
use crate::record::{groups_of, item_size};
use crate::step::{Step, Way};
use scim::Result;
use std::collections::{BTreeMap, BTreeSet};

/// A user or group as its memberships see it.
#[derive(Debug)]
pub(crate) struct Candidate {
    pub(crate) kind: Kind,
    pub(crate) groups: BTreeSet<ResourceId>,
    pub(crate) size: usize,
}

pub(crate) type Ids = BTreeSet<ResourceId>;
pub(crate) type Candidates = BTreeMap<ResourceId, Candidate>;

impl Edges<'_> {
    /// Which of the ids are users or groups, and the groups each is in.
    pub(crate) async fn candidates(
        &self,
        ids: impl IntoIterator<Item = ResourceId>,
    ) -> Result<Candidates> {
        let mut left: Ids = ids.into_iter().collect();
        let mut found = BTreeMap::new();
        // Nearly every member is a user: groups are asked for what no user answers to.
        for kind in Kind::ALL {
            let keys: Vec<_> = left
                .iter()
                .map(|id| self.keys.resource(kind, *id))
                .collect();
            for item in self.db.batch_get(&keys, Consistency::Strong).await? {
                let (id, candidate) =
                    candidate(kind, &item).ok_or_else(|| internal("a resource is malformed"))?;
                left.remove(&id);
                found.insert(id, candidate);
            }
        }
        Ok(found)
    }

    /// The steps that take these members out, where there is anything to take out.
    pub(crate) async fn removals(
        &self,
        group: ResourceId,
        members: Ids,
        found: &Candidates,
    ) -> Result<Vec<Step>> {
        let mut steps = Vec::with_capacity(members.len());
        let mut without_inverse = Vec::new();
        for member in members {
            match found.get(&member) {
                Some(candidate) if candidate.groups.contains(&group) => {
                    let edge = Edge {
                        member,
                        kind: candidate.kind,
                    };
                    steps.push(Step {
                        edge,
                        way: Way::Remove,
                        size: candidate.size,
                    });
                }
                // No member, unless there is an edge that should not be there.
                _ => without_inverse.push(member),
            }
        }
        for edge in self.some(group, &without_inverse).await? {
            steps.push(Step {
                edge,
                way: Way::RemoveDangling,
                size: 0,
            });
        }
        steps.sort_by_key(|step| step.edge.member);
        Ok(steps)
    }

    /// What is left to do of steps that were planned before.
    pub(crate) async fn still_to_do(&self, group: ResourceId, steps: &[Step]) -> Result<Vec<Step>> {
        let found = self
            .candidates(steps.iter().map(|step| step.edge.member))
            .await?;
        let (inserts, removals): (Vec<&Step>, Vec<&Step>) =
            steps.iter().partition(|step| step.makes_member());
        let leaving = removals.into_iter().map(|step| step.edge.member).collect();
        let mut left = self.removals(group, leaving, &found).await?;
        left.extend(inserts.into_iter().filter_map(|step| {
            // Who was deleted meanwhile is no member.
            let candidate = found.get(&step.edge.member)?;
            (!candidate.groups.contains(&group)).then_some(Step {
                size: candidate.size,
                ..*step
            })
        }));
        left.sort_by_key(|step| step.edge.member);
        Ok(left)
    }
}

fn candidate(kind: Kind, item: &Item) -> Option<(ResourceId, Candidate)> {
    let id = item.get(SK)?.as_s().ok()?.parse().ok()?;
    Some((
        id,
        Candidate {
            kind,
            groups: groups_of(item)?,
            size: item_size(item),
        },
    ))
}
