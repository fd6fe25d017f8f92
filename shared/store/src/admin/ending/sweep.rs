//! One call's sweep of a realm that is being deleted: what is taken in which order.

use super::LOOK;
use crate::db::{BATCH_WRITE, Consistency, Db, From, Item, Range};
use crate::failure::internal;
use crate::keys::{Key, Keys, PK, SK};
use crate::kind::{Kind, ResourceId};
use crate::record::groups_of;
use scim::Result;
use std::collections::HashSet;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// How many batches are under way at once.
const AT_ONCE: usize = 8;
/// How many groups are remembered as swept; a group that is forgotten costs a Query.
const REMEMBERED: usize = 50_000;

/// Passes that have to find nothing.
const EMPTY_PASSES: u32 = 2;

/// How far a sweep has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Swept {
    /// Nothing is left.
    Whole,
    /// Its time is over.
    InPart,
}

/// One call's sweep of a realm.
pub(super) struct Sweep {
    db: Db,
    keys: Keys,
    /// When it stops, wherever it is.
    until: Instant,
    /// The groups whose memberships are gone.
    swept: HashSet<ResourceId>,
    pub(super) removed: u64,
    /// How many of them were users and groups.
    pub(super) resources: u64,
}

impl Sweep {
    pub(super) fn new(db: Db, keys: Keys, until: Instant) -> Self {
        Self {
            db,
            keys,
            until,
            swept: HashSet::new(),
            removed: 0,
            resources: 0,
        }
    }

    /// Sweeps until nothing is left or its time is over. `is_quiet` says whether
    /// whoever was let in before has ended by now.
    pub(super) async fn run(&mut self, is_quiet: impl Fn() -> bool) -> Result<Swept> {
        let mut empty = 0;
        while empty < EMPTY_PASSES {
            if self.is_over() {
                return Ok(Swept::InPart);
            }
            let (quiet, before) = (is_quiet(), self.removed);
            let whole = if quiet {
                self.everything().await?
            } else {
                self.what_leads_nowhere().await?
            };
            if whole && self.removed == before {
                empty += u32::from(quiet);
                if !quiet {
                    sleep_until(self.until.min(Instant::now() + LOOK)).await;
                }
            } else {
                empty = 0;
            }
        }
        Ok(Swept::Whole)
    }

    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Everything but the realm's own two items; `true` when it came to the end.
    async fn everything(&mut self) -> Result<bool> {
        // A job that is worked on brings edges: without its chunks it cannot.
        if !self.partition(self.keys.jobs()).await? {
            return Ok(false);
        }
        for kind in Kind::ALL {
            if !self.resources(kind).await? {
                return Ok(false);
            }
        }
        Ok(self.what_leads_nowhere().await? && self.beside_the_realm().await?)
    }

    /// What nothing else is found by.
    async fn what_leads_nowhere(&mut self) -> Result<bool> {
        for partition in self.keys.plain() {
            if !self.partition(partition).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Users or groups, each after the memberships that it leads to.
    async fn resources(&mut self, kind: Kind) -> Result<bool> {
        loop {
            let pk = self.keys.resources(kind);
            let (mut items, more) = self.page(pk, Some("pk, sk, memberOf")).await?;
            let mut whole = true;
            let mut bare = 0;
            for item in &items {
                whole = self.memberships_of(kind, item).await?;
                if !whole {
                    break;
                }
                bare += 1;
                // One at least goes in every call, however many groups it is in.
                if self.is_over() {
                    break;
                }
            }
            whole &= bare == items.len();
            items.truncate(bare);
            self.resources += self.delete(&items).await?;
            if !whole {
                return Ok(false);
            }
            if !more {
                return Ok(true);
            }
            if self.is_over() {
                return Ok(false);
            }
        }
    }

    /// The memberships that a user or a group leads to.
    async fn memberships_of(&mut self, kind: Kind, item: &Item) -> Result<bool> {
        let mut groups: Vec<ResourceId> = groups_of(item).into_iter().flatten().collect();
        if kind == Kind::Group {
            groups.extend(key(item)?.sk.parse::<ResourceId>());
        }
        for group in groups {
            if !self.memberships(group).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// All memberships of a group.
    async fn memberships(&mut self, group: ResourceId) -> Result<bool> {
        if self.swept.contains(&group) {
            return Ok(true);
        }
        let whole = self.partition(self.keys.edges(group)).await?;
        if whole {
            if self.swept.len() >= REMEMBERED {
                self.swept.clear();
            }
            self.swept.insert(group);
        }
        Ok(whole)
    }

    /// All of a partition; `true` when it came to the end.
    async fn partition(&mut self, pk: String) -> Result<bool> {
        loop {
            let (items, more) = self.page(pk.clone(), Some("pk, sk")).await?;
            self.delete(&items).await?;
            if !more {
                return Ok(true);
            }
            if self.is_over() {
                return Ok(false);
            }
        }
    }

    /// Whatever stands in the realm's own partition but the items that go last.
    async fn beside_the_realm(&mut self) -> Result<bool> {
        let last = [self.keys.realm(), self.keys.settings()];
        let pk = self.keys.realm().pk;
        let (mut items, more) = self.page(pk, Some("pk, sk")).await?;
        items.retain(|item| key(item).is_ok_and(|key| !last.contains(&key)));
        self.delete(&items).await?;
        Ok(!more)
    }

    /// The first page of what is left of a partition.
    async fn page(&self, pk: String, only: Option<&'static str>) -> Result<(Vec<Item>, bool)> {
        let range = Range {
            pk,
            // Below every sort key of ours.
            from: From::At(" "),
            limit: None,
            consistency: Consistency::Strong,
            only,
        };
        self.db.query(&range).await
    }

    /// Deletes these items; how many. It ends when the last batch has, also when
    /// one has failed: none is to be under way when the next call has its turn.
    async fn delete(&mut self, items: &[Item]) -> Result<u64> {
        let keys = items.iter().map(key).collect::<Result<Vec<Key>>>()?;
        let mut under_way: JoinSet<Result<()>> = JoinSet::new();
        let mut chunks = keys.chunks(BATCH_WRITE);
        let mut outcome = Ok(());
        loop {
            while outcome.is_ok()
                && under_way.len() < AT_ONCE
                && let Some(chunk) = chunks.next()
            {
                let (db, chunk) = (self.db.clone(), chunk.to_vec());
                under_way.spawn(async move { db.delete_batch(&chunk).await });
            }
            let Some(done) = under_way.join_next().await else {
                break;
            };
            let done = done.unwrap_or_else(|_| Err(internal("a batch was not carried out")));
            outcome = outcome.and(done);
        }
        outcome?;
        let removed = keys.len() as u64;
        self.removed += removed;
        Ok(removed)
    }
}

fn key(item: &Item) -> Result<Key> {
    let text = |name: &str| Some(item.get(name)?.as_s().ok()?.clone());
    match (text(PK), text(SK)) {
        (Some(pk), Some(sk)) => Ok(Key { pk, sk }),
        _ => Err(internal("an item has no key")),
    }
}
