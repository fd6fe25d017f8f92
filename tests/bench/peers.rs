//! Muster and other people's servers in one run: the same requests over the same connections to
//! populations of the same size, operation by operation.

use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use muster_tests::lean::{Result, Target};

use crate::measure::Strictness::{Exact, Lenient};
use crate::measure::{self, Sample, Strictness, Turns};
use crate::operations::{Operation, World};

/// How often the servers take turns with one operation.
const SLICES: u32 = 5;

/// Another server, `NAME=URL`.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    name: String,
    url: String,
    /// Whether it is judged on what it is to keep: one that forgets everything when it ends has nothing to do.
    keeps: bool,
}

impl Peer {
    pub(crate) fn forgetful(mut self) -> Self {
        self.keeps = false;
        self
    }
}

impl FromStr for Peer {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (name, url) = text.split_once('=').ok_or("it is written NAME=URL")?;
        Ok(Self {
            name: name.to_owned(),
            url: url.to_owned(),
            keeps: true,
        })
    }
}

/// How each operation is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Run {
    pub(crate) connections: usize,
    pub(crate) duration: Duration,
}

impl Run {
    /// Measures Muster and the others, and judges.
    pub(crate) async fn beside(
        self,
        (muster, world): (&Target, &World),
        peers: &[Peer],
        token: &str,
        operations: &[&'static Operation],
    ) -> Result<ExitCode> {
        let mut others = Vec::with_capacity(peers.len());
        for peer in peers {
            let target = Target::new(&peer.url, token)?;
            let world = World::build(&target, self.connections).await;
            let world = world.map_err(|error| format!("{}: {error}", peer.name))?;
            others.push((target, world));
        }
        let names = peers.iter().map(|peer| format!(" {} | ahead |", peer.name));
        println!(
            "| requests a second | Muster |{}",
            names.collect::<String>()
        );
        println!("|---|---|{}", "---|---|".repeat(peers.len()));
        let mut behind = Vec::new();
        for operation in operations {
            let mut own = Sample::default();
            let mut theirs: Vec<Sample> = others.iter().map(|_| Sample::default()).collect();
            // In turns, so that whatever else the machine does meets all of them.
            for slice in 0..SLICES {
                own.append(self.slice(muster, world, operation, slice, Exact).await?);
                for ((target, world), all) in others.iter().zip(&mut theirs) {
                    all.append(self.slice(target, world, operation, slice, Lenient).await?);
                }
            }
            let rate = own.per_second();
            let mut cells = String::new();
            for (sample, peer) in theirs.iter().zip(peers) {
                let ahead = rate / sample.per_second();
                cells += &cell(sample, ahead);
                if ahead < operation.ahead && (peer.keeps || !operation.writes) {
                    behind.push(format!(
                        "{}: {ahead:.1} times {}, and not {}",
                        operation.name, peer.name, operation.ahead
                    ));
                }
            }
            println!("| {} | {rate:.0} |{cells}", operation.name);
        }
        println!();
        for complaint in &behind {
            println!("BEHIND  {complaint}");
        }
        Ok(if behind.is_empty() {
            println!("ahead on every row");
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }

    async fn slice(
        self,
        target: &Target,
        world: &World,
        operation: &'static Operation,
        slice: u32,
        strictness: Strictness,
    ) -> Result<Sample> {
        let turns = Turns {
            connections: self.connections,
            first: u64::from(slice) << 32,
            duration: self.duration / SLICES,
        };
        measure::run(target, world, operation, turns, strictness).await
    }
}

/// `–` is what a server does not do.
fn cell(sample: &Sample, ahead: f64) -> String {
    let (rate, refused) = (sample.per_second(), sample.refused() * 100.0);
    if rate <= 0.0 {
        return " – | |".to_owned();
    }
    let rate = if rate < 100.0 {
        format!("{rate:.1}")
    } else {
        format!("{rate:.0}")
    };
    if refused < 0.5 {
        format!(" {rate} | {ahead:.1} × |")
    } else {
        format!(" {rate} ({refused:.0} % refused) | {ahead:.1} × |")
    }
}
