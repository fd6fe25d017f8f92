//! All members of a group as they stand at one moment, with the group's own record
//! of that moment.

use crate::budget::Spending;
use crate::edge::Edge;
use crate::members::Settled;
use crate::realm::Realm;
use crate::record::Record;
use scim::{Error, ErrorKind, Result};

/// A group and its members at one moment.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The group.
    pub record: Record,
    /// All its members, in the order of their ids: some 20 bytes each.
    pub members: Vec<Edge>,
}

impl Realm<'_> {
    /// All members of a group that was read before, with the group as it was when
    /// they were its members; `None` when it is gone.
    ///
    /// A group that moves while it is read is read again. What was read in vain
    /// is no part of the budget's units; its time goes on.
    ///
    /// # Errors
    /// `TooMany` for more members than the budget allows to read, `Unavailable`
    /// when the group moves faster than it can be read.
    pub async fn moment(&self, group: Record, spending: &Spending) -> Result<Option<Moment>> {
        let mut record = group;
        let mut spending = spending.clone();
        let mut round = 0;
        loop {
            let (members, settled) = match self.read_members(&record, &spending).await {
                Err(_) if round > 0 && spending.is_out_of_time() => return Err(restless()),
                read => read?,
            };
            record = match settled {
                Settled::Whole => return Ok(Some(Moment { record, members })),
                Settled::Gone => return Ok(None),
                Settled::Moved(now) => *now,
            };
            self.db.backoff(round).await?;
            round += 1;
            spending = spending.anew();
        }
    }

    async fn read_members(
        &self,
        group: &Record,
        spending: &Spending,
    ) -> Result<(Vec<Edge>, Settled)> {
        let mut members = self.members_of(group);
        let mut all = Vec::new();
        loop {
            spending.check()?;
            match members.next(None).await? {
                Some(page) => all.extend(page),
                None => return Ok((all, members.settle().await?)),
            }
        }
    }
}

fn restless() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "the group's members are changing faster than they can be read; repeat the request later",
    )
}
