//! `proof soak`: the soaks at length, then the ends under load; a bar while they
//! last, and what they came to as a table and a file.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use muster_tests::lean::{Result, Scratch, build};
use muster_tests::proof::soak::{
    Check, Endings, Ends, Figures, Length, Level, Outcome, Seen, Times,
};
use serde_json::{Value, json};

/// Clients in the rounds that end the server.
const WRITERS: usize = 16;

/// A mixed load as Entra ID makes it, at length; then a server that is ended under load.
#[derive(Debug, Args)]
pub(crate) struct Soak {
    /// How long each level lasts.
    #[arg(long, default_value_t = 600)]
    seconds: u64,
    /// Connections of a level; one level for each time this is said.
    #[arg(long, default_values_t = [8, 64])]
    connections: Vec<usize>,
    /// What decides what the clients do.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Users that live at a time.
    #[arg(long, default_value_t = 5_000)]
    users: usize,
    /// Realms among which the clients are divided.
    #[arg(long, default_value_t = 3)]
    realms: usize,
    /// How often a server is ended under load, by SIGTERM, SIGINT and SIGKILL in turn.
    #[arg(long, value_name = "N", default_value_t = 60)]
    shutdowns: usize,
    /// A `muster` that is built already.
    #[arg(long, value_name = "BINARY")]
    muster: Option<PathBuf>,
    /// Where the figures are written.
    #[arg(long, value_name = "FILE")]
    write: Option<PathBuf>,
}

impl Soak {
    pub(crate) fn run(&self) -> ExitCode {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        match runtime.block_on(self.all()) {
            Ok(checks) => tell(&checks),
            Err(error) => {
                println!("{error}\n0 passed, 1 failed");
                ExitCode::FAILURE
            }
        }
    }

    async fn all(&self) -> Result<Vec<Check>> {
        let binary = match &self.muster {
            Some(binary) => binary.clone(),
            None => build()?,
        };
        let scratch = Scratch::beside(&binary, "soak")?;
        let (mut checks, mut levels) = (Vec::new(), Vec::new());
        let connections = self.connections.iter().filter(|_| self.seconds > 0);
        for (place, connections) in connections.enumerate() {
            let data = scratch.path().join(format!("level-{place}.db"));
            let outcome = self.level(*connections, &binary, &data).await?;
            print(&outcome);
            levels.push(figures(&outcome));
            checks.extend(outcome.checks.into_iter().map(|check| Check {
                name: format!("{connections} connections: {}", check.name),
                ..check
            }));
            std::fs::remove_file(data)?;
        }
        let mut document = json!({
            "machine": machine(),
            "seconds": self.seconds,
            "seed": self.seed,
            "users": self.users,
            "realms": self.realms,
            "levels": levels,
        });
        if self.shutdowns > 0 {
            let ends = self.ends(&binary, &scratch.path().join("ends.db")).await?;
            document["ends"] = told(&ends, self.shutdowns);
            checks.push(ends.check());
        }
        if let Some(file) = &self.write {
            let text = serde_json::to_string_pretty(&document)?;
            std::fs::write(file, text + "\n")?;
        }
        Ok(checks)
    }

    async fn level(&self, connections: usize, binary: &Path, data: &Path) -> Result<Outcome> {
        let level = Level {
            connections,
            length: Length::Time(Duration::from_secs(self.seconds)),
            seed: self.seed,
            users: self.users,
            realms: self.realms,
        };
        let bar = bar(self.seconds);
        let outcome = level
            .run(binary, data, &|seen: Seen| {
                bar.set_position(seen.at.as_secs());
                bar.set_message(format!(
                    "{connections} connections: {} requests, {} wrong, {} MiB",
                    seen.answered,
                    seen.wrong,
                    seen.resident / 1024
                ));
            })
            .await;
        bar.finish_and_clear();
        outcome
    }

    async fn ends(&self, binary: &Path, data: &Path) -> Result<Ends> {
        let endings = Endings {
            connections: WRITERS,
            rounds: self.shutdowns,
            seed: self.seed,
            realms: self.realms,
        };
        let bar = bar(self.shutdowns as u64);
        bar.set_message("ends under load");
        let ends = endings.run(binary, data, &|_| bar.inc(1)).await;
        bar.finish_and_clear();
        let ends = ends?;
        for (how, figures) in [("told to end", &ends.told), ("killed", &ends.killed)] {
            println!(
                "{how}: {} requests answered ({} changes), {} sent and not answered ({} of them done), {} cut off, {} not sent any more",
                figures.requests(),
                figures.changes,
                figures.unanswered,
                figures.done_unanswered,
                figures.cut_off,
                figures.not_sent,
            );
        }
        Ok(ends)
    }
}

fn bar(whole: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("[{bar:30}] {pos} of {len}, {msg}");
    let bar = ProgressBar::new(whole);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar
}

fn print(outcome: &Outcome) {
    let (figures, samples) = (&outcome.figures, &outcome.samples);
    println!(
        "\n{} connections, {:.0} s, {} users at the end\n",
        outcome.level.connections,
        outcome.took.as_secs_f64(),
        outcome.users,
    );
    println!("| request | answered | p50 ms | p99 ms | longest ms |\n|---|---|---|---|---|");
    for (kind, times) in rows(figures) {
        println!(
            "| {kind} | {} | {:.1} | {:.1} | {:.0} |",
            times.requests,
            milliseconds(times.p50),
            milliseconds(times.p99),
            milliseconds(times.max),
        );
    }
    println!(
        "\n{:.0} requests a second; {} wrong, {} refused, {} not answered",
        per_second(outcome),
        figures.errors,
        figures.refused,
        figures.unanswered + figures.cut_off + figures.not_sent,
    );
    println!(
        "resident: {} MiB in the second quarter of the time, {} in the last, {} at most ({} anonymous)",
        samples.quarter(1) / 1024,
        samples.quarter(3) / 1024,
        samples.most(|it| it.resident) / 1024,
        samples.most(|it| it.anonymous) / 1024,
    );
    println!(
        "files and sockets open: {} at most; data file {} MiB for {} changes, its log {} MiB at most\n",
        samples.most(|it| it.files as u64),
        samples.most(|it| it.data) / 1024,
        figures.changes,
        samples.most(|it| it.log) / 1024,
    );
}

fn rows(figures: &Figures) -> Vec<(&'static str, Times)> {
    let mut rows = figures.kinds();
    rows.push(("all", figures.all()));
    rows
}

fn figures(outcome: &Outcome) -> Value {
    let (figures, samples) = (&outcome.figures, &outcome.samples);
    let kinds = rows(figures).into_iter().map(|(kind, times)| {
        json!({
            "request": kind,
            "answered": times.requests,
            "p50": milliseconds(times.p50),
            "p99": milliseconds(times.p99),
            "longest": milliseconds(times.max),
        })
    });
    json!({
        "connections": outcome.level.connections,
        "seconds": outcome.took.as_secs(),
        "requests": figures.requests(),
        "requestsPerSecond": per_second(outcome).round(),
        "changes": figures.changes,
        "wrong": figures.errors,
        "refused": figures.refused,
        "notAnswered": figures.unanswered + figures.cut_off + figures.not_sent,
        "milliseconds": kinds.collect::<Vec<_>>(),
        "residentKiB": {
            "secondQuarter": samples.quarter(1),
            "lastQuarter": samples.quarter(3),
            "most": samples.most(|it| it.resident),
            "mostAnonymous": samples.most(|it| it.anonymous),
        },
        "openFiles": samples.most(|it| it.files as u64),
        "dataKiB": samples.most(|it| it.data),
        "logKiB": samples.most(|it| it.log),
    })
}

fn told(ends: &Ends, rounds: usize) -> Value {
    let of = |figures: &Figures| {
        json!({
            "answered": figures.requests(),
            "changes": figures.changes,
            "notAnswered": figures.unanswered,
            "notAnsweredButDone": figures.done_unanswered,
            "cutOff": figures.cut_off,
            "notSent": figures.not_sent,
        })
    };
    json!({ "rounds": rounds, "told": of(&ends.told), "killed": of(&ends.killed) })
}

fn tell(checks: &[Check]) -> ExitCode {
    let failed = checks.iter().filter(|it| it.complaint.is_some()).count();
    for check in checks {
        match &check.complaint {
            None => println!("ok      {}", check.name),
            Some(complaint) => println!("FAILED  {}: {complaint}", check.name),
        }
    }
    println!("{} passed, {failed} failed", checks.len() - failed);
    ExitCode::from(u8::from(failed > 0 || checks.is_empty()))
}

fn per_second(outcome: &Outcome) -> f64 {
    outcome.figures.requests() as f64 / outcome.took.as_secs_f64()
}

/// To a hundredth.
fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e5).round() / 1e2
}

/// Cores and processor.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processors = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == "model name").then(|| value.trim())
    });
    format!("{cores} cores, {}", model.unwrap_or(std::env::consts::ARCH))
}
