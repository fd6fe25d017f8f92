//! What the benchmarks share: a client so cheap that it does not measure
//! itself, `muster serve` as a process of its own, and the requests both send.
//!
//! Nothing here judges or times anything.

mod client;
pub mod message;
mod server;

use std::error::Error;

pub use client::{Answer, Broken, Call, Connection, Target};
pub use server::{Scratch, Server, Signal, build};

/// Whatever goes wrong ends a benchmark with one sentence.
pub type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;
