//! The real binary on one machine: killed, ended, backed up, restored, on a full disk.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod backup;
mod disk;
mod kill;
mod server;
