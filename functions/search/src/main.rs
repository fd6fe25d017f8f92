//! The Lambda function of `/.search`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::main(service::search)
}
