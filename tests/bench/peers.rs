//! Muster and other people's servers in one run: the same requests over the same connections to
//! populations of the same size, operation by operation.

use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use muster_tests::lean::{Result, Target};

use crate::measure::{self, Sample, Strictness};
use crate::operations::{OPERATIONS, Operation, World};

/// Another server, `NAME=URL`.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    name: String,
    url: String,
}

impl FromStr for Peer {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (name, url) = text.split_once('=').ok_or("it is written NAME=URL")?;
        Ok(Self {
            name: name.to_owned(),
            url: url.to_owned(),
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
        for operation in OPERATIONS {
            let own = self
                .measure(muster, world, operation, Strictness::Exact)
                .await?;
            let own = own.per_second();
            let mut cells = String::new();
            for ((target, world), peer) in others.iter().zip(peers) {
                let sample = self
                    .measure(target, world, operation, Strictness::Lenient)
                    .await?;
                let ahead = own / sample.per_second();
                cells += &cell(&sample, ahead);
                if ahead < operation.ahead {
                    let aim = operation.ahead;
                    behind.push(format!(
                        "{}: {ahead:.1} times {}, and not {aim}",
                        operation.name, peer.name
                    ));
                }
            }
            println!("| {} | {own:.0} |{cells}", operation.name);
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

    async fn measure(
        self,
        target: &Target,
        world: &World,
        operation: &'static Operation,
        strictness: Strictness,
    ) -> Result<Sample> {
        let Self {
            connections,
            duration,
        } = self;
        measure::run(target, world, operation, connections, duration, strictness).await
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
