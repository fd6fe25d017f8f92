//! How many resources there are, and in which leaf the n-th stands.
//!
//! Ids are random, so their first twelve bits spread them evenly over 4,096
//! leaves; 64 items hold 64 leaf counts each. `totalResults` is their sum, and
//! `startIndex` finds its leaf by adding up. Neither is a snapshot.

use crate::db::{Consistency, Db, From, Item, Range};
use crate::keys::{Key, Keys, SK};
use crate::kind::{Kind, ResourceId};
use crate::record::{FORMAT, n};
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
            expression: format!("SET f = :f ADD l{:02x} :by", leaf.within()),
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
    fn of(id: ResourceId) -> Self {
        let [first, second, ..] = *id.as_bytes();
        Self(u16::from(first) << 4 | u16::from(second) >> 4)
    }

    fn item(self) -> u8 {
        (self.0 >> 6) as u8
    }

    fn within(self) -> u8 {
        (self.0 & 0x3f) as u8
    }

    /// The text every id of the leaf starts with.
    fn prefix(self) -> String {
        format!("{:03x}", self.0)
    }
}

/// The leaf counts of a kind at one moment.
#[derive(Debug, Clone)]
pub(crate) struct Counts(Vec<(Leaf, u64)>);

impl Counts {
    pub(crate) async fn read(db: &Db, keys: &Keys, kind: Kind) -> Result<Self> {
        let (pk, prefix) = keys.counters(kind);
        let mut counts = Vec::new();
        let mut after: Option<Key> = None;
        loop {
            let (items, more) = db
                .query(&Range {
                    pk: pk.clone(),
                    from: From::Prefix(&prefix, after.as_ref()),
                    limit: None,
                    consistency: Consistency::Strong,
                })
                .await?;
            after = items
                .last()
                .and_then(|item| item.get(SK)?.as_s().ok())
                .map(|sk| Key {
                    pk: pk.clone(),
                    sk: sk.clone(),
                });
            for item in &items {
                leaves(item, &prefix, &mut counts);
            }
            if !more {
                break;
            }
        }
        counts.sort_unstable_by_key(|(leaf, _)| *leaf);
        Ok(Self(counts))
    }

    /// How many there are.
    pub(crate) fn total(&self) -> u64 {
        self.0.iter().map(|(_, count)| count).sum()
    }

    /// The sort key from which to read, and how many to pass over, to come to
    /// the resource with this zero-based position in the order of ids.
    pub(crate) fn seek(&self, position: u64) -> (String, u64) {
        let mut passed = 0;
        for (leaf, count) in &self.0 {
            if passed + count > position {
                return (leaf.prefix(), position - passed);
            }
            passed += count;
        }
        // Beyond the end: above every id.
        ("g".to_owned(), 0)
    }
}

fn leaves(item: &Item, prefix: &str, counts: &mut Vec<(Leaf, u64)>) {
    let Some(number) = item
        .get(SK)
        .and_then(|sk| sk.as_s().ok()?.strip_prefix(prefix))
        .and_then(|hex| u16::from_str_radix(hex, 16).ok())
    else {
        return;
    };
    for (name, value) in item {
        let Some(within) = name
            .strip_prefix('l')
            .and_then(|hex| u16::from_str_radix(hex, 16).ok())
        else {
            continue;
        };
        let count = value
            .as_n()
            .ok()
            .and_then(|n| n.parse::<u64>().ok())
            .unwrap_or_default();
        if count > 0 {
            counts.push((Leaf(number << 6 | within), count));
        }
    }
}
