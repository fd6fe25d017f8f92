//! A group's members as they stand at one moment, read page by page in bounded memory.

use crate::edge::Edge;
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::Record;
use scim::Result;

/// A group's members on their way, in the order of their ids.
///
/// The pages are read one after the other: whether they belong together is known
/// at the end ([`Members::settle`]).
#[derive(Debug)]
pub struct Members<'a> {
    realm: &'a Realm<'a>,
    group: ResourceId,
    version: u64,
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
            after: None,
            done: false,
        }
    }

    /// The membership of one resource in a group that was read before, if it is a member.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn member_of(&self, group: &Record, member: ResourceId) -> Result<Option<Edge>> {
        self.edge(group.id, member).await
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
    /// most `limit`; `None` at the end.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn next(&mut self, limit: Option<usize>) -> Result<Option<Vec<Edge>>> {
        if self.done {
            return Ok(None);
        }
        let (edges, more) = self.realm.members(self.group, self.after, limit).await?;
        self.done = !more;
        self.after = edges.last().map(|edge| edge.member).or(self.after);
        Ok(Some(edges))
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
