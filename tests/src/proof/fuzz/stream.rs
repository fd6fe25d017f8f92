//! Batches of the table's stream: whatever JSON comes is read; a job is one that a
//! record names by its key, all the jobs that records name so are there, and Lambda
//! is told of every record of a job that has failed.

use lambda::Batch;
use serde_json::Value;
use std::collections::BTreeSet;

pub(super) const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "null",
    "1",
    "\"Records\":",
    "\"dynamodb\":",
    "\"Keys\":",
    "\"pk\":",
    "\"sk\":",
    "\"S\":",
    "\"SequenceNumber\":",
    "\"R#acme#J\"",
    "\"R#other#J\"",
    "R#",
    "#J",
    "#U",
    "JOB#",
    "RUN#",
    "#",
    "\"JOB#2819c223-7f76-453a-919d-413861904646\"",
    "{}",
    "[]",
    "\"RUN#2819c223-7f76-453a-919d-413861904646#0b0b0b0b-7dec-41d0-a765-00a0c91e6bf6\"",
    "2819c2237f76453a919d413861904646",
    "{2819c223-7f76-453a-919d-413861904646}",
    "urn:uuid:",
];

pub(super) fn law(data: &[u8]) {
    let Ok(event) = serde_json::from_slice::<Value>(data) else {
        return;
    };
    let batch: Batch = serde_json::from_slice(data).unwrap();
    let jobs: Vec<_> = batch.jobs().into_iter().flatten().collect();
    let read: BTreeSet<(String, String)> = jobs
        .iter()
        .map(|job| (job.realm().to_string(), job.id().to_string()))
        .collect();
    assert_eq!(read.len(), jobs.len(), "{event}: a job twice");
    let announced: Vec<(String, (String, String))> = records(&event).collect();
    let named: BTreeSet<_> = announced.iter().map(|(_, job)| job.clone()).collect();
    assert_eq!(read, named, "{event}");

    let failed = jobs.iter().map(|job| job.id()).collect();
    let response = serde_json::to_value(batch.response(&failed)).unwrap();
    let told = response["batchItemFailures"].as_array().unwrap().iter();
    let told: Vec<&str> = told
        .map(|it| it["itemIdentifier"].as_str().unwrap())
        .collect();
    let expected: Vec<&str> = announced
        .iter()
        .map(|(number, _)| number.as_str())
        .collect();
    assert_eq!(told, expected, "{event}");
}

/// The sequence number of each record that announces a job, and the job.
fn records(event: &Value) -> impl Iterator<Item = (String, (String, String))> + '_ {
    let records = event.get("Records").and_then(Value::as_array);
    records.into_iter().flatten().filter_map(|record| {
        let record = record.get("dynamodb")?;
        let key = |name: &str| record.get("Keys")?.get(name)?.get("S")?.as_str();
        let realm = key("pk")?.strip_prefix("R#")?.strip_suffix("#J")?;
        let number = record.get("SequenceNumber").and_then(Value::as_str);
        let job = (is_realm(realm).then(|| realm.to_owned())?, job(key("sk")?)?);
        Some((number.unwrap_or_default().to_owned(), job))
    })
}

fn is_realm(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (1..=63).contains(&text.len()) && !text.starts_with('-') && text.chars().all(plain)
}

fn job(sk: &str) -> Option<String> {
    match sk.strip_prefix("JOB#") {
        Some(id) => uuid(id),
        None => {
            let (id, run) = sk.strip_prefix("RUN#")?.split_once('#')?;
            uuid(run)?;
            uuid(id)
        }
    }
}

/// Any spelling of a UUID as the usual one.
fn uuid(text: &str) -> Option<String> {
    let text: uuid::Uuid = text.parse().ok()?;
    Some(text.hyphenated().to_string())
}
