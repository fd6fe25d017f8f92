//! The command line: what can be said, and where it goes. Exit codes: 0 done,
//! 1 failed with one sentence on standard error, 2 not understood.

mod aws;
mod backup;
mod batch;
mod completions;
mod consent;
mod deployment;
mod doctor;
mod event;
mod files;
mod job;
mod key;
mod mapper;
mod member;
mod output;
mod pepper;
mod progress;
mod reach;
mod realm;
mod schema;
mod serve;
mod usage;
mod verify;
mod words;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::Failure;

/// SCIM 2.0 for the customers of a software company.
///
/// Without a command it serves.
#[derive(Debug, Parser)]
#[command(name = "muster", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    aws: aws::Aws,
    #[command(flatten)]
    serve: serve::Serve,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every route in one process.
    Serve(serve::Serve),
    /// Make, change, switch, move and delete realms: one for each customer.
    Realm(realm::Realm),
    /// Make, list, rotate and revoke the keys of a realm.
    Key(key::Key),
    /// Declare a realm's own extension schemas.
    Schema(schema::Schema),
    /// Map SCIM attributes to the company's own names.
    Mapper(mapper::Mapper),
    /// See what has happened in a realm, and what happens.
    Event(event::Event),
    /// List, export and import a realm's users and groups.
    Member(member::Member),
    /// Show what a realm has used by day and operation, in dollars.
    Usage(usage::Usage),
    /// List, rotate and retire the peppers that keys are hashed under.
    Pepper(pepper::Pepper),
    /// Copy a local server's data, with all that is answered by then, while it runs or not.
    Backup(backup::Backup),
    /// Check a table: claims, indexes, memberships, counters. It changes nothing.
    Verify(verify::Verify),
    /// Finish the jobs that nobody else finishes.
    Job(job::Jobs),
    /// Try a SCIM endpoint, any vendor's, as Entra ID will use it.
    ///
    /// Sends what Entra ID's provisioning service sends, says what an
    /// administrator would see and what to do, and deletes what it has made.
    /// Ends with 0 when green, 1 when a fault was found, 2 when not understood.
    Doctor(doctor::Doctor),
    /// Print what a shell must know to complete these words.
    ///
    /// Such as `muster completions bash > ~/.local/share/bash-completion/completions/muster`.
    Completions(completions::Completions),
}

/// Does what the command line says.
pub async fn main() -> ExitCode {
    let cli = parse(std::env::args_os()).unwrap_or_else(|error| error.exit());
    let done = match cli.command.unwrap_or(Command::Serve(cli.serve)) {
        Command::Serve(serve) => serve.run().await,
        Command::Realm(realm) => realm.run(&cli.aws).await,
        Command::Key(key) => key.run(&cli.aws).await,
        Command::Schema(schema) => schema.run(&cli.aws).await,
        Command::Mapper(mapper) => mapper.run(&cli.aws).await,
        Command::Event(event) => event.run(&cli.aws).await,
        Command::Member(member) => member.run(&cli.aws).await,
        Command::Usage(usage) => usage.run(&cli.aws).await,
        Command::Completions(completions) => completions.run(Cli::command()),
        Command::Pepper(pepper) => pepper.run(&cli.aws).await,
        Command::Backup(backup) => backup.run(),
        Command::Verify(verify) => verify.run(&cli.aws).await,
        Command::Job(jobs) => jobs.run(&cli.aws).await,
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

fn parse(
    words: impl IntoIterator<Item = impl Into<std::ffi::OsString> + Clone>,
) -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    let matches = command.try_get_matches_from_mut(words)?;
    match misplaced(&command, &matches) {
        None => Cli::from_arg_matches(&matches),
        Some(complaint) => Err(command.error(ErrorKind::ArgumentConflict, complaint)),
    }
}

/// An option that the command would silently ignore: one of serving before
/// another command, or a deployment's where a server is started.
fn misplaced(of: &clap::Command, matches: &ArgMatches) -> Option<String> {
    let said = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    let command = matches.subcommand_name();
    of.get_arguments()
        .map(|option| option.get_id().as_str())
        .filter(|id| said(id))
        .find_map(|id| {
            let of_a_deployment = aws::OPTIONS.contains(&id);
            let option = id.replace('_', "-");
            match command {
                Some("serve") | None if of_a_deployment => Some(format!(
                    "`--{option}` names a deployment, and a server runs on this machine"
                )),
                Some("completions") if of_a_deployment => Some(format!(
                    "`--{option}` names a deployment, and completions are the same for all"
                )),
                Some("backup") if of_a_deployment => Some(format!(
                    "`--{option}` names a deployment, whose table AWS backs up"
                )),
                Some("doctor") if of_a_deployment => Some(format!(
                    "`--{option}` names a deployment, and the doctor goes by a Tenant URL"
                )),
                Some(command) if !of_a_deployment => Some(format!(
                    "`--{option}` stands before `{command}`, which does not serve"
                )),
                _ => None,
            }
        })
}

#[expect(clippy::print_stderr, reason = "the tool's words to its user")]
fn complain(failure: &Failure) {
    eprintln!("muster: {failure}");
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Cli::command().debug_assert();
    }

    #[test]
    fn what_is_understood() {
        for (words, understood) in [
            ("", true),
            ("--port 0", true),
            ("serve --port 0", true),
            ("--stack s realm create acme", true),
            (
                "realm create acme --stack s --region r --aws-profile p",
                true,
            ),
            ("--aws-profile p realm create acme --profile entra", true),
            ("realm create acme --profile p --guard 50/1h", true),
            ("realm create acme --guard 50", false),
            ("realm update acme", false),
            ("realm update acme --if-version 3", false),
            ("realm update acme --if-version 3 --invitation on", true),
            (
                "realm update acme --max-users off --event-retention 30d",
                true,
            ),
            ("realm delete acme --yes", true),
            ("realm release acme --json", true),
            ("realm export acme -", true),
            ("realm export acme", false),
            ("realm import acme acme.jsonl --dry-run", true),
            ("realm profiles", true),
            ("realm profiles azure --json", true),
            ("key --stack s list acme", true),
            ("realm list --url https://scim.example.com --sigv4", true),
            ("pepper list --data muster.db", true),
            ("pepper --data muster.db rotate", true),
            ("--stack s pepper rotate --json", true),
            ("pepper retire p1 --yes --secret arn:aws:x", true),
            ("backup /backups/muster.db", true),
            ("backup copy.db --data muster.db", true),
            ("backup", false),
            ("--stack s backup copy.db", false),
            ("verify", true),
            ("verify acme other --data muster.db", true),
            ("verify --table t --region r", true),
            (
                "verify --table t --dynamodb-endpoint http://localhost:8000",
                true,
            ),
            ("verify --dynamodb-endpoint http://localhost:8000", false),
            ("verify ac#me", false),
            ("key list Zoë", false),
            ("realm create acme/other", false),
            ("key revoke acme too-short", false),
            ("pepper retire", false),
            ("key show acme 0123456789ab --json", true),
            ("key rotate acme 0123456789ab --overlap 0s", true),
            ("key create acme --name n --idempotency-key 42", true),
            ("key create acme --name n --idempotency-key é", false),
            (
                "key create acme --name n --expires-in 1d --expires 2030-01-01T00:00:00Z",
                false,
            ),
            ("schema list acme", true),
            ("schema show acme urn:a:b", true),
            ("schema add acme -", true),
            ("schema add acme urn:a:b --attribute tag:string:multi", true),
            (
                "schema add acme urn:a:b --attribute tag --resource-type group",
                true,
            ),
            ("schema add acme urn:a:b --attribute tag:complex", false),
            ("schema add acme file --resource-type User", false),
            ("schema remove acme urn:a:b", true),
            ("mapper set acme mappers.json", true),
            ("mapper reset acme", true),
            ("mapper try acme --user user.json --mappers m.json", true),
            ("mapper try acme --user user.json --member 1", false),
            ("mapper try acme", false),
            (
                "event list acme --since 1h --kind refusal --status 4xx",
                true,
            ),
            (
                "event list acme --from 2030-01-01 --to 2030-02-01T12:00:00Z",
                true,
            ),
            ("event list acme --from 2030-01-01 --since 1h", false),
            ("event list acme --kind nonsense", false),
            ("event list acme --status 40", false),
            ("event tail acme --key 0123456789ab --json", true),
            ("event show acme 0197", true),
            ("member list acme --type group --q Zoë --limit 5", true),
            ("member list acme --state new", false),
            ("member state acme 1 confirmed", true),
            ("member state acme 1 gone", false),
            ("member export acme - --format jsonl --state invited", true),
            ("member export acme", false),
            ("member import acme users.csv --dry-run", true),
            ("usage acme --from 2030-01-01 --to 2030-01-31", true),
            ("usage acme --from yesterday", false),
            ("completions fish", true),
            ("completions", false),
            ("--stack s completions bash", false),
            // Nothing that is said is silently ignored.
            ("--port 0 realm list", false),
            ("--stack s", false),
            ("serve --stack s", false),
            ("--region r serve", false),
        ] {
            let all = ["muster"].into_iter().chain(words.split_whitespace());
            assert_eq!(super::parse(all).is_ok(), understood, "{words}");
        }
    }
}
