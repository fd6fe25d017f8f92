//! The Lambda function of `/Bulk`.

use std::process::ExitCode;

fn main() -> ExitCode {
    lambda::main(service::bulk)
}
