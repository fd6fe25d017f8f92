//! The end of a realm: marked first, then swept call by call until nothing is left.
//!
//! From the mark on its keys are refused. Requests that were let in before may
//! still write, for as long as a request may take, so until then only what
//! nothing else is found by is swept: index entries, claims, events, keys. A
//! membership is found by its group's id, which stands on the group's own item
//! and in its members' `memberOf`, so users and groups stay till the end of that
//! time; then the memberships of each go first, and a call that ends at any point
//! leaves what leads the next one on. When two passes in a row have found
//! nothing, the realm's item, its settings and its entry in the directory go
//! together, and the name is free.

use super::{Admin, no_realm};
use crate::counter::Counts;
use crate::credentials::realm_item;
use crate::db::{BATCH_WRITE, Consistency, Db, From, Item, Range};
use crate::deletion::{DELETION, Deletion};
use crate::event::EventAction;
use crate::failure::{internal, unreadable};
use crate::keys::{Key, Keys, PK, SK};
use crate::kind::{Kind, ResourceId};
use crate::record::{binary, groups_of, n};
use crate::tenant::RealmEntry;
use crate::transaction::{Action, Condition, Outcome};
use auth::{RealmName, RealmState};
use jiff::{SignedDuration, Timestamp};
use scim::Result;
use std::collections::HashSet;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

/// How long one call sweeps: an administrator is to see progress.
const STRETCH: Duration = Duration::from_secs(5);
/// How long the table may take to finish what a request has sent before its deadline.
const AFTERMATH: Duration = Duration::from_secs(5);
/// How often it looks again while it can only wait.
const LOOK: Duration = Duration::from_millis(500);
/// How many batches are under way at once.
const AT_ONCE: usize = 8;
/// How many groups are remembered as swept; a group that is forgotten costs a Query.
const REMEMBERED: usize = 50_000;
/// Passes that have to find nothing.
const EMPTY_PASSES: u32 = 2;

/// One call's sweep of a realm.
struct Sweep {
    db: Db,
    keys: Keys,
    /// When it stops, wherever it is.
    until: Instant,
    /// The groups whose memberships are gone.
    swept: HashSet<ResourceId>,
    removed: u64,
    /// How many of them were users and groups.
    resources: u64,
}

impl Admin {
    /// Deletes a realm, as far as one call comes: `None` when nothing of it is
    /// left, else how far it is. `longest` is how long a request may take that
    /// was let in before.
    ///
    /// # Errors
    /// `NotFound` when there is no such realm.
    pub async fn delete_realm(
        &self,
        realm: &RealmName,
        longest: Duration,
    ) -> Result<Option<Deletion>> {
        let begun = Instant::now();
        let now = || self.now + SignedDuration::try_from(begun.elapsed()).unwrap_or_default();
        let mut deletion = self.mark(realm).await?;
        let wait = SignedDuration::try_from(longest + AFTERMATH).unwrap_or(SignedDuration::MAX);
        let quiet_from = deletion.since.checked_add(wait).unwrap_or(Timestamp::MAX);
        // Half of the time that is left is for what the last call of the table may take.
        let left = self.db.deadline().saturating_duration_since(begun) / 2;
        let mut sweep = Sweep {
            db: self.db.clone(),
            keys: Keys::of(realm),
            until: begun + left.min(STRETCH),
            swept: HashSet::new(),
            removed: 0,
            resources: 0,
        };
        let mut empty = 0;
        while !sweep.is_over() && empty < EMPTY_PASSES {
            let (quiet, before) = (now() >= quiet_from, sweep.removed);
            let whole = if quiet {
                sweep.everything().await?
            } else {
                sweep.what_leads_nowhere().await?
            };
            if whole && sweep.removed == before {
                empty += u32::from(quiet);
                if !quiet {
                    sleep_until(sweep.until.min(Instant::now() + LOOK)).await;
                }
            } else {
                empty = 0;
            }
        }
        if empty >= EMPTY_PASSES {
            self.forget(realm).await?;
            return Ok(None);
        }
        deletion.removed += sweep.removed;
        deletion.remaining = deletion.remaining.saturating_sub(sweep.resources);
        if sweep.removed > 0 {
            self.note(realm, deletion).await?;
        }
        Ok(Some(deletion))
    }

    /// Marks the realm as one that is being deleted; it may be already.
    async fn mark(&self, name: &RealmName) -> Result<Deletion> {
        let keys = Keys::of(name);
        let mut round = 0;
        loop {
            let entry = self.realm(name).await?.ok_or_else(|| no_realm(name))?;
            if let Some(deletion) = entry.deletion {
                return Ok(deletion);
            }
            let mut remaining = 0;
            for kind in Kind::ALL {
                remaining += Counts::read(&self.db, &keys, kind).await?.total();
            }
            let deletion = Deletion {
                since: self.now,
                removed: 0,
                remaining,
            };
            let read = entry.record.version;
            let mut marked = RealmEntry {
                deletion: Some(deletion),
                ..entry
            };
            marked.record.state = RealmState::Deleting;
            marked.record.version = read + 1;
            let mut transaction = self.transaction();
            let mut item = realm_item(&marked)?;
            item.insert("ev".to_owned(), binary(transaction.event().as_bytes()));
            transaction.add(
                keys.realm(),
                Action::Put {
                    item,
                    condition: Some(Condition::new(
                        "version = :version",
                        [(":version", n(read))],
                    )),
                },
            )?;
            let event = self
                .event(EventAction::DeleteRealm)
                .changing(vec!["state".to_owned()]);
            self.record(event, name, &marked.policy.events, &mut transaction)?;
            match transaction.apply(&self.db, &self.table).await? {
                Outcome::Applied => return Ok(deletion),
                Outcome::Failed(_) => {
                    self.db.backoff(round).await?;
                    round += 1;
                }
            }
        }
    }

    /// Notes how far it is, unless the realm is gone by now.
    async fn note(&self, realm: &RealmName, deletion: Deletion) -> Result<()> {
        let deletion = serde_dynamo::to_attribute_value(deletion).map_err(unreadable)?;
        self.db
            .update(
                &Keys::of(realm).realm(),
                "SET deletion = :deletion",
                "attribute_exists(deletion)",
                &[],
                &[(":deletion", deletion)],
            )
            .await
            .map(drop)
    }

    /// Frees the name. When another call has done so, it is done.
    async fn forget(&self, realm: &RealmName) -> Result<()> {
        let keys = Keys::of(realm);
        let mut transaction = self.transaction();
        let marked = Condition::new(format!("attribute_exists({DELETION})"), []);
        transaction.add(
            keys.realm(),
            Action::Delete {
                condition: Some(marked),
            },
        )?;
        for key in [keys.settings(), Key::directory(realm)] {
            transaction.add(key, Action::Delete { condition: None })?;
        }
        transaction.apply(&self.db, &self.table).await.map(drop)
    }
}

impl Sweep {
    fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Everything but the realm's own two items; `true` when it came to the end.
    async fn everything(&mut self) -> Result<bool> {
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

    /// Deletes these items; how many.
    async fn delete(&mut self, items: &[Item]) -> Result<u64> {
        let keys = items.iter().map(key).collect::<Result<Vec<Key>>>()?;
        let mut under_way: JoinSet<Result<()>> = JoinSet::new();
        let mut chunks = keys.chunks(BATCH_WRITE);
        loop {
            while under_way.len() < AT_ONCE
                && let Some(chunk) = chunks.next()
            {
                let (db, chunk) = (self.db.clone(), chunk.to_vec());
                under_way.spawn(async move { db.delete_batch(&chunk).await });
            }
            match under_way.join_next().await {
                None => break,
                Some(done) => done.map_err(|_| internal("a batch was not carried out"))??,
            }
        }
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
