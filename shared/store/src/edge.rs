//! Memberships: an edge item in the group's partition, and its inverse in the member's `memberOf`.
//!
//! INVARIANT: an edge and its inverse are written and deleted in one
//! transaction, and the member's item exists when they are written.

use crate::db::{Consistency, Db, From, Item, Order, Range};
use crate::keys::{Keys, SK};
use crate::kind::{Kind, ResourceId};
use crate::realm::Realm;
use crate::record::{FORMAT, binary, id_set, n};
use crate::transaction::{Action, Condition, Transaction};
use aws_sdk_dynamodb::types::AttributeValue;
use scim::Result;

/// The most groups one resource can be in: the inverse stands on its item (16 bytes each).
pub(crate) const MAX_GROUPS: usize = 1_000;

/// A member of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The member.
    pub member: ResourceId,
    /// Whether it is a user or a group.
    pub kind: Kind,
}

/// Whether an addition is refused that takes its member beyond [`MAX_GROUPS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    Checked,
    /// It was when the change was accepted, and what is accepted is done.
    CheckedBefore,
}

/// How many actions adding or removing one member takes.
pub(crate) const ACTIONS: usize = 2;

impl Edge {
    pub(crate) fn read(item: &Item) -> Option<Self> {
        Some(Self {
            member: item.get(SK)?.as_s().ok()?.parse().ok()?,
            kind: Kind::named(item.get("type")?.as_s().ok()?)?,
        })
    }

    /// Adds the membership. Fails as a whole when the member is gone, is already
    /// in, or, where it matters, is in too many groups.
    pub(crate) fn insert(
        self,
        keys: &Keys,
        group: ResourceId,
        bound: Bound,
        transaction: &mut Transaction,
    ) -> Result<()> {
        let item = Item::from([
            ("f".to_owned(), n(FORMAT)),
            (
                "type".to_owned(),
                AttributeValue::S(self.kind.resource_type().name.to_owned()),
            ),
        ]);
        transaction.add(
            keys.edge(group, self.member),
            Action::Put {
                item,
                condition: None,
            },
        )?;
        let mut condition = "attribute_exists(pk) AND NOT contains(memberOf, :id)".to_owned();
        let mut expected = vec![(":id", binary(group.as_bytes()))];
        if bound == Bound::Checked {
            condition.push_str(" AND (attribute_not_exists(memberOf) OR size(memberOf) < :most)");
            expected.push((":most", n(MAX_GROUPS)));
        }
        transaction.add(
            keys.resource(self.kind, self.member),
            Action::Update {
                expression: "ADD memberOf :group, mv :one".to_owned(),
                condition: Some(Condition::new(condition, expected)),
                values: vec![(":group", id_set([group])), (":one", n(1))],
            },
        )
    }

    /// Takes the membership away. Fails as a whole when it is not there.
    pub(crate) fn remove(
        self,
        keys: &Keys,
        group: ResourceId,
        transaction: &mut Transaction,
    ) -> Result<()> {
        transaction.add(
            keys.edge(group, self.member),
            Action::Delete {
                condition: Some(Condition::exists()),
            },
        )?;
        transaction.add(
            keys.resource(self.kind, self.member),
            Action::Update {
                expression: "DELETE memberOf :group ADD mv :one".to_owned(),
                condition: Some(Condition::new(
                    "contains(memberOf, :id)",
                    [(":id", binary(group.as_bytes()))],
                )),
                values: vec![(":group", id_set([group])), (":one", n(1))],
            },
        )
    }

    /// Takes an edge away that has no inverse: its member is gone, or does not know of it.
    pub(crate) fn remove_dangling(
        self,
        keys: &Keys,
        group: ResourceId,
        transaction: &mut Transaction,
    ) -> Result<()> {
        transaction.add(
            keys.edge(group, self.member),
            Action::Delete {
                condition: Some(Condition::exists()),
            },
        )?;
        transaction.add(
            keys.resource(self.kind, self.member),
            Action::Check {
                condition: Condition::new(
                    "attribute_not_exists(pk) OR NOT contains(memberOf, :id)",
                    [(":id", binary(group.as_bytes()))],
                ),
            },
        )
    }
}

/// The edges of a realm.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edges<'a> {
    pub(crate) db: &'a Db,
    pub(crate) keys: &'a Keys,
}

impl Edges<'_> {
    /// Up to `limit` edges of a group in the order of members, from the lower
    /// bound to the upper; `true` when more follow.
    pub(crate) async fn page(
        &self,
        group: ResourceId,
        after: Option<ResourceId>,
        up_to: Option<ResourceId>,
        limit: Option<usize>,
    ) -> Result<(Vec<Edge>, bool)> {
        let after = after.map(|id| id.to_string());
        // Between a lower bound and the next id there is no sort key with this ending.
        let low = after.map_or_else(|| "0".to_owned(), |id| format!("{id} "));
        let high = up_to.map_or_else(|| "~".to_owned(), |id| id.to_string());
        let (items, more) = self
            .db
            .query(&Range {
                pk: self.keys.edges(group),
                from: From::Between(&low, &high, Order::Ascending),
                limit,
                consistency: Consistency::Strong,
                // Not the group's name with each of its members: there may be many.
                only: Some("sk, #type"),
            })
            .await?;
        Ok((items.iter().filter_map(Edge::read).collect(), more))
    }

    /// The edge between a group and a member, if there is one.
    pub(crate) async fn one(&self, group: ResourceId, member: ResourceId) -> Result<Option<Edge>> {
        let key = self.keys.edge(group, member);
        let item = self.db.get(&key, Consistency::Strong).await?;
        Ok(item.as_ref().and_then(Edge::read))
    }

    /// Those that exist.
    pub(crate) async fn some(
        &self,
        group: ResourceId,
        members: &[ResourceId],
    ) -> Result<Vec<Edge>> {
        let keys: Vec<_> = members
            .iter()
            .map(|member| self.keys.edge(group, *member))
            .collect();
        let items = self.db.batch_get(&keys, Consistency::Strong).await?;
        Ok(items.iter().filter_map(Edge::read).collect())
    }
}

impl Realm<'_> {
    pub(crate) fn edges(&self) -> Edges<'_> {
        Edges {
            db: &self.db,
            keys: &self.keys,
        }
    }
}
