//! Every law of what comes from outside, held against the kept inputs and as many
//! new ones as a minute allows, the same each time.

use laws::{Target, explore};
use muster_tests::proof::fuzz::{EVENT, PAGE, STREAM, targets};
use std::collections::BTreeSet;

/// Of every run: what is found is found again.
const SEED: u64 = 1;

#[track_caller]
#[expect(clippy::print_stdout, reason = "how many inputs it were")]
fn check(target: Target, mutations: usize) {
    let name = target.name;
    match explore(&target, mutations, SEED) {
        Ok(inputs) => println!("{name}: {inputs} inputs"),
        Err(broken) => panic!(
            "{name}, seed {SEED}: {}\nkeep it as a line of tests/fuzz/corpus/{name}.jsonl:\n{}",
            broken.message, broken.line
        ),
    }
}

#[test]
fn filter() {
    check(laws::FILTER, 20_000);
}

#[test]
fn path() {
    check(laws::PATH, 8_000);
}

#[test]
fn json() {
    check(laws::JSON, 20_000);
}

#[test]
fn body() {
    check(laws::BODY, 20_000);
}

#[test]
fn patch() {
    check(laws::PATCH, 20_000);
}

#[test]
fn message() {
    check(laws::MESSAGE, 40_000);
}

#[test]
fn admin() {
    check(laws::ADMIN, 8_000);
}

#[test]
fn cursor() {
    check(laws::CURSOR, 8_000);
}

#[test]
fn key() {
    check(laws::KEY, 20_000);
}

#[test]
fn event() {
    check(EVENT, 3_000);
}

#[test]
fn stream() {
    check(STREAM, 20_000);
}

#[test]
fn page() {
    check(PAGE, 2_000);
}

#[test]
fn every_target_has_inputs_of_its_own() {
    let corpora: BTreeSet<String> = std::fs::read_dir("fuzz/corpus")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let expected = targets()
        .into_iter()
        .map(|target| format!("{}.jsonl", target.name));
    assert_eq!(corpora, expected.collect());
}
