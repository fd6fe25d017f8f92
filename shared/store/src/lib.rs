//! The one DynamoDB table.
//!
//! [`keys`] names every partition and sort key and the access patterns they
//! serve. [`Store`] is the table; [`Store::realm`] is the only door to a realm's
//! data and needs the [`auth::Caller`] that proves the right to it, and the
//! [`Tenant`] that says what the realm is like;
//! [`Store::admin`] needs an [`auth::Operator`]. Every write of a resource is one
//! transaction that also holds its event ([`transaction`]). [`Store::verify`]
//! looks at a table as a whole. Nothing here knows HTTP, and no `Scan` is ever sent.

mod admin;
mod budget;
mod candidates;
mod change;
mod clock;
mod counter;
mod create;
mod credentials;
mod db;
mod delete;
mod deletion;
mod deletion_guard;
mod draft;
mod edge;
mod event;
mod failure;
mod index;
mod job;
mod keys;
mod kind;
mod member;
mod members;
mod membership;
mod meter;
mod moment;
mod page;
mod parting;
mod policy;
mod quota;
mod read;
mod realm;
mod record;
mod settings;
mod state;
mod step;
mod table;
mod tenant;
mod transaction;
mod transfer;
mod update;
mod usage;
mod verify;

pub use admin::{
    Admin, EventCursor, EventOrder, EventQuery, EventStatus, KeyCreation, SettingsChange,
};
pub use budget::{Budget, Spending};
pub use change::{Change, Guard};
pub use deletion::Deletion;
pub use edge::Edge;
pub use event::{Audit, Event, EventAction, EventKind, MemberCounts, Refusal, Stranger};
pub use failure::{UNUSABLE, aws_cause};
pub use job::{JobId, PendingJob, Progress};
pub use kind::{Kind, ResourceId};
pub use members::{Members, Settled};
pub use meter::Meter;
pub use moment::Moment;
pub use policy::{DeletionGuard, EventDetail, EventPolicy, Invitation, Policy, Quotas};
pub use read::Walk;
pub use realm::Realm;
pub use record::Record;
pub use settings::Settings;
pub use state::{MemberState, NotAState, Standing};
pub use table::Store;
pub use tenant::{RealmEntry, Tenant};
pub use transaction::MAX_ACTIONS;
pub use transfer::{Carried, Import, Imported};
pub use update::Changed;
pub use usage::{Flush, Outcome, Usage, UsageDay};
pub use verify::{
    Entry, EntryFault, Finding, ItemFault, ItemName, Notice, RealmFault, Summary, Tell, Verify,
    Weight,
};
