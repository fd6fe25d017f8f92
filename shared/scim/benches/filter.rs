//! How long a filter takes: to be read, to be understood, to be held against one user.
#![allow(clippy::unwrap_used, reason = "a bench fails by panicking")]

use divan::{Bencher, black_box};
use scim::{Filter, ResourceType};
use serde_json::{Map, Value, json};

const FILTERS: [&str; 4] = [
    r#"userName eq "ada@example.com""#,
    r#"emails[type eq "work"].value eq "ada@example.com""#,
    r#"userType eq "Employee" and not (emails co "example.net" or emails.value ew "example.org")"#,
    r#"meta.lastModified gt "2011-05-13T04:42:34Z""#,
];

fn main() {
    divan::main();
}

fn user() -> Map<String, Value> {
    let user = json!({
        "userName": "Ada@example.com",
        "userType": "Employee",
        "emails": [
            {"type": "home", "value": "ada@example.edu"},
            {"type": "work", "value": "ada@example.com", "primary": true}
        ],
        "meta": {"lastModified": "2024-02-29T23:59:59.123Z"}
    });
    user.as_object().unwrap().clone()
}

#[divan::bench(args = FILTERS)]
fn parse(text: &str) -> Filter {
    black_box(text).parse().unwrap()
}

#[divan::bench(args = FILTERS)]
fn resolve(bencher: Bencher, text: &str) {
    let filter: Filter = text.parse().unwrap();
    bencher.bench_local(|| filter.resolve(ResourceType::user()).unwrap());
}

#[divan::bench(args = FILTERS)]
fn matches(bencher: Bencher, text: &str) {
    let filter = text
        .parse::<Filter>()
        .unwrap()
        .resolve(ResourceType::user())
        .unwrap();
    let user = user();
    bencher.bench_local(|| filter.matches(black_box(&user)));
}

#[divan::bench(args = [16, 64, 1024])]
fn parse_chain(bencher: Bencher, comparisons: usize) {
    let text = vec![r#"userName eq "ada@example.com""#; comparisons].join(" or ");
    bencher.bench_local(|| Filter::parse_long(&text).unwrap());
}
