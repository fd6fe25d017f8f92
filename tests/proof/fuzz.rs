//! Every law of what comes from outside, at length and without a nightly compiler.

use clap::Args;
use laws::{Target, explore};
use muster_tests::proof::fuzz::targets;
use std::process::ExitCode;
use std::time::Instant;

/// What is held.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// How many new inputs each target gets.
    #[arg(long, default_value_t = 100_000)]
    inputs: usize,
    /// The same seed makes the same inputs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// One target alone.
    #[arg(long)]
    target: Option<String>,
}

pub(crate) fn run(options: &Options) -> ExitCode {
    let wanted = |target: &Target| options.target.as_deref().is_none_or(|it| it == target.name);
    let targets: Vec<Target> = targets().into_iter().filter(wanted).collect();
    let (mut passed, mut failed) = (0, 0);
    for target in &targets {
        let begun = Instant::now();
        match explore(target, options.inputs, options.seed) {
            Ok(inputs) => {
                passed += 1;
                let seconds = begun.elapsed().as_secs_f64();
                println!("{}: {inputs} inputs, {seconds:.1} s", target.name);
            }
            Err(broken) => {
                failed += 1;
                println!("{}: {}", target.name, broken.message);
                println!("{}", broken.line);
            }
        }
    }
    println!("{passed} passed, {failed} failed");
    ExitCode::from(u8::from(failed > 0 || passed == 0))
}
