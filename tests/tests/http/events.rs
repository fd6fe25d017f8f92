//! What is recorded of what happens, and read back: one event for each accepted
//! write of every captured request, with what it changed; one for what is
//! refused, and for who is not let in.

use jiff::{SignedDuration, Timestamp};
use muster::embedded::{CallInfo, Embedded};
use muster_tests::fixture::{self, Fixture};
use muster_tests::{Answer, Call, Realm, Server, urn};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

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

/// Every resource of a realm as a GET shows it, by endpoint and id.
async fn snapshot(realm: &Realm) -> BTreeMap<String, Value> {
    let mut shown = BTreeMap::new();
    for endpoint in ["/Users", "/Groups"] {
        for resource in realm
            .get(&format!("{endpoint}?count=1000"))
            .await
            .resources()
        {
            let id = resource["id"].as_str().unwrap();
            shown.insert(format!("{endpoint}/{id}"), resource.clone());
        }
    }
    shown
}

/// The top-level attributes that differ, but for those that the server makes
/// itself: ids, `meta`, and what follows from memberships.
fn differing(before: Option<&Value>, after: Option<&Value>) -> BTreeSet<String> {
    let empty = serde_json::Map::new();
    let map =
        |value: Option<&Value>| value.map_or(empty.clone(), |v| v.as_object().unwrap().clone());
    let (before, after) = (map(before), map(after));
    let names: BTreeSet<String> = before.keys().chain(after.keys()).cloned().collect();
    names
        .into_iter()
        .filter(|name| !["id", "meta", "groups", "members", "schemas"].contains(&name.as_str()))
        .filter(|name| before.get(name) != after.get(name))
        .collect()
}

/// The members of a group.
fn members(group: Option<&Value>) -> BTreeSet<String> {
    let members = group.and_then(|group| group["members"].as_array());
    let ids = members.into_iter().flatten();
    ids.map(|member| member["value"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn every_accepted_write_of_a_client_has_its_one_event() {
    let waiting = crate::waiting();
    let mut written = 0;
    for fixture in fixture::all() {
        if waiting[&fixture.name].is_null() && fixture.changes() {
            written += follow(fixture).await;
        }
    }
    assert!(written > 55, "only {written} events were looked at");
}

/// Sends a fixture and looks at what is recorded of it; how many events there were.
async fn follow(fixture: Fixture) -> usize {
    let server = crate::server();
    let realm = Realm::create(server, &format!("events-{}", &fixture.name[..3])).await;
    let names = fixture::prepare(&fixture, server, &realm).await;
    let earlier = history(server, &realm).await;
    let before = snapshot(&realm).await;
    let answer = realm.send(fixture.call(&names)).await;
    let after = snapshot(&realm).await;
    let all = history(server, &realm).await;
    assert_eq!(all[..earlier.len()], earlier, "{}", fixture.name);
    in_order(&all);
    for event in &earlier {
        let expected = ["administration", "write"].contains(&event["kind"].as_str().unwrap());
        assert!(expected, "{}: {event}", fixture.name);
    }
    // Each resource that was set up has an event for each of its versions.
    for (path, resource) in &before {
        let id = path.rsplit('/').next().unwrap();
        let of_it = earlier.iter().filter(|event| event["resource"]["id"] == id);
        let version = resource["meta"]["version"].as_str().unwrap();
        let version = version
            .trim_start_matches("W/\"")
            .split('.')
            .next()
            .unwrap();
        assert_eq!(
            of_it.count().to_string(),
            version,
            "{}: {path}",
            fixture.name
        );
    }
    let new = &all[earlier.len()..];
    let moved: Vec<&String> = before
        .keys()
        .chain(after.keys().filter(|path| !before.contains_key(*path)))
        .filter(|path| {
            let own = |shown: &BTreeMap<String, Value>| {
                shown.get(*path).map(|resource| {
                    let version = resource["meta"]["version"].as_str().unwrap();
                    version.split('.').next().unwrap().to_owned()
                })
            };
            own(&before) != own(&after)
        })
        .collect();
    let context = format!("{}: {answer:?}\n{new:?}\n{moved:?}", fixture.name);
    if answer.status >= 400 {
        let kind = if answer.status == 401 {
            "authentication"
        } else {
            "refusal"
        };
        assert_eq!(new.len(), 1, "{context}");
        assert_eq!(new[0]["kind"], kind, "{context}");
        refused(&new[0], &answer);
        assert!(moved.is_empty(), "{context}");
        return 1;
    }
    if moved.is_empty() {
        assert!(new.is_empty(), "nothing has changed: {context}");
        return 0;
    }
    assert_eq!(new.len(), 1, "{context}");
    let event = &new[0];
    let id = event["resource"]["id"].as_str().unwrap();
    let path = moved
        .iter()
        .find(|path| path.ends_with(id))
        .expect(&context);
    let action = match fixture.data["request"]["method"].as_str().unwrap() {
        "POST" => "create",
        "PUT" => "replace",
        "PATCH" => "patch",
        _ => "delete",
    };
    let (old, new) = (before.get(*path), after.get(*path));
    assert_eq!(event["action"], action, "{context}");
    assert_eq!(event["kind"], "write", "{context}");
    assert_eq!(event["status"], answer.status, "{context}");
    assert_eq!(
        event["requestId"],
        answer.header("x-request-id"),
        "{context}"
    );
    assert_eq!(
        event["method"], fixture.data["request"]["method"],
        "{context}"
    );
    assert_eq!(event["realm"], realm.name, "{context}");
    assert!(
        realm.token.contains(event["key"].as_str().unwrap()),
        "{context}"
    );
    let agent = &fixture.data["request"]["headers"]["User-Agent"];
    let client = if agent.is_null() { "unknown" } else { "Okta" };
    assert_eq!(event["client"], client, "{context}");
    let changed: BTreeSet<String> = event["changed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().to_owned())
        .filter(|name| name != "schemas")
        .collect();
    let expected = if action == "delete" {
        BTreeSet::new()
    } else {
        differing(old, new)
    };
    // An event names so many, each with its beginning.
    let all = event["changedCount"].as_u64().is_some();
    if all {
        assert!(changed.len() >= 7 && expected.len() > 7, "{context}");
    }
    let named: BTreeSet<String> = expected
        .iter()
        .map(|name| name[..name.len().min(36)].to_owned())
        .collect();
    assert!(changed.is_subset(&named), "{changed:?} {named:?} {context}");
    assert!(all || changed == named, "{changed:?} {named:?} {context}");
    let (old, new) = (members(old), members(new));
    let counts = &event["members"];
    assert_eq!(
        counts["added"].as_u64().unwrap_or_default(),
        new.difference(&old).count() as u64,
        "{context}"
    );
    if action != "delete" {
        assert_eq!(
            counts["removed"].as_u64().unwrap_or_default(),
            old.difference(&new).count() as u64,
            "{context}"
        );
    }
    1
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
    let detail = body["detail"].as_str().unwrap();
    let kept = event["detail"].as_str().unwrap();
    assert!(
        detail.starts_with(kept) && (kept.len() > 350 || kept == detail),
        "{event} {answer:?}"
    );
    assert_eq!(event["requestId"], answer.header("x-request-id"), "{event}");
    assert_eq!(event["changed"], json!([]), "{event}");
}

#[tokio::test]
async fn what_is_refused_is_recorded() {
    let server = crate::server();
    let realm = Realm::create(server, "e-refused").await;
    let user = realm.user("taken@example.net").await;
    let keys = realm.keys(server).await;
    let reader = realm.with_token(&keys.read_only);
    let body = json!({"schemas": [urn::USER], "userName": "Taken@example.net"});
    let at = format!("/Users/{user}");
    let patch = json!({"Operations": [{"op": "remove"}]});
    let list = json!([]);
    let gone = "/Groups/0b1f6c1e-6a58-4d0c-8d3f-6a1f5b0e7a11";
    #[rustfmt::skip]
    let rows: Vec<(&Realm, &str, &str, Option<&Value>, u16, &str, &str, Option<&str>)> = vec![
        (&realm, "POST", "/Users", Some(&body), 409, "create", "/Users", None),
        (&realm, "PATCH", &at, Some(&patch), 400, "patch", &at, Some(&user)),
        (&realm, "PUT", &at, Some(&list), 400, "replace", &at, Some(&user)),
        (&realm, "DELETE", gone, None, 404, "delete", gone, Some(&gone[8..])),
        (&realm, "DELETE", "/Users/ada@example.net", None, 404, "delete", "/Users/{id}", None),
        (&realm, "POST", "/Bulk", Some(&body), 501, "other", "/Bulk", None),
        (&realm, "DELETE", "/Users", None, 405, "other", "/…", None),
        (&realm, "POST", "/Nonsense", Some(&body), 404, "other", "/…", None),
        (&reader, "DELETE", &at, None, 403, "delete", &at, Some(&user)),
    ];
    let earlier = history(server, &realm).await.len();
    for (n, (realm, method, path, body, status, action, recorded, resource)) in
        rows.iter().enumerate()
    {
        let mut call = Call::new(method, path);
        if let Some(body) = body {
            call = call.json(body);
        }
        let answer = realm.send(call).await;
        answer.is(*status);
        let all = history(server, realm).await;
        assert_eq!(all.len(), earlier + n + 1, "{answer:?} {all:?}");
        let event = all.last().unwrap();
        refused(event, &answer);
        assert_eq!(event["kind"], "refusal", "{event}");
        assert_eq!(event["action"], *action, "{event}");
        assert_eq!(event["path"], *recorded, "{event}");
        assert_eq!(event["method"], *method, "{event}");
        assert_eq!(event["resource"]["id"].as_str(), *resource, "{event}");
        assert!(
            realm.token.contains(event["key"].as_str().unwrap()),
            "{event}"
        );
    }
    // What only reads leaves nothing behind, accepted or refused.
    let all = history(server, &realm).await.len();
    for path in ["/Users?filter=nonsense", "/Users/none", "/Nonsense", "/Me"] {
        let answer = realm.get(path).await;
        assert!(answer.status >= 400, "{answer:?}");
    }
    realm.get(&at).await.is(200);
    let search = Call::new("POST", "/.search").json(&json!({"filter": "nonsense"}));
    realm.send(search).await.is(400);
    assert_eq!(history(server, &realm).await.len(), all);
    // Of a realm that is switched off, what would have been written.
    let switch = json!({"state": "disabled"});
    let path = format!("/admin/v1/realms/{}", realm.name);
    realm.admin(server, "PATCH", &path, Some(switch)).await;
    realm.get(&at).await.is(403);
    let answer = realm.delete(&at).await;
    answer.is(403);
    let new = history(server, &realm).await.split_off(all);
    assert_eq!(new.len(), 2, "{new:?}");
    assert_eq!(new[0]["action"], "updateRealm", "{new:?}");
    refused(&new[1], &answer);
    assert_eq!(new[1]["resource"], json!({"type": "User", "id": user}));
}

#[tokio::test]
async fn a_flood_of_refusals_is_recorded_in_part_and_counted() {
    let server = crate::server();
    let realm = Realm::create(server, "e-flood").await;
    for _ in 0..40 {
        realm.delete("/Users/none").await.is(404);
    }
    let recorded = events(server, &realm, "kind=refusal").await.len();
    assert!((20..30).contains(&recorded), "{recorded}");
    tokio::time::sleep(std::time::Duration::from_millis(600)).await;
    realm.delete("/Users/none").await.is(404);
    let last = events(server, &realm, "kind=refusal&limit=1").await;
    let detail = last[0]["detail"].as_str().unwrap();
    let counted = detail
        .split_once(" before it were not recorded; ")
        .unwrap()
        .0;
    assert!(
        counted.parse::<usize>().unwrap() + recorded <= 40,
        "{detail}"
    );
    assert!(counted.parse::<usize>().unwrap() > 5, "{detail}");
}

#[tokio::test]
async fn who_is_not_let_in_is_recorded() {
    let server = crate::over(Embedded::memory().unwrap());
    let realm = Realm::create(&server, "e-strangers").await;
    let keys = realm.keys(&server).await;
    let other = Realm::create(&server, "e-strangers-2").await;
    let earlier = history(&server, &realm).await.len();
    let bearer = |token: &str| format!("Bearer {token}");
    let id = |token: &str| Some(token[4..16].to_owned());
    #[rustfmt::skip]
    let rows: Vec<(&str, &str, Option<String>, Option<String>)> = vec![
        ("GET", "/Users", None, None),
        ("POST", "/Users", Some("non-token".to_owned()), None),
        ("GET", "/Schemas", Some(bearer("mst_nonsense")), None),
        ("GET", "/Users", Some(bearer(&keys.revoked)), id(&keys.revoked)),
        ("DELETE", "/nonsense", Some(bearer(&other.token)), id(&other.token)),
    ];
    for (n, (method, path, authorization, key)) in rows.iter().enumerate() {
        let call = Call::new(method, path).header("user-agent", "curl/8.5.0");
        let answer = realm
            .send(match authorization {
                Some(value) => call.authorization(value),
                None => call.anonymous(),
            })
            .await;
        answer.is(401);
        let all = history(&server, &realm).await;
        assert_eq!(all.len(), earlier + n + 1, "{answer:?} {all:?}");
        let event = all.last().unwrap();
        refused(event, &answer);
        assert_eq!(event["kind"], "authentication", "{event}");
        assert_eq!(event["action"], "authenticate", "{event}");
        assert_eq!(event["method"], *method, "{event}");
        assert_eq!(event["client"], "curl", "{event}");
        assert_eq!(event["key"].as_str(), key.as_deref(), "{event}");
        assert!(!event.to_string().contains("mst_"), "{event}");
    }
    // Five at once, then one in ten seconds; what is open needs no credentials.
    realm.send(Call::get("/Users").anonymous()).await.is(401);
    realm.send(Call::get("/Schemas").anonymous()).await.is(200);
    assert_eq!(history(&server, &realm).await.len(), earlier + 5);
    assert_eq!(
        events(&server, &other, "kind=authentication").await.len(),
        0
    );
}

#[tokio::test]
async fn a_realm_that_exists_is_asked_for_like_one_that_does_not() {
    let asked: Arc<Mutex<Vec<CallInfo>>> = Arc::default();
    let log = Arc::clone(&asked);
    let record = move |call: &CallInfo| log.lock().unwrap().push(call.clone());
    let server = crate::over(Embedded::memory().unwrap().with_log(Arc::new(record)));
    let realm = Realm::create(&server, "e-there").await;
    let token = realm.keys(&server).await.revoked;
    let nowhere = realm.with_url(server.tenant_url("e-where"));
    let malformed = realm.with_url(server.tenant_url("-no_name"));
    let ask = async |realm: &Realm, token: &str| {
        asked.lock().unwrap().clear();
        let started = std::time::Instant::now();
        realm.with_token(token).get("/Users").await.is(401);
        let took = started.elapsed();
        let calls = asked.lock().unwrap().clone();
        let kinds = calls.iter().map(|call| {
            let mut keys: Vec<String> = call
                .keys
                .iter()
                .map(|key| key.pk.rsplit('#').next().unwrap().to_owned())
                .collect();
            keys.sort_unstable();
            (call.operation.clone(), keys)
        });
        (kinds.collect::<Vec<_>>(), took)
    };
    for (n, token) in [token.as_str(), "nonsense"].into_iter().enumerate() {
        let (there, time) = ask(&realm, token).await;
        let (nowhere, other) = ask(&nowhere, token).await;
        assert_eq!(there, nowhere);
        assert!(!there.is_empty(), "{n}");
        // Neither comes sooner than the other can.
        assert!(time.as_millis() >= 50 && other.as_millis() >= 50);
        let (malformed, _) = ask(&malformed, "nonsense").await;
        assert_eq!(malformed.last(), there.last());
    }
}

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

#[tokio::test]
async fn a_change_of_many_members_says_in_each_part_what_was_done() {
    let server = crate::server();
    let realm = Realm::create(server, "e-parts").await;
    let mut users = Vec::new();
    for n in 0..120 {
        users.push(realm.user(&format!("u{n}@example.net")).await);
    }
    let ids: Vec<&str> = users.iter().map(String::as_str).collect();
    let group = realm.group("Many", &ids).await;
    let at = format!("/Groups/{group}");
    let fewer: Vec<Value> = ids[..10].iter().map(|id| json!({"value": id})).collect();
    let set = json!([
        {"op": "replace", "path": "displayName", "value": "Few"},
        {"op": "replace", "path": "members", "value": fewer},
    ]);
    realm.patch(&at, set).await.is(204);
    realm.delete(&at).await.is(204);
    // A user that leaves more groups than one transaction holds.
    for n in 0..60 {
        realm.group(&format!("G{n}"), &ids[..1]).await;
    }
    realm.delete(&format!("/Users/{}", ids[0])).await.is(204);
    for (id, action, changed, added, removed, one) in [
        (
            group.as_str(),
            "create",
            json!(["displayName"]),
            120,
            0,
            false,
        ),
        (&group, "patch", json!(["displayName"]), 0, 110, false),
        (&group, "delete", json!([]), 0, 0, true),
        (ids[0], "delete", json!([]), 0, 60, false),
    ] {
        let told = events(server, &realm, &format!("resource={id}&order=asc")).await;
        in_order(&told);
        let parts: Vec<&Value> = told
            .iter()
            .filter(|event| event["action"] == action)
            .collect();
        let sum = |what: &str| -> u64 {
            parts
                .iter()
                .map(|part| part["members"][what].as_u64().unwrap_or_default())
                .sum()
        };
        assert_eq!(
            (sum("added"), sum("removed")),
            (added, removed),
            "{parts:?}"
        );
        assert_eq!(parts.len() == 1, one, "{parts:?}");
        let requests: BTreeSet<&str> = parts
            .iter()
            .map(|part| part["requestId"].as_str().unwrap())
            .collect();
        assert_eq!(requests.len(), 1, "{parts:?}");
        let names = parts[0]["changed"].as_array().unwrap();
        let names: Vec<&Value> = names.iter().filter(|name| *name != "schemas").collect();
        assert_eq!(json!(names), changed, "{parts:?}");
        assert!(
            parts[1..].iter().all(|part| part["changed"] == json!([])),
            "{parts:?}"
        );
    }
}
