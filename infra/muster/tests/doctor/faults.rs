//! The proof that each check can fail: for every row a server that is wrong in
//! that one thing, and the check that must say so.

use std::collections::BTreeSet;
use std::sync::Arc;

use muster::doctor::{Severity, Verdict, checks};
use muster::serve::Running;
use tokio::task::JoinSet;

use crate::proxy::{self, Content, Reply};
use crate::realm::{Realm, broken, plan, row, server, visit};
use crate::rows::{self, Row, rows};

/// Rows under way at once.
const ABREAST: usize = 4;

#[test]
fn every_check_has_a_server_that_breaks_it() {
    // No server can make the Tenant URL wrong: see `visits`.
    let caught: BTreeSet<&str> = rows().map(|row| row.check).chain(["tenant-url"]).collect();
    let all: BTreeSet<&str> = checks().map(|check| check.name).collect();
    assert_eq!(caught, all);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_is_found() {
    let server = Arc::new(server().await);
    let mut rows = rows().enumerate();
    let mut under_way = JoinSet::new();
    let mut complaints = Vec::new();
    loop {
        while under_way.len() < ABREAST
            && let Some((number, row)) = rows.next()
        {
            under_way.spawn(complaint(Arc::clone(&server), number, row));
        }
        match under_way.join_next().await {
            Some(done) => complaints.extend(done.unwrap()),
            None => break,
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// What is not as the row says.
async fn complaint(server: Arc<Running>, number: usize, faulty: &'static Row) -> Option<String> {
    let realm = Realm::create(&server, &format!("faulty-{number}")).await;
    let url = proxy::start(faulty, &realm.url, &realm.token).await;
    let mut plan = plan(&url, &realm.token);
    plan.only = vec![faulty.check.to_owned()];
    let report = visit(plan).await;
    let found = row(&report, faulty.check);
    let expected = match found.check.severity {
        Severity::Fault => "fault",
        Severity::Warning => "warning",
    };
    if found.grade() != expected {
        return Some(format!(
            "{}: `{}` is {:?}\n{:#}",
            faulty.fault,
            faulty.check,
            found.outcome,
            report.json()
        ));
    }
    let population = realm.population().await;
    if faulty.leaves == rows::Leaves::Nothing && population != (0, 0) {
        return Some(format!("{}: {population:?} are left", faulty.fault));
    }
    None
}

/// A token and control characters that a server echoes do not get into a report.
#[tokio::test(flavor = "multi_thread")]
async fn what_servers_echo_is_blinded() {
    static ECHO: Row = Row {
        after: |asked, reply, _| {
            if asked.is("GET", "Users") && asked.id.is_some() {
                *reply = Reply::error(500);
                let said = format!("\u{1b}[31m{} is no good", asked.token);
                reply.value()["detail"] = said.into();
            }
        },
        ..rows::answers("the token is echoed", "unknown-user", |_, _, _| {})
    };
    let server = server().await;
    let realm = Realm::create(&server, "echo").await;
    let url = proxy::start(&ECHO, &realm.url, &realm.token).await;
    let report = visit(plan(&url, &realm.token)).await;
    let (seen, _) = broken(&report, "unknown-user");
    assert!(seen.contains("(the token) is no good"), "{seen}");
    let json = report.json().to_string();
    assert!(!json.contains(&realm.token) && !json.contains("\\u001b"));
}

/// What is left is listed with its id.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_deleted_is_listed() {
    static STUCK: Row = rows::requests("nothing is deleted", "user-delete", |asked, _| {
        asked.is("DELETE", "Users").then(|| Reply::error(405))
    });
    let server = server().await;
    let realm = Realm::create(&server, "stuck").await;
    let url = proxy::start(&STUCK, &realm.url, &realm.token).await;
    let mut plan = plan(&url, &realm.token);
    plan.only = vec!["user-delete".to_owned()];
    let report = visit(plan).await;
    let left = &report.left;
    assert_eq!(realm.population().await.0, left.len() as u64);
    assert!(left.iter().all(|one| one.id.is_some()), "{left:?}");
    assert!(left[0].name.starts_with("muster-doctor-"), "{left:?}");
    assert!(left[0].reason.contains("405"), "{left:?}");
    assert_eq!(report.verdict(), Verdict::Faulty);
}

/// Green would be too much when strangers find our users.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_left_is_not_green() {
    static STUCK: Row = rows::requests("nothing is deleted", "user-create", |asked, _| {
        asked.is("DELETE", "Users").then(|| Reply::error(405))
    });
    let server = server().await;
    let realm = Realm::create(&server, "kept").await;
    let url = proxy::start(&STUCK, &realm.url, &realm.token).await;
    let mut plan = plan(&url, &realm.token);
    plan.only = vec!["user-create".to_owned()];
    let report = visit(plan).await;
    assert_eq!(report.count("fault"), 0, "{:#}", report.json());
    assert_eq!(report.verdict(), Verdict::Unfinished);
    assert!(
        report.summary().contains("could be deleted"),
        "{}",
        report.summary()
    );
}

/// A server that ignores filters shows strangers when a lost creation is looked for.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_survive_a_server_without_filters() {
    static BLIND: Row = Row {
        after: |asked, reply, _| {
            // The answer to every creation is lost.
            if asked.is("POST", "Users") {
                *reply = Reply::error(500);
                reply.body = Content::Empty;
            }
        },
        ..rows::requests("filters are ignored", "user-create", |asked, _| {
            asked.without("filter");
            None
        })
    };
    let server = server().await;
    let realm = Realm::create(&server, "blind").await;
    let stranger = serde_json::json!({"userName": "stranger@example.com"});
    let made = reqwest::Client::new()
        .post(format!("{}/Users", realm.url))
        .bearer_auth(&realm.token)
        .json(&stranger);
    assert_eq!(made.send().await.unwrap().status(), 201);
    let url = proxy::start(&BLIND, &realm.url, &realm.token).await;
    let report = visit(plan(&url, &realm.token)).await;
    assert!(report.count("fault") > 1, "{:#}", report.json());
    assert_eq!(realm.population().await, (1, 0), "{:?}", report.left);
}

/// Whatever is sent first is too much, as from a gateway in front of the server.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_to_come_back_comes_back() {
    static BUSY: Row = rows::requests("429 at first", "users-many", |asked, memory| {
        let key = format!("{} {} {}", asked.method, asked.path(), asked.body);
        (asked.method == "POST" && !memory.seen.contains(&key)).then(|| {
            let mut reply = Reply::error(429);
            reply.retry_after = Some("1");
            reply
        })
    });
    let server = server().await;
    let realm = Realm::create(&server, "busy").await;
    let url = proxy::start(&BUSY, &realm.url, &realm.token).await;
    let mut plan = plan(&url, &realm.token);
    plan.only = vec!["users-many".to_owned()];
    let report = visit(plan).await;
    assert_eq!(report.count("fault"), 0, "{:#}", report.json());
    assert_eq!(realm.population().await, (0, 0));
}
