//! A document and an entry that leads to it: what each asks of the other.
//! Items in, faults out; the table is read elsewhere.

use super::finding::{Entry, EntryFault, Finding, ItemFault};
use crate::db::Item;
use crate::edge::Edge;
use crate::index::{Entries, holder_of};
use crate::keys::{Key, Keys, SK};
use crate::kind::{Kind, ResourceId};
use crate::record::{FORMAT, Record, number};
use auth::Salt;
use std::collections::BTreeSet;

/// A document and one of its entries, by their keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) kind: Kind,
    pub(super) id: ResourceId,
    pub(super) entry: Entry,
    /// Where the entry is, or should be.
    pub(super) at: Key,
}

/// What a realm's keys are made of.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) keys: Keys,
    pub(super) salt: Salt,
}

/// What a document asks for.
#[derive(Debug)]
pub(super) struct Document {
    kind: Kind,
    pub(super) id: ResourceId,
    entries: Entries,
    groups: BTreeSet<ResourceId>,
}

impl Link {
    /// Where the document is, or should be.
    pub(super) fn document(&self, ground: &Ground) -> Key {
        ground.keys.resource(self.kind, self.id)
    }

    pub(super) fn finding(&self, fault: EntryFault) -> Finding {
        Finding::Entry {
            fault,
            entry: self.entry,
            kind: self.kind,
            id: self.id,
            item: self.at.clone().into(),
        }
    }

    /// What is wrong with the entry, seen from a document that asks for it. An
    /// entry that cannot be read is found on its own.
    pub(super) fn seen_from_document(&self, entry: Option<&Item>) -> Option<EntryFault> {
        let Some(entry) = entry else {
            return Some(EntryFault::Missing);
        };
        match self.entry {
            Entry::Edge(_) => None,
            Entry::Claim | Entry::Index => holder_of(entry)
                .filter(|holder| *holder != self.id)
                .map(|_| EntryFault::OfAnother),
        }
    }

    /// What is wrong with the document, seen from an entry that leads to it. A
    /// document that cannot be read is found on its own.
    pub(super) fn seen_from_entry(
        &self,
        ground: &Ground,
        document: Option<&Item>,
    ) -> Option<EntryFault> {
        let Some(item) = document else {
            return Some(EntryFault::Orphaned);
        };
        match ground.document(self.kind, item) {
            Ok(document) if !document.asks_for(self) => Some(EntryFault::Stale),
            _ => None,
        }
    }
}

impl Document {
    /// Everything that must lead to it.
    pub(super) fn links(&self, ground: &Ground) -> Vec<Link> {
        let link = |entry, at| Link {
            kind: self.kind,
            id: self.id,
            entry,
            at,
        };
        let claim = self.entries.claim().cloned();
        let claim = claim.map(|at| link(Entry::Claim, at));
        let index = self.entries.index().iter().cloned();
        let index = index.map(|at| link(Entry::Index, at));
        let edges = self
            .groups
            .iter()
            .map(|group| link(Entry::Edge(*group), ground.keys.edge(*group, self.id)));
        claim.into_iter().chain(index).chain(edges).collect()
    }

    pub(super) fn asks_for(&self, link: &Link) -> bool {
        match link.entry {
            Entry::Claim => self.entries.claim() == Some(&link.at),
            Entry::Index => self.entries.index().contains(&link.at),
            Entry::Edge(group) => self.groups.contains(&group),
        }
    }
}

impl Ground {
    pub(super) fn document(&self, kind: Kind, item: &Item) -> Result<Document, ItemFault> {
        of_known_format(item)?;
        let record = Record::parse(kind, item).ok_or(ItemFault::Malformed)?;
        let entries = Entries::of(&self.keys, &self.salt, kind, record.id, &record.attributes)
            .map_err(|_| ItemFault::Malformed)?;
        // userName and displayName are required: RFC 7643 sections 4.1.1 and 4.2.
        entries.claim().ok_or(ItemFault::Malformed)?;
        Ok(Document {
            kind,
            id: record.id,
            entries,
            groups: record.member_of,
        })
    }

    pub(super) fn claim(&self, item: &Item) -> Result<Link, ItemFault> {
        of_known_format(item)?;
        let at = key_of(item).ok_or(ItemFault::Malformed)?;
        let (attribute, _) = at.sk.split_once('#').ok_or(ItemFault::Malformed)?;
        let kind = Kind::ALL
            .into_iter()
            .find(|kind| kind.claimed() == attribute)
            .ok_or(ItemFault::Unknown)?;
        Ok(Link {
            kind,
            id: holder_of(item).ok_or(ItemFault::Malformed)?,
            entry: Entry::Claim,
            at,
        })
    }

    pub(super) fn index(&self, item: &Item) -> Result<Link, ItemFault> {
        of_known_format(item)?;
        let at = key_of(item).ok_or(ItemFault::Malformed)?;
        let kind = at.sk.split_once('.').and_then(|(prefix, _)| {
            Kind::ALL
                .into_iter()
                .find(|kind| kind.partition() == prefix)
        });
        let id = at.sk.rsplit_once('#').and_then(|(_, id)| id.parse().ok());
        holder_of(item).ok_or(ItemFault::Malformed)?;
        Ok(Link {
            kind: kind.ok_or(ItemFault::Unknown)?,
            id: id.ok_or(ItemFault::Malformed)?,
            entry: Entry::Index,
            at,
        })
    }

    pub(super) fn edge(&self, group: ResourceId, item: &Item) -> Result<Link, ItemFault> {
        of_known_format(item)?;
        let edge = Edge::read(item).ok_or(ItemFault::Malformed)?;
        Ok(Link {
            kind: edge.kind,
            id: edge.member,
            entry: Entry::Edge(group),
            at: self.keys.edge(group, edge.member),
        })
    }
}

/// Items of every kind carry a format number.
pub(super) fn of_known_format(item: &Item) -> Result<(), ItemFault> {
    match number::<u8>(item, "f") {
        Some(format) if (1..=FORMAT).contains(&format) => Ok(()),
        _ => Err(ItemFault::Unknown),
    }
}

pub(super) fn key_of(item: &Item) -> Option<Key> {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    Some(Key {
        pk: text(crate::keys::PK)?,
        sk: text(SK)?,
    })
}
