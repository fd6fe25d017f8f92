//! Counters: whether each leaf is the number of resources that are there, and
//! each sum that of its leaves.

use super::Pass;
use super::finding::{Finding, ItemFault};
use super::link::{key_of, of_known_format};
use crate::counter::Leaf;
use crate::db::{Consistency, From, Item, Order, Range, last};
use crate::keys::SK;
use crate::kind::{Kind, ResourceId};
use scim::Result;
use std::collections::BTreeMap;

/// How often a leaf is compared that moves meanwhile.
const ROUNDS: u32 = 10;

/// How many resources were met, by leaf.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<Leaf, i64>);

/// A counter item's leaves that hold anything.
type Leaves = BTreeMap<Leaf, i64>;

impl Tally {
    pub(super) fn add(&mut self, id: ResourceId) {
        *self.0.entry(Leaf::of(id)).or_default() += 1;
    }
}

/// What became of a comparison.
enum Settled {
    Agree,
    Differ { counted: i64, there: i64 },
    Never,
}

impl Pass<'_> {
    /// The counters of a kind against what was met.
    pub(super) async fn counters(&mut self, kind: Kind, tally: &Tally) -> Result<()> {
        let mut counted = Leaves::new();
        let (pk, prefix) = self.ground.keys.counters(kind);
        let mut after: Option<String> = None;
        loop {
            let range = Range {
                pk: pk.clone(),
                from: From::Prefix(&prefix, after.as_deref(), Order::Ascending),
                limit: None,
                consistency: Consistency::Strong,
                only: None,
            };
            let (items, more) = self.db().query(&range).await?;
            for item in &items {
                match leaves(item) {
                    Ok((sum, leaves)) => {
                        self.sum(item, sum, &leaves);
                        counted.extend(leaves);
                    }
                    Err(fault) => self.unreadable(fault, item),
                }
            }
            after = last(&items);
            if !more {
                break;
            }
        }
        let mut suspects: Vec<Leaf> = tally.0.keys().chain(counted.keys()).copied().collect();
        suspects.sort_unstable();
        suspects.dedup();
        suspects.retain(|leaf| tally.0.get(leaf).unwrap_or(&0) != counted.get(leaf).unwrap_or(&0));
        for leaf in suspects {
            match self.settle(kind, leaf).await? {
                Settled::Agree => {}
                Settled::Never => self.summary.unsettled += 1,
                Settled::Differ { counted, there } => self.found(Finding::Leaf {
                    kind,
                    leaf: leaf.prefix(),
                    counted,
                    there,
                }),
            }
        }
        Ok(())
    }

    /// One item is read at one moment, so there is nothing to read again.
    fn sum(&mut self, item: &Item, sum: i64, leaves: &Leaves) {
        let come_to: i64 = leaves.values().sum();
        if let Some(key) = key_of(item)
            && sum != come_to
        {
            self.found(Finding::Sum {
                item: key.into(),
                sum,
                leaves: come_to,
            });
        }
    }

    /// A leaf and its resources cannot be read at one moment. They differ when
    /// the leaf stood still around two countings that came to the same.
    async fn settle(&self, kind: Kind, leaf: Leaf) -> Result<Settled> {
        let mut differed = None;
        for round in 0..ROUNDS {
            let before = self.counted(kind, leaf).await?;
            let there = self.there(kind, leaf).await?;
            let after = self.counted(kind, leaf).await?;
            if before != after {
                differed = None;
            } else if before == there {
                return Ok(Settled::Agree);
            } else if differed == Some((before, there)) {
                return Ok(Settled::Differ {
                    counted: before,
                    there,
                });
            } else {
                differed = Some((before, there));
            }
            self.db().backoff(round).await?;
        }
        Ok(Settled::Never)
    }

    async fn counted(&self, kind: Kind, leaf: Leaf) -> Result<i64> {
        let key = self.ground.keys.counter(kind, leaf.item());
        let item = self.db().get(&key, Consistency::Strong).await?;
        let leaves = item.and_then(|item| leaves(&item).ok());
        Ok(leaves
            .and_then(|(_, leaves)| leaves.get(&leaf).copied())
            .unwrap_or_default())
    }

    async fn there(&self, kind: Kind, leaf: Leaf) -> Result<i64> {
        let pk = self.ground.keys.resources(kind);
        let prefix = leaf.prefix();
        let mut after: Option<String> = None;
        let mut there = 0;
        loop {
            let range = Range {
                pk: pk.clone(),
                from: From::Prefix(&prefix, after.as_deref(), Order::Ascending),
                limit: None,
                consistency: Consistency::Strong,
                only: Some("sk"),
            };
            let (items, more) = self.db().query(&range).await?;
            there += i64::try_from(items.len()).unwrap_or(i64::MAX);
            after = last(&items);
            if !more {
                return Ok(there);
            }
        }
    }
}

/// A counter item's sum and leaves.
fn leaves(item: &Item) -> Result<(i64, Leaves), ItemFault> {
    of_known_format(item)?;
    read(item).ok_or(ItemFault::Malformed)
}

fn read(item: &Item) -> Option<(i64, Leaves)> {
    let (_, hex) = item.get(SK)?.as_s().ok()?.split_once('#')?;
    let number_of_item = u8::from_str_radix(hex, 16).ok()?;
    let mut leaves = Leaves::new();
    for (name, value) in item {
        let Some(within) = name.strip_prefix('l') else {
            continue;
        };
        let leaf = Leaf::within_item(number_of_item, u8::from_str_radix(within, 16).ok()?)?;
        leaves.insert(leaf, value.as_n().ok()?.parse().ok()?);
    }
    leaves.retain(|_, count| *count != 0);
    Some((item.get("t")?.as_n().ok()?.parse().ok()?, leaves))
}
