//! What any bytes whatever must do to the parsers: one law a [`Target`], which
//! panics where it is broken.
//!
//! libFuzzer drives them (`tests/fuzz`), and the mutator of
//! `muster_tests::proof::fuzz`. Nothing heavy is named here, so that a fuzzer is
//! built in a minute: the laws of the server's own events stand with the server's
//! tests. What a law expects is computed here, without the product's code.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a law is broken by panicking"
)]

mod admin;
mod body;
mod corpus;
mod cursor;
mod explore;
mod filter;
mod json;
mod key;
mod message;
mod mutate;
mod patch;
mod path;
mod position;
mod same;
mod samples;
mod words;

pub use corpus::{corpus, line, read};
pub use explore::{Broken, explore};
pub use mutate::Mutator;

/// One kind of input.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name in commands, and of its corpus.
    pub name: &'static str,
    /// What any input must do.
    pub law: fn(&[u8]),
    /// Words that mean something in its inputs, for mutations.
    pub words: &'static [&'static str],
}

/// Filters (RFC 7644 figure 1): text.
pub const FILTER: Target = target("filter", filter::law, words::FILTER);
/// Paths of attributes and of PATCH, lists of attributes: text.
pub const PATH: Target = target("path", path::law, words::FILTER);
/// JSON of any shape.
pub const JSON: Target = target("json", json::law, words::JSON);
/// Resources: JSON.
pub const BODY: Target = target("body", body::law, words::SCIM);
/// PATCH messages: JSON.
pub const PATCH: Target = target("patch", patch::law, words::SCIM);
/// Search and bulk requests: JSON.
pub const MESSAGE: Target = target("message", message::law, words::SCIM);
/// Schemas and mappers as an administrator writes them: JSON.
pub const ADMIN: Target = target("admin", admin::law, words::ADMIN);
/// Sealed texts: the text, or what is to be sealed.
pub const CURSOR: Target = target("cursor", cursor::law, words::CURSOR);
/// Tokens, their parts, and names of realms: text.
pub const KEY: Target = target("key", key::law, words::KEY);

/// Every target that needs no server.
pub const TARGETS: [Target; 9] = [FILTER, PATH, JSON, BODY, PATCH, MESSAGE, ADMIN, CURSOR, KEY];

const fn target(name: &'static str, law: fn(&[u8]), words: &'static [&'static str]) -> Target {
    Target { name, law, words }
}
