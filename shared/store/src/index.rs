//! Claims and index entries: how a value leads to a resource.
//!
//! A claim (`UQ`) is one item a unique value; it is put on the condition that
//! nobody holds it. An index entry (`IX`) is one item a value and holder.

use crate::db::Item;
use crate::keys::{Key, Keys, ValueHash};
use crate::kind::{Kind, ResourceId};
use crate::record::{FORMAT, binary, n};
use crate::transaction::{Action, Condition, MAX_ACTIONS, Transaction};
use auth::Salt;
use scim::{AttrRef, Attributes, Error, ErrorKind, Result};
use serde_json::Value;
use std::collections::BTreeSet;

/// How an equality on an attribute is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// By `id`.
    Id,
    /// By the claim of this name.
    Claim(&'static str),
    /// By the index of this name.
    Index(&'static str),
    /// A group by one of its members.
    Member,
}

impl Access {
    /// The best access for an attribute of that kind, if there is any.
    pub(crate) fn to(kind: Kind, attribute: &AttrRef) -> Option<Self> {
        if attribute.is("id", None) {
            return Some(Self::Id);
        }
        if attribute.is(kind.claimed(), None) {
            return Some(Self::Claim(kind.claimed()));
        }
        match kind {
            Kind::User if attribute.is("externalId", None) => Some(Self::Index("U.externalId")),
            Kind::User if attribute.is("emails", Some("value")) => {
                Some(Self::Index("U.emails.value"))
            }
            Kind::Group if attribute.is("externalId", None) => Some(Self::Index("G.externalId")),
            Kind::Group if attribute.is("members", Some("value")) => Some(Self::Member),
            _ => None,
        }
    }

    /// Cheaper and narrower first.
    pub(crate) fn rank(self) -> u8 {
        match self {
            Self::Id => 0,
            Self::Claim(_) => 1,
            Self::Index(_) => 2,
            Self::Member => 3,
        }
    }
}

/// How many index entries one resource can have: a PUT may exchange all of
/// them, and the claim, with the document and the event, in one transaction.
const MAX_ENTRIES: usize = (MAX_ACTIONS - 4) / 2;

/// The claim and index entries a document must have.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Entries {
    claim: Option<Key>,
    index: BTreeSet<Key>,
}

impl Entries {
    pub(crate) fn of(
        keys: &Keys,
        salt: &Salt,
        kind: Kind,
        id: ResourceId,
        attributes: &Attributes,
    ) -> Result<Self> {
        let claim = attributes
            .str(kind.claimed())
            .map(|value| keys.claim(kind.claimed(), &ValueHash::of(salt, value)));
        let mut index = BTreeSet::new();
        let mut add = |name: &str, value: &str| {
            index.insert(keys.index(name, &ValueHash::of(salt, value), id));
        };
        if let Some(external) = attributes.str("externalId") {
            add(&format!("{}.externalId", kind.partition()), external);
        }
        if kind == Kind::User {
            let emails = attributes.as_map().get("emails").and_then(Value::as_array);
            for email in emails.into_iter().flatten() {
                if let Some(value) = email.get("value").and_then(Value::as_str) {
                    add("U.emails.value", value);
                }
            }
        }
        if index.len() > MAX_ENTRIES {
            return Err(Error::new(
                ErrorKind::InvalidValue,
                format!(
                    "the resource has {} different e-mail addresses and external ids, and at most \
                     {MAX_ENTRIES} can be kept; send fewer",
                    index.len()
                ),
            ));
        }
        Ok(Self { claim, index })
    }

    /// How many actions lead from these entries to `next`.
    pub(crate) fn actions(&self, next: &Self) -> usize {
        let index = self.index.symmetric_difference(&next.index).count();
        let claims = if self.claim == next.claim {
            0
        } else {
            usize::from(self.claim.is_some()) + usize::from(next.claim.is_some())
        };
        index + claims
    }

    /// Adds what leads from these entries to `next`: only the difference, so
    /// that a rename which changes only case names no item twice.
    pub(crate) fn change(
        &self,
        next: &Self,
        id: ResourceId,
        transaction: &mut Transaction,
    ) -> Result<()> {
        if self.claim != next.claim {
            if let Some(old) = &self.claim {
                let condition = Condition::new("id = :me", [(":me", binary(id.as_bytes()))]);
                transaction.add(
                    old.clone(),
                    Action::Delete {
                        condition: Some(condition),
                    },
                )?;
            }
            if let Some(new) = &next.claim {
                let condition = Condition::new(
                    "attribute_not_exists(pk) OR id = :me",
                    [(":me", binary(id.as_bytes()))],
                );
                transaction.add(
                    new.clone(),
                    Action::Put {
                        item: holder(id),
                        condition: Some(condition),
                    },
                )?;
            }
        }
        for old in self.index.difference(&next.index) {
            transaction.add(old.clone(), Action::Delete { condition: None })?;
        }
        for new in next.index.difference(&self.index) {
            transaction.add(
                new.clone(),
                Action::Put {
                    item: holder(id),
                    condition: None,
                },
            )?;
        }
        Ok(())
    }

    pub(crate) fn claim(&self) -> Option<&Key> {
        self.claim.as_ref()
    }

    pub(crate) fn index(&self) -> &BTreeSet<Key> {
        &self.index
    }
}

fn holder(id: ResourceId) -> Item {
    Item::from([
        ("f".to_owned(), n(FORMAT)),
        ("id".to_owned(), binary(id.as_bytes())),
    ])
}

pub(crate) fn holder_of(item: &Item) -> Option<ResourceId> {
    ResourceId::from_bytes(item.get("id")?.as_b().ok()?.as_ref())
}
