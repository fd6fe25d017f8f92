//! The promises, held by machines that try to break them: see `muster_tests::proof`.
//! Here they run at a modest size, the same each time; at length by the binary `proof`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod fuzz;
mod invariants;
mod soak;
