//! The real binary, killed while it writes: what was answered is there afterwards.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use serde_json::{Value, json};

use crate::server::{Server, client, find};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_survives() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("muster.db");
    let client = client();

    let server = Server::start(&data);
    let token = server.token().expect("the first start shows a token");
    let url = format!("{}/Users", server.tenant_url);
    let (next, answered) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(Mutex::new(Vec::new())),
    );
    let writers: Vec<_> = (0..4)
        .map(|_| {
            let (client, url, token) = (client.clone(), url.clone(), token.clone());
            let (next, answered) = (next.clone(), answered.clone());
            tokio::spawn(async move {
                loop {
                    let name = format!("u{}", next.fetch_add(1, Ordering::Relaxed));
                    let request = client.post(&url).bearer_auth(&token);
                    let body = json!({"userName": name});
                    let created: Value = match request.json(&body).send().await {
                        Ok(answer) if answer.status() == 201 => answer.json().await.unwrap(),
                        // It is dead.
                        _ => return,
                    };
                    answered.lock().unwrap().push(name);
                    let at = format!("{url}/{}", created["id"].as_str().unwrap());
                    let set = json!({"Operations": [{"op": "add", "path": "title", "value": "x"}]});
                    let request = client.patch(at).bearer_auth(&token).json(&set);
                    if request.send().await.is_err() {
                        return;
                    }
                }
            })
        })
        .collect();
    while answered.lock().unwrap().len() < 40 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    server.kill();
    for writer in writers {
        writer.await.unwrap();
    }

    let server = Server::start(&data);
    assert_eq!(
        server.token(),
        None,
        "a token is shown once: {}",
        server.said
    );
    assert!(
        server.said.contains("key create"),
        "it says how to make another: {}",
        server.said
    );
    let answered = answered.lock().unwrap().clone();
    for name in &answered {
        let found = find(&client, &server, &token, name).await;
        assert_eq!(
            found["totalResults"], 1,
            "{name} was answered with 201: {found}"
        );
    }
    // The counters tell the truth: each user is counted who can be listed.
    let list = |start: usize| {
        let url = format!("{}/Users?startIndex={start}&count=1000", server.tenant_url);
        client.get(url).bearer_auth(&token).send()
    };
    let page: Value = list(1).await.unwrap().json().await.unwrap();
    assert_eq!(
        page["totalResults"],
        page["Resources"].as_array().unwrap().len()
    );
    assert!(page["totalResults"].as_u64().unwrap() >= answered.len() as u64);
    assert_eq!(
        recorded(&client, &server, &data).await,
        versions(&page),
        "no change is without its event, and no event without its change"
    );
    server.kill();
}

/// How many changes each user has seen: what its version counts.
fn versions(page: &Value) -> BTreeMap<String, usize> {
    let users = page["Resources"].as_array().unwrap().iter();
    users
        .map(|user| {
            let version = user["meta"]["version"].as_str().unwrap();
            let changes = version.trim_start_matches("W/\"").split('.').next();
            let id = user["id"].as_str().unwrap().to_owned();
            (id, changes.unwrap().parse().unwrap())
        })
        .collect()
}

/// How many changes of each user are recorded; the first of them made it.
async fn recorded(client: &Client, server: &Server, data: &Path) -> BTreeMap<String, usize> {
    let token = format!("{}.admin-token", data.display());
    let token = std::fs::read_to_string(token).unwrap();
    let (origin, realm) = server.tenant_url.split_once("/realms/").unwrap();
    let realm = realm.split('/').next().unwrap();
    let url = format!("{origin}/admin/v1/realms/{realm}/events?kind=write&order=asc");
    let (mut found, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let request = client
            .get(format!("{url}{cursor}"))
            .bearer_auth(token.trim());
        let page: Value = request.send().await.unwrap().json().await.unwrap();
        for event in page["events"].as_array().unwrap() {
            let id = event["resource"]["id"].as_str().unwrap().to_owned();
            let changes = found.entry(id).or_insert(0);
            let action = if *changes == 0 { "create" } else { "patch" };
            assert_eq!(event["action"], action, "{event}");
            *changes += 1;
        }
        match page["nextCursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}
