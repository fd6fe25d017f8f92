//! A law held against inputs: the known ones, then new ones made of them.

use crate::Target;
use crate::corpus::{corpus, line};
use crate::mutate::Mutator;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An input that has broken a law.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The line that keeps it in the corpus.
    pub line: String,
    /// What the law says of it.
    pub message: String,
}

/// Holds the law against the corpus, and against so many mutations of it; how many inputs it were.
///
/// # Errors
/// The first input that breaks the law.
pub fn explore(target: &Target, mutations: usize, seed: u64) -> Result<usize, Broken> {
    let known = corpus(target);
    for input in &known {
        hold(target, input)?;
    }
    let mut mutator = Mutator::new(seed, &known, target.words);
    for _ in 0..mutations {
        hold(target, &mutator.input())?;
    }
    Ok(known.len() + mutations)
}

fn hold(target: &Target, input: &[u8]) -> Result<(), Broken> {
    catch_unwind(AssertUnwindSafe(|| (target.law)(input))).map_err(|panic| Broken {
        line: line(input),
        message: message(panic.as_ref()),
    })
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    text.unwrap_or_else(|| "a panic without words".to_owned())
}
