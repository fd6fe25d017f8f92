//! What the tests of the whole server share: a server in this process, the
//! functions behind a gateway, realms with their keys, a small client, the
//! fixtures, comparisons of JSON.
//!
//! No expectation about the product lives here: those are in `tests/`, and as
//! data in `fixtures/`, `expect/` and `setup.json`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

pub mod answer;
pub mod client;
pub mod fixture;
pub mod gateway;
pub mod hostile;
pub mod json;
pub mod lean;
pub mod proof;
pub mod raw;
pub mod ring;
pub mod server;
pub mod table;
pub mod tool;

pub use answer::Answer;
pub use client::{Call, Keys, Realm};
pub use server::{Front, Operator, Server};
pub use tool::Tool;

/// The URNs that tests write most.
pub mod urn {
    /// The core User schema.
    pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
    /// The core Group schema.
    pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
    /// The enterprise extension of a User.
    pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
    /// A custom extension of a User, as Microsoft's documentation names one.
    pub const CUSTOM: &str = "urn:ietf:params:scim:schemas:extension:CustomExtensionName:2.0:User";
    /// A PATCH message.
    pub const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
    /// A list answer.
    pub const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
    /// An error answer.
    pub const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
    /// A bulk request.
    pub const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
    /// Its answer.
    pub const BULK_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:BulkResponse";
    /// The body of a `/.search`.
    pub const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
}
