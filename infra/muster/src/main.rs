//! The `muster` binary.

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    muster::cli::main().await
}
