//! Jobs through the worker: changes of members that a request could not finish,
//! made through the gateway, announced as the stream announces them.

use crate::{logs, patient};
use aws_sdk_dynamodb::types::AttributeValue;
use muster::embedded::{CallInfo, Embedded, Fault};
use muster_tests::gateway::function::Function;
use muster_tests::gateway::log::Log;
use muster_tests::gateway::stream::{EventSource, record};
use muster_tests::{Realm, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;

/// How the transactions that touch memberships fare.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum Table {
    Well = 0,
    /// Each is refused for a reason that passes.
    Failing = 1,
    /// Each is refused for a reason that does not pass.
    Refusing = 2,
    /// Each takes a while.
    Slow = 3,
}

/// A deployment of one group and 120 users, whose table fares as it is told.
struct World {
    server: Server,
    realm: Realm,
    group: String,
    users: Vec<String>,
    table: Arc<AtomicU8>,
    embedded: Embedded,
}

impl World {
    async fn new(name: &str) -> Self {
        let table = Arc::new(AtomicU8::new(Table::Well as u8));
        let fares = Arc::clone(&table);
        let hook = move |call: &CallInfo| {
            let edges = call.keys.iter().any(|key| key.pk.contains("#M#"));
            if call.operation != "TransactWriteItems" || !edges {
                return Fault::None;
            }
            match fares.load(Ordering::SeqCst) {
                1 => Fault::ErrorBefore("InternalServerError"),
                2 => Fault::ErrorBefore("AccessDeniedException"),
                3 => Fault::Latency(Duration::from_millis(600)),
                _ => Fault::None,
            }
        };
        let embedded = Embedded::memory().unwrap().with_faults(Arc::new(hook));
        let server = patient(embedded.clone(), Duration::from_secs(3));
        let realm = Realm::create(&server, name).await;
        let mut users = Vec::new();
        for n in 0..120 {
            users.push(realm.user(&format!("j{n}@example.net")).await);
        }
        let group = realm.group("Jobs", &[]).await;
        Self {
            server,
            realm,
            group,
            users,
            table,
            embedded,
        }
    }

    fn fares(&self, how: Table) {
        self.table.store(how as u8, Ordering::SeqCst);
    }

    /// Adds all users while the table fails: the change is accepted, and not finished.
    async fn begin(&self) {
        self.fares(Table::Failing);
        let members: Vec<Value> = self.users.iter().map(|id| json!({"value": id})).collect();
        let add = json!([{"op": "add", "path": "members", "value": members}]);
        let path = format!("/Groups/{}", self.group);
        let answer = self.realm.patch(&path, add).await;
        assert!(matches!(answer.status, 204 | 503), "{answer:?}");
    }

    /// The sort keys in the realm's partition of jobs.
    async fn left(&self) -> Vec<String> {
        let (_, table) = self
            .server
            .deployment()
            .template
            .the("AWS::DynamoDB::Table");
        let pk = AttributeValue::S(format!("R#{}#J", self.realm.name));
        let query = self.embedded.client().query();
        let query = query.table_name(table["TableName"].as_str().unwrap());
        let query = query
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", pk);
        let items = query.send().await.unwrap().items.unwrap_or_default();
        items
            .iter()
            .map(|item| item["sk"].as_s().unwrap().clone())
            .collect()
    }

    /// What the stream tells of the items of jobs that are there, one an event.
    async fn events(&self) -> Vec<Value> {
        let source = EventSource::of(&self.server.deployment().template);
        let pk = format!("R#{}#J", self.realm.name);
        let mut events = Vec::new();
        for sk in self.left().await {
            events.extend(source.events(vec![record("INSERT", &pk, &sk, 7)]));
        }
        events
    }

    async fn is_finished(&self) {
        let members: BTreeSet<String> = self.realm.members(&self.group).await.into_iter().collect();
        assert_eq!(members, self.users.iter().cloned().collect());
        assert_eq!(self.left().await, Vec::<String>::new());
    }

    /// The worker as Lambda would run it with this timeout.
    fn worker(&self, timeout: Duration) -> (Function, Log) {
        let mut setup = self.server.deployment().setup("worker").clone();
        setup.declared.timeout = timeout;
        let log = Log::default();
        (Function::new(setup, log.clone(), Handle::current()), log)
    }
}

async fn answer(worker: &Function, event: &Value) -> Value {
    let answer = worker.invoke(event.to_string().into()).await.unwrap();
    serde_json::from_slice(&answer).unwrap()
}

/// The statuses of the worker's lines.
async fn statuses(log: &Log, expected: usize) -> Vec<u64> {
    let lines = logs::lines_of_jobs(log, expected).await;
    lines
        .iter()
        .map(|line| line["status"].as_u64().unwrap())
        .collect()
}

#[tokio::test]
async fn what_a_request_has_begun_the_worker_finishes() {
    let world = World::new("l-job-finished").await;
    world.begin().await;
    let events = world.events().await;
    assert_eq!(events.len(), 1, "{:?}", world.left().await);
    // Readers see the change already: it is accepted.
    assert_eq!(world.realm.members(&world.group).await.len(), 120);
    world.fares(Table::Well);
    let (worker, log) = world.worker(Duration::from_secs(300));
    // The stream may tell twice, and late.
    for _ in 0..2 {
        let said = answer(&worker, &events[0]).await;
        assert_eq!(said, json!({"batchItemFailures": []}));
        world.is_finished().await;
    }
    assert_eq!(statuses(&log, 2).await, [200, 200]);
}

#[tokio::test]
async fn a_job_that_fails_is_told_to_lambda() {
    let world = World::new("l-job-failed").await;
    world.begin().await;
    let events = world.events().await;
    world.fares(Table::Refusing);
    let (worker, log) = world.worker(Duration::from_secs(60));
    let said = answer(&worker, &events[0]).await;
    let number = &events[0]["Records"][0]["dynamodb"]["SequenceNumber"];
    assert_eq!(
        said,
        json!({"batchItemFailures": [{"itemIdentifier": number}]})
    );
    assert_eq!(statuses(&log, 1).await, [500]);
    world.fares(Table::Well);
    let said = answer(&worker, &events[0]).await;
    assert_eq!(said, json!({"batchItemFailures": []}));
    world.is_finished().await;
}

#[tokio::test]
async fn what_takes_longer_than_an_invocation_is_handed_on() {
    let world = World::new("l-job-handed-on").await;
    world.begin().await;
    let first = world.events().await;
    world.fares(Table::Slow);
    // The worker keeps 15 s to hand on: it has two.
    let (worker, log) = world.worker(Duration::from_secs(17));
    assert_eq!(
        answer(&worker, &first[0]).await,
        json!({"batchItemFailures": []})
    );
    assert_eq!(statuses(&log, 1).await, [202]);
    let left = world.left().await;
    let runs: Vec<&String> = left.iter().filter(|sk| sk.starts_with("RUN#")).collect();
    assert_eq!(runs.len(), 1, "{left:?}");
    world.fares(Table::Well);
    let source = EventSource::of(&world.server.deployment().template);
    let pk = format!("R#{}#J", world.realm.name);
    let event = &source.events(vec![record("INSERT", &pk, runs[0], 8)])[0];
    let (worker, _) = world.worker(Duration::from_secs(60));
    assert_eq!(
        answer(&worker, event).await,
        json!({"batchItemFailures": []})
    );
    world.is_finished().await;
}

/// Realms side by side: a job that fails holds up no other.
#[tokio::test]
async fn one_failing_job_of_a_batch_holds_up_no_other() {
    let one = World::new("l-job-batch").await;
    one.begin().await;
    let mut records = Vec::new();
    for event in one.events().await {
        records.extend(event["Records"].as_array().unwrap().clone());
    }
    // A job of another realm, of which nothing is left.
    let job = format!("JOB#{}", uuid::Uuid::new_v4());
    records.push(record("INSERT", "R#l-job-batch-too#J", &job, 9));
    one.fares(Table::Refusing);
    let (worker, log) = one.worker(Duration::from_secs(60));
    let said = answer(&worker, &json!({"Records": records})).await;
    let failed: Vec<&Value> = said["batchItemFailures"]
        .as_array()
        .unwrap()
        .iter()
        .collect();
    assert_eq!(failed.len(), 1, "{said}");
    let told: Mutex<Vec<u64>> = Mutex::new(statuses(&log, 2).await);
    told.lock().unwrap().sort_unstable();
    assert_eq!(*told.lock().unwrap(), [200, 500]);
}
