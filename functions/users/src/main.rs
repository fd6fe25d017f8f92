//! The Lambda function of `/Users`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::main(service::users)
}
