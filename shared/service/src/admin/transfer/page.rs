//! A page of an export: how far it goes, and where the next begins.
//!
//! What a page holds an import takes in one request, so it is bounded by its
//! bytes and by the work that it makes, too. One page of the table is in memory
//! at a time.

use super::AT_ONCE;
use super::item::{CarriedMember, CarriedMembers, CarriedResource, Item, MEMBERS};
use crate::admin::instant;
use crate::admin::members::CreatedBy;
use scim::Result;
use std::fmt;
use std::str::FromStr;
use store::{Budget, Edge, Kind, Realm, Record, ResourceId};

/// Bytes of a page, about.
const WEIGHT: usize = 1 << 20;
/// What a member counts for: it has fewer bytes, but is written in a transaction
/// with 48 others, and 5,000 of them are what a request has time for.
const OF_A_MEMBER: usize = 200;
/// What an item counts for beside its document.
const OF_AN_ITEM: usize = 300;

/// Where a page begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    /// With the resources of a kind after an id.
    Resources(Kind, Option<ResourceId>),
    /// With the members of the groups after an id.
    Memberships(Option<ResourceId>),
    /// Within a group, with its members after an id.
    Within(ResourceId, ResourceId),
}

/// A page being filled.
pub(super) struct ItemPage {
    items: Vec<Item>,
    limit: usize,
    weight: usize,
}

impl Position {
    /// With the first user.
    pub(super) const START: Self = Self::Resources(Kind::User, None);
}

impl ItemPage {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            items: Vec::new(),
            limit: limit.min(AT_ONCE),
            weight: 0,
        }
    }

    pub(super) fn push(&mut self, item: Item) {
        self.items.push(item);
        self.weight += OF_AN_ITEM;
    }

    pub(super) fn into_items(self) -> Vec<Item> {
        self.items
    }

    fn is_full(&self) -> bool {
        self.items.len() >= self.limit || self.weight >= WEIGHT
    }

    fn room(&self) -> usize {
        self.limit.saturating_sub(self.items.len())
    }

    /// Fills the page from a position on, and says where the next begins.
    pub(super) async fn fill(
        &mut self,
        realm: &Realm<'_>,
        start: Position,
    ) -> Result<Option<Position>> {
        let spending = realm.spend(Budget::default());
        let mut at = Some(start);
        while let Some(position) = at {
            if self.is_full() || (at != Some(start) && spending.is_used_up()) {
                break;
            }
            at = match position {
                Position::Resources(kind, after) => Some(self.resources(realm, kind, after).await?),
                Position::Memberships(after) => self.memberships(realm, after).await?,
                Position::Within(group, after) => Some(self.rest(realm, group, after).await?),
            };
        }
        Ok(at)
    }

    async fn resources(
        &mut self,
        realm: &Realm<'_>,
        kind: Kind,
        mut after: Option<ResourceId>,
    ) -> Result<Position> {
        let (records, more) = realm.records_after(kind, after, Some(self.room())).await?;
        for record in records {
            if self.is_full() {
                return Ok(Position::Resources(kind, after));
            }
            after = Some(record.id);
            self.weight += record.attributes.to_json().len();
            self.push(resource(record));
        }
        Ok(match kind {
            _ if more => Position::Resources(kind, after),
            Kind::User => Position::Resources(Kind::Group, None),
            Kind::Group => Position::Memberships(None),
        })
    }

    /// The first members of as many groups as there is room for.
    async fn memberships(
        &mut self,
        realm: &Realm<'_>,
        mut after: Option<ResourceId>,
    ) -> Result<Option<Position>> {
        let (groups, more) = realm
            .records_after(Kind::Group, after, Some(self.room()))
            .await?;
        for group in groups {
            if self.is_full() {
                return Ok(Some(Position::Memberships(after)));
            }
            match self.members(realm, &group, None).await? {
                Position::Memberships(done) => after = done,
                within => return Ok(Some(within)),
            }
        }
        Ok(more.then_some(Position::Memberships(after)))
    }

    /// The members of a group after one of them; of a group that is gone there are none.
    async fn rest(
        &mut self,
        realm: &Realm<'_>,
        group: ResourceId,
        after: ResourceId,
    ) -> Result<Position> {
        match realm.get(Kind::Group, group).await? {
            Some(group) => self.members(realm, &group, Some(after)).await,
            None => Ok(Position::Memberships(Some(group))),
        }
    }

    /// The members of a group that one item holds, as they are now: an export is
    /// made of many requests, so that its pages cannot be of one moment.
    async fn members(
        &mut self,
        realm: &Realm<'_>,
        group: &Record,
        after: Option<ResourceId>,
    ) -> Result<Position> {
        let mut members = realm.members_of(group);
        if let Some(after) = after {
            members = members.after(after);
        }
        let edges = members.next(Some(MEMBERS)).await?.unwrap_or_default();
        if !edges.is_empty() {
            self.weight += edges.len() * OF_A_MEMBER;
            self.push(Item::Members(CarriedMembers {
                group: group.id.to_string(),
                members: edges.iter().map(member).collect(),
            }));
        }
        Ok(match members.rest() {
            Some(last) => Position::Within(group.id, last),
            None => Position::Memberships(Some(group.id)),
        })
    }
}

fn resource(record: Record) -> Item {
    let kind = record.kind;
    let carried = CarriedResource {
        id: record.id.to_string(),
        created: instant(record.created),
        last_modified: instant(record.modified),
        state: record.state.as_str().to_owned(),
        created_by: record.created_by.as_ref().map(CreatedBy::of),
        attributes: record.attributes.into_map(),
    };
    match kind {
        Kind::User => Item::User(carried),
        Kind::Group => Item::Group(carried),
    }
}

fn member(edge: &Edge) -> CarriedMember {
    CarriedMember {
        id: edge.member.to_string(),
        kind: Some(edge.kind.resource_type().name.to_owned()),
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Resources(kind, None) => f.write_str(kind.resource_type().name),
            Self::Resources(kind, Some(after)) => {
                write!(f, "{}.{after}", kind.resource_type().name)
            }
            Self::Memberships(None) => f.write_str("Members"),
            Self::Memberships(Some(after)) => write!(f, "Members.{after}"),
            Self::Within(group, after) => write!(f, "Members.{group}.{after}"),
        }
    }
}

/// The text is no position.
pub(super) struct NotAPosition;

impl FromStr for Position {
    type Err = NotAPosition;

    fn from_str(text: &str) -> Result<Self, NotAPosition> {
        let mut parts = text.split('.');
        let first = parts.next().unwrap_or_default();
        let ids = parts.map(|id| id.parse().map_err(|_| NotAPosition));
        let ids: Vec<ResourceId> = ids.collect::<Result<_, _>>()?;
        match (first, Kind::named(first), ids.as_slice()) {
            (_, Some(kind), []) => Ok(Self::Resources(kind, None)),
            (_, Some(kind), [after]) => Ok(Self::Resources(kind, Some(*after))),
            ("Members", None, []) => Ok(Self::Memberships(None)),
            ("Members", None, [after]) => Ok(Self::Memberships(Some(*after))),
            ("Members", None, [group, after]) => Ok(Self::Within(*group, *after)),
            _ => Err(NotAPosition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Position;

    const ID: &str = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        let text = text.replace('~', ID);
        let expected = expected.map(|text| text.replace('~', ID));
        let position = text.parse::<Position>().ok();
        assert_eq!(position.map(|position| position.to_string()), expected);
    }

    #[test]
    fn positions_are_read_back() {
        for text in [
            "User",
            "User.~",
            "Group",
            "Group.~",
            "Members",
            "Members.~",
            "Members.~.~",
        ] {
            check(text, Some(text));
        }
        for text in ["", "User.", "User.~.~", "Members.x", "Members.~.~.~", "~"] {
            check(text, None);
        }
    }
}
