//! The Lambda function of `/Groups`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::main(service::groups)
}
