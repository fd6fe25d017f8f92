//! PATCH by example: each line is a resource, a request, and what it must become.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod check;
mod clearing;
mod extensions;
mod fixtures;
mod lists;
mod members;
mod message;
mod mutability;
mod single;
mod undeclared;
mod value_path;
