//! A page by its position: sought by the counters, then within one leaf from its nearer end.

use crate::budget::Spending;
use crate::counter::{Counts, Seat};
use crate::db::{Consistency, From, Order, Range, last};
use crate::failure::internal;
use crate::kind::Kind;
use crate::realm::Realm;
use crate::record::Record;
use scim::Result;

/// How many resources are rather brought along with a page than passed over by a read of their own.
const NEAR: usize = 8;

/// Where a page begins.
#[derive(Debug)]
struct Start {
    /// At this sort key or the next one.
    at: String,
    /// So many resources later.
    skip: usize,
}

impl Realm<'_> {
    /// How many resources of the kind there are, and the page of them that begins
    /// at a zero-based position in the order of ids.
    ///
    /// # Errors
    /// When the table fails; `TooMany` when its documents are more than the budget allows to read.
    pub async fn page(
        &self,
        kind: Kind,
        position: u64,
        count: usize,
        spending: &Spending,
    ) -> Result<(u64, Vec<Record>)> {
        let counts = Counts::read(&self.db, &self.keys, kind).await?;
        let total = counts.total();
        let mut page = Vec::new();
        if count == 0 || position >= total {
            return Ok((total, page));
        }
        let seat = counts.seek(&self.db, &self.keys, kind, position).await?;
        let Start { at, mut skip } = self.start(kind, &seat).await?;
        let mut after: Option<String> = None;
        loop {
            spending.check()?;
            let (items, more) = self
                .db
                .query(&Range {
                    pk: self.keys.resources(kind),
                    from: match &after {
                        None => From::At(&at),
                        Some(last) => From::After(last),
                    },
                    limit: Some(skip + count - page.len()),
                    consistency: Consistency::Strong,
                    only: None,
                })
                .await?;
            after = last(&items).or(after);
            let passed = skip.min(items.len());
            skip -= passed;
            for item in items.into_iter().skip(passed) {
                page.push(self.record(kind, item)?);
            }
            if !more || page.len() >= count {
                return Ok((total, page));
            }
        }
    }

    /// Passes over what stands before a page in its leaf, or over the page's own
    /// part of the leaf from behind, whichever is less to read.
    async fn start(&self, kind: Kind, seat: &Seat) -> Result<Start> {
        let number = |count| usize::try_from(count).map_err(|_| internal("a count is too large"));
        let (before, from) = (number(seat.before)?, number(seat.from)?);
        let start = |at: Option<String>, skip| Start {
            at: at.unwrap_or_else(|| seat.leaf.clone()),
            skip,
        };
        if before <= NEAR {
            return Ok(start(None, before));
        }
        if from < before {
            // As far as the page's first resource.
            let at = self.pass(kind, &seat.leaf, from, Order::Descending);
            return Ok(start(at.await?, 0));
        }
        // As far as the resource before the page.
        let at = self
            .pass(kind, &seat.leaf, before, Order::Ascending)
            .await?;
        let skip = usize::from(at.is_some());
        Ok(start(at, skip))
    }

    /// The sort key of the last of so many resources with this prefix, or of the
    /// last there is. What is passed over has to be read, but not brought here.
    async fn pass(
        &self,
        kind: Kind,
        prefix: &str,
        mut count: usize,
        order: Order,
    ) -> Result<Option<String>> {
        let mut passed: Option<String> = None;
        loop {
            let (items, more) = self
                .db
                .query(&Range {
                    pk: self.keys.resources(kind),
                    from: From::Prefix(prefix, passed.as_deref(), order),
                    limit: Some(count),
                    consistency: Consistency::Strong,
                    only: Some("sk"),
                })
                .await?;
            count = count.saturating_sub(items.len());
            passed = last(&items).or(passed);
            if !more || count == 0 {
                return Ok(passed);
            }
        }
    }
}
