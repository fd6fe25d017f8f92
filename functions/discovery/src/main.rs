//! The Lambda function of discovery, and of every path that is nobody's.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::main(service::discovery)
}
