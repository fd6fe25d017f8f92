//! The one DynamoDB table.
//!
//! [`keys`] names every partition and sort key and the access patterns they
//! serve. [`Store`] is the table; [`Store::realm`] is the only door to a realm's
//! data and needs the [`auth::Caller`] that proves the right to it;
//! [`Store::admin`] needs an [`auth::Operator`]. Every write of a resource is one
//! transaction that also holds its event ([`transaction`]). [`Store::verify`]
//! looks at a table as a whole. Nothing here knows HTTP, and no `Scan` is ever sent.

mod admin;
mod change;
mod counter;
mod create;
mod credentials;
mod db;
mod delete;
mod edge;
mod event;
mod failure;
mod index;
mod keys;
mod kind;
mod membership;
mod meter;
mod read;
mod realm;
mod record;
mod table;
mod transaction;
mod update;
mod verify;

pub use admin::Admin;
pub use change::{Change, Guard};
pub use edge::Edge;
pub use event::{Audit, Verb};
pub use failure::aws_cause;
pub use kind::{Kind, ResourceId};
pub use meter::Meter;
pub use read::{Budget, Spending, Walk};
pub use realm::Realm;
pub use record::Record;
pub use table::Store;
pub use transaction::MAX_ACTIONS;
pub use verify::{
    Entry, EntryFault, Finding, ItemFault, ItemName, Notice, RealmFault, Summary, Tell, Verify,
    Weight,
};
