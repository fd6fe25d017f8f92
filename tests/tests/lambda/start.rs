//! How a function starts, or why it does not: one line tells the operator what
//! to change.

use muster_tests::gateway::function::Failed;
use muster_tests::gateway::intrinsic::arn;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// A function that is started so does not answer; its one line.
async fn refuses(changes: &[(&str, Option<&str>)]) -> Value {
    let (function, log) = crate::server().deployment().variant("users", changes);
    let answer = function.invoke("{}".into()).await;
    assert!(
        matches!(answer, Err(Failed::Function(_))),
        "{changes:?}: {answer:?}"
    );
    // It is printed before the process ends, and read when its reader's turn comes.
    for _ in 0..1_000 {
        if !log.lines().is_empty() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    let lines = log.lines();
    assert_eq!(lines.len(), 1, "{changes:?}: {lines:?}");
    let line = lines[0].json().unwrap_or_else(|| panic!("{lines:?}"));
    assert_eq!(line["level"], "CRITICAL", "{line}");
    line
}

#[tokio::test]
async fn a_missing_or_wrong_variable_is_named() {
    for (variable, value) in [
        ("MUSTER_TABLE", None),
        ("MUSTER_TABLE", Some("")),
        ("MUSTER_TABLE", Some("ab")),
        ("MUSTER_PEPPER_SECRET", None),
        ("MUSTER_PUBLIC_URL", Some("muster.example.org")),
        ("MUSTER_MAX_BODY_BYTES", Some("many")),
        ("MUSTER_MAX_GROUP_BODY_BYTES", Some("0")),
        ("MUSTER_PAGE_DEFAULT", Some("0")),
        ("MUSTER_PAGE_MAX", Some("-1")),
        ("MUSTER_TIME_BUDGET_SECONDS", Some("60")),
        ("POWERTOOLS_LOG_LEVEL", Some("LOUD")),
        ("POWERTOOLS_SERVICE_NAME", Some("two words")),
        ("AWS_ENDPOINT_URL_DYNAMODB", Some("nowhere")),
    ] {
        let line = refuses(&[(variable, value)]).await;
        let message = line["message"].as_str().unwrap();
        assert!(message.contains(&format!("`{variable}`")), "{line}");
        assert!(message.contains("must be"), "{line}: what must it be?");
        if let Some(value) = value.filter(|value| value.len() > 3) {
            // It may be a secret in the wrong place.
            assert!(!message.contains(value), "{line}");
        }
    }
}

#[tokio::test]
async fn without_its_secret_it_does_not_start() {
    let elsewhere = arn("secretsmanager", "secret:another");
    let line = refuses(&[("MUSTER_PEPPER_SECRET", Some(&elsewhere))]).await;
    assert_eq!(line["message"], "the function cannot start", "{line}");
    let cause = line["cause"].as_str().unwrap();
    assert!(
        cause.contains("Secrets Manager") && cause.contains("AccessDenied"),
        "{line}"
    );

    let line = refuses(&[(
        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
        Some("http://127.0.0.1:9"),
    )])
    .await;
    assert!(
        line["cause"].as_str().unwrap().contains("Secrets Manager"),
        "{line}"
    );
}

#[tokio::test]
async fn without_the_table_it_starts_and_says_so() {
    let changes = [("AWS_ENDPOINT_URL_DYNAMODB", Some("http://127.0.0.1:9"))];
    let (function, log) = crate::server().deployment().variant("discovery", &changes);
    let event = json!({"version": "2.0", "rawPath": "/realms/x/scim/v2/ServiceProviderConfig",
        "requestContext": {"http": {"method": "GET"}, "stage": "$default"}, "headers": {}});
    let answer = function.invoke(event.to_string().into()).await.unwrap();
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer}");
    let lines = log.lines();
    let first = lines[0].json().unwrap();
    assert_eq!(first["level"], "WARN", "{first}");
    assert!(
        first["message"].as_str().unwrap().contains("table"),
        "{first}"
    );
}
