//! A reference model: users, groups, memberships, keys and realms in plain maps,
//! and random operations that are compared, answer by answer, with the server's.
//!
//! Nothing here uses the server's code: what is expected is stated from RFC 7643,
//! RFC 7644, README and CLIENTS.md, section by section. To read in this order:
//! what can be asked ([`op`]), what a resource is ([`schema`], [`filter`],
//! [`patch`], `edit`), how it is shown ([`view`]), what each request does
//! ([`state`]); then how requests are written ([`render`]), answers compared
//! ([`compare`]), scripts run ([`run`]), made up ([`generate`]) and made short
//! ([`shrink`]).

mod admin;
mod attrs;
mod bulk;
pub mod compare;
mod edit;
pub mod filter;
pub mod generate;
pub mod hostile;
mod members;
pub mod op;
pub mod patch;
mod pools;
mod realm;
pub mod render;
pub mod run;
pub mod schema;
pub mod shrink;
pub mod state;
pub mod view;

use serde::{Deserialize, Serialize};

pub use run::{Census, Failure, run};

/// The URN of the enterprise extension, as RFC 7643 section 4.3 writes it.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A resource type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words are the RFC's")]
pub enum Kind {
    User,
    Group,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::User, Self::Group];

    /// Where its resources are.
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }

    /// The URN of its schema.
    pub fn urn(self) -> &'static str {
        match self {
            Self::User => "urn:ietf:params:scim:schemas:core:2.0:User",
            Self::Group => "urn:ietf:params:scim:schemas:core:2.0:Group",
        }
    }

    /// The attribute that no two resources of a realm share (README, "Unique").
    pub fn unique(self) -> &'static str {
        match self {
            Self::User => "userName",
            Self::Group => "displayName",
        }
    }
}

/// A refusal: the status, and the `scimType` where RFC 7644 table 9 has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the words are the RFC's")]
pub struct Fault {
    pub status: u16,
    pub scim_type: Option<&'static str>,
}

impl Fault {
    /// With a `scimType`; none when it is empty.
    pub const fn of(status: u16, scim_type: &'static str) -> Self {
        let scim_type = match scim_type.is_empty() {
            true => None,
            false => Some(scim_type),
        };
        Self { status, scim_type }
    }
}

/// The refusal.
pub(crate) fn refuse<T>(status: u16, scim_type: &'static str) -> Result<T, Fault> {
    Err(Fault::of(status, scim_type))
}
