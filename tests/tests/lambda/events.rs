//! Version 2 events as files (`events/`), sent straight to the functions: what
//! a gateway, a custom domain, a proxy or an attacker might make of a request.
//! Each is `base.json` with its `change` merged in (RFC 7396), or a whole
//! `event`, and says what must be answered.

use muster_tests::gateway::function::Function;
use muster_tests::json::lacks;
use muster_tests::{Realm, fixture, urn};
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[tokio::test]
async fn every_event_is_answered_as_it_should_be() {
    let server = crate::server();
    let own = Realm::create(server, "l-events").await;
    let other = Realm::create(server, "l-events-other").await;
    let names = BTreeMap::from([
        ("token", own.token.clone()),
        ("realm", own.name.clone()),
        ("user", own.user("of-the-events@example.net").await),
        ("other", other.name.clone()),
        ("other_user", other.user("of-the-other@example.net").await),
    ]);
    let before = other.get("/Users").await.is(200);
    let mut wrong = Vec::new();
    let mut sent = 0;
    for path in files() {
        let case = fill(&read(&path), &names);
        let answer = send(&case, &names).await;
        if let Some(difference) = differs(&case, &answer) {
            wrong.push(format!("{path}: {difference}: {answer}"));
        }
        sent += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(sent >= 50, "only {sent} events were found");
    assert_eq!(
        other.get("/Users").await.is(200),
        before,
        "another realm has changed"
    );
}

fn files() -> Vec<String> {
    let mut files: Vec<String> = std::fs::read_dir(fixture::file("events"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".json") && name != "base.json")
        .map(|name| format!("events/{name}"))
        .collect();
    files.sort();
    files
}

fn read(path: &str) -> Value {
    fixture::read(path)
}

fn fill(value: &Value, names: &BTreeMap<&str, String>) -> Value {
    let mut text = value.to_string();
    for (name, filled) in names {
        text = text.replace(&format!("{{{{{name}}}}}"), filled);
    }
    assert!(!text.contains("{{"), "a placeholder is unknown: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn send(case: &Value, names: &BTreeMap<&str, String>) -> Value {
    let mut event = match case.get("event") {
        Some(whole) => whole.clone(),
        None => {
            let mut event = fill(&read("events/base.json"), names);
            merge(&mut event, &case["change"]);
            event
        }
    };
    if let Some(repeat) = case.get("repeat") {
        let times = usize::try_from(repeat["times"].as_u64().unwrap()).unwrap();
        let text = repeat["text"].as_str().unwrap().repeat(times);
        *event.pointer_mut(repeat["at"].as_str().unwrap()).unwrap() = json!(text);
    }
    let function = function(case);
    let answer = function.invoke(event.to_string().into()).await;
    serde_json::from_slice(&answer.unwrap_or_else(|failed| panic!("{case}: {failed:?}"))).unwrap()
}

fn function(case: &Value) -> Function {
    let deployment = crate::server().deployment();
    let name = case["function"].as_str().unwrap();
    match case["environment"].as_object() {
        None => deployment.function(name).clone(),
        Some(changes) => {
            let changes: Vec<(&str, Option<&str>)> = changes
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect();
            deployment.variant(name, &changes).0
        }
    }
}

/// JSON merge patch: null removes a member.
fn merge(target: &mut Value, patch: &Value) {
    let Some(members) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let into = target.as_object_mut().unwrap();
    for (name, value) in members {
        if value.is_null() {
            into.remove(name);
        } else {
            merge(into.entry(name.clone()).or_insert(Value::Null), value);
        }
    }
}

fn differs(case: &Value, answer: &Value) -> Option<String> {
    let expect = &case["expect"];
    let status = &answer["statusCode"];
    if *status != expect["status"] {
        return Some(format!("answered {status}, expected {}", expect["status"]));
    }
    let body: Value = match answer["body"].as_str() {
        None => Value::Null,
        Some(text) => match serde_json::from_str(text) {
            Ok(body) => body,
            Err(_) => return Some(format!("the body is no JSON: {text}")),
        },
    };
    if answer["isBase64Encoded"] == true {
        return Some("the body is in base64".to_owned());
    }
    if let Some(headers) = expect.get("headers")
        && let Some(difference) = lacks(headers, &answer["headers"])
    {
        return Some(difference);
    }
    match &expect["body"] {
        Value::Null if body.is_null() => None,
        // An error of the protocol, unless the case says otherwise.
        Value::Null => {
            let error = json!({"schemas": [urn::ERROR], "status": status.to_string()});
            lacks(&error, &body)
        }
        subset => lacks(subset, &body),
    }
}
