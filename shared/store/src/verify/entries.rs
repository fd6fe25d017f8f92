//! Claims, index entries and edges: whether each leads to a document that has
//! what it says.

use super::finding::{Entry, EntryFault, ItemFault};
use super::link::{Ground, Link};
use super::{AT_ONCE, Pass};
use crate::db::{Item, last};
use crate::job::{Task, records};
use crate::kind::ResourceId;
use scim::Result;

impl Pass<'_> {
    pub(super) async fn claims(&mut self) -> Result<()> {
        let pk = self.ground.keys.claims();
        self.entries(&pk, Entry::Claim).await
    }

    pub(super) async fn indexes(&mut self) -> Result<()> {
        let pk = self.ground.keys.indexes();
        self.entries(&pk, Entry::Index).await
    }

    /// The members of a group.
    pub(super) async fn edges(&mut self, group: ResourceId) -> Result<()> {
        let pk = self.ground.keys.edges(group);
        self.entries(&pk, Entry::Edge(group)).await
    }

    /// A partition that holds entries of one sort.
    async fn entries(&mut self, pk: &str, sort: Entry) -> Result<()> {
        let mut after: Option<String> = None;
        loop {
            let (items, more) = self.page(pk, after.as_deref()).await?;
            after = last(&items);
            let met = items.len() as u64;
            match sort {
                Entry::Claim => self.summary.claims += met,
                Entry::Index => self.summary.indexes += met,
                Entry::Edge(_) => self.summary.memberships += met,
            }
            let mut links = Vec::with_capacity(items.len());
            for item in &items {
                match read(&self.ground, sort, item) {
                    Ok(link) => links.push(link),
                    Err(fault) => self.unreadable(fault, item),
                }
            }
            drop(items);
            for some in links.chunks(AT_ONCE) {
                self.ask_documents(some).await?;
            }
            if met > 0 {
                self.progress();
            }
            if !more {
                return Ok(());
            }
        }
    }

    async fn ask_documents(&mut self, links: &[Link]) -> Result<()> {
        let keys = links.iter().map(|link| link.document(&self.ground));
        let items = self.items(keys).await?;
        for link in links {
            let document = items.get(&link.document(&self.ground));
            let seen = link.seen_from_entry(&self.ground, document);
            if seen.is_some()
                && let Some(fault) = self.confirmed_from_entry(link).await?
                && !self.is_parting(link, fault).await?
            {
                self.found(link.finding(fault));
            }
        }
        Ok(())
    }

    /// Whether a job is to take away the membership of somebody who is gone, or just has.
    async fn is_parting(&self, link: &Link, fault: EntryFault) -> Result<bool> {
        let Entry::Edge(group) = link.entry else {
            return Ok(false);
        };
        if fault != EntryFault::Orphaned {
            return Ok(false);
        }
        let jobs = records(&self.db(), &self.ground.keys).await?;
        let takes = |task: &Task| match task {
            Task::Sweep(remains) => remains.id == link.id && remains.groups.contains(&group),
            Task::Members { .. } => false,
        };
        Ok(jobs.iter().any(|(_, job)| takes(&job.task))
            || self.confirmed_from_entry(link).await?.is_none())
    }

    /// The fault at one moment, if the entry is still there and leads where it led.
    async fn confirmed_from_entry(&self, link: &Link) -> Result<Option<EntryFault>> {
        let (document, entry) = self.both(link).await?;
        let stands = entry
            .and_then(|item| read(&self.ground, link.entry, &item).ok())
            .is_some_and(|now| now == *link);
        Ok(if stands {
            link.seen_from_entry(&self.ground, document.as_ref())
        } else {
            None
        })
    }
}

fn read(ground: &Ground, sort: Entry, item: &Item) -> Result<Link, ItemFault> {
    match sort {
        Entry::Claim => ground.claim(item),
        Entry::Index => ground.index(item),
        Entry::Edge(group) => ground.edge(group, item),
    }
}
