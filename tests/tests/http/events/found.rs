//! Events are found by what one looks for, page by page.

use super::{events, history, in_order};
use jiff::{SignedDuration, Timestamp};
use muster_tests::Realm;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn events_are_found_by_time_kind_status_resource_and_key() {
    let server = crate::server();
    let realm = Realm::create(server, "e-query").await;
    let (second, token) = realm.key(server, json!({"name": "second"})).await;
    let first = realm.user("one@example.net").await;
    let two = realm.with_token(&token).user("two@example.net").await;
    let rename = json!([{"op": "replace", "path": "displayName", "value": "One"}]);
    realm
        .patch(&format!("/Users/{first}"), rename.clone())
        .await
        .is(200);
    realm.patch("/Users/none", rename.clone()).await.is(404);
    realm.delete(&format!("/Users/{two}")).await.is(204);
    let all = history(server, &realm).await;
    in_order(&all);
    let actions = |events: &[Value]| -> Vec<String> {
        let actions = events
            .iter()
            .map(|event| event["action"].as_str().unwrap().to_owned());
        actions.collect()
    };
    let told = [
        "createRealm",
        "createKey",
        "createKey",
        "create",
        "create",
        "patch",
        "patch",
        "delete",
    ];
    assert_eq!(actions(&all), told);
    let at = |n: usize| all[n]["time"].as_str().unwrap();
    let later = at(7).parse::<Timestamp>().unwrap() + SignedDuration::from_millis(1);
    let hour = later + SignedDuration::from_hours(1);
    #[rustfmt::skip]
    let rows: Vec<(String, &[usize])> = vec![
        (String::new(), &[7, 6, 5, 4, 3, 2, 1, 0]),
        ("order=desc".to_owned(), &[7, 6, 5, 4, 3, 2, 1, 0]),
        ("kind=administration&order=asc".to_owned(), &[0, 1, 2]),
        ("kind=refusal".to_owned(), &[6]),
        ("kind=guard".to_owned(), &[]),
        ("status=201&order=asc".to_owned(), &[0, 1, 2, 3, 4]),
        ("status=4xx".to_owned(), &[6]),
        (format!("resource={first}"), &[5, 3]),
        (format!("resource={second}"), &[2]),
        (format!("key={second}&order=asc"), &[2, 4]),
        (format!("resource={two}&status=204"), &[7]),
        (format!("from={}", at(5)), &[7, 6, 5]),
        (format!("to={}&order=asc", at(1)), &[0, 1]),
        (format!("from={}&to={}", at(3), at(4)), &[4, 3]),
        (format!("from={later}"), &[]),
        (format!("to={hour}&from={}", at(7)), &[7]),
        (format!("from={}&to={}", at(4), at(2)), &[]),
        ("from=9999-01-01T00:00:00Z".to_owned(), &[]),
        ("to=1969-01-01T00:00:00Z".to_owned(), &[]),
    ];
    for (query, expected) in rows {
        let expected: Vec<&Value> = expected.iter().map(|n| &all[*n]).collect();
        for limit in ["", "&limit=1", "&limit=3", "&limit=1000"] {
            let found = events(server, &realm, &format!("{query}{limit}")).await;
            assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query}{limit}");
        }
    }
    for event in &all {
        let path = format!(
            "/admin/v1/realms/e-query/events/{}",
            event["id"].as_str().unwrap()
        );
        let answer = realm.admin(server, "GET", &path, None).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json(), *event);
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    for (path, status) in [
        ("e-query/events/none", 404),
        ("e-query/events/0b1f6c1e-6a58-4d0c-8d3f-6a1f5b0e7a11", 404),
        ("e-nowhere/events", 404),
        ("e-query/events?from=yesterday", 400),
        ("e-query/events?to=2030-01-01", 400),
        ("e-query/events?kind=all", 400),
        ("e-query/events?status=40", 400),
        ("e-query/events?order=up", 400),
        ("e-query/events?key=k", 400),
        ("e-query/events?limit=0", 400),
        ("e-query/events?cursor=x", 400),
        ("e-query/events?nonsense=x", 200),
    ] {
        let path = format!("/admin/v1/realms/{path}");
        let answer = realm.admin(server, "GET", &path, None).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

#[tokio::test]
async fn of_many_events_a_page_looks_through_some() {
    let server = crate::server();
    let realm = Realm::create(server, "e-many").await;
    let user = realm.user("many@example.net").await;
    let at = format!("/Users/{user}");
    for n in 0..1_100 {
        let set = json!([{"op": "replace", "path": "title", "value": n.to_string()}]);
        realm.patch(&at, set).await.is(200);
    }
    let path = "/admin/v1/realms/e-many/events?kind=administration";
    let page = realm.admin(server, "GET", path, None).await.json();
    assert_eq!(page["events"], json!([]));
    assert!(page["nextCursor"].is_string(), "{page}");
    assert_eq!(events(server, &realm, "kind=administration").await.len(), 2);
    let written = events(server, &realm, "kind=write").await;
    assert_eq!(written.len(), 1_101);
    let distinct: BTreeSet<&str> = written
        .iter()
        .map(|event| event["id"].as_str().unwrap())
        .collect();
    assert_eq!(distinct.len(), 1_101);
}
