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
        // Edges beyond the steps that are known come with the next steps.
        let known = steps.last().map(|step| step.edge.member);
        let up_to = known.filter(|_| later_steps);
        let edges = self.realm.edges();
        let (page, later_edges) = edges.page(self.group, self.after, up_to, limit).await?;
        let last_edge = page.last().map(|edge| edge.member);
        let mut up_to = if later_edges { last_edge } else { up_to };
        let mut members = merged(page, steps, up_to);
        if let Some(limit) = limit
            && members.len() > limit
        {
            members.truncate(limit);
            up_to = members.last().map(|edge| edge.member);
        }
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
