//! The functions as they run on AWS: the real binaries, version 2 events, the
//! template's routes and policies. The corpus of the target `http` comes in by
//! the gateway; beside it stand the tests of the deployment itself.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use muster::embedded::Embedded;
use muster_tests::gateway::{Deployment, Plan};
use muster_tests::{Server, fixture};
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// The deployment which these tests share, each in a realm of its own.
fn server() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(|| over(Embedded::memory().unwrap()))
}

/// The deployment that a fixture is sent to. How often a realm may ask is counted
/// by each instance: where it is to ask too often there is one.
fn server_of(fixture: &str) -> &'static Server {
    static ALONE: OnceLock<Server> = OnceLock::new();
    if fixture != "128-entra-rate-limit" {
        return server();
    }
    ALONE.get_or_init(|| {
        Server::deployed(Deployment::start(Plan {
            instances: 1,
            ..Plan::fresh()
        }))
    })
}

/// A deployment over a table of the test's own.
fn over(embedded: Embedded) -> Server {
    Server::deployed(Deployment::start(Plan {
        embedded,
        ..Plan::fresh()
    }))
}

/// A deployment whose requests may work for so long, or for as long as the gateway waits.
fn patient(embedded: Embedded, time_budget: Duration) -> Server {
    let plan = Plan {
        embedded,
        ..Plan::fresh()
    };
    let seconds = time_budget.as_secs().min(28).to_string();
    Server::deployed(Deployment::start(
        plan.with("MUSTER_TIME_BUDGET_SECONDS", &seconds),
    ))
}

/// The fixtures that do not pass yet, and those the gateway sends elsewhere.
fn waiting() -> Value {
    let mut waiting = fixture::read("waiting.json");
    let elsewhere = fixture::read("gateway.json");
    let names = waiting.as_object_mut().unwrap();
    names.extend(elsewhere.as_object().unwrap().clone());
    waiting
}

#[path = "../http/replay.rs"]
mod replay;

#[path = "../http/entra_groups.rs"]
mod entra_groups;
#[path = "../http/entra_lifecycle.rs"]
mod entra_lifecycle;
#[path = "../http/entra_users.rs"]
mod entra_users;
#[path = "../http/okta.rs"]
mod okta;

#[path = "../http/answers/mod.rs"]
mod answers;
#[path = "../http/cursors/mod.rs"]
mod cursors;
#[path = "../http/discovery.rs"]
mod discovery;
#[path = "../http/errors.rs"]
mod errors;
#[path = "../http/paging.rs"]
mod paging;
#[path = "../http/preconditions.rs"]
mod preconditions;
#[path = "../http/projection.rs"]
mod projection;
#[path = "../http/root.rs"]
mod root;

#[path = "../http/bad_bodies.rs"]
mod bad_bodies;
#[path = "../http/bad_requests.rs"]
mod bad_requests;
#[path = "../http/bulk/mod.rs"]
mod bulk;
#[path = "../http/concurrency.rs"]
mod concurrency;
#[path = "../http/limits.rs"]
mod limits;
#[path = "../http/member_paths.rs"]
mod member_paths;
#[path = "../http/tenancy.rs"]
mod tenancy;

mod scenario;

mod events;
mod jobs;
mod logs;
mod memory;
mod peppers;
mod privilege;
mod routes;
mod start;
mod table;
mod worker;
