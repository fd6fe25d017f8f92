//! What is recorded of what happens, and read back.

mod found;
mod refused;
mod strangers;
mod written;

use jiff::Timestamp;
use muster_tests::{Answer, Realm, Server};
use serde_json::{Value, json};

/// The realm's events that a query asks for, page after page.
async fn events(server: &Server, realm: &Realm, query: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/admin/v1/realms/{}/events?{query}{cursor}", realm.name);
        let page = realm.admin(server, "GET", &path, None).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        found.extend(page["events"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

/// All of them, the oldest first.
async fn history(server: &Server, realm: &Realm) -> Vec<Value> {
    events(server, realm, "order=asc").await
}

#[track_caller]
fn in_order(events: &[Value]) {
    let ids: Vec<&str> = events
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert!(ids.is_sorted(), "{ids:?}");
    let times: Vec<Timestamp> = events
        .iter()
        .map(|event| event["time"].as_str().unwrap().parse().unwrap())
        .collect();
    assert!(times.is_sorted(), "{times:?}");
}

/// The event says what the answer said.
#[track_caller]
fn refused(event: &Value, answer: &Answer) {
    assert_eq!(event["status"], answer.status, "{event} {answer:?}");
    let body = answer.json();
    assert_eq!(event["scimType"], body["scimType"], "{event} {answer:?}");
    // But for the client's values, which stand between backquotes.
    let detail = body["detail"].as_str().unwrap();
    let kept = event["detail"].as_str().unwrap();
    let same = kept.split_once("`…`").map_or(kept, |(before, _)| before);
    assert!(
        detail.starts_with(same) && (kept.len() > 350 || kept == detail || same != kept),
        "{event} {answer:?}"
    );
    assert_eq!(event["requestId"], answer.header("x-request-id"), "{event}");
    assert_eq!(event["changed"], json!([]), "{event}");
}
