//! `muster` against an admin API that follows a script: what the tool asks in
//! which order, what it makes of the answers, and with which code it ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod events;
mod members;
mod realms;
mod schemas;
mod script;
