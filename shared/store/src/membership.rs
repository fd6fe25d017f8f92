//! From member operations to the edges that have to come and go.
//!
//! Operations say of each resource by itself whether it is a member afterwards,
//! so they are followed through the members one window after the other, in the
//! order of ids: what they come to may be far more than is held in memory.

use crate::candidates::{Candidates, Ids};
use crate::draft::{Draft, Work};
use crate::edge::{Edge, Edges, MAX_GROUPS};
use crate::job::JobId;
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::step::{Step, Way};
use scim::accept::Member;
use scim::filter::ElementFilter;
use scim::patch::MemberOp;
use scim::{Error, ErrorKind, Result, Tolerance};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// How many edges or named members are looked at together.
const WINDOW: usize = 1_000;
/// How many members are kept for the answer, 17 bytes each: those of a larger group are read for it.
const MOST_KEPT: usize = 100_000;

/// What filters may compare, in bytes of ASCII: a second or two of a processor.
const MOST_COMPARED: u64 = 1 << 30;

/// What a change of members comes to.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) work: Work,
    pub(crate) added: usize,
    pub(crate) removed: usize,
    /// Member values that name no user or group of the realm.
    pub(crate) unknown: Vec<String>,
    /// Whether the operations set the members as a whole, or choose among them.
    whole: bool,
    /// How many named resources were already as they are to be.
    settled: usize,
    /// Those who were looked at and are members afterwards, unless they are too many to be kept.
    after: Option<Vec<Edge>>,
}

/// An operation with its ids read.
#[derive(Debug)]
enum Word<'a> {
    Add(Ids),
    Remove(Ids),
    RemoveWhere(&'a ElementFilter),
    Replace(Ids),
}

impl Plan {
    /// Whether no edge comes or goes.
    pub(crate) fn is_empty(&self) -> bool {
        self.added + self.removed == 0
    }

    /// Whether it holds for the group's version only, when it is written with
    /// something: a step checks what it changes, and nothing checks what is left
    /// as it is.
    pub(crate) fn holds_for_version(&self) -> bool {
        self.whole || self.settled > 0
    }

    /// Whether nothing is to be done for all of it in one moment: one resource
    /// alone was looked at in one.
    pub(crate) fn is_of_one_moment(&self) -> bool {
        !self.whole && self.settled <= 1
    }

    /// The job that is to do it, when it is more than one transaction holds.
    pub(crate) fn job(&self) -> Option<JobId> {
        match self.work {
            Work::Steps(_) => None,
            Work::Job(job) => Some(job),
        }
    }

    /// The members of a stored group afterwards, when all were looked at.
    pub(crate) fn all_members(self) -> Option<Vec<Edge>> {
        self.after.filter(|_| self.whole)
    }

    /// The members of a new group: who was not looked at is none.
    pub(crate) fn first_members(self) -> Option<Vec<Edge>> {
        self.after
    }
}

impl Realm<'_> {
    /// What `ops` change about the group as it is now. What does not fit into a
    /// transaction that still has `room` is written down in chunks.
    pub(crate) async fn plan_members(
        &self,
        group: ResourceId,
        ops: &[MemberOp],
        room: usize,
    ) -> Result<Plan> {
        let mut unknown = BTreeSet::new();
        let words = ops
            .iter()
            .map(|op| Word::read(group, op, &mut unknown))
            .collect::<Result<Vec<_>>>()?;
        let mut planner = Planner {
            edges: self.edges(),
            group,
            words: &words,
            unknown,
            settled: 0,
            each: cost(group, &words),
            left: MOST_COMPARED,
            after: Some(Vec::new()),
            draft: Draft::new(self, room),
        };
        let whole = words.iter().any(Word::needs_all);
        if whole {
            planner.against_members().await?;
        } else {
            planner.by_name().await?;
        }
        let Planner {
            unknown,
            settled,
            after,
            draft,
            ..
        } = planner;
        let (added, removed) = (draft.added, draft.removed);
        Ok(Plan {
            work: draft.finish().await?,
            added,
            removed,
            unknown: unknown.into_iter().collect(),
            whole,
            settled,
            after: after.map(in_order),
        })
    }

    /// The same for a change that a client asks for: a realm may want every
    /// member to be known.
    pub(crate) async fn plan_known_members(
        &self,
        group: ResourceId,
        ops: &[MemberOp],
        room: usize,
    ) -> Result<Plan> {
        if ops.is_empty() {
            return Ok(Plan {
                after: Some(Vec::new()),
                ..Plan::default()
            });
        }
        let plan = self.plan_members(group, ops, room).await?;
        if let Some(unknown) = plan.unknown.first() {
            let tolerances = self.tenant.tolerances();
            let known =
                tolerances.require(Tolerance::UnknownMembers, ErrorKind::InvalidValue, || {
                    let unknown: String = unknown.chars().take(64).collect();
                    format!("member `{unknown}` is no user or group of the realm; create it first")
                });
            if let Err(error) = known {
                self.discard(&plan.work).await;
                return Err(error);
            }
        }
        Ok(plan)
    }
}

/// Follows operations through the members.
struct Planner<'a> {
    edges: Edges<'a>,
    group: ResourceId,
    words: &'a [Word<'a>],
    unknown: BTreeSet<String>,
    /// How many named resources are already as they are to be.
    settled: usize,
    /// What it takes to hold one resource against the filters, and what may still be taken.
    each: u64,
    left: u64,
    /// As the plan's.
    after: Option<Vec<Edge>>,
    draft: Draft<'a>,
}

impl Planner<'_> {
    /// Additions and removals by name need nothing of the group: each resource
    /// knows its groups.
    async fn by_name(&mut self) -> Result<()> {
        let named = Vec::from_iter(self.named());
        for window in named.chunks(WINDOW) {
            let found = self.edges.candidates(window.iter().copied()).await?;
            self.outsiders(window, &found).await?;
            self.draft.flush().await?;
        }
        Ok(())
    }

    /// The members one page after the other, and between them those who are
    /// named and may not be members.
    async fn against_members(&mut self) -> Result<()> {
        let mut named = self.named();
        let mut after = None;
        loop {
            let (page, more) = self
                .edges
                .page(self.group, after, None, Some(WINDOW))
                .await?;
            for edge in &page {
                named.remove(&edge.member);
            }
            self.members(&page).await?;
            let last = page.last().map(|edge| edge.member);
            // Whoever is named beyond this page may be a member still.
            let later = match last {
                Some(last) if more => named.split_off(&last),
                _ => Ids::new(),
            };
            let outsiders = Vec::from_iter(std::mem::replace(&mut named, later));
            for window in outsiders.chunks(WINDOW) {
                let found = self.edges.candidates(window.iter().copied()).await?;
                self.insertions(window, &found)?;
            }
            self.draft.flush().await?;
            after = last.or(after);
            if !more {
                return Ok(());
            }
        }
    }

    /// Those of these members who are none afterwards.
    async fn members(&mut self, page: &[Edge]) -> Result<()> {
        self.compare(page.len())?;
        let (staying, leaving): (Vec<Edge>, Vec<Edge>) = page
            .iter()
            .partition(|edge| self.is_member_after(edge.member, Some(edge.kind), true));
        for edge in staying {
            self.keep(edge);
        }
        let leaving = Ids::from_iter(leaving.iter().map(|edge| edge.member));
        let found = self.edges.candidates(leaving.iter().copied()).await?;
        for step in self.edges.removals(self.group, leaving, &found).await? {
            self.draft.push(step);
        }
        Ok(())
    }

    /// Those named ones, each of whom may be a member by its own word.
    async fn outsiders(&mut self, window: &[ResourceId], found: &Candidates) -> Result<()> {
        self.compare(window.len())?;
        let leaving: Ids = window
            .iter()
            .filter(|id| {
                let known = found.get(id);
                let member = known.is_some_and(|it| it.groups.contains(&self.group));
                !self.is_member_after(**id, known.map(|it| it.kind), member)
            })
            .copied()
            .collect();
        self.insertions(window, found)?;
        let asked = leaving.iter().filter(|id| found.contains_key(id)).count();
        let removals = self.edges.removals(self.group, leaving, found).await?;
        let going = removals.iter().filter(|step| step.way == Way::Remove);
        self.settled += asked.saturating_sub(going.count());
        for step in removals {
            self.draft.push(step);
        }
        Ok(())
    }

    /// Those of them who are members afterwards and were none.
    fn insertions(&mut self, window: &[ResourceId], found: &Candidates) -> Result<()> {
        self.compare(window.len())?;
        for member in window {
            let Some(candidate) = found.get(member) else {
                if self.is_member_after(*member, None, false) {
                    self.unknown.insert(member.to_string());
                }
                continue;
            };
            let is_member = candidate.groups.contains(&self.group);
            if !self.is_member_after(*member, Some(candidate.kind), is_member) {
                continue;
            }
            let edge = Edge {
                member: *member,
                kind: candidate.kind,
            };
            if is_member {
                self.settled += 1;
                self.keep(edge);
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
            self.keep(edge);
            self.draft.push(Step {
                edge,
                way: Way::Insert,
                size: candidate.size,
            });
        }
        Ok(())
    }

    /// Takes what it costs to hold so many resources against the filters.
    fn compare(&mut self, resources: usize) -> Result<()> {
        let cost = self.each.saturating_mul(resources as u64);
        self.left = self.left.checked_sub(cost).ok_or_else(|| {
            Error::new(
                ErrorKind::PayloadTooLarge,
                "the operations hold more members against their filters than one request may; send \
                 fewer of them at a time, or name the members by `members[value eq \"…\"]`",
            )
        })?;
        Ok(())
    }

    fn keep(&mut self, member: Edge) {
        if let Some(after) = &mut self.after {
            after.push(member);
        }
        self.after.take_if(|after| after.len() > MOST_KEPT);
    }

    /// Everybody whom the operations name and may make a member or none.
    fn named(&self) -> Ids {
        let of_each = self.words.iter().map(|word| match word {
            Word::Add(ids) | Word::Remove(ids) | Word::Replace(ids) => Some(ids),
            Word::RemoveWhere(_) => None,
        });
        of_each.flatten().flatten().copied().collect()
    }

    /// What the operations say of a resource, one after the other.
    fn is_member_after(&self, id: ResourceId, kind: Option<Kind>, before: bool) -> bool {
        self.words.iter().fold(before, |is, word| match word {
            Word::Add(ids) => is || ids.contains(&id),
            Word::Remove(ids) => is && !ids.contains(&id),
            Word::RemoveWhere(filter) => is && !filter.matches(&element(id, kind)),
            Word::Replace(ids) => ids.contains(&id),
        })
    }
}

fn in_order(mut members: Vec<Edge>) -> Vec<Edge> {
    members.sort_unstable();
    members.dedup();
    members
}

impl<'a> Word<'a> {
    fn read(group: ResourceId, op: &'a MemberOp, unknown: &mut BTreeSet<String>) -> Result<Self> {
        Ok(match op {
            MemberOp::Add(members) => Self::Add(ids(group, members, unknown)?),
            MemberOp::Replace(members) => Self::Replace(ids(group, members, unknown)?),
            MemberOp::Remove(values) => Self::Remove(
                values
                    .iter()
                    .filter_map(|value| value.parse().ok())
                    .collect(),
            ),
            MemberOp::RemoveWhere(filter) => Self::RemoveWhere(filter),
        })
    }

    /// Whether it sets the members as a whole, or chooses among them.
    fn needs_all(&self) -> bool {
        matches!(self, Self::Replace(_) | Self::RemoveWhere(_))
    }
}

/// A member as a filter in a path sees it.
/// What it takes at most to hold one resource against all filters, in bytes of ASCII compared.
fn cost(group: ResourceId, words: &[Word<'_>]) -> u64 {
    // Ids are of one length, and no type has a longer name.
    let longest = element(group, Some(Kind::Group));
    let costs = words.iter().map(|word| match word {
        Word::RemoveWhere(filter) => filter.cost(&longest),
        Word::Add(_) | Word::Remove(_) | Word::Replace(_) => 0,
    });
    costs.fold(0, u64::saturating_add)
}

fn element(id: ResourceId, kind: Option<Kind>) -> Value {
    let mut element = Map::new();
    element.insert("value".to_owned(), Value::String(id.to_string()));
    if let Some(kind) = kind {
        element.insert("type".to_owned(), Value::from(kind.resource_type().name));
    }
    Value::Object(element)
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
