//! One event for each accepted write of every captured request, with what it changed.

use super::{events, history, in_order, refused};
use muster_tests::Realm;
use muster_tests::fixture::{self, Fixture};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

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
    // An event names as many as there is room for, and says how many there were.
    let some = event["changedCount"].as_u64();
    assert!(
        changed.is_subset(&expected),
        "{changed:?} {expected:?} {context}"
    );
    match some {
        Some(count) => assert_eq!(count, expected.len() as u64, "{context}"),
        None => assert_eq!(changed, expected, "{context}"),
    }
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

#[tokio::test]
async fn a_change_of_many_members_has_one_event_and_a_leaving_of_many_groups_too() {
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
    for (id, action, changed, added, removed) in [
        (group.as_str(), "create", json!(["displayName"]), 120, 0),
        (&group, "patch", json!(["displayName"]), 0, 110),
        (&group, "delete", json!([]), 0, 0),
        (ids[0], "delete", json!([]), 0, 60),
    ] {
        let told = events(server, &realm, &format!("resource={id}&order=asc")).await;
        in_order(&told);
        let told: Vec<&Value> = told
            .iter()
            .filter(|event| event["action"] == action)
            .collect();
        let [event] = told.as_slice() else {
            panic!("{told:?}");
        };
        let count = |what: &str| event["members"][what].as_u64().unwrap_or_default();
        assert_eq!(
            (count("added"), count("removed")),
            (added, removed),
            "{event}"
        );
        let names = event["changed"].as_array().unwrap();
        let names: Vec<&Value> = names.iter().filter(|name| *name != "schemas").collect();
        assert_eq!(json!(names), changed, "{event}");
    }
}
