//! The Lambda function that finishes jobs.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::worker()
}
