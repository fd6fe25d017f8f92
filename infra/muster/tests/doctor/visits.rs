//! Whole visits to a server that is as it should be, and to it through the
//! mistakes of administrators.

use std::time::Duration;

use muster::doctor::{Outcome, Progress, Report, Verdict, examine};
use serde_json::json;
use tokio::sync::Notify;

use crate::realm::{Realm, broken, not_ok, plan, server, visit};

#[tokio::test(flavor = "multi_thread")]
async fn all_is_green_and_nothing_is_left() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    let report = visit(realm.plan()).await;
    assert_eq!(not_ok(&report), [""; 0], "{:#}", report.json());
    assert_eq!(report.count("skipped"), 0, "{:#}", report.json());
    assert_eq!(report.verdict(), Verdict::Green);
    assert_eq!(report.summary(), "green: Entra ID can provision here");
    assert_eq!(report.left, []);
    assert_eq!(realm.population().await, (0, 0));

    let json = report.json();
    assert_eq!(json["verdict"], "green");
    assert_eq!(json["counts"]["ok"], report.checks.len());
    assert!(!json.to_string().contains(&realm.token));
}

/// What stands there already is neither changed nor counted as its own.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_are_left_alone() {
    let server = server().await;
    let realm = Realm::create(&server, "inhabited").await;
    let client = reqwest::Client::new();
    for number in 0..7 {
        let user = client.post(format!("{}/Users", realm.url));
        let body = json!({"userName": format!("stranger-{number}@example.com")});
        let made = user.bearer_auth(&realm.token).json(&body).send().await;
        assert_eq!(made.unwrap().status(), 201);
    }
    let mut lists = realm.plan();
    lists.only = ["total-results", "count-too-large", "past-the-end"]
        .map(str::to_owned)
        .to_vec();
    let report = visit(lists).await;
    assert_eq!(report.verdict(), Verdict::Green, "{:#}", report.json());
    assert_eq!(realm.population().await, (7, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_get_the_right_sentences() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;

    let reader = realm.key(&["scim:read"]).await;
    let report = visit(plan(&realm.url, &reader)).await;
    check(&report, "user-create", "answered 403", "make one that may");

    let wrong = visit(plan(&realm.url, "mst_nonsense")).await;
    check(&wrong, "token", "answered 401", "paste the Secret Token");
    assert_eq!(wrong.count("fault"), 1, "{:#}", wrong.json());

    let elsewhere = visit(plan(&format!("{}/scim", server.local_url()), &realm.token)).await;
    let (seen, _) = broken(&elsewhere, not_ok(&elsewhere)[0]);
    assert!(seen.contains("answered 4"), "{seen}");
    assert_eq!(elsewhere.count("fault"), 1, "{:#}", elsewhere.json());

    let slash = visit(plan(&format!("{}/", realm.url), &realm.token)).await;
    check(
        &slash,
        "tenant-url",
        "ends with a slash",
        "remove the slash",
    );
    assert_eq!(
        slash.summary(),
        "green: Entra ID can provision here, with 1 warning"
    );

    realm.disable().await;
    let disabled = visit(realm.plan()).await;
    check(&disabled, "token", "answered 403", "enable the realm");

    let nobody = visit(plan("http://127.0.0.1:1/scim", &realm.token)).await;
    check(&nobody, "reached", "got no answer", "look at host and port");
    assert_eq!(nobody.count("fault"), 1, "{:#}", nobody.json());
}

#[track_caller]
fn check(report: &Report, name: &str, seen: &str, remedy: &str) {
    let (was_seen, to_do) = broken(report, name);
    assert!(was_seen.contains(seen), "{was_seen}");
    assert!(to_do.contains(remedy), "{to_do}");
    assert!(report.left.is_empty(), "{:?}", report.left);
}

/// Ctrl-C while many users are being created: those under way are deleted too.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_it_cleans_up() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    let mut plan = realm.plan();
    plan.members = 2_000;
    let interrupt = Notify::new();
    let made_many = async {
        while realm.population().await.0 < 40 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        interrupt.notify_one();
    };
    let mut ignore = |_: Progress<'_>| {};
    let (report, ()) = tokio::join!(examine(plan, &interrupt, &mut ignore), made_many);
    let report = report.unwrap();
    assert_eq!(report.verdict(), Verdict::Unfinished, "{:#}", report.json());
    assert!(
        report.summary().contains("interrupted"),
        "{}",
        report.summary()
    );
    assert_eq!(report.left, []);
    assert_eq!(realm.population().await, (0, 0));
}

/// Ctrl-C again while it cleans up: it ends at once and lists what there may be.
#[tokio::test(flavor = "multi_thread")]
async fn interrupted_twice_it_lists() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    let interrupt = Notify::new();
    let mut twice = |progress: Progress<'_>| match progress {
        Progress::Checked(row) if row.check.name == "user-create" => interrupt.notify_one(),
        Progress::CleaningUp(_) => interrupt.notify_one(),
        _ => {}
    };
    let report = examine(realm.plan(), &interrupt, &mut twice).await.unwrap();
    assert_eq!(realm.population().await, (1, 0));
    assert_eq!(report.left.len(), 1, "{:?}", report.left);
    assert!(report.left[0].id.is_some(), "{:?}", report.left);
    assert!(report.left[0].name.starts_with("muster-doctor-"));
}

#[tokio::test(flavor = "multi_thread")]
async fn time_ends_it_too() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    let mut plan = realm.plan();
    plan.members = 2_000;
    plan.timeout = Duration::from_millis(900);
    let report = visit(plan).await;
    assert_eq!(report.verdict(), Verdict::Unfinished, "{:#}", report.json());
    assert!(
        report.summary().contains("--timeout"),
        "{}",
        report.summary()
    );
    let last = &report.checks.last().unwrap().outcome;
    assert!(matches!(last, Outcome::Skipped(_)), "{last:?}");
    assert_eq!(report.left, []);
    assert_eq!(realm.population().await, (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_check_brings_those_it_needs() {
    let server = server().await;
    let realm = Realm::create(&server, "acme").await;
    let mut only = realm.plan();
    only.only = vec!["find-other-case".to_owned()];
    let report = visit(only).await;
    let names: Vec<&str> = report.checks.iter().map(|row| row.check.name).collect();
    let needed = [
        "reached",
        "endpoint",
        "token",
        "user-create",
        "find-user",
        "find-other-case",
    ];
    assert_eq!(names, needed);
    assert!(report.summary().starts_with("ok: "), "{}", report.summary());

    let mut unknown = realm.plan();
    unknown.only = vec!["find-nobody".to_owned()];
    let mut ignore = |_: Progress<'_>| {};
    let failure = examine(unknown, &Notify::new(), &mut ignore).await;
    let sentence = failure.unwrap_err().to_string();
    assert!(sentence.contains("`find-nobody`"), "{sentence}");
}
