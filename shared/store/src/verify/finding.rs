//! What a verification says: typed, with ids and names of attributes. Never a
//! value of anybody's document.

use crate::keys::Key;
use crate::kind::{Kind, ResourceId};
use std::fmt;

/// Something told while a realm is verified.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// Something is not as it must be, or is left over.
    Found(Finding),
    /// What has been looked at so far.
    Progress(Summary),
}

/// What was looked at in one realm.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Summary {
    /// Users.
    pub users: u64,
    /// Groups.
    pub groups: u64,
    /// Edges of groups that exist.
    pub memberships: u64,
    /// Claims of unique values.
    pub claims: u64,
    /// Index entries.
    pub indexes: u64,
    /// API keys, revoked and expired ones too.
    pub keys: u64,
    /// Findings that are faults.
    pub findings: u64,
    /// Memberships in groups that no longer exist: see [`Finding::Leftover`].
    pub leftovers: u64,
    /// Counters that moved each time they were compared with what they count.
    pub unsettled: u64,
    /// Read request units.
    pub read_units: f64,
}

/// What is not as it must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The realm's own item and its entry in the directory do not go together.
    Realm(RealmFault),
    /// An item cannot be read.
    Item {
        /// Why.
        fault: ItemFault,
        /// The item.
        item: ItemName,
    },
    /// A document and a claim, an index entry or an edge do not go together.
    Entry {
        /// How.
        fault: EntryFault,
        /// What kind of entry it is.
        entry: Entry,
        /// The document's kind.
        kind: Kind,
        /// The document's id.
        id: ResourceId,
        /// The entry's item, as it is or as it should be.
        item: ItemName,
    },
    /// A leaf of the counters is not the number of resources whose ids begin so.
    Leaf {
        /// The kind that is counted.
        kind: Kind,
        /// The first three digits of the ids.
        leaf: String,
        /// What the counter says.
        counted: i64,
        /// How many there are.
        there: i64,
    },
    /// The sum in a counter item is not that of its leaves.
    Sum {
        /// The counter item.
        item: ItemName,
        /// The sum it says.
        sum: i64,
        /// What its leaves come to.
        leaves: i64,
    },
    /// Memberships in a group that no longer exists. No fault: the group's own
    /// item is the truth, no answer shows them, and a repeated DELETE of the
    /// group's id sweeps them.
    Leftover {
        /// The group that is gone.
        group: ResourceId,
        /// How many memberships were met at once.
        members: u64,
    },
}

/// How a realm's own items fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RealmFault {
    /// The directory lists it, but it has no item.
    Absent,
    /// It has an item, but the directory does not list it.
    Unlisted,
}

/// Why an item cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemFault {
    /// Its format number, or what it is, is not known to this version.
    Unknown,
    /// It is not as items of its format are.
    Malformed,
}

/// What leads to a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry {
    /// The claim of its unique value.
    Claim,
    /// An index entry of one of its values.
    Index,
    /// Its membership in this group.
    Edge(ResourceId),
}

/// How a document and an entry fail each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryFault {
    /// The document asks for an entry that is not there.
    Missing,
    /// The entry that the document asks for names another resource.
    OfAnother,
    /// The document exists and does not have what the entry says.
    Stale,
    /// The document does not exist.
    Orphaned,
}

/// Whether a finding is a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// The table is not as it must be.
    Fault,
    /// The design leaves such behind.
    Leftover,
}

/// An item by its primary key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ItemName {
    /// The partition key.
    pub pk: String,
    /// The sort key; any value in it is a salted hash.
    pub sk: String,
}

impl Finding {
    /// Whether it is a fault.
    pub fn weight(&self) -> Weight {
        match self {
            Self::Leftover { .. } => Weight::Leftover,
            _ => Weight::Fault,
        }
    }
}

impl From<Key> for ItemName {
    fn from(key: Key) -> Self {
        Self {
            pk: key.pk,
            sk: key.sk,
        }
    }
}

impl ItemName {
    /// The attribute in the sort key of a claim or an index entry.
    fn attribute(&self) -> &str {
        let name = self.sk.split('#').next().unwrap_or_default();
        name.trim_start_matches("U.").trim_start_matches("G.")
    }
}

impl fmt::Display for ItemName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "item `{}` `{}`", self.pk, self.sk)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Realm(RealmFault::Absent) => {
                f.write_str("the directory lists the realm, but it has no item of its own")
            }
            Self::Realm(RealmFault::Unlisted) => f.write_str("the directory does not list it"),
            Self::Item { fault, item } => match fault {
                ItemFault::Unknown => write!(f, "{item} is nothing this version of muster knows"),
                ItemFault::Malformed => write!(f, "{item} cannot be read"),
            },
            Self::Entry {
                fault,
                entry,
                kind,
                id,
                item,
            } => {
                let name = kind.resource_type().name;
                let document = format!("{name} `{id}`");
                match entry {
                    Entry::Edge(group) => membership(f, *fault, &document, *group),
                    Entry::Claim => value(f, *fault, &document, "claim", item),
                    Entry::Index => value(f, *fault, &document, "index entry", item),
                }
            }
            Self::Leaf {
                kind,
                leaf,
                counted,
                there,
            } => write!(
                f,
                "of the {}s whose ids begin with `{leaf}` {counted} are counted and {there} are there",
                kind.resource_type().name
            ),
            Self::Sum { item, sum, leaves } => write!(
                f,
                "{item} says that its leaves come to {sum}, and they come to {leaves}"
            ),
            Self::Leftover { group, members } => write!(
                f,
                "{members} memberships are left of Group `{group}`, which no longer exists; no \
                 answer shows them, and DELETE of that id sweeps them"
            ),
        }
    }
}

fn value(
    f: &mut fmt::Formatter<'_>,
    fault: EntryFault,
    document: &str,
    entry: &str,
    item: &ItemName,
) -> fmt::Result {
    let attribute = item.attribute();
    match fault {
        EntryFault::Missing => write!(f, "{document} lacks the {entry} of its {attribute}: {item}"),
        EntryFault::OfAnother => write!(
            f,
            "the {entry} of {attribute} of {document} names another resource: {item}"
        ),
        EntryFault::Stale => write!(
            f,
            "{document} does not have the {attribute} of which it has the {entry}: {item}"
        ),
        EntryFault::Orphaned => write!(
            f,
            "{document} does not exist, and there is a {entry} of its {attribute}: {item}"
        ),
    }
}

fn membership(
    f: &mut fmt::Formatter<'_>,
    fault: EntryFault,
    document: &str,
    group: ResourceId,
) -> fmt::Result {
    match fault {
        EntryFault::Missing | EntryFault::OfAnother => write!(
            f,
            "{document} has Group `{group}` in its memberOf, and is no member of it"
        ),
        EntryFault::Stale => write!(
            f,
            "{document} is a member of Group `{group}`, and does not have it in its memberOf"
        ),
        EntryFault::Orphaned => write!(
            f,
            "Group `{group}` has the member {document}, which does not exist"
        ),
    }
}
