//! Finding and paging: by equality in O(1), by position in a page, else by a walk with a budget.

use crate::budget::Spending;
use crate::counter::Counts;
use crate::db::{Consistency, From, Order, Range, last};
use crate::edge::Edge;
use crate::index::{Access, holder_of};
use crate::keys::{Key, ValueHash};
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::Record;
use scim::Result;
use scim::filter::ResolvedFilter;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How many documents are read for their names before the budget is looked at.
const NAMES_AT_A_TIME: usize = 500;
/// How many candidates are read before the budget is looked at: at most 10 MB.
const AT_A_TIME: usize = 25;
/// How many resources with one indexed value are looked at: a value that more
/// of them share leads nowhere, and the collection is walked instead.
const MAX_HOLDERS: usize = 5_000;

/// A walk through all resources of a kind, in the order of their ids.
#[derive(Debug)]
pub struct Walk<'a> {
    realm: &'a Realm<'a>,
    kind: Kind,
    after: Option<ResourceId>,
    done: bool,
}

impl Walk<'_> {
    /// The next records; `None` at the end.
    ///
    /// # Errors
    /// `TooMany` when the budget is used up.
    pub async fn next(&mut self, spending: &Spending) -> Result<Option<Vec<Record>>> {
        if self.done {
            return Ok(None);
        }
        spending.check()?;
        let (records, more) = self
            .realm
            .records_after(self.kind, self.after, None)
            .await?;
        self.done = !more;
        self.after = records.last().map(|record| record.id).or(self.after);
        Ok(Some(records))
    }
}

impl Realm<'_> {
    /// The candidates for a filter, when an equality in it leads to them:
    /// everything that can match is among them, strongly consistent. The narrowest
    /// access is taken; one that turns out not to be narrow, or leads to more than
    /// the budget allows to read, is none. `None` when
    /// only a walk can tell. The whole filter is to be checked on each.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn find(
        &self,
        kind: Kind,
        filter: &ResolvedFilter,
        spending: &Spending,
    ) -> Result<Option<Vec<Record>>> {
        let mut equalities: Vec<(Access, &str)> = filter
            .equalities()
            .into_iter()
            .filter_map(|(attribute, value)| Some((Access::to(kind, &attribute)?, value)))
            .collect();
        equalities.sort_by_key(|(access, _)| access.rank());
        for (access, value) in equalities {
            let Some(mut found) = self.look_up(kind, access, value, spending).await? else {
                continue;
            };
            let moved = |(_, record): &(ResourceId, Option<Record>)| {
                let record = record.as_ref();
                record.is_none_or(|record| !holds(record, access, value))
            };
            // The entry and the document were read at two moments: what moved in between is read once more.
            if found.iter().any(moved) {
                match self.look_up(kind, access, value, spending).await? {
                    Some(again) => found = again,
                    None => continue,
                }
            }
            let found = found.into_iter().filter_map(|(_, record)| record);
            return Ok(Some(found.collect()));
        }
        Ok(None)
    }

    /// What the value leads to; `None` when that is too much to be looked at.
    async fn look_up(
        &self,
        kind: Kind,
        access: Access,
        value: &str,
        spending: &Spending,
    ) -> Result<Option<Vec<(ResourceId, Option<Record>)>>> {
        let ids: Vec<ResourceId> = match access {
            Access::Id => value.parse().into_iter().collect(),
            Access::Claim(attribute) => {
                let key = self.keys.claim(attribute, &self.hash(value));
                let claim = self.db.get(&key, Consistency::Strong).await?;
                claim.as_ref().and_then(holder_of).into_iter().collect()
            }
            Access::Index(index) => match self.holders(index, value).await? {
                Some(ids) => ids,
                None => return Ok(None),
            },
            Access::Member => match value.parse() {
                Ok(member) => self.groups_with(member).await?.into_iter().collect(),
                Err(_) => Vec::new(),
            },
        };
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_A_TIME) {
            // What is read first, is.
            if !found.is_empty() && spending.is_used_up() {
                return Ok(None);
            }
            let mut records = self.records(kind, some, Consistency::Strong).await?;
            found.extend(some.iter().map(|id| (*id, records.remove(id))));
        }
        Ok(Some(found))
    }

    fn hash(&self, value: &str) -> ValueHash {
        ValueHash::of(self.caller.salt(), value)
    }

    /// The holders of an indexed value; `None` when they are more than are looked at.
    async fn holders(&self, index: &str, value: &str) -> Result<Option<Vec<ResourceId>>> {
        let (pk, prefix) = self.keys.index_entries(index, &self.hash(value));
        let mut ids = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let (items, more) = self
                .db
                .query(&Range {
                    pk: pk.clone(),
                    from: From::Prefix(&prefix, after.as_deref(), Order::Ascending),
                    limit: None,
                    consistency: Consistency::Strong,
                    only: None,
                })
                .await?;
            ids.extend(items.iter().filter_map(holder_of));
            after = last(&items);
            if ids.len() > MAX_HOLDERS {
                return Ok(None);
            }
            if !more {
                return Ok(Some(ids));
            }
        }
    }

    /// The groups a user or a group is directly in, and those whose members a job
    /// is changing: it may be in those.
    async fn groups_with(&self, member: ResourceId) -> Result<BTreeSet<ResourceId>> {
        // The jobs first: what one that has ended since has brought is on the member.
        let with_jobs = self.groups_with_jobs().await?;
        for kind in Kind::ALL {
            if let Some(record) = self.get(kind, member).await? {
                let mut groups = record.member_of;
                groups.extend(with_jobs);
                return Ok(groups);
            }
        }
        Ok(BTreeSet::new())
    }

    /// The records that exist among `ids`.
    async fn records(
        &self,
        kind: Kind,
        ids: &[ResourceId],
        consistency: Consistency,
    ) -> Result<BTreeMap<ResourceId, Record>> {
        let distinct: BTreeSet<ResourceId> = ids.iter().copied().collect();
        let keys: Vec<Key> = distinct
            .iter()
            .map(|id| self.keys.resource(kind, *id))
            .collect();
        let items = match keys.as_slice() {
            [] => Vec::new(),
            [key] => self.db.get(key, consistency).await?.into_iter().collect(),
            keys => self.db.batch_get(keys, consistency).await?,
        };
        items
            .into_iter()
            .map(|item| self.record(kind, item).map(|record| (record.id, record)))
            .collect()
    }

    /// The records of these ids in their order; those that are gone are left out.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn page_of(&self, kind: Kind, ids: &[ResourceId]) -> Result<Vec<Record>> {
        let mut records = self.records(kind, ids, Consistency::Strong).await?;
        Ok(ids.iter().filter_map(|id| records.remove(id)).collect())
    }

    /// How many resources of the kind there are.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn count(&self, kind: Kind) -> Result<u64> {
        Ok(Counts::read(&self.db, &self.keys, kind).await?.total())
    }

    /// The resources of a kind in the order of their ids after the one given,
    /// up to `limit` or as many as one read holds; `true` when more follow.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn records_after(
        &self,
        kind: Kind,
        after: Option<ResourceId>,
        limit: Option<usize>,
    ) -> Result<(Vec<Record>, bool)> {
        let after = after.map(|id| id.to_string());
        let range = Range {
            pk: self.keys.resources(kind),
            from: match &after {
                Some(id) => From::After(id),
                None => From::At("0"),
            },
            limit,
            consistency: Consistency::Strong,
            only: None,
        };
        let (items, more) = self.db.query(&range).await?;
        let records = items.into_iter().map(|item| self.record(kind, item));
        Ok((records.collect::<Result<_>>()?, more))
    }

    /// Walks through all resources of a kind.
    pub fn walk(&self, kind: Kind) -> Walk<'_> {
        Walk {
            realm: self,
            kind,
            after: None,
            done: false,
        }
    }

    /// The display names of the groups among `ids` that exist. May lag a moment behind.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn group_names(
        &self,
        ids: &BTreeSet<ResourceId>,
    ) -> Result<BTreeMap<ResourceId, String>> {
        let ids: Vec<ResourceId> = ids.iter().copied().collect();
        self.names(Kind::Group, &ids).await
    }

    /// The display names of members: displayName, else userName. May lag a moment behind.
    ///
    /// # Errors
    /// When the table fails.
    pub async fn member_names(
        &self,
        members: &[Edge],
        spending: &Spending,
    ) -> Result<BTreeMap<ResourceId, String>> {
        let mut all = BTreeMap::new();
        for kind in Kind::ALL {
            let of_kind = members.iter().filter(|edge| edge.kind == kind);
            let ids: Vec<ResourceId> = of_kind.map(|edge| edge.member).collect();
            for some in ids.chunks(NAMES_AT_A_TIME) {
                spending.check()?;
                all.extend(self.names(kind, some).await?);
            }
        }
        Ok(all)
    }

    /// What these are called. What a read that may lag behind does not find may
    /// have been made just now.
    async fn names(&self, kind: Kind, ids: &[ResourceId]) -> Result<BTreeMap<ResourceId, String>> {
        let mut found = self.records(kind, ids, Consistency::Eventual).await?;
        let missing = ids.iter().filter(|id| !found.contains_key(id));
        let missing: Vec<ResourceId> = missing.copied().collect();
        found.extend(self.records(kind, &missing, Consistency::Strong).await?);
        Ok(names(found))
    }
}

fn names(records: BTreeMap<ResourceId, Record>) -> BTreeMap<ResourceId, String> {
    records
        .into_iter()
        .filter_map(|(id, record)| {
            let attributes = &record.attributes;
            let name = attributes
                .str("displayName")
                .or_else(|| attributes.str("userName"))?;
            Some((id, name.to_owned()))
        })
        .collect()
}

/// Whether the document still has the value that led to it.
fn holds(record: &Record, access: Access, value: &str) -> bool {
    let same = |stored: &str| scim::fold(stored) == scim::fold(value);
    match access {
        Access::Id | Access::Member => true,
        Access::Claim(attribute) => record.attributes.str(attribute).is_some_and(same),
        Access::Index("U.emails.value") => record
            .attributes
            .as_map()
            .get("emails")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .any(|email| email.get("value").and_then(Value::as_str).is_some_and(same)),
        Access::Index(_) => record.attributes.str("externalId").is_some_and(same),
    }
}
