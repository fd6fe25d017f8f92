//! The worker: what of the table's stream reaches it, and what it answers. The
//! real function, over the Runtime API.

use crate::logs;
use dynoxide::Database;
use lambda::Batch;
use muster_tests::gateway::Template;
use muster_tests::gateway::function::Function;
use muster_tests::gateway::log::Log;
use muster_tests::gateway::stream::{EventSource, record};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use store::PendingJob;
use uuid::Uuid;

const A: &str = "0a0a0a0a-7dec-41d0-a765-00a0c91e6bf6";
const B: &str = "0b0b0b0b-7dec-41d0-a765-00a0c91e6bf6";

#[test]
fn the_filter_admits_what_announces_a_job_and_nothing_else() {
    let source = EventSource::of(&Template::read());
    for (event_name, pk, sk, expected) in [
        ("INSERT", "R#acme#J", format!("JOB#{A}"), true),
        ("INSERT", "R#acme#J", format!("RUN#{A}#{B}"), true),
        // A job that has come on, and one that is finished.
        ("MODIFY", "R#acme#J", format!("JOB#{A}"), false),
        ("REMOVE", "R#acme#J", format!("JOB#{A}"), false),
        ("REMOVE", "R#acme#J", format!("RUN#{A}#{B}"), false),
        ("INSERT", "R#acme#J", format!("CHUNK#{A}#0001"), false),
        ("INSERT", "R#acme#REALM", "REALM".to_owned(), false),
        ("INSERT", "R#acme#KEY", "3JOB".to_owned(), false),
        ("INSERT", "R#acme#U", A.to_owned(), false),
        ("INSERT", "R#acme#G", A.to_owned(), false),
        ("INSERT", &format!("R#acme#M#{A}"), B.to_owned(), false),
        ("INSERT", "R#acme#UQ", "userName#JOB".to_owned(), false),
        ("INSERT", "R#acme#IX", format!("externalId#RUN#{A}#"), false),
        ("INSERT", "R#acme#N", "U#00".to_owned(), false),
        ("INSERT", "R#acme#EV", A.to_owned(), false),
        ("INSERT", "R#acme#USE", "2026-01-01".to_owned(), false),
        ("INSERT", "R#acme#GUARD", "GUARD".to_owned(), false),
        ("INSERT", "REALMS", "JOB".to_owned(), false),
    ] {
        let one = record(event_name, pk, &sk, 1);
        assert_eq!(source.admits(&one), expected, "{event_name} {pk} {sk}");
        // What the store takes for an announcement is let through, as it is put there.
        let announced = PendingJob::announced_by(pk, &sk).is_some();
        assert_eq!(announced && event_name == "INSERT", expected, "{pk} {sk}");
    }
}

/// A stream with the template's own specification, of the database behind the
/// embedded table: its records have the keys that the filter and the worker want.
#[test]
fn the_tables_stream_tells_of_jobs_as_the_worker_reads_it() {
    let template = Template::read();
    let (_, table) = template.the("AWS::DynamoDB::Table");
    let db = Database::memory().unwrap();
    let mut stream = table["StreamSpecification"].clone();
    stream["StreamEnabled"] = json!(true);
    let made = ask(
        |request| db.create_table(request),
        json!({
            "TableName": "muster", "BillingMode": table["BillingMode"],
            "AttributeDefinitions": table["AttributeDefinitions"], "KeySchema": table["KeySchema"],
            "StreamSpecification": stream,
        }),
    );
    let arn = &made["TableDescription"]["LatestStreamArn"];
    let key = |sk: &str| json!({"pk": {"S": "R#acme#J"}, "sk": {"S": sk}});
    let item = |sk: &str| json!({"pk": {"S": "R#acme#J"}, "sk": {"S": sk}, "planted": {"S": "x"}});
    let (job, run) = (format!("JOB#{A}"), format!("RUN#{A}#{B}"));
    let chunk = format!("CHUNK#{A}#1");
    let put = |sk| json!({"Put": {"TableName": "muster", "Item": item(sk)}});
    ask(
        |request| db.put_item(request),
        json!({"TableName": "muster", "Item": item(&chunk)}),
    );
    ask(
        |request| db.transact_write_items(request),
        json!({"TransactItems": [put(&job), put(&run)]}),
    );
    ask(
        |request| db.update_item(request),
        json!({"TableName": "muster", "Key": key(&job), "UpdateExpression": "SET lease = :l",
            "ExpressionAttributeValues": {":l": {"N": "1"}}}),
    );
    for gone in [&job, &run] {
        ask(
            |request| db.delete_item(request),
            json!({"TableName": "muster", "Key": key(gone)}),
        );
    }

    let described = ask(
        |request| db.describe_stream(request),
        json!({"StreamArn": arn}),
    );
    let shard = &described["StreamDescription"]["Shards"][0]["ShardId"];
    let iterator = ask(
        |request| db.get_shard_iterator(request),
        json!({"StreamArn": arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}),
    );
    let read = ask(
        |request| db.get_records(request),
        json!({"ShardIterator": iterator["ShardIterator"]}),
    );
    let records = read["Records"].as_array().unwrap().clone();
    let names: Vec<&str> = records
        .iter()
        .map(|it| it["eventName"].as_str().unwrap())
        .collect();
    let expected = ["INSERT", "INSERT", "INSERT", "MODIFY", "REMOVE", "REMOVE"];
    assert_eq!(names, expected);
    assert!(
        !read.to_string().contains("planted"),
        "more than keys: {read}"
    );

    let events = EventSource::of(&template).events(records);
    let [event] = &events[..] else {
        panic!("{events:?}")
    };
    let told: Vec<&Value> = event["Records"].as_array().unwrap().iter().collect();
    let told: Vec<&Value> = told.iter().map(|it| &it["dynamodb"]["Keys"]).collect();
    assert_eq!(told, [&key(&job), &key(&run)]);
    let batch: Batch = serde_json::from_str(&event.to_string()).unwrap();
    let jobs = batch.jobs();
    assert_eq!(jobs.len(), 1, "one realm");
    assert_eq!(jobs[0].len(), 1, "both announce one job");
    assert_eq!(jobs[0][0].id().to_string(), A);
    // Lambda would go on at the job's first record.
    let response = batch.response(&BTreeSet::from([jobs[0][0].id()]));
    let response = serde_json::to_value(response).unwrap();
    assert_eq!(
        response["batchItemFailures"][0]["itemIdentifier"],
        event["Records"][0]["dynamodb"]["SequenceNumber"]
    );
}

/// One call of the database, in DynamoDB's own JSON.
fn ask<Q: DeserializeOwned, A: Serialize, E: std::fmt::Debug>(
    operation: impl FnOnce(Q) -> Result<A, E>,
    request: Value,
) -> Value {
    let request = serde_json::from_value(request).unwrap();
    serde_json::to_value(operation(request).unwrap()).unwrap()
}

/// Instances and a log of its own: the shared deployment's log has a line a request.
fn worker(changes: &[(&str, Option<&str>)]) -> (Function, Log) {
    crate::server().deployment().variant("worker", changes)
}

async fn answer(worker: &Function, event: &Value) -> Value {
    let answer = worker.invoke(event.to_string().into()).await;
    let answer = answer.unwrap_or_else(|failed| panic!("{event}: {failed:?}"));
    serde_json::from_slice(&answer).unwrap()
}

#[tokio::test]
async fn each_job_of_a_batch_has_a_line_as_a_request_has() {
    let (worker, log) = worker(&[]);
    let (one, two) = (Uuid::new_v4(), Uuid::new_v4());
    let source = EventSource::of(&Template::read());
    let events = source.events(vec![
        record("INSERT", "R#l-jobs#J", &format!("JOB#{one}"), 1),
        record("INSERT", "R#l-jobs-too#J", &format!("JOB#{two}"), 2),
        record("INSERT", "R#l-jobs#J", &format!("RUN#{one}#{two}"), 3),
    ]);
    // Jobs of which nothing is left: whoever has begun them has finished them.
    let said = answer(&worker, &events[0]).await;
    assert_eq!(said, json!({"batchItemFailures": []}));
    let lines = logs::lines_of_jobs(&log, 2).await;
    let mut told: Vec<(&str, &str)> = lines
        .iter()
        .map(|line| {
            (
                line["realm"].as_str().unwrap(),
                line["request_id"].as_str().unwrap(),
            )
        })
        .collect();
    told.sort_unstable();
    let (one, two) = (one.to_string(), two.to_string());
    assert_eq!(
        told,
        [("l-jobs", one.as_str()), ("l-jobs-too", two.as_str())]
    );
    for line in &lines {
        for name in logs::ALWAYS {
            assert!(line.contains_key(*name), "no `{name}` in {line:?}");
        }
        assert_eq!(line["status"], 200, "{line:?}");
        assert!(!line.contains_key("key_id"), "{line:?}");
        logs::is_metrics(line);
    }
}

#[tokio::test]
async fn whatever_it_is_sent_it_answers() {
    let (worker, log) = worker(&[]);
    let good = record("INSERT", "R#l-jobs#J", &format!("JOB#{A}"), 1);
    let without = |path: &str| {
        let mut changed = good.clone();
        *changed.pointer_mut(path).unwrap() = Value::Null;
        json!({"Records": [changed]})
    };
    let events = [
        json!(null),
        json!(7),
        json!([]),
        json!({}),
        json!("Records"),
        json!({"Records": {}}),
        json!({"Records": [null, 7, "x", [], {}]}),
        without("/dynamodb"),
        without("/dynamodb/Keys"),
        without("/dynamodb/Keys/pk"),
        without("/dynamodb/Keys/sk/S"),
        json!({"Records": [record("INSERT", "R#l-jobs#U", A, 1)]}),
        json!({"Records": [record("INSERT", "R#../other#J", &format!("JOB#{A}"), 1)]}),
        json!({"version": "2.0", "rawPath": "/realms/x/scim/v2/Users", "headers": {},
            "requestContext": {"http": {"method": "GET"}, "stage": "$default"}}),
    ];
    for event in &events {
        let said = answer(&worker, event).await;
        assert_eq!(said, json!({"batchItemFailures": []}), "{event}");
    }
    assert_eq!(worker.instances(), 1, "an instance has ended");
    let lines = log.lines();
    let of_jobs = lines.iter().filter(|line| line.text.contains("RunJob"));
    assert_eq!(of_jobs.count(), 0, "{lines:?}");
}

#[tokio::test]
async fn it_asks_for_no_secret() {
    let nowhere = [(
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        Some("http://127.0.0.1:9"),
    )];
    let (worker, log) = worker(&nowhere);
    let said = answer(&worker, &json!({"Records": []})).await;
    assert_eq!(said, json!({"batchItemFailures": []}));
    assert!(log.lines().is_empty(), "{:?}", log.lines());
}
