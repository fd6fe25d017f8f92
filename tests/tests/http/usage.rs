//! What a realm has used, by day and operation, as its operator reads it.

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{Span, Timestamp};
use muster::embedded::{CallInfo, Embedded};
use muster_tests::table::partition;
use muster_tests::{Realm, Server};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};

async fn usage(server: &Server, realm: &Realm, query: &str) -> Value {
    let path = format!("/admin/v1/realms/{}/usage{query}", realm.name);
    let answer = realm.admin(server, "GET", &path, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

/// The figures of an operation, over all days.
fn of(usage: &Value, operation: &str) -> (u64, u64, f64, f64) {
    let days = usage["days"].as_array().unwrap();
    let mut sum = (0, 0, 0.0, 0.0);
    for day in days {
        for row in day["operations"].as_array().unwrap() {
            if row["operation"] == operation {
                sum.0 += row["requests"].as_u64().unwrap();
                sum.1 += row["errors"].as_u64().unwrap();
                sum.2 += row["readUnits"].as_f64().unwrap();
                sum.3 += row["writeUnits"].as_f64().unwrap();
            }
        }
    }
    sum
}

#[tokio::test]
async fn what_is_asked_is_counted() {
    let server = crate::server();
    let realm = Realm::create(server, "u-counted").await;
    let empty = usage(server, &realm, "").await;
    assert_eq!(empty["days"], json!([]));
    assert_eq!(empty["total"]["requests"], 0);
    assert_eq!(empty["prices"]["readUnitMillion"], 0.125);
    assert_eq!(empty["prices"]["writeUnitMillion"], 0.625);
    assert_eq!(empty["prices"]["requestMillion"], 1.2);
    let user = realm.user("counted@example.net").await;
    let at = format!("/Users/{user}");
    for _ in 0..3 {
        realm.get(&at).await.is(200);
    }
    realm.get("/Users/none").await.is(404);
    realm.get("/nonsense").await.is(404);
    // Nobody's requests are nobody's usage.
    realm.with_token("nonsense").get(&at).await.is(401);
    let used = usage(server, &realm, "").await;
    let day = used["days"][0]["date"].as_str().unwrap();
    assert!(
        Timestamp::now().to_string().starts_with(day)
            || used["days"].as_array().unwrap().len() == 2
    );
    // The key is read with the realm (2); the user's own item is small (1).
    assert_eq!(of(&used, "GetUser"), (4, 1, 4.0 * 2.0 + 3.0, 0.0), "{used}");
    let (requests, errors, reads, writes) = of(&used, "CreateUser");
    assert_eq!((requests, errors, reads), (1, 0, 2.0), "{used}");
    // DESIGN.md's ledger: at most 14, and one to note the key's first use.
    assert!((6.0..=15.0).contains(&writes), "{used}");
    assert_eq!(of(&used, "Unrouted"), (1, 1, 2.0, 0.0), "{used}");
    let (requests, _, _, writes) = of(&used, "RecordUsage");
    assert_eq!(requests, 0, "{used}");
    assert!(writes > 0.0, "what counting costs is counted: {used}");
    let total = &used["total"];
    assert_eq!(total["requests"], 6, "{used}");
    assert_eq!(total["errors"], 2, "{used}");
    assert!(total.get("operation").is_none());
    let dollars = 6.0 * 1.2
        + total["readUnits"].as_f64().unwrap() * 0.125
        + total["writeUnits"].as_f64().unwrap() * 0.625;
    let told = total["dollars"].as_f64().unwrap();
    assert!((told - dollars / 1e6).abs() < 1e-9, "{told} {dollars}");
    // Another look changes nothing but what the first one's writing has cost.
    let again = usage(server, &realm, "").await;
    assert_eq!(again["total"]["requests"], 6);
}

#[tokio::test]
async fn a_realm_that_is_made_anew_has_used_nothing() {
    let budget = std::time::Duration::from_secs(2);
    let server = crate::patient(Embedded::memory().unwrap(), budget);
    let realm = Realm::create(&server, "u-reborn").await;
    for n in 0..20 {
        realm.user(&format!("u{n}@example.net")).await;
    }
    let path = "/admin/v1/realms/u-reborn";
    while realm.admin(&server, "DELETE", path, None).await.status != 204 {}
    let realm = Realm::create(&server, "u-reborn").await;
    assert_eq!(usage(&server, &realm, "").await["days"], json!([]));
    realm.get("/Users").await.is(200);
    let used = usage(&server, &realm, "").await;
    assert_eq!(of(&used, "CreateUser"), (0, 0, 0.0, 0.0), "{used}");
    assert_eq!(of(&used, "ListUsers").0, 1, "{used}");
}

#[tokio::test]
async fn days_are_chosen() {
    let server = crate::server();
    let realm = Realm::create(server, "u-days").await;
    realm.get("/Users").await.is(200);
    let today = Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = |days: i32| (today + Span::new().days(days)).to_string();
    for (query, expected) in [
        (String::new(), true),
        (format!("?from={}", day(-1)), true),
        (format!("?from={}&to={}", day(0), day(1)), true),
        (format!("?to={}", day(-2)), false),
        (format!("?from={}&to={}", day(2), day(3)), false),
        ("?from=0000-01-01&to=9999-12-31".to_owned(), true),
    ] {
        let used = usage(server, &realm, &query).await;
        let some = !used["days"].as_array().unwrap().is_empty();
        assert_eq!(some, expected, "{query}: {used}");
    }
    for query in [
        "?from=yesterday",
        "?to=2030-02-30",
        "?from=2030-01-02&to=2030-01-01",
    ] {
        let path = format!("/admin/v1/realms/u-days/usage{query}");
        let answer = realm.admin(server, "GET", &path, None).await;
        assert_eq!(answer.status, 400, "{answer:?}");
    }
    let path = "/admin/v1/realms/u-nowhere/usage";
    assert_eq!(realm.admin(server, "GET", path, None).await.status, 404);
}

#[tokio::test]
async fn counting_writes_once_a_minute_and_when_the_server_ends() {
    let written: Arc<Mutex<usize>> = Arc::default();
    let log = Arc::clone(&written);
    let record = move |call: &CallInfo| {
        let own = call.keys.iter().filter(|key| key.pk.ends_with("#USE"));
        *log.lock().unwrap() += own.count();
    };
    let embedded = Embedded::memory().unwrap().with_log(Arc::new(record));
    let server = crate::over(embedded.clone());
    let realm = Realm::create(&server, "u-minute").await;
    for _ in 0..30 {
        realm.get("/Users").await.is(200);
    }
    assert_eq!(
        *written.lock().unwrap(),
        1,
        "the first, and no other within a minute"
    );
    assert_eq!(stored(&embedded).await, 1);
    drop(server);
    for _ in 0..200 {
        if stored(&embedded).await == 30 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("{} of 30 requests were written", stored(&embedded).await);
}

/// How many requests the table knows of.
async fn stored(embedded: &Embedded) -> u64 {
    let days = partition(embedded, "R#u-minute#USE").await;
    let requests = days.iter().map(|day| match &day["n:ListUsers"] {
        AttributeValue::N(number) => number.parse::<u64>().unwrap(),
        other => panic!("{other:?}"),
    });
    requests.sum()
}
