//! What the functions print: a JSON line a request, in the names that saved
//! queries, alarms and the dashboard read, and nothing a user has chosen.

use crate::scenario;
use muster_tests::gateway::log::{Line, Log};
use muster_tests::{Server, Tool};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::time::Duration;

/// In the line of every request.
pub(crate) const ALWAYS: &[&str] = &[
    "level",
    "message",
    "timestamp",
    "service",
    "cold_start",
    "function_name",
    "function_memory_size",
    "function_arn",
    "function_request_id",
    "xray_trace_id",
    "request_id",
    "operation",
    "status",
    "status_class",
    "rru",
    "wru",
    "store_calls",
    "attempts",
    "duration_ms",
    "_aws",
];
/// In the lines of those whose caller is proven, or which are refused.
const SOMETIMES: &[&str] = &["correlation_id", "realm", "key_id", "scim_type"];
/// In the lines of those that fail by the server's fault.
const OF_FAULTS: &str = "cause";

#[tokio::test]
async fn every_request_has_one_line_with_every_field() {
    let requests = requests().await;
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for line in requests.values() {
        for name in ALWAYS {
            assert!(line.contains_key(*name), "no `{name}` in {line:?}");
        }
        // What is no event of an HTTP API has no id of the gateway's.
        let routed = line["operation"] != "Unrouted";
        assert!(!routed || line.contains_key("correlation_id"), "{line:?}");
        for name in line.keys() {
            let known = ALWAYS.iter().chain(SOMETIMES).chain([&OF_FAULTS]);
            let name = known.into_iter().find(|known| *known == name);
            let name = name.unwrap_or_else(|| panic!("what is in {line:?}?"));
            *seen.entry(name).or_default() += 1;
        }
        is_metrics(line);
    }
    for name in SOMETIMES {
        assert!(seen.contains_key(name), "no line has a `{name}`: {seen:?}");
    }
    let cold = requests
        .values()
        .filter(|line| line["cold_start"] == true)
        .count();
    assert!(cold > 0 && cold < requests.len() / 2, "{cold} cold starts");
}

/// CloudWatch's embedded metric format, with the dimensions and metrics agreed on.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
#[track_caller]
pub(crate) fn is_metrics(line: &Map<String, Value>) {
    let metrics = &line["_aws"];
    assert!(metrics["Timestamp"].is_u64(), "{metrics}");
    assert_eq!(
        metrics["CloudWatchMetrics"],
        json!([{
            "Namespace": "Muster",
            "Dimensions": [["service", "operation", "status_class"]],
            "Metrics": [
                {"Name": "duration_ms", "Unit": "Milliseconds"},
                {"Name": "rru", "Unit": "Count"},
                {"Name": "wru", "Unit": "Count"},
            ],
        }])
    );
    for dimension in ["service", "operation", "status_class"] {
        let value = line[dimension].as_str().unwrap();
        assert!(!value.is_empty() && value.is_ascii(), "{line:?}");
    }
    for metric in ["duration_ms", "rru", "wru"] {
        assert!(line[metric].is_number(), "{line:?}");
    }
    // A dimension's values are billed: they come from a list that is ours.
    let operation = line["operation"].as_str().unwrap();
    assert!(
        operation.chars().all(|c| c.is_ascii_alphabetic()),
        "{operation}"
    );
    assert!(matches!(
        line["status_class"].as_str().unwrap(),
        "2xx" | "3xx" | "4xx" | "5xx"
    ));
}

#[tokio::test]
async fn no_line_holds_a_personal_value_or_a_secret() {
    scenario::played().await.unwrap();
    tell_nothing(&crate::server().deployment().log.lines());
}

#[tokio::test]
async fn nor_does_a_line_of_the_server_on_one_machine() {
    let tool = Tool::serve();
    let log = tool.log.clone();
    let server = Server::of_the_tool(tool);
    scenario::send_fixtures(&server).await;
    scenario::play_on(&server).await;
    drop(server);
    tell_nothing(&log.lines());
}

/// Nothing that a client or an operator has made up, and no secret, in any of them.
#[track_caller]
fn tell_nothing(lines: &[Line]) {
    let mut forbidden = scenario::personal_values();
    assert!(forbidden.len() > 70, "{}", forbidden.len());
    for text in [
        "mst_",
        "msta_",
        "Bearer",
        "authorization",
        // The pepper, and what operators sign with and are.
        "Qk3v9ZtX",
        "session//of",
        "secret/of",
        "ASIAOPERATOR",
        "assumed-role",
        // How far somebody has come.
        "\"invited",
        "\"accepted",
        "\"confirmed",
        "deactivated",
    ] {
        forbidden.push(text.to_owned());
    }
    let requests = lines.iter().filter(|it| it.text.contains("duration_ms"));
    assert!(requests.count() > 1_000, "{}", lines.len());
    for Line { function, text } in lines {
        let planted = text.to_lowercase().contains(scenario::PLANTED);
        assert!(!planted, "{function} tells what was planted: {text}");
        for value in &forbidden {
            assert!(
                !text.contains(value.as_str()),
                "{function} tells `{value}`: {text}"
            );
        }
    }
}

#[tokio::test]
async fn every_line_is_json_and_says_whose_it_is() {
    requests().await;
    for line in crate::server().deployment().log.lines() {
        let json = line.json().unwrap_or_else(|| panic!("{line:?} is no JSON"));
        for name in ["level", "message", "timestamp"] {
            assert!(json[name].is_string(), "no `{name}`: {line:?}");
        }
        if json["message"] == "request" {
            let fault = json["status"].as_u64().unwrap() >= 500 && json["status"] != 501;
            assert_eq!(
                json["level"],
                if fault { "ERROR" } else { "INFO" },
                "{line:?}"
            );
        }
    }
}

/// An administrator reports an answer's `x-request-id`, and the gateway's access
/// log has the gateway's: by either the line is found.
#[tokio::test]
async fn a_line_is_found_by_the_ids_that_others_know() {
    let deployment = crate::server().deployment();
    let (_, query) = deployment
        .template
        .of_type("AWS::Logs::QueryDefinition")
        .find(|(id, _)| *id == "ByRequestIdQuery")
        .unwrap();
    let query = query["QueryString"].as_str().unwrap();
    let (field, what) = query
        .lines()
        .find_map(|line| line.strip_prefix("| filter ")?.split_once(" = "))
        .unwrap();
    assert!(what.contains("x-request-id"), "{query}");

    let event = json!({"version": "2.0", "rawPath": "/realms/l-found/scim/v2/Users", "headers": {},
        "requestContext": {"http": {"method": "GET"}, "stage": "$default", "requestId": "JKJaXmPLvHc="}});
    let answer = deployment.invoke("users", &event).await.unwrap();
    let told = answer["headers"]["x-request-id"].as_str().unwrap();
    for _ in 0..50 {
        let lines = lines_of_requests();
        if let Some(line) = lines.values().find(|line| line[field] == told) {
            assert_eq!(line["correlation_id"], "JKJaXmPLvHc=", "{line:?}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("no line has `{field}` {told}");
}

/// What a saved query, an alarm or the dashboard asks for must be there.
#[tokio::test]
async fn the_saved_queries_ask_for_fields_that_exist() {
    let words = [
        "fields",
        "filter",
        "sort",
        "limit",
        "stats",
        "by",
        "as",
        "asc",
        "desc",
        "and",
        "is",
        "ispresent",
        "count",
        "count_distinct",
        "sum",
        "max",
        "pct",
        "bin",
    ];
    let deployment = crate::server().deployment();
    let mut asked = 0;
    for (id, query) in deployment.template.of_type("AWS::Logs::QueryDefinition") {
        let text = query["QueryString"].as_str().unwrap();
        // Values are quoted, the log's own fields begin with `@`, Lambda's own are `record.…`.
        let unquoted: String = text.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let unquoted: String = unquoted
            .split('\'')
            .step_by(2)
            .collect::<Vec<_>>()
            .join(" ");
        let tokens: Vec<&str> = unquoted
            .split(|c: char| !(c.is_ascii_alphanumeric() || "_@.".contains(c)))
            .filter(|token| !token.is_empty())
            .collect();
        let named: Vec<&str> = tokens
            .windows(2)
            .filter(|two| two[0] == "as")
            .map(|two| two[1])
            .collect();
        for token in &tokens {
            let known = token.starts_with('@')
                || token.starts_with("record.")
                || *token == "type"
                || token.starts_with(|c: char| c.is_ascii_digit())
                || words.contains(token)
                || named.contains(token)
                || ALWAYS.contains(token)
                || SOMETIMES.contains(token);
            assert!(known, "{id} asks for `{token}`, which no line has");
            asked += usize::from(ALWAYS.contains(token) || SOMETIMES.contains(token));
        }
    }
    assert!(asked > 20, "{asked}");
}

/// The lines of the requests that have been answered, by the invocation's id:
/// one each.
async fn requests() -> BTreeMap<String, Map<String, Value>> {
    scenario::played().await.unwrap();
    let deployment = crate::server().deployment();
    let names = deployment.template.functions();
    let answered: Vec<String> = names
        .iter()
        .flat_map(|it| deployment.function(&it.name).answered())
        .collect();
    assert!(answered.len() > 500, "{}", answered.len());
    // What a process has printed takes a moment to arrive.
    for _ in 0..50 {
        let lines = lines_of_requests();
        if answered.iter().all(|id| lines.contains_key(id)) {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let lines = lines_of_requests();
    let without: Vec<_> = answered
        .iter()
        .filter(|id| !lines.contains_key(*id))
        .collect();
    panic!(
        "{} of {} requests have no line",
        without.len(),
        answered.len()
    );
}

fn lines_of_requests() -> BTreeMap<String, Map<String, Value>> {
    let mut requests = BTreeMap::new();
    for line in crate::server().deployment().log.lines() {
        if let Some(Value::Object(json)) = line.json()
            && json["message"] == "request"
        {
            let id = json["function_request_id"].as_str().unwrap().to_owned();
            let first = requests.insert(id, json);
            assert!(first.is_none(), "a second line: {line:?}");
        }
    }
    requests
}

/// The lines of jobs; what a process has printed takes a moment to arrive.
pub(crate) async fn lines_of_jobs(log: &Log, expected: usize) -> Vec<Map<String, Value>> {
    for _ in 0..50 {
        let lines: Vec<Map<String, Value>> = log
            .lines()
            .iter()
            .filter_map(|line| match line.json() {
                Some(Value::Object(json)) if json["operation"] == "RunJob" => Some(json),
                _ => None,
            })
            .collect();
        if lines.len() >= expected {
            return lines;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{:?}", log.lines());
}
