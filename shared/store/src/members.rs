//! A group's members as they stand at one moment, read page by page in bounded memory.
//!
//! While a job works on a change of them, what is left of the job is read before
//! the edges that it is about: a step that was taken in between says the same as
//! its edge then does, so that the two together are the members after the change.

use crate::edge::Edge;
use crate::job::{Chunks, JobId};
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::Record;
use crate::step::Step;
use scim::Result;
use std::collections::BTreeMap;

/// How many chunks of a job are read at a time, some 49 members each.
const CHUNKS: usize = 64;

/// A group's members on their way, in the order of their ids.
///
/// The pages are read one after the other: whether they belong together is known
/// at the end ([`Members::settle`]).
#[derive(Debug)]
pub struct Members<'a> {
    realm: &'a Realm<'a>,
    group: ResourceId,
    version: u64,
    job: Option<JobId>,
    after: Option<ResourceId>,
    done: bool,
}

/// Whether what was read are the members of one moment.
#[derive(Debug)]
pub enum Settled {
    /// They are those of the record they were read for.
    Whole,
    /// The group has moved meanwhile; it is this now, and its members are to be read anew.
    Moved(Box<Record>),
    /// The group is gone.
    Gone,
}

impl Realm<'_> {
    /// The members of a group that was read before, strongly consistent.
    pub fn members_of(&self, group: &Record) -> Members<'_> {
        Members {
            realm: self,
            group: group.id,
            version: group.version,
            job: group.job,
            after: None,
            done: false,
        }
    }

    /// The membership of one resource in a group that was read before, if it is a member.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn member_of(&self, group: &Record, member: ResourceId) -> Result<Option<Edge>> {
        if let Some(job) = group.job
            && let Some(step) = self.chunks(job).step(member).await?
        {
            return Ok(step.makes_member().then_some(step.edge));
        }
        self.edges().one(group.id, member).await
    }

    fn chunks(&self, job: JobId) -> Chunks<'_> {
        Chunks {
            db: &self.db,
            keys: &self.keys,
            job,
        }
    }
}

impl Members<'_> {
    /// Those after that one only.
    #[must_use]
    pub fn after(mut self, member: ResourceId) -> Self {
        self.after = Some(member);
        self
    }

    /// The next members, as many as one read of the table holds (1 MB) and at
    /// most `limit`; `None` at the end. A page may be empty before the end.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn next(&mut self, limit: Option<usize>) -> Result<Option<Vec<Edge>>> {
        if self.done {
            return Ok(None);
        }
        let (steps, later_steps) = match self.job {
            None => (Vec::new(), false),
            Some(job) => self.realm.chunks(job).steps(self.after, CHUNKS).await?,
        };
        let known = Known {
            steps,
            later: later_steps,
        };
        let edges = self.realm.edges();
        let bound = known.bound();
        let (page, later_edges) = edges.page(self.group, self.after, bound, limit).await?;
        let (members, up_to) = known.merge(page, later_edges, limit);
        self.done = up_to.is_none();
        self.after = up_to.or(self.after);
        Ok(Some(members))
    }

    /// After which member the next page begins; `None` when there is none.
    pub fn rest(&self) -> Option<ResourceId> {
        self.after.filter(|_| !self.done)
    }

    /// Whether what was read stands together: asked when the last page is read.
    /// One read unit for each 4 KiB of the group's document.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn settle(self) -> Result<Settled> {
        Ok(match self.realm.get(Kind::Group, self.group).await? {
            None => Settled::Gone,
            Some(now) if now.version == self.version => Settled::Whole,
            Some(now) => Settled::Moved(Box::new(now)),
        })
    }
}

/// The steps that are known, from where a page begins.
struct Known {
    steps: Vec<Step>,
    /// Whether there are more of them.
    later: bool,
}

impl Known {
    /// Edges beyond the steps that are known come with the next steps.
    fn bound(&self) -> Option<ResourceId> {
        let last = self.steps.last().map(|step| step.edge.member);
        last.filter(|_| self.later)
    }

    /// The members among edges up to the bound, of which there may be later
    /// ones, when the steps are taken: at most `limit`, and as far as which
    /// member they are all; `None` when no more follow.
    fn merge(
        self,
        edges: Vec<Edge>,
        later_edges: bool,
        limit: Option<usize>,
    ) -> (Vec<Edge>, Option<ResourceId>) {
        let last_edge = edges.last().map(|edge| edge.member);
        let mut up_to = if later_edges { last_edge } else { self.bound() };
        let mut members = merged(edges, self.steps, up_to);
        if let Some(limit) = limit
            && members.len() > limit
        {
            members.truncate(limit);
            up_to = members.last().map(|edge| edge.member);
        }
        (members, up_to)
    }
}

/// Edges as they are when these steps are taken, as far as that member.
fn merged(edges: Vec<Edge>, steps: Vec<Step>, up_to: Option<ResourceId>) -> Vec<Edge> {
    if steps.is_empty() {
        return edges;
    }
    let mut members: BTreeMap<ResourceId, Edge> =
        edges.into_iter().map(|edge| (edge.member, edge)).collect();
    let within = |step: &Step| up_to.is_none_or(|last| step.edge.member <= last);
    for step in steps.into_iter().filter(within) {
        if step.makes_member() {
            members.insert(step.edge.member, step.edge);
        } else {
            members.remove(&step.edge.member);
        }
    }
    members.into_values().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]
    use super::Known;
    use crate::edge::Edge;
    use crate::kind::{Kind, ResourceId};
    use crate::step::{Step, Way};
    use proptest::collection::{btree_map, btree_set};
    use proptest::prelude::{Just, Strategy, any, proptest};
    use proptest::{option, prop_assert_eq, prop_oneof};
    use std::collections::{BTreeMap, BTreeSet};

    /// A table in which a job is under way: edges, and what is left of the job.
    #[derive(Debug)]
    struct Table {
        edges: BTreeSet<u8>,
        steps: BTreeMap<u8, Way>,
        /// How many edges one read of the table holds, and how many steps.
        edges_read: usize,
        steps_read: usize,
    }

    fn id(n: u8) -> ResourceId {
        ResourceId::from_bytes(&[n; 16]).unwrap()
    }

    fn edge(n: u8) -> Edge {
        let member = id(n);
        Edge {
            member,
            kind: Kind::User,
        }
    }

    impl Table {
        fn steps_after(&self, after: Option<ResourceId>) -> Known {
            let all = self.steps.iter().map(|(n, way)| Step {
                edge: edge(*n),
                way: *way,
                size: 0,
            });
            let mut steps: Vec<Step> = all
                .filter(|step| after.is_none_or(|after| step.edge.member > after))
                .collect();
            let later = steps.len() > self.steps_read;
            steps.truncate(self.steps_read);
            Known { steps, later }
        }

        fn edges_within(
            &self,
            after: Option<ResourceId>,
            up_to: Option<ResourceId>,
            limit: Option<usize>,
        ) -> (Vec<Edge>, bool) {
            let mut edges: Vec<Edge> = self.edges.iter().map(|n| edge(*n)).collect();
            edges.retain(|edge| {
                after.is_none_or(|after| edge.member > after)
                    && up_to.is_none_or(|up_to| edge.member <= up_to)
            });
            let most = limit.unwrap_or(usize::MAX).min(self.edges_read);
            // As the table does: where the limit is met it does not know whether more follow.
            let later = edges.len() >= most;
            edges.truncate(most);
            (edges, later)
        }

        /// What a reader sees, page by page.
        fn pages(&self, limit: Option<usize>) -> Vec<Vec<Edge>> {
            let (mut pages, mut after) = (Vec::new(), None);
            loop {
                let known = self.steps_after(after);
                let (edges, later) = self.edges_within(after, known.bound(), limit);
                let (page, up_to) = known.merge(edges, later, limit);
                pages.push(page);
                match up_to {
                    None => return pages,
                    Some(up_to) => after = Some(up_to),
                }
            }
        }

        fn members(&self) -> BTreeSet<u8> {
            let mut members = self.edges.clone();
            for (n, way) in &self.steps {
                if *way == Way::Insert {
                    members.insert(*n);
                } else {
                    members.remove(n);
                }
            }
            members
        }

        /// The same when the first so many steps were taken, but are still there for whoever has read them.
        fn begun(mut self, taken: usize) -> Self {
            let whole = self.members();
            for n in self.steps.keys().take(taken) {
                if whole.contains(n) {
                    self.edges.insert(*n);
                } else {
                    self.edges.remove(n);
                }
            }
            self
        }
    }

    fn tables() -> impl Strategy<Value = Table> {
        let ways = prop_oneof![
            Just(Way::Insert),
            Just(Way::Remove),
            Just(Way::RemoveDangling)
        ];
        (
            btree_set(any::<u8>(), 0..60),
            btree_map(any::<u8>(), ways, 0..60),
            1..20_usize,
            1..20_usize,
        )
            .prop_map(|(edges, steps, edges_read, steps_read)| Table {
                edges,
                steps,
                edges_read,
                steps_read,
            })
    }

    proptest! {
        #[test]
        fn the_pages_together_are_the_members_when_all_steps_are_taken(
            table in tables(),
            limit in option::of(1..20_usize),
            taken in 0..60_usize,
        ) {
            let expected: Vec<Edge> = table.members().into_iter().map(edge).collect();
            let pages = table.begun(taken).pages(limit);
            let most = limit.unwrap_or(usize::MAX);
            prop_assert_eq!(pages.iter().find(|page| page.len() > most), None);
            prop_assert_eq!(pages.concat(), expected);
        }
    }
}
