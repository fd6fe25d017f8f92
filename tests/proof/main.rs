//! The promises, held by machines that try to break them, at length.
//!
//! ```text
//! cargo run --release -p muster-tests --bin proof -- --help
//! ```
//!
//! What is done is what `tests/tests/proof` does at a modest size; here are the
//! command line and what is told of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]
#![expect(clippy::print_stdout, reason = "a tool for the terminal")]

mod fuzz;
mod soak;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Machines that try to break the promises.
#[derive(Debug, Parser)]
struct Options {
    #[command(subcommand)]
    machine: Machine,
}

/// Which machine.
#[derive(Debug, Subcommand)]
enum Machine {
    /// The laws of what comes from outside, held against mutations of known inputs.
    Fuzz(fuzz::Options),
    /// The server under a mixed load for a long time, and ended under load.
    Soak(soak::Soak),
}

fn main() -> ExitCode {
    match Options::parse().machine {
        Machine::Fuzz(options) => fuzz::run(&options),
        Machine::Soak(soak) => soak.run(),
    }
}
