//! From member operations to the edges that have to come and go.

use crate::db::{Consistency, Item, internal};
use crate::edge::{Edge, MAX_GROUPS};
use crate::keys::SK;
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::transaction::Transaction;
use scim::accept::Member;
use scim::patch::MemberOp;
use scim::{Error, ErrorKind, Result};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

/// The edges to write and to delete.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Delta {
    pub(crate) steps: Vec<Step>,
    /// Member values that name no user or group of the realm.
    pub(crate) unknown: Vec<String>,
}

/// One edge to write or delete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Insert(Edge),
    Remove(Edge),
    /// An edge without its inverse.
    RemoveDangling(Edge),
}

impl Step {
    pub(crate) fn write(
        self,
        realm: &Realm<'_>,
        group: ResourceId,
        transaction: &mut Transaction,
    ) -> Result<()> {
        match self {
            Self::Insert(edge) => edge.insert(&realm.keys, group, transaction),
            Self::Remove(edge) => edge.remove(&realm.keys, group, transaction),
            Self::RemoveDangling(edge) => edge.remove_dangling(&realm.keys, group, transaction),
        }
    }
}

impl Delta {
    pub(crate) fn added(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| matches!(step, Step::Insert(_)))
            .count()
    }

    pub(crate) fn removed(&self) -> usize {
        self.steps.len() - self.added()
    }
}

/// Whether the operations set the members as a whole.
pub(crate) fn replaces(ops: &[MemberOp]) -> bool {
    ops.iter().any(|op| matches!(op, MemberOp::Replace(_)))
}

impl Realm<'_> {
    /// What `ops` change about the group as it is now.
    ///
    /// `dangling` holds members whose inverse turned out to be missing.
    pub(crate) async fn plan_members(
        &self,
        group: ResourceId,
        ops: &[MemberOp],
        dangling: &BTreeSet<ResourceId>,
    ) -> Result<Delta> {
        if ops.is_empty() {
            return Ok(Delta::default());
        }
        let mut unknown = BTreeSet::new();
        let whole = ops
            .iter()
            .any(|op| matches!(op, MemberOp::Replace(_) | MemberOp::RemoveWhere(_)));
        let (adds, mut removes) = if whole {
            let current = self.all_edges(group).await?;
            against(&current, group, ops, &mut unknown)?
        } else {
            let (adds, removes) = by_name(group, ops, &mut unknown)?;
            (adds, self.edges(group, removes).await?)
        };
        let mut steps = Vec::with_capacity(adds.len() + removes.len());
        let found = self.resolve(&adds).await?;
        let mut missing = adds;
        for (edge, _) in &found {
            missing.remove(&edge.member);
        }
        unknown.extend(missing.iter().map(ResourceId::to_string));
        for (edge, groups) in found {
            if groups.contains(&group) {
                continue;
            }
            if groups.len() >= MAX_GROUPS {
                return Err(Error::new(
                    ErrorKind::InvalidValue,
                    format!(
                        "`{}` is already in {MAX_GROUPS} groups, and no resource can be in more",
                        edge.member
                    ),
                ));
            }
            steps.push(Step::Insert(edge));
        }
        removes.sort_unstable();
        steps.extend(removes.into_iter().map(|edge| {
            if dangling.contains(&edge.member) {
                Step::RemoveDangling(edge)
            } else {
                Step::Remove(edge)
            }
        }));
        Ok(Delta {
            steps,
            unknown: unknown.into_iter().collect(),
        })
    }

    /// Which of the ids are users or groups, and the groups each is in.
    async fn resolve(
        &self,
        ids: &BTreeSet<ResourceId>,
    ) -> Result<Vec<(Edge, BTreeSet<ResourceId>)>> {
        let mut found = Vec::with_capacity(ids.len());
        let mut left = ids.clone();
        // Nearly every member is a user: groups are asked for what no user answers to.
        for kind in Kind::ALL {
            let keys: Vec<_> = left
                .iter()
                .map(|id| self.keys.resource(kind, *id))
                .collect();
            if keys.is_empty() {
                break;
            }
            for item in self.db.batch_get(&keys, Consistency::Strong).await? {
                let (member, groups) =
                    member_of(&item).ok_or_else(|| internal("a stored resource is malformed"))?;
                left.remove(&member);
                found.push((Edge { member, kind }, groups));
            }
        }
        found.sort_unstable_by_key(|(edge, _)| *edge);
        Ok(found)
    }
}

fn member_of(item: &Item) -> Option<(ResourceId, BTreeSet<ResourceId>)> {
    let id = item.get(SK)?.as_s().ok()?.parse().ok()?;
    let groups = match item.get("memberOf") {
        None => BTreeSet::new(),
        Some(set) => set
            .as_bs()
            .ok()?
            .iter()
            .map(|id| ResourceId::from_bytes(id.as_ref()))
            .collect::<Option<_>>()?,
    };
    Some((id, groups))
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
    current: &[Edge],
    group: ResourceId,
    ops: &[MemberOp],
    unknown: &mut BTreeSet<String>,
) -> Result<(Ids, Vec<Edge>)> {
    let kinds: BTreeMap<ResourceId, Kind> = current
        .iter()
        .map(|edge| (edge.member, edge.kind))
        .collect();
    let mut target: Ids = kinds.keys().copied().collect();
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
    let removes = current
        .iter()
        .filter(|edge| !target.contains(&edge.member))
        .copied()
        .collect();
    target.retain(|id| !kinds.contains_key(id));
    Ok((target, removes))
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
