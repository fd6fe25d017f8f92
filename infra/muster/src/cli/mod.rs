//! The command line: what can be said, and where it goes. Exit codes: 0 done,
//! 1 failed with one sentence on standard error, 2 not understood.

mod deployment;
mod doctor;
mod key;
mod output;
mod realm;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::Failure;

/// SCIM 2.0 for the customers of a software company.
///
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "muster", version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every route in one process.
    Serve(serve::Serve),
    /// Make, list and switch realms: one for each customer.
    Realm(realm::Realm),
    /// Make, list and revoke the keys of a realm.
    Key(key::Key),
    /// Try a SCIM endpoint, any vendor's, as Entra ID will use it.
    ///
    /// Sends what Entra ID's provisioning service sends, says what an
    /// administrator would see and what to do, and deletes what it has made.
    /// Ends with 0 when green, 1 when a fault was found, 2 when not understood.
    Doctor(doctor::Doctor),
}

/// Does what the command line says.
pub async fn main() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(serve) => serve.run().await,
        Command::Realm(realm) => realm.run().await,
        Command::Key(key) => key.run().await,
        Command::Doctor(doctor) => return doctor.run().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            complain(&failure);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the tool's words to its user")]
fn complain(failure: &Failure) {
    eprintln!("muster: {failure}");
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
