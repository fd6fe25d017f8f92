//! The scale test: what an operation costs and takes as a realm and a group grow.
//!
//! ```text
//! tests/scale/run              500,000 users, a group of 100,000: units and times
//! tests/scale/run --quick      1,000 and 20,000 users: units alone
//! ```
//!
//! A realm is loaded and copied at each size, then all sizes are asked side by
//! side, each by its own `muster serve` over its own data file: the same
//! request goes to one after the other, so that whatever else the machine does
//! meets all of them. Here live the command line and the order of things; what
//! is asked, and the law for it, is in `rows`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a tool for the terminal: the table it prints is its purpose"
)]

mod figures;
mod load;
mod measure;
mod places;
mod plot;
mod progress;
mod report;
mod rows;
mod verdict;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use muster_tests::lean::{Result, Scratch, build};

use crate::places::Place;
use crate::verdict::Judge;

/// The sizes on the way to the full one.
const STEPS: [usize; 3] = [1_000, 10_000, 100_000];
const QUICK: [usize; 2] = [1_000, 20_000];
const QUICK_ROUNDS: usize = 3;

/// Measures how cost and time of operations follow the size of a realm.
#[derive(Debug, Parser)]
struct Options {
    /// Users at the largest size.
    #[arg(long, default_value_t = 500_000)]
    users: usize,
    /// Members of the group at the largest size; at the others in proportion.
    #[arg(long, default_value_t = 100_000)]
    members: usize,
    /// How often each operation is timed at each size.
    #[arg(long, default_value_t = 41)]
    rounds: usize,
    /// 1,000 and 20,000 users, units alone.
    #[arg(long)]
    quick: bool,
    /// A `muster` that is built already.
    #[arg(long, value_name = "BINARY")]
    muster: Option<PathBuf>,
    /// Where figures and plot are written.
    #[arg(long, value_name = "DIR")]
    write: Option<PathBuf>,
    /// Keeps the loaded data in this directory, or takes what an earlier run has kept there.
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

impl Options {
    /// Users and members of each size, the smallest first.
    fn sizes(&self) -> Vec<(usize, usize)> {
        let (steps, users) = if self.quick {
            (QUICK.to_vec(), 20_000)
        } else {
            let smaller = STEPS.into_iter().filter(|size| *size < self.users);
            (smaller.chain([self.users]).collect(), self.users)
        };
        let members = self.members.min(self.users);
        let share = |size: usize| size * members / self.users.max(1);
        debug_assert!(steps.last() == Some(&users));
        steps.into_iter().map(|size| (size, share(size))).collect()
    }

    fn rounds(&self) -> usize {
        if self.quick {
            QUICK_ROUNDS
        } else {
            self.rounds
        }
    }

    fn judge(&self) -> Judge {
        if self.quick {
            Judge::Units
        } else {
            Judge::UnitsAndTimes
        }
    }
}

fn main() -> ExitCode {
    match test(&Options::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn test(options: &Options) -> Result<ExitCode> {
    let binary = match &options.muster {
        Some(binary) => binary.clone(),
        None => build()?,
    };
    let scratch = Scratch::beside(&binary, "scale")?;
    let directory = options.keep.as_deref().unwrap_or(scratch.path());
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(async {
            let loaded = load::all(directory, &options.sizes()).await?;
            let mut places = Vec::with_capacity(loaded.len());
            for loaded in loaded {
                places.push(Place::open(&binary, loaded).await?);
            }
            let figures = measure::all(&mut places, options.rounds()).await?;
            report::table(&figures, options.judge());
            if let Some(directory) = &options.write {
                report::write(&figures, directory)?;
            }
            Ok(verdict::tell(&figures, options.judge()))
        })
}
