//! `muster doctor`: reads the command line and the token, lets the visit run,
//! and ends with 0 when it is green, 1 when not, 2 when it could not begin.

mod words;

use std::io::{BufRead, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

use super::output::{self, Format};
use crate::Failure;
use crate::doctor::{Plan, Progress, TenantUrl, Verdict, examine};
use words::{Colour, Words};

/// The only place besides a file or standard input: options are seen by other users.
const TOKEN_VARIABLE: &str = "MUSTER_SECRET_TOKEN";
const NOT_UNDERSTOOD: u8 = 2;

#[derive(Debug, Args)]
pub(super) struct Doctor {
    /// The Tenant URL, as it is pasted into Entra ID.
    url: String,
    /// File that holds the Secret Token, `-` for standard input; without it
    /// the token itself is taken from MUSTER_SECRET_TOKEN, or else from
    /// standard input when that is no terminal.
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Print a report for machines.
    #[arg(long)]
    json: bool,
    /// How long the checks may take together; cleaning up has its own time.
    #[arg(long, value_name = "SECONDS", default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// How many members the large group has: so many users are created and deleted.
    #[arg(long, value_name = "NUMBER", default_value_t = 120, value_parser = clap::value_parser!(u32).range(12..=10_000))]
    members: u32,
    /// Make this check only, and those it needs; may be repeated. Reports name the checks.
    #[arg(long, value_name = "CHECK")]
    only: Vec<String>,
}

impl Doctor {
    pub(super) async fn run(self) -> ExitCode {
        let format = if self.json {
            Format::Json
        } else {
            Format::Text
        };
        match self.visit(format).await {
            Ok(Verdict::Green) => ExitCode::SUCCESS,
            Ok(Verdict::Faulty | Verdict::Unfinished) => ExitCode::FAILURE,
            Err(failure) => {
                super::complain(&failure);
                ExitCode::from(NOT_UNDERSTOOD)
            }
        }
    }

    async fn visit(self, format: Format) -> Result<Verdict, Failure> {
        let url = TenantUrl::parse(&self.url)?;
        let plan = Plan {
            token: token(self.token_file.as_deref())?,
            url,
            timeout: Duration::from_secs(self.timeout),
            members: usize::try_from(self.members).unwrap_or(usize::MAX),
            only: self.only,
        };
        let words = Words::new(Colour::of_stdout());
        let mut progress = |progress: Progress<'_>| {
            if format == Format::Text
                && let Some(text) = words.progress(&progress)
            {
                output::print(&text);
            }
        };
        let interrupt = interrupts()?;
        let report = examine(plan, &interrupt, &mut progress).await?;
        match format {
            Format::Text => output::print(&words.end(&report)),
            Format::Json => output::print_json(&report.json()),
        }
        Ok(report.verdict())
    }
}

/// Notified by each Ctrl-C and each request to terminate.
fn interrupts() -> Result<Arc<Notify>, Failure> {
    let unheard = |error| Failure::new(format!("signals cannot be heard: {error}"));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(unheard)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(unheard)?;
    let notify = Arc::new(Notify::new());
    let notified = Arc::clone(&notify);
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            notified.notify_one();
        }
    });
    Ok(notify)
}

fn token(file: Option<&Path>) -> Result<String, Failure> {
    let text = match file {
        Some(file) if file == Path::new("-") => first_line()?,
        Some(file) => in_file(file)?,
        None => match std::env::var(TOKEN_VARIABLE) {
            Ok(token) if !token.is_empty() => token,
            _ if std::io::stdin().is_terminal() => String::new(),
            _ => first_line()?,
        },
    };
    let token = text.trim();
    if token.is_empty() {
        return Err(Failure::new(format!(
            "no token; put the Secret Token into {TOKEN_VARIABLE}, name its file with `--token-file` or write it to standard input"
        )));
    }
    if token.contains(char::is_whitespace) || token.contains(char::is_control) {
        return Err(Failure::new(
            "the token holds spaces or line breaks; paste it again, whole and in one line",
        ));
    }
    Ok(token.to_owned())
}

fn in_file(file: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("the token file `{}`: {error}", file.display())))
}

/// A token is short: what goes on and on is something else.
fn first_line() -> Result<String, Failure> {
    const LONGEST: u64 = 16 * 1024;
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .take(LONGEST)
        .read_line(&mut line)
        .map_err(|error| Failure::new(format!("the token on standard input: {error}")))?;
    Ok(line)
}
