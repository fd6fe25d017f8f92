//! The Lambda function of administration.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::main(service::admin)
}
