//! `muster doctor`: green on this server, red on a server that is wrong in one
//! thing, and nothing left behind on either.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod command;
mod faults;
mod proxy;
mod realm;
mod rows;
mod visits;
