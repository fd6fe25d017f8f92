//! The whole server over HTTP, one module a subject, each test in realms of
//! its own. One binary, so that it is linked once and shares one server.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod replay;

mod entra_groups;
mod entra_lifecycle;
mod entra_users;
mod okta;

mod discovery;
mod errors;
mod paging;
mod preconditions;
mod projection;

mod bad_bodies;
mod bad_requests;
mod concurrency;
mod faults;
mod limits;
mod member_paths;
mod tenancy;
