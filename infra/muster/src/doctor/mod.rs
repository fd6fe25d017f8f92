//! `muster doctor`: the administrator's side of SCIM, played against any
//! endpoint with a token, as Microsoft Entra ID's provisioning service plays it.
//!
//! [`TenantUrl`] is where; [`examine`] sends what Entra sends, a [`Check`] at a
//! time, deletes what it made and says what it found in a [`Report`]. What a
//! check is about stands in the tables of `checks`. Nothing is printed here,
//! and nothing here knows Muster from other servers.

mod answer;
mod call;
mod check;
mod checks;
mod cleanup;
mod compare;
mod examine;
mod ledger;
mod report;
mod scim;
mod tenant_url;
mod visit;

pub use check::{Check, Severity};
pub use examine::{Plan, Progress, checks, examine};
pub use ledger::Leftover;
pub use report::{Checked, Outcome, Report, Verdict};
pub use tenant_url::TenantUrl;
