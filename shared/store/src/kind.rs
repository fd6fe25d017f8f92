//! The kinds of resources, and their identifiers.

use scim::ResourceType;
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// A kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A user.
    User,
    /// A group.
    Group,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// The resource type of RFC 7643.
    pub fn resource_type(self) -> &'static ResourceType {
        match self {
            Self::User => ResourceType::user(),
            Self::Group => ResourceType::group(),
        }
    }

    /// The kind with that resource type name, whatever its case.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.resource_type().name.eq_ignore_ascii_case(name))
    }

    /// The last part of the partition key; also the prefix of counters.
    pub(crate) fn partition(self) -> &'static str {
        match self {
            Self::User => "U",
            Self::Group => "G",
        }
    }

    /// The attribute whose value a claim makes unique in the realm. Both are
    /// required, so every resource holds exactly one claim.
    pub fn claimed(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }
}

/// The identifier of a resource: a UUID version 4 of ours, never a client's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(Uuid);

impl ResourceId {
    /// A new identifier from 128 random bits.
    pub fn from_random(bits: [u8; 16]) -> Self {
        Self(uuid::Builder::from_random_bytes(bits).into_uuid())
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

impl fmt::Display for ResourceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// The text is not a UUID in its hyphenated form, so it names no resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnId;

impl FromStr for ResourceId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        if text.len() != uuid::fmt::Hyphenated::LENGTH {
            return Err(NotAnId);
        }
        Uuid::try_parse(text).map(Self).map_err(|_| NotAnId)
    }
}
