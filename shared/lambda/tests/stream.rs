//! Batches of the table's stream as tables: the jobs they announce, what Lambda
//! is told of them; and that nothing makes the reader panic or invent a job.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use lambda::Batch;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeSet;

const A: &str = "0a0a0a0a-7dec-41d0-a765-00a0c91e6bf6";
const B: &str = "0b0b0b0b-7dec-41d0-a765-00a0c91e6bf6";
const C: &str = "0c0c0c0c-7dec-41d0-a765-00a0c91e6bf6";

/// A record as Lambda sends it, of a stream of keys.
fn record(sequence_number: &str, pk: &str, sk: &str) -> Value {
    json!({
        "eventID": "c4ca4238a0b923820dcc509a6f75849b", "eventName": "INSERT", "eventVersion": "1.1",
        "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_700_000_000.0,
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "SequenceNumber": sequence_number, "SizeBytes": 64, "StreamViewType": "KEYS_ONLY",
        },
        "eventSourceARN":
            "arn:aws:dynamodb:eu-central-1:123456789012:table/muster/stream/2026-01-01T00:00:00.000",
    })
}

fn batch(event: &Value) -> Batch {
    serde_json::from_str(&event.to_string()).unwrap()
}

/// `realm: id id` for each realm.
fn shown(batch: &Batch) -> Vec<String> {
    let realms = batch.jobs();
    let realms = realms.iter().map(|jobs| {
        let ids: Vec<String> = jobs.iter().map(|job| job.id().to_string()).collect();
        format!("{}: {}", jobs[0].realm(), ids.join(" "))
    });
    realms.collect()
}

#[test]
fn each_job_is_announced_once_in_the_streams_order() {
    let run = format!("RUN#{B}#{C}");
    let event = json!({"Records": [
        record("1", "R#beta#J", &format!("JOB#{C}")),
        record("2", "R#acme#J", &run),
        record("3", "R#acme#J", &format!("JOB#{A}")),
        record("4", "R#acme#J", &format!("JOB#{B}")),
        record("5", "R#acme#J", &run),
    ]});
    assert_eq!(
        shown(&batch(&event)),
        [format!("acme: {B} {A}"), format!("beta: {C}")]
    );
}

#[track_caller]
fn announces_nothing(event: &Value) {
    let batch = batch(event);
    assert!(batch.jobs().is_empty(), "{event}");
    let response = serde_json::to_value(batch.response(&BTreeSet::new())).unwrap();
    assert_eq!(response, json!({"batchItemFailures": []}), "{event}");
}

#[test]
fn what_is_no_announcement_is_passed_over() {
    let good = record("1", "R#acme#J", &format!("JOB#{A}"));
    assert_eq!(shown(&batch(&json!({"Records": [good]}))).len(), 1);
    for event in [
        json!(null),
        json!([]),
        json!("Records"),
        json!({}),
        json!({"Records": null}),
        json!({"Records": {"dynamodb": {}}}),
        json!({"Records": []}),
        // Of an HTTP API, and of a queue.
        json!({"version": "2.0", "rawPath": "/", "requestContext": {}}),
        json!({"Records": [{"messageId": "1", "body": format!("JOB#{A}"), "eventSource": "aws:sqs"}]}),
    ] {
        announces_nothing(&event);
    }
    for (pk, sk) in [
        ("R#acme#J", format!("CHUNK#{A}#0001")),
        ("R#acme#J", format!("job#{A}")),
        ("R#acme#J", A.to_owned()),
        ("R#acme#J", "JOB#".to_owned()),
        ("R#acme#J", format!("JOB#{A}#")),
        ("R#acme#J", format!("XJOB#{A}")),
        ("R#acme#U", format!("JOB#{A}")),
        ("R#acme#M#J", format!("JOB#{A}")),
        ("R##J", format!("JOB#{A}")),
        ("R#-acme#J", format!("JOB#{A}")),
        ("acme#J", format!("JOB#{A}")),
        ("", String::new()),
    ] {
        announces_nothing(&json!({"Records": [record("1", pk, &sk)]}));
    }
    let sk = json!(format!("JOB#{A}"));
    for keys in [
        json!(null),
        json!({"pk": {"S": "R#acme#J"}}),
        json!({"sk": {"S": sk}}),
        json!({"pk": "R#acme#J", "sk": sk}),
        json!({"pk": {"S": "R#acme#J"}, "sk": {"B": sk}}),
        json!({"pk": {"S": ["R#acme#J"]}, "sk": {"S": sk}}),
        json!([["pk", "R#acme#J"], ["sk", sk]]),
    ] {
        let mut record = record("1", "R#acme#J", "");
        record["dynamodb"]["Keys"] = keys;
        announces_nothing(&json!({"Records": [record]}));
    }
}

/// `failed` are the jobs that have failed, of the records 100 to 104.
#[track_caller]
fn check(failed: &[&str], expected: &[&str]) {
    let event = json!({"Records": [
        record("100", "R#acme#J", &format!("JOB#{A}")),
        record("101", "R#acme#U", A),
        record("102", "R#beta#J", &format!("JOB#{B}")),
        record("103", "R#acme#J", &format!("RUN#{A}#{C}")),
        record("104", "R#acme#J", &format!("JOB#{C}")),
    ]});
    let batch = batch(&event);
    let jobs: Vec<_> = batch.jobs().into_iter().flatten().collect();
    let failed = jobs
        .iter()
        .map(|job| job.id())
        .filter(|id| failed.contains(&id.to_string().as_str()));
    let response = serde_json::to_value(batch.response(&failed.collect())).unwrap();
    let expected: Vec<Value> = expected
        .iter()
        .map(|it| json!({"itemIdentifier": it}))
        .collect();
    assert_eq!(response, json!({"batchItemFailures": expected}));
}

#[test]
fn lambda_is_told_of_every_record_whose_job_failed() {
    check(&[], &[]);
    check(&[B], &["102"]);
    check(&[A], &["100", "103"]);
    check(&[C, B], &["102", "104"]);
    check(&[A, B, C], &["100", "102", "103", "104"]);
}

#[test]
fn without_a_sequence_number_the_whole_batch_has_failed() {
    for (number, told) in [
        (json!(null), ""),
        (json!(7), ""),
        (json!([]), ""),
        (json!("7"), "7"),
    ] {
        let mut one = record("1", "R#acme#J", &format!("JOB#{A}"));
        one["dynamodb"]["SequenceNumber"] = number;
        let batch = batch(&json!({"Records": [one]}));
        let failed = BTreeSet::from([batch.jobs()[0][0].id()]);
        let response = serde_json::to_value(batch.response(&failed)).unwrap();
        assert_eq!(
            response,
            json!({"batchItemFailures": [{"itemIdentifier": told}]})
        );
    }
}

/// Pieces of keys that name jobs, realms, or neither.
fn key() -> impl Strategy<Value = Value> {
    let piece = prop::sample::select(vec![
        "R#", "acme", "other", "#J", "#U", "#M#", "JOB#", "RUN#", "CHUNK#", "#", A, B, "", "\u{0}",
        "ü", " ",
    ]);
    let text = prop::collection::vec(piece, 0..6).prop_map(|pieces| json!(pieces.concat()));
    let good = prop::sample::select(vec![
        json!("R#acme#J"),
        json!(format!("JOB#{A}")),
        json!(format!("RUN#{B}#{A}")),
    ]);
    prop_oneof![
        3 => text, 3 => good, 1 => any::<String>().prop_map(Value::from), 1 => value(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    let name = prop::sample::select(vec!["Records", "dynamodb", "Keys", "pk", "sk", "S", "x"]);
    leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name.clone(), inner), 0..4).prop_map(|members| {
                let members = members.into_iter();
                let members = members.map(|(name, value)| (name.to_owned(), value));
                Value::Object(members.collect())
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn any_event_whatever_is_read(event in value()) {
        // No piece of it names a job.
        announces_nothing(&event);
    }

    #[test]
    fn a_job_is_one_that_a_record_names(
        keys in prop::collection::vec((key(), key(), any::<bool>()), 0..6),
    ) {
        let records: Vec<Value> = keys
            .iter()
            .enumerate()
            .map(|(n, (pk, sk, numbered))| {
                let mut one = record(&n.to_string(), "", "");
                one["dynamodb"]["Keys"] = json!({"pk": {"S": pk}, "sk": {"S": sk}});
                if !numbered {
                    one["dynamodb"].as_object_mut().unwrap().remove("SequenceNumber");
                }
                one
            })
            .collect();
        let batch = batch(&json!({"Records": records}));
        let jobs: Vec<_> = batch.jobs().into_iter().flatten().collect();
        for job in &jobs {
            let (realm, id) = (job.realm(), job.id().to_string());
            let named = keys.iter().any(|(pk, sk, _)| {
                *pk == format!("R#{realm}#J")
                    && sk.as_str().is_some_and(|sk| {
                        *sk == format!("JOB#{id}") || sk.starts_with(&format!("RUN#{id}"))
                    })
            });
            prop_assert!(named, "{keys:?} names no {job:?}");
        }
        // All fail: each record of theirs is told of, or the whole batch.
        let failed = jobs.iter().map(|job| job.id()).collect();
        let response = serde_json::to_value(batch.response(&failed)).unwrap();
        let told = response["batchItemFailures"].as_array().unwrap();
        prop_assert!(told.len() >= jobs.len());
        for one in told {
            let number = one["itemIdentifier"].as_str().unwrap();
            prop_assert!(number.is_empty() || number.parse::<usize>().unwrap() < keys.len());
        }
    }
}
