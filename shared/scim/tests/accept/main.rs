//! Client bodies to attributes: what is taken, what is made of it, what is refused.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod absent;
mod check;
mod members;
mod names;
mod put;
mod values;
