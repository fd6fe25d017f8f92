//! The embedded table through the SDK client, and what its hooks do.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, Delete, Get, KeySchemaElement, KeyType, Put,
    ReturnConsumedCapacity, ScalarAttributeType, TransactGetItem, TransactWriteItem,
};

use super::*;

const TABLE: &str = "muster";
const HOLD: Duration = Duration::from_millis(150);

fn s(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

async fn create(embedded: &Embedded) -> Client {
    let client = embedded.client();
    let attribute = |name| {
        AttributeDefinition::builder()
            .attribute_name(name)
            .attribute_type(ScalarAttributeType::S)
            .build()
            .unwrap()
    };
    let key = |name, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .unwrap()
    };
    client
        .create_table()
        .table_name(TABLE)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute("pk"))
        .attribute_definitions(attribute("sk"))
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .send()
        .await
        .unwrap();
    client
}

async fn put(client: &Client, sk: &str) -> Option<String> {
    let put = client
        .put_item()
        .table_name(TABLE)
        .item("pk", s("R#acme#U"))
        .item("sk", s(sk));
    put.send()
        .await
        .err()
        .map(|error| error.code().unwrap_or("no answer").to_owned())
}

async fn read(
    client: &Client,
    sk: &str,
) -> Option<std::collections::HashMap<String, AttributeValue>> {
    let get = client
        .get_item()
        .table_name(TABLE)
        .key("pk", s("R#acme#U"))
        .key("sk", s(sk));
    get.send().await.unwrap().item
}

fn transaction(
    client: &Client,
    token: &str,
    sks: &[&str],
) -> aws_sdk_dynamodb::operation::transact_write_items::builders::TransactWriteItemsFluentBuilder {
    let item = |sk: &str| {
        let put = Put::builder()
            .table_name(TABLE)
            .item("pk", s("R#acme#U"))
            .item("sk", s(sk));
        TransactWriteItem::builder()
            .put(put.build().unwrap())
            .build()
    };
    let items = sks.iter().map(|sk| item(sk)).collect();
    client
        .transact_write_items()
        .client_request_token(token)
        .set_transact_items(Some(items))
}

/// The same client without retries, to see the first answer.
fn once(client: &Client) -> Client {
    let config = client
        .config()
        .to_builder()
        .retry_config(RetryConfig::disabled());
    Client::from_conf(config.build())
}

fn codes(
    error: &aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError,
) -> Vec<String> {
    let aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError::TransactionCanceledException(cancelled) =
        error
    else {
        panic!("not cancelled: {error:?}");
    };
    cancelled
        .cancellation_reasons()
        .iter()
        .map(|r| r.code().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn the_sdk_reads_what_it_wrote() {
    let client = create(&Embedded::memory().unwrap()).await;
    assert_eq!(put(&client, "a").await, None);
    transaction(&client, "t1", &["b", "c"])
        .send()
        .await
        .unwrap();
    for sk in ["a", "b", "c"] {
        assert!(read(&client, sk).await.is_some(), "{sk}");
    }
    let query = client
        .query()
        .table_name(TABLE)
        .key_condition_expression("pk = :p")
        .expression_attribute_values(":p", s("R#acme#U"))
        .return_consumed_capacity(ReturnConsumedCapacity::Total)
        .send()
        .await
        .unwrap();
    assert_eq!(query.count(), 3);
    assert_eq!(
        query.consumed_capacity().unwrap().capacity_units(),
        Some(0.5)
    );
}

#[tokio::test]
async fn errors_arrive_as_the_sdk_knows_them() {
    let client = once(&create(&Embedded::memory().unwrap()).await);
    let guarded = client
        .put_item()
        .table_name(TABLE)
        .item("pk", s("R#acme#U"))
        .item("sk", s("a"))
        .condition_expression("attribute_exists(pk)");
    let error = guarded.send().await.unwrap_err().into_service_error();
    assert!(error.is_conditional_check_failed_exception(), "{error:?}");

    let no_key = client
        .put_item()
        .table_name(TABLE)
        .item("pk", s("R#acme#U"));
    assert_eq!(
        no_key.send().await.unwrap_err().code(),
        Some("ValidationException")
    );
    let short = client.put_item().table_name("m").item("pk", s("x"));
    assert_eq!(
        short.send().await.unwrap_err().code(),
        Some("ValidationException")
    );
    let scan = client.scan().table_name(TABLE).send().await.unwrap_err();
    assert_eq!(scan.code(), Some("UnknownOperationException"));

    transaction(&client, "t1", &["x"]).send().await.unwrap();
    let guarded = Delete::builder()
        .table_name(TABLE)
        .key("pk", s("R#acme#U"))
        .key("sk", s("absent"))
        .condition_expression("attribute_exists(pk)")
        .build()
        .unwrap();
    let error = transaction(&client, "t2", &["y"])
        .transact_items(TransactWriteItem::builder().delete(guarded).build())
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert_eq!(codes(&error), ["None", "ConditionalCheckFailed"]);
    assert_eq!(read(&client, "y").await, None);
}

#[tokio::test]
async fn overlapping_calls_conflict_as_on_aws() {
    let client = once(&create(&Embedded::memory().unwrap().with_conflicts(HOLD)).await);
    let first = tokio::spawn(transaction(&client, "t1", &["a", "b"]).send());
    tokio::time::sleep(HOLD / 3).await;

    let second = transaction(&client, "t2", &["b", "c"])
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        codes(&second.into_service_error()),
        ["TransactionConflict", "None"]
    );
    assert_eq!(
        put(&client, "a").await.as_deref(),
        Some("TransactionConflictException")
    );
    assert_eq!(put(&client, "elsewhere").await, None);
    assert_eq!(
        read(&client, "a").await,
        None,
        "a plain read sees the item as it was"
    );
    let get = Get::builder()
        .table_name(TABLE)
        .key("pk", s("R#acme#U"))
        .key("sk", s("a"));
    let get = TransactGetItem::builder().get(get.build().unwrap()).build();
    let gets = client
        .transact_get_items()
        .transact_items(get)
        .send()
        .await
        .unwrap_err();
    assert_eq!(gets.code(), Some("TransactionCanceledException"));
    let again = transaction(&client, "t1", &["a", "b"])
        .send()
        .await
        .unwrap_err();
    assert_eq!(again.code(), Some("TransactionInProgressException"));

    first.await.unwrap().unwrap();
    assert_eq!(put(&client, "a").await, None, "free again after the answer");
    transaction(&client, "t1", &["a", "b"])
        .send()
        .await
        .expect("a token is idempotent");
}

#[tokio::test]
async fn an_accepted_transaction_survives_its_client() {
    let client = create(&Embedded::memory().unwrap().with_conflicts(HOLD)).await;
    let impatient = tokio::time::timeout(HOLD / 3, transaction(&client, "t1", &["a"]).send());
    impatient.await.unwrap_err();
    tokio::time::sleep(HOLD * 2).await;
    assert!(read(&client, "a").await.is_some());
}

#[tokio::test]
async fn a_lost_answer_is_retried_and_the_call_was_executed() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let fault = move |call: &CallInfo| {
        let first =
            call.operation == "TransactWriteItems" && counted.fetch_add(1, Ordering::SeqCst) == 0;
        if first {
            Fault::LostAnswer
        } else {
            Fault::None
        }
    };
    let client = create(&Embedded::memory().unwrap().with_faults(Arc::new(fault))).await;
    let error = transaction(&once(&client), "t1", &["a"])
        .send()
        .await
        .unwrap_err();
    assert!(
        matches!(error, aws_sdk_dynamodb::error::SdkError::DispatchFailure(_)),
        "{error:?}"
    );
    assert!(read(&client, "a").await.is_some());
    calls.store(0, Ordering::SeqCst);
    transaction(&client, "t1", &["a"]).send().await.unwrap();
    assert_eq!(calls.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_injected_error_executes_nothing() {
    let fault = |call: &CallInfo| match call.operation.as_str() {
        "PutItem" => Fault::ErrorBefore("ProvisionedThroughputExceededException"),
        _ => Fault::None,
    };
    let client = once(&create(&Embedded::memory().unwrap().with_faults(Arc::new(fault))).await);
    let code = put(&client, "a").await;
    assert_eq!(
        code.as_deref(),
        Some("ProvisionedThroughputExceededException")
    );
    assert_eq!(read(&client, "a").await, None);
}

#[tokio::test]
async fn the_log_names_every_key() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let embedded = Embedded::memory()
        .unwrap()
        .with_log(Arc::new(move |call: &CallInfo| {
            log.lock().unwrap().push(call.clone())
        }));
    let client = create(&embedded).await;
    transaction(&client, "t1", &["a", "b"])
        .send()
        .await
        .unwrap();
    client
        .query()
        .table_name(TABLE)
        .key_condition_expression("#p = :p AND begins_with(sk, :s)")
        .expression_attribute_names("#p", "pk")
        .expression_attribute_values(":p", s("R#acme#M#1"))
        .expression_attribute_values(":s", s("x"))
        .send()
        .await
        .unwrap();
    let keys = aws_sdk_dynamodb::types::KeysAndAttributes::builder()
        .keys(
            [
                ("pk".to_owned(), s("R#acme#REALM")),
                ("sk".to_owned(), s("REALM")),
            ]
            .into(),
        )
        .keys(
            [
                ("pk".to_owned(), s("R#acme#KEY")),
                ("sk".to_owned(), s("k1")),
            ]
            .into(),
        );
    client
        .batch_get_item()
        .request_items(TABLE, keys.build().unwrap())
        .send()
        .await
        .unwrap();

    let lines: Vec<String> = seen.lock().unwrap().iter().map(line).collect();
    assert_eq!(
        lines,
        [
            "CreateTable",
            "TransactWriteItems R#acme#U/a R#acme#U/b",
            "Query R#acme#M#1/*",
            "BatchGetItem R#acme#REALM/REALM R#acme#KEY/k1",
        ]
    );
}

fn line(call: &CallInfo) -> String {
    let keys = call
        .keys
        .iter()
        .map(|key| format!(" {}/{}", key.pk, key.sk.as_deref().unwrap_or("*")));
    keys.fold(call.operation.clone(), |line, key| line + &key)
}

#[tokio::test]
async fn a_file_is_held_by_one_and_kept() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("muster.db");
    let first = Embedded::open(&path).unwrap();
    let client = create(&first).await;
    assert_eq!(put(&client, "a").await, None);
    assert!(matches!(Embedded::open(&path), Err(OpenError::InUse(_))));
    drop((first, client));
    let second = Embedded::open(&path).unwrap();
    assert!(read(&second.client(), "a").await.is_some());
    let nowhere = Embedded::open(directory.path().join("none").join("muster.db"));
    assert!(matches!(nowhere, Err(OpenError::Unwritable { .. })));
}
