//! Reading what is left of a job.

use super::JobId;
use super::item::Chunk;
use crate::db::{Consistency, Db, From, Order, Range};
use crate::keys::{CHUNK, Keys};
use crate::kind::ResourceId;
use crate::step::Step;
use scim::Result;

/// The chunks of one job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunks<'a> {
    pub(crate) db: &'a Db,
    pub(crate) keys: &'a Keys,
    pub(crate) job: JobId,
}

impl Chunks<'_> {
    /// Some steps that are left after a member, in the order of members; `true` when more follow.
    pub(crate) async fn steps(
        &self,
        after: Option<ResourceId>,
        limit: usize,
    ) -> Result<(Vec<Step>, bool)> {
        let (chunks, more) = self.page(after, limit, Order::Ascending).await?;
        let steps = chunks.into_iter().flat_map(|chunk| chunk.steps);
        let later = steps.filter(|step| after.is_none_or(|after| step.edge.member > after));
        Ok((later.collect(), more))
    }

    /// The step that is left for one member, if there is any.
    pub(crate) async fn step(&self, member: ResourceId) -> Result<Option<Step>> {
        let low = format!("{CHUNK}{}#{member}", self.job);
        let chunks = self.query(&low, 1, Order::Ascending).await?.0;
        let mut steps = chunks.into_iter().flat_map(|chunk| chunk.steps);
        Ok(steps.find(|step| step.edge.member == member))
    }

    /// Some chunks with members after that one, from either end.
    pub(super) async fn page(
        &self,
        after: Option<ResourceId>,
        limit: usize,
        order: Order,
    ) -> Result<(Vec<Chunk>, bool)> {
        let prefix = format!("{CHUNK}{}#", self.job);
        // A chunk is named by the last of its members; no id is followed by a space.
        let low = match after {
            Some(after) => format!("{prefix}{after} "),
            None => prefix,
        };
        self.query(&low, limit, order).await
    }

    async fn query(&self, low: &str, limit: usize, order: Order) -> Result<(Vec<Chunk>, bool)> {
        let high = format!("{CHUNK}{}#~", self.job);
        let range = Range {
            pk: self.keys.jobs(),
            from: From::Between(low, &high, order),
            limit: Some(limit),
            consistency: Consistency::Strong,
            only: None,
        };
        let (items, more) = self.db.query(&range).await?;
        let chunks = items.iter().map(Chunk::read).collect::<Result<_>>()?;
        Ok((chunks, more))
    }
}
