//! What a request wants of a stored resource.

use crate::clock::Clock;
use crate::job::Hold;
use crate::kind::Kind;
use crate::record::{millis, n};
use crate::transaction::Condition;
use jiff::Timestamp;
use scim::Attributes;
use scim::patch::MemberOp;

/// A change computed from a record. It is computed again when the record has moved on.
#[derive(Debug, Clone)]
pub struct Change {
    /// The document as it is to be.
    pub attributes: Attributes,
    /// What is to happen to the members, in order.
    pub members: Vec<MemberOp>,
    /// What must still hold of the record when the change is written.
    pub guard: Guard,
}

/// What must still hold of the resource when its change is written, beside
/// that what was computed from is still so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// It exists.
    Exists,
    /// It has the very version that was read: the client has sent If-Match.
    Version,
}

/// What a change was computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Basis {
    /// The version, when the client insists, or when all members were looked at.
    pub(crate) version: Option<u64>,
    /// The version of the document that is replaced by another.
    pub(crate) document: Option<u64>,
    /// Whether it changes members.
    pub(crate) members: Touches,
    /// Whether somebody who keeps the resource for himself stands in its way.
    pub(crate) turn: Turn,
}

/// Whether a change is one of a group's members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Touches {
    /// It is not.
    #[default]
    Nothing,
    /// It is: no job may be under way.
    Members,
}

/// Whose turn it is to change a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Turn {
    /// Anybody's: nobody keeps a user.
    #[default]
    Anybody,
    /// Not that of whoever comes while another keeps the group.
    Guest {
        /// The present, in milliseconds since 1970.
        now: i64,
    },
    /// That of this change, which keeps the group.
    Keeper,
}

impl Turn {
    /// That of a change of a resource of that kind, by whoever may keep it.
    pub(crate) fn of(kind: Kind, clock: &Clock, hold: Option<Hold>) -> Self {
        match (kind, hold) {
            (Kind::User, _) => Self::Anybody,
            (Kind::Group, Some(_)) => Self::Keeper,
            (Kind::Group, None) => Self::Guest {
                now: clock.millis(),
            },
        }
    }
}

impl Basis {
    /// The resource exists and is still as the change wants it.
    ///
    /// Changes that do not touch the same thing do not compete: members come and
    /// go under a rename.
    ///
    /// Nor is it dated later than the change is: those that do not compete may
    /// come in another order than that in which they were begun.
    pub(crate) fn condition(self, dated: Option<Timestamp>) -> Condition {
        let parts = [
            ("version", ":version", self.version),
            ("dv", ":dv", self.document),
        ];
        let mut expression = "attribute_exists(pk)".to_owned();
        let mut values = Vec::new();
        for (name, placeholder, expected) in parts {
            if let Some(expected) = expected {
                expression.push_str(&format!(" AND {name} = {placeholder}"));
                values.push((placeholder, n(expected)));
            }
        }
        if let Some(dated) = dated {
            expression.push_str(" AND modified <= :now");
            values.push((":now", millis(dated)));
        }
        if self.members == Touches::Members {
            expression.push_str(" AND attribute_not_exists(job)");
        }
        if let Turn::Guest { now } = self.turn {
            expression.push_str(" AND (attribute_not_exists(held) OR held < :clock)");
            values.push((":clock", n(now)));
        }
        Condition::new(expression, values)
    }
}
