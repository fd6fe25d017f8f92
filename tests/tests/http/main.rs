//! The whole server over HTTP, one module a subject, each test in realms of
//! its own. One binary, so that it is linked once and shares one server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use muster::embedded::Embedded;
use muster_tests::{Server, fixture};
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// The server which these tests share, each in a realm of its own. The target
/// `lambda` has most of these modules, too, and other functions of these names.
fn server() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| over(Embedded::memory().unwrap()))
}

/// The server that a fixture is sent to.
fn server_of(_fixture: &str) -> &'static Server {
    server()
}

/// A server over a table of the test's own.
fn over(embedded: Embedded) -> Server {
    Server::over(embedded)
}

/// A server whose requests may work for so long.
fn patient(embedded: Embedded, time_budget: Duration) -> Server {
    Server::patient(embedded, time_budget)
}

/// The fixtures that do not pass yet, each with the reason.
fn waiting() -> Value {
    fixture::read("waiting.json")
}

mod replay;

mod entra_groups;
mod entra_lifecycle;
mod entra_users;
mod okta;

mod answers;
mod cursors;
mod deletions;
mod discovery;
mod errors;
mod paging;
mod preconditions;
mod projection;
mod root;

mod administration;
mod bad_bodies;
mod bad_requests;
mod bulk;
mod concurrency;
mod events;
mod faults;
mod goals;
mod jobs;
mod lag;
mod large;
mod ledger;
mod leftovers;
mod lifecycle;
mod limits;
mod mappers;
mod member_paths;
mod members;
mod parting;
mod planner;
mod profiles;
mod schemas;
mod tenancy;
mod transfer;
mod turns;
mod usage;
mod walks;
