//! Operations × calls × what befalls them, enumerated from what each does when
//! nothing does.

use super::bench::Bench;
use super::blow::{Blow, Strike};
use super::judge::{Clean, Verdict};
use super::operation::{Operation, Way};
use futures_util::stream::{self, StreamExt};
use std::collections::BTreeMap;

/// What is tried.
#[derive(Debug, Clone)]
pub struct Extent {
    /// What happens once.
    pub once: Vec<Blow>,
    /// What goes on until the answer.
    pub lasting: Vec<Blow>,
    /// How many members a big change has.
    pub size: usize,
    /// How many cases are under way at once.
    pub at_once: usize,
    /// How much is done.
    pub effort: Effort,
    /// How many pairs of what happens once, at random from this seed.
    pub pairs: (usize, u64),
}

/// How much is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// A state is looked at as clients see it where the table is not the same
    /// anyway. Of a call that only reads one answer is lost, by an error: to die of
    /// it is to die of the write before.
    Modest,
    /// All, whether it can differ or not.
    Whole,
}

/// What was tried and what came of it.
#[derive(Debug, Default)]
pub struct Figures {
    /// By what happened: cases, and calls that were struck.
    pub blows: BTreeMap<String, (usize, usize)>,
    /// By operation: its calls without faults, the cases.
    pub operations: BTreeMap<String, (usize, usize)>,
    /// Cases that were planned at a call that was not made.
    pub missed: usize,
    /// What has not come to what it must.
    pub broken: Vec<String>,
}

impl Figures {
    /// How many cases were survived.
    pub fn survived(&self) -> usize {
        self.blows.values().map(|(cases, _)| cases).sum()
    }

    /// Takes up others.
    pub fn add(&mut self, other: Self) {
        for (blow, (cases, struck)) in other.blows {
            let sum = self.blows.entry(blow).or_default();
            *sum = (sum.0 + cases, sum.1 + struck);
        }
        self.operations.extend(other.operations);
        self.missed += other.missed;
        self.broken.extend(other.broken);
    }

    fn note(&mut self, operation: &str, blow: &str, verdict: Verdict) {
        match verdict {
            Verdict::Survived(struck) => {
                let sum = self.blows.entry(blow.to_owned()).or_default();
                *sum = (sum.0 + 1, sum.1 + struck);
                if let Some(sum) = self.operations.get_mut(operation) {
                    sum.1 += 1;
                }
            }
            Verdict::Missed => self.missed += 1,
            Verdict::Broken(why) => self.broken.push(format!("{operation}, {blow}: {why}")),
        }
    }
}

/// An operation, and what it does when nothing befalls it.
#[derive(Debug)]
pub struct Known {
    /// The operation.
    pub operation: Operation,
    /// What it does.
    pub clean: Clean,
    /// Its name in the figures.
    pub name: String,
}

/// Runs each without faults.
pub async fn known(bench: &Bench, operations: Vec<Operation>, figures: &mut Figures) -> Vec<Known> {
    let mut known = Vec::new();
    for operation in operations {
        let name = format!(
            "{} ({} {})",
            operation.name, operation.method, operation.path
        );
        match Clean::run(bench, &operation).await {
            Ok(clean) => {
                figures
                    .operations
                    .insert(name.clone(), (clean.calls.len(), 0));
                known.push(Known {
                    operation,
                    clean,
                    name,
                });
            }
            Err(why) => figures
                .broken
                .push(format!("{name}, without faults: {why}")),
        }
    }
    known
}

/// Tries all of it.
pub async fn run(operations: Vec<Operation>, extent: &Extent, tell: fn()) -> Figures {
    let bench = Bench::new(extent.size).await;
    let mut figures = Figures::default();
    let known = known(&bench, operations, &mut figures).await;
    let alone = known
        .iter()
        .any(|known| known.operation.way == Way::AllRealms);
    let mut cases: Vec<_> = known
        .iter()
        .flat_map(|known| {
            let strikes = strikes(&known.clean.calls, extent);
            strikes.into_iter().map(move |strike| (known, strike))
        })
        .collect();
    cases.extend(pairs(&known, extent));
    let tried = stream::iter(cases.iter().map(|(known, (name, strike))| {
        let bench = &bench;
        async move {
            let verdict = known
                .clean
                .case(bench, &known.operation, strike, extent.effort)
                .await;
            tell();
            (known.name.as_str(), name, strike, verdict)
        }
    }))
    .buffer_unordered(if alone { 1 } else { extent.at_once });
    let tried: Vec<_> = tried.collect().await;
    for (operation, name, strike, verdict) in tried {
        let verdict = match verdict {
            Verdict::Broken(why) => Verdict::Broken(format!("{strike:?}: {why}")),
            verdict => verdict,
        };
        figures.note(operation, name, verdict);
    }
    figures
}

/// Every strike of an operation with these calls, by name.
fn strikes(calls: &[String], extent: &Extent) -> Vec<(String, Strike)> {
    let mut strikes = Vec::new();
    for (n, call) in calls.iter().enumerate() {
        let reads = matches!(call.as_str(), "GetItem" | "BatchGetItem" | "Query");
        let spared = |blow: &Blow| reads && extent.effort == Effort::Modest && *blow != Blow::Error;
        let once = extent.once.iter().filter(|blow| blow.befalls(call));
        for blow in once.filter(|blow| !spared(blow)) {
            strikes.push((format!("{blow:?}"), Strike::once(n + 1, *blow)));
        }
        for blow in extent.lasting.iter().filter(|blow| blow.befalls(call)) {
            strikes.push((format!("{blow:?} from then on"), Strike::From(n + 1, *blow)));
        }
    }
    strikes
}

/// Operations with two calls struck, at random.
fn pairs<'a>(known: &'a [Known], extent: &Extent) -> Vec<(&'a Known, (String, Strike))> {
    let (number, seed) = extent.pairs;
    let mut random = fastrand::Rng::with_seed(seed);
    let known: Vec<&Known> = known.iter().filter(|it| it.clean.calls.len() > 1).collect();
    let mut pairs = Vec::new();
    for _ in 0..number {
        let Some(known) = random.choice(&known) else {
            return pairs;
        };
        let calls = known.clean.calls.len();
        // The second may strike what the first has had sent again.
        let first = random.usize(1..=calls);
        let second = random.usize(first + 1..=calls + 1);
        let two = [first, second].map(|at| (at, *random.choice(&extent.once).unwrap()));
        let two = two
            .into_iter()
            .filter(|(_, blow)| !Blow::DEATHS.contains(blow));
        pairs.push((*known, ("a pair".to_owned(), Strike::At(two.collect()))));
    }
    pairs
}
