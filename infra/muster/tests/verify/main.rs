//! `muster verify`: a realm as the service writes it has no findings, also
//! while it is being written; each corruption has its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod changing;
mod command;
mod corruption;
mod job;
mod world;
