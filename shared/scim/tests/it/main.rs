//! The crate through its front door: one binary, which links once.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod accept;
mod adopt;
mod bulk;
mod carried;
mod definition;
mod error;
mod filter;
mod filter_cost;
mod filter_errors;
mod filter_laws;
mod filter_plan;
mod filter_samples;
mod json;
mod mapper;
mod message;
mod patch;
mod patch_laws;
mod path;
mod profile;
mod project;
mod project_laws;
mod schema;
mod sort;
mod tolerance;
mod untouched;
