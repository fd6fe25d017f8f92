//! From member operations to the edges that have to come and go.

use crate::db::{Consistency, Item};
use crate::edge::{self, Edge, MAX_GROUPS};
use crate::failure::internal;
use crate::keys::SK;
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::{groups_of, item_size};
use crate::transaction::Transaction;
use scim::accept::Member;
use scim::patch::MemberOp;
use scim::{Error, ErrorKind, Result, Tolerance};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What a change of members comes to.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Delta {
    pub(crate) steps: Vec<Step>,
    /// Member values that name no user or group of the realm.
    pub(crate) unknown: Vec<String>,
}

/// One edge to write or delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    edge: Edge,
    way: Way,
    /// Bytes of the member's item, which the transaction rewrites.
    size: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Insert,
    Remove,
    /// The edge has no inverse.
    RemoveDangling,
}

/// A user or group as its memberships see it.
#[derive(Debug)]
struct Candidate {
    kind: Kind,
    groups: BTreeSet<ResourceId>,
    size: usize,
}

impl Step {
    pub(crate) fn write(
        self,
        realm: &Realm<'_>,
        group: ResourceId,
        transaction: &mut Transaction,
    ) -> Result<()> {
        match self.way {
            Way::Insert => self.edge.insert(&realm.keys, group, transaction),
            Way::Remove => self.edge.remove(&realm.keys, group, transaction),
            Way::RemoveDangling => self.edge.remove_dangling(&realm.keys, group, transaction),
        }
    }
}

/// How many of the steps fit into a transaction that still has this much room:
/// by actions, and by bytes.
pub(crate) fn fit(steps: &[Step], room: usize) -> usize {
    let mut bytes = MAX_MEMBER_BYTES;
    steps
        .iter()
        .take(room / edge::ACTIONS)
        .take_while(|step| match bytes.checked_sub(step.size) {
            Some(left) => {
                bytes = left;
                true
            }
            None => false,
        })
        .count()
}

/// What the members' items of one transaction may come to: 4 MB (AWS) less the
/// group's own document before and after, and the small items beside it.
const MAX_MEMBER_BYTES: usize = 4_000_000 - 2 * crate::record::MAX_DOCUMENT - 100_000;

/// How many of the steps add and how many remove a member.
pub(crate) fn tally(steps: &[Step]) -> (usize, usize) {
    let added = steps.iter().filter(|step| step.way == Way::Insert).count();
    (added, steps.len() - added)
}

/// The operations that are left when only these steps are.
pub(crate) fn rest(steps: &[Step]) -> Vec<MemberOp> {
    let member = |step: &Step| step.edge.member.to_string();
    let (adds, removes): (Vec<&Step>, Vec<&Step>) =
        steps.iter().partition(|step| step.way == Way::Insert);
    let adds = adds
        .into_iter()
        .map(|step| Member {
            value: member(step),
            kind: None,
        })
        .collect();
    vec![
        MemberOp::Add(adds),
        MemberOp::Remove(removes.into_iter().map(member).collect()),
    ]
}

/// Whether operations set the members as a whole, or choose among them: they
/// hold for the members that were read.
pub(crate) fn needs_all(ops: &[MemberOp]) -> bool {
    ops.iter()
        .any(|op| matches!(op, MemberOp::Replace(_) | MemberOp::RemoveWhere(_)))
}

impl Realm<'_> {
    /// What `ops` change about the group as it is now.
    pub(crate) async fn plan_members(&self, group: ResourceId, ops: &[MemberOp]) -> Result<Delta> {
        if ops.is_empty() {
            return Ok(Delta::default());
        }
        let mut unknown = BTreeSet::new();
        let (adds, removes) = if needs_all(ops) {
            let mut kinds = self.kinds_added(group, ops).await?;
            let current: Ids = {
                let edges = self.all_edges(group).await?;
                kinds.extend(edges.iter().map(|edge| (edge.member, edge.kind)));
                edges.into_iter().map(|edge| edge.member).collect()
            };
            against(&current, &kinds, group, ops, &mut unknown)?
        } else {
            by_name(group, ops, &mut unknown)?
        };
        let mut found = self.candidates(&adds | &removes).await?;
        let mut steps = Vec::with_capacity(adds.len() + removes.len());
        for member in adds {
            let Some(candidate) = found.remove(&member) else {
                unknown.insert(member.to_string());
                continue;
            };
            if candidate.groups.contains(&group) {
                continue;
            }
            if candidate.groups.len() >= MAX_GROUPS {
                return Err(Error::new(
                    ErrorKind::InvalidValue,
                    format!(
                        "`{member}` is already in {MAX_GROUPS} groups, and no resource can be in \
                         more; take it out of another first"
                    ),
                ));
            }
            let edge = Edge {
                member,
                kind: candidate.kind,
            };
            steps.push(Step {
                edge,
                way: Way::Insert,
                size: candidate.size,
            });
        }
        steps.extend(self.removals(group, removes, &found).await?);
        Ok(Delta {
            steps,
            unknown: unknown.into_iter().collect(),
        })
    }

    /// The same for a change that a client asks for: a realm may want every
    /// member to be known.
    pub(crate) async fn plan_known_members(
        &self,
        group: ResourceId,
        ops: &[MemberOp],
    ) -> Result<Delta> {
        let delta = self.plan_members(group, ops).await?;
        if let Some(unknown) = delta.unknown.first() {
            let tolerances = self.tenant.tolerances();
            tolerances.require(Tolerance::UnknownMembers, ErrorKind::InvalidValue, || {
                let unknown: String = unknown.chars().take(64).collect();
                format!("member `{unknown}` is no user or group of the realm; create it first")
            })?;
        }
        Ok(delta)
    }

    /// The steps that remove these edges.
    pub(crate) async fn plan_removals(
        &self,
        group: ResourceId,
        edges: Vec<Edge>,
    ) -> Result<Vec<Step>> {
        let members: BTreeSet<ResourceId> = edges.into_iter().map(|edge| edge.member).collect();
        let found = self.candidates(members.clone()).await?;
        self.removals(group, members, &found).await
    }

    async fn removals(
        &self,
        group: ResourceId,
        members: BTreeSet<ResourceId>,
        found: &BTreeMap<ResourceId, Candidate>,
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
        for edge in self.edges(group, &without_inverse).await? {
            steps.push(Step {
                edge,
                way: Way::RemoveDangling,
                size: 0,
            });
        }
        Ok(steps)
    }

    /// What the members are that the operations add, when a filter is to choose among them.
    async fn kinds_added(
        &self,
        group: ResourceId,
        ops: &[MemberOp],
    ) -> Result<BTreeMap<ResourceId, Kind>> {
        if !ops.iter().any(|op| matches!(op, MemberOp::RemoveWhere(_))) {
            return Ok(BTreeMap::new());
        }
        let mut added = Ids::new();
        for op in ops {
            if let MemberOp::Add(members) | MemberOp::Replace(members) = op {
                added.extend(ids(group, members, &mut BTreeSet::new())?);
            }
        }
        let found = self.candidates(added).await?;
        Ok(found
            .into_iter()
            .map(|(id, candidate)| (id, candidate.kind))
            .collect())
    }

    /// Which of the ids are users or groups, and the groups each is in.
    async fn candidates(&self, ids: Ids) -> Result<BTreeMap<ResourceId, Candidate>> {
        let mut left = ids;
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

type Ids = BTreeSet<ResourceId>;

/// Additions and removals by name need nothing of the group: the last word on a member counts.
fn by_name(
    group: ResourceId,
    ops: &[MemberOp],
    unknown: &mut BTreeSet<String>,
) -> Result<(Ids, Ids)> {
    let (mut adds, mut removes) = (Ids::new(), Ids::new());
    for op in ops {
        match op {
            MemberOp::Add(members) => {
                for id in ids(group, members, unknown)? {
                    removes.remove(&id);
                    adds.insert(id);
                }
            }
            MemberOp::Remove(values) => {
                for id in values.iter().filter_map(|value| value.parse().ok()) {
                    adds.remove(&id);
                    removes.insert(id);
                }
            }
            // Handled against the current members.
            MemberOp::RemoveWhere(_) | MemberOp::Replace(_) => {}
        }
    }
    Ok((adds, removes))
}

/// The difference between the members as they are and as the operations leave them.
fn against(
    current: &Ids,
    kinds: &BTreeMap<ResourceId, Kind>,
    group: ResourceId,
    ops: &[MemberOp],
    unknown: &mut BTreeSet<String>,
) -> Result<(Ids, Ids)> {
    let mut target = current.clone();
    for op in ops {
        match op {
            MemberOp::Add(members) => target.extend(ids(group, members, unknown)?),
            MemberOp::Replace(members) => target = ids(group, members, unknown)?,
            MemberOp::Remove(values) => {
                for id in values.iter().filter_map(|value| value.parse().ok()) {
                    target.remove(&id);
                }
            }
            MemberOp::RemoveWhere(filter) => {
                target.retain(|id| !filter.matches(&element(*id, kinds.get(id).copied())));
            }
        }
    }
    Ok((&target - current, current - &target))
}

/// A member as a filter in a path sees it.
fn element(id: ResourceId, kind: Option<Kind>) -> Map<String, Value> {
    let mut element = Map::new();
    element.insert("value".to_owned(), Value::String(id.to_string()));
    if let Some(kind) = kind {
        element.insert("type".to_owned(), Value::from(kind.resource_type().name));
    }
    element
}

fn ids(group: ResourceId, members: &[Member], unknown: &mut BTreeSet<String>) -> Result<Ids> {
    let mut ids = Ids::new();
    for member in members {
        match member.value.parse() {
            Ok(id) if id == group => {
                return Err(Error::new(
                    ErrorKind::InvalidValue,
                    format!("group `{group}` cannot be a member of itself"),
                ));
            }
            Ok(id) => {
                ids.insert(id);
            }
            Err(_) => {
                unknown.insert(member.value.clone());
            }
        }
    }
    Ok(ids)
}
