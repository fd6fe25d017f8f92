//! Users and groups: whether what each asks for is there.

use super::counters::Tally;
use super::finding::{Entry, EntryFault, Finding};
use super::link::{Link, key_of};
use super::{AT_ONCE, Pass};
use crate::db::{Consistency, Item, last};
use crate::keys::{Key, SK};
use crate::kind::{Kind, ResourceId};
use scim::Result;
use std::collections::{BTreeMap, BTreeSet};

/// How many of a page's memberships are in which group.
type Groups = BTreeMap<ResourceId, u64>;

impl Pass<'_> {
    /// All resources of a kind, and of each group its edges.
    pub(super) async fn documents(&mut self, kind: Kind, tally: &mut Tally) -> Result<()> {
        let pk = self.ground.keys.resources(kind);
        let mut after: Option<String> = None;
        loop {
            let (items, more) = self.page(&pk, after.as_deref()).await?;
            after = last(&items);
            let mut links = Vec::new();
            let mut ids = Vec::new();
            for item in &items {
                if let Some(id) = id_of(item) {
                    tally.add(id);
                    ids.push(id);
                }
                match self.ground.document(kind, item) {
                    Ok(document) => links.extend(document.links(&self.ground)),
                    Err(fault) => self.unreadable(fault, item),
                }
            }
            drop(items);
            let mut groups = Groups::new();
            for some in links.chunks(AT_ONCE) {
                self.ask_entries(some, &mut groups).await?;
            }
            self.leftovers(&groups).await?;
            match kind {
                Kind::User => self.summary.users += ids.len() as u64,
                Kind::Group => {
                    for group in ids {
                        self.summary.groups += 1;
                        self.edges(group).await?;
                    }
                }
            }
            self.progress();
            if !more {
                return Ok(());
            }
        }
    }

    /// Asks for each link's entry, and counts the memberships that are there.
    async fn ask_entries(&mut self, links: &[Link], groups: &mut Groups) -> Result<()> {
        let items = self.items(links.iter().map(|link| link.at.clone())).await?;
        for link in links {
            if link.seen_from_document(items.get(&link.at)).is_some() {
                if let Some(fault) = self.confirmed_from_document(link).await? {
                    self.found(link.finding(fault));
                }
            } else if let Entry::Edge(group) = link.entry {
                *groups.entry(group).or_default() += 1;
            }
        }
        Ok(())
    }

    /// The fault at one moment, if the document is there and still asks.
    async fn confirmed_from_document(&self, link: &Link) -> Result<Option<EntryFault>> {
        let (document, entry) = self.both(link).await?;
        let asks = document
            .and_then(|item| self.ground.document(link.kind, &item).ok())
            .is_some_and(|document| document.asks_for(link));
        Ok(if asks {
            link.seen_from_document(entry.as_ref())
        } else {
            None
        })
    }

    /// A link's document and entry as they stand together.
    pub(super) async fn both(&self, link: &Link) -> Result<(Option<Item>, Option<Item>)> {
        let keys = [link.document(&self.ground), link.at.clone()];
        let mut items = self.db().snapshot(&keys).await?.into_iter();
        Ok((items.next().flatten(), items.next().flatten()))
    }

    /// The items of these keys that are there; they may lag behind.
    pub(super) async fn items(
        &self,
        keys: impl Iterator<Item = Key>,
    ) -> Result<BTreeMap<Key, Item>> {
        let distinct: BTreeSet<Key> = keys.collect();
        let keys: Vec<Key> = distinct.into_iter().collect();
        let items = self.db().batch_get(&keys, Consistency::Eventual).await?;
        Ok(items
            .into_iter()
            .filter_map(|item| Some((key_of(&item)?, item)))
            .collect())
    }

    /// Memberships in groups that are gone: a deletion that was interrupted
    /// leaves them, and one under way has not come to them yet.
    async fn leftovers(&mut self, groups: &Groups) -> Result<()> {
        let keys: Vec<Key> = groups
            .keys()
            .map(|group| self.ground.keys.resource(Kind::Group, *group))
            .collect();
        for some in keys.chunks(AT_ONCE) {
            let there = self.items(some.iter().cloned()).await?;
            for key in some.iter().filter(|key| !there.contains_key(key)) {
                let gone = self.db().get(key, Consistency::Strong).await?.is_none();
                if let Ok(group) = key.sk.parse()
                    && gone
                {
                    let members = groups.get(&group).copied().unwrap_or_default();
                    self.found(Finding::Leftover { group, members });
                }
            }
        }
        Ok(())
    }
}

fn id_of(item: &Item) -> Option<ResourceId> {
    item.get(SK)?.as_s().ok()?.parse().ok()
}
