//! How many resources there are, and in which leaf the n-th stands.
//!
//! Ids are random, so their first twelve bits spread them evenly over 4,096
//! leaves; 64 items hold 64 leaf counts and their sum each. `totalResults` adds up the sums, and
//! `startIndex` finds its leaf by adding on within one item. Neither is a snapshot.

use crate::db::{Consistency, Db, From, Item, Order, Range, last};
use crate::keys::{Keys, SK};
use crate::kind::{Kind, ResourceId};
use crate::record::{FORMAT, n, number};
use crate::transaction::{Action, Transaction};
use aws_sdk_dynamodb::types::AttributeValue;
use scim::Result;

/// Adds or takes one.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Step {
    Up,
    Down,
}

/// Counts a resource in or out within its own transaction.
pub(crate) fn count(
    keys: &Keys,
    kind: Kind,
    id: ResourceId,
    step: Step,
    transaction: &mut Transaction,
) -> Result<()> {
    let leaf = Leaf::of(id);
    let by = match step {
        Step::Up => "1",
        Step::Down => "-1",
    };
    transaction.add(
        keys.counter(kind, leaf.item()),
        Action::Update {
            expression: format!("SET f = :f ADD t :by, l{:02x} :by", leaf.within()),
            // A counter item comes into being with its first resource.
            condition: None,
            values: vec![(":by", AttributeValue::N(by.to_owned())), (":f", n(FORMAT))],
        },
    )
}

/// One of the 4,096 leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaf(u16);

impl Leaf {
    pub(crate) fn of(id: ResourceId) -> Self {
        let [first, second, ..] = *id.as_bytes();
        Self(u16::from(first) << 4 | u16::from(second) >> 4)
    }

    /// The first leaf of a counter item.
    fn first_of(item: u8) -> Self {
        Self(u16::from(item) << 6)
    }

    pub(crate) fn item(self) -> u8 {
        (self.0 >> 6) as u8
    }

    fn within(self) -> u8 {
        (self.0 & 0x3f) as u8
    }

    /// The leaf at a place of a counter item; both are below 64.
    pub(crate) fn within_item(item: u8, within: u8) -> Option<Self> {
        (item < 64 && within < 64).then(|| Self(Self::first_of(item).0 | u16::from(within)))
    }

    /// The text every id of the leaf starts with.
    pub(crate) fn prefix(self) -> String {
        format!("{:03x}", self.0)
    }
}

/// How many resources of a kind there are at one moment, by counter item.
#[derive(Debug, Clone)]
pub(crate) struct Counts(Vec<(u8, u64)>);

impl Counts {
    /// Reads the sums alone: of the leaves only one item's matter, and only to whoever pages on.
    pub(crate) async fn read(db: &Db, keys: &Keys, kind: Kind) -> Result<Self> {
        let (pk, prefix) = keys.counters(kind);
        let mut counts = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let (items, more) = db
                .query(&Range {
                    pk: pk.clone(),
                    from: From::Prefix(&prefix, after.as_deref(), Order::Ascending),
                    limit: None,
                    consistency: Consistency::Strong,
                    only: Some("sk, t"),
                })
                .await?;
            after = last(&items);
            counts.extend(items.iter().filter_map(|item| sum(item, &prefix)));
            if !more {
                return Ok(Self(counts));
            }
        }
    }

    /// How many there are.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// Where the resource with this zero-based position stands in the order of ids.
    pub(crate) async fn seek(
        &self,
        db: &Db,
        keys: &Keys,
        kind: Kind,
        position: u64,
    ) -> Result<Seat> {
        let mut left = position;
        for (item, count) in &self.0 {
            if left >= *count {
                left -= count;
                continue;
            }
            if left == 0 {
                return Ok(Seat::first_of(Leaf::first_of(*item)));
            }
            let leaves = db
                .get(&keys.counter(kind, *item), Consistency::Strong)
                .await?;
            for (leaf, count) in leaves
                .map(|leaves| self::leaves(*item, &leaves))
                .unwrap_or_default()
            {
                if left < count {
                    return Ok(Seat {
                        before: left,
                        from: count - left,
                        ..Seat::first_of(leaf)
                    });
                }
                left -= count;
            }
        }
        Ok(Seat::beyond_all())
    }
}

/// A place in the order of ids: in a leaf, or where one begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seat {
    /// What every id in the leaf begins with.
    pub(crate) leaf: String,
    /// How many resources of the leaf stand before the place.
    pub(crate) before: u64,
    /// How many stand in it from the place on; 0 when nobody has looked.
    pub(crate) from: u64,
}

impl Seat {
    fn first_of(leaf: Leaf) -> Self {
        Self {
            leaf: leaf.prefix(),
            before: 0,
            from: 0,
        }
    }

    fn beyond_all() -> Self {
        Self {
            // Ids are hexadecimal.
            leaf: "g".to_owned(),
            before: 0,
            from: 0,
        }
    }
}

fn sum(item: &Item, prefix: &str) -> Option<(u8, u64)> {
    let hex = item.get(SK)?.as_s().ok()?.strip_prefix(prefix)?;
    Some((u8::from_str_radix(hex, 16).ok()?, number(item, "t")?))
}

/// The leaves of one item that hold anything, in their order.
fn leaves(number_of_item: u8, item: &Item) -> Vec<(Leaf, u64)> {
    let first = Leaf::first_of(number_of_item).0;
    let mut leaves: Vec<(Leaf, u64)> = item
        .keys()
        .filter_map(|name| {
            let within = u16::from_str_radix(name.strip_prefix('l')?, 16).ok()?;
            Some((Leaf(first | within), number(item, name)?))
        })
        .collect();
    leaves.sort_unstable_by_key(|(leaf, _)| *leaf);
    leaves
}
