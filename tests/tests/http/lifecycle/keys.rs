//! Keys: whose they are, how far in their life, replaced, made once.

use super::{Item, about, events, text};
use jiff::{SignedDuration, Timestamp};
use muster::embedded::Embedded;
use muster_tests::{Answer, Call, Realm, Server};
use serde_json::{Value, json};

/// The warnings that are to come or have come: what of, and when.
async fn warnings(embedded: &Embedded, realm: &Realm) -> Vec<(String, Timestamp)> {
    let due = |event: &Item| {
        let id: uuid::Uuid = text(event, "sk").parse().unwrap();
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        Timestamp::from_second(i64::try_from(seconds).unwrap()).unwrap()
    };
    let events = events(embedded, &realm.name, "expireKey").await;
    let warning = |event: &Item| (text(event, "subject").to_owned(), due(event));
    events.iter().map(warning).collect()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[track_caller]
fn near(instant: Timestamp, expected: Timestamp) {
    let apart = instant.duration_since(expected).abs();
    assert!(apart < SignedDuration::from_mins(2), "{instant} {expected}");
}

#[track_caller]
fn at(value: &Value) -> Timestamp {
    value.as_str().unwrap().parse().unwrap()
}

async fn rotate(realm: &Realm, server: &Server, key: &str, body: Value) -> Answer {
    about(
        realm,
        server,
        "POST",
        &format!("/keys/{key}/rotate"),
        Some(body),
    )
    .await
}

async fn works(realm: &Realm, token: &str) -> u16 {
    realm.with_token(token).get("/Users").await.status
}

#[tokio::test]
async fn a_key_warns_of_its_end_wherever_that_moves() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    let realm = Realm::create(&server, "k-warning").await;
    let now = Timestamp::now();
    // The realm's first key has no end.
    assert_eq!(warnings(&embedded, &realm).await, []);
    let year = json!({"name": "year", "expiresIn": "365d"});
    let (year, token) = realm.key(&server, year).await;
    let ten = json!({"name": "ten", "expiresIn": "10d"});
    let (ten, _) = realm.key(&server, ten).await;
    let found = warnings(&embedded, &realm).await;
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((&found[0].0, &found[1].0), (&ten, &year));
    near(found[0].1, now + days(9));
    near(found[1].1, now + days(351));

    let rotated = rotate(&realm, &server, &year, json!({})).await;
    assert_eq!(rotated.status, 201, "{rotated:?}");
    let new = rotated.json()["id"].as_str().unwrap().to_owned();
    near(at(&rotated.json()["replaces"]["expires"]), now + days(7));
    near(at(&rotated.json()["expires"]), now + days(365));
    let found = warnings(&embedded, &realm).await;
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(found[0].0, year);
    near(
        found[0].1,
        now + days(7) - SignedDuration::from_mins(16 * 60 + 48),
    );
    assert_eq!((&found[1].0, &found[2].0), (&ten, &new));
    assert_eq!(works(&realm, &token).await, 200);

    for key in [&year, &ten, &new] {
        let path = format!("/keys/{key}");
        let answer = about(&realm, &server, "DELETE", &path, None).await;
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    assert_eq!(warnings(&embedded, &realm).await, []);
    assert_eq!(works(&realm, &token).await, 401);
    let made = events(&embedded, &realm.name, "rotateKey").await;
    assert_eq!(made.len(), 1);
    assert_eq!(text(&made[0], "subject"), year);
}

#[tokio::test]
async fn a_replaced_key_works_for_the_overlap_and_never_beyond_its_own_end() {
    let server = crate::server();
    let realm = Realm::create(server, "k-rotate").await;
    let now = Timestamp::now();
    let hour = SignedDuration::from_hours(1);
    // Its own life, the overlap asked for, how long it then works.
    for (lives, overlap, works_for) in [
        (None, "1h", hour),
        (Some("2h"), "1h", hour),
        (Some("1h"), "2h", hour),
        (Some("2h"), "0s", SignedDuration::ZERO),
    ] {
        let mut new = json!({"name": "old", "scopes": ["scim:read"]});
        if let Some(lives) = lives {
            new["expiresIn"] = json!(lives);
        }
        let (id, token) = realm.key(server, new).await;
        let body = json!({"overlap": overlap, "name": "new"});
        let answer = rotate(&realm, server, &id, body).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        assert_eq!(answer.header("cache-control"), "no-store");
        let made = answer.json();
        assert_eq!(made["replaces"]["id"], id.as_str());
        near(at(&made["replaces"]["expires"]), now + works_for);
        assert_eq!(
            (&made["name"], &made["scopes"]),
            (&json!("new"), &json!(["scim:read"]))
        );
        let expected = if works_for.is_zero() { 401 } else { 200 };
        assert_eq!(works(&realm, &token).await, expected, "{lives:?} {overlap}");
        assert_eq!(works(&realm, made["token"].as_str().unwrap()).await, 200);
        let path = format!("/keys/{}", made["id"].as_str().unwrap());
        let shown = about(&realm, server, "GET", &path, None).await.json();
        assert_eq!(shown["replaces"], id.as_str());
        assert!(shown["createdBy"].is_string(), "{shown}");
        assert_eq!(shown.get("token"), None);
        let again = rotate(&realm, server, &id, json!({})).await;
        let expected = if works_for.is_zero() { 409 } else { 201 };
        assert_eq!(again.status, expected, "{again:?}");
        // The end that the first time has set is not the life of the second's key.
        if let (201, Some(lives)) = (again.status, lives) {
            let hours = if lives == "2h" { hour * 2 } else { hour };
            near(at(&again.json()["expires"]), now + hours);
        }
    }
    let (revoked, _) = realm.key(server, json!({"name": "revoked"})).await;
    about(&realm, server, "DELETE", &format!("/keys/{revoked}"), None).await;
    let other = Realm::create(server, "k-rotate-other").await;
    let (foreign, _) = other.key(server, json!({"name": "foreign"})).await;
    for (key, body, status) in [
        (revoked.as_str(), json!({}), 409),
        (&foreign, json!({}), 404),
        ("AAAAAAAAAAAA", json!({}), 404),
        (&revoked, json!({"overlap": "soon"}), 400),
        (&revoked, json!({"overlap": "99999999999999w"}), 400),
        (&revoked, json!({"scopes": ["scim"]}), 400),
    ] {
        let answer = rotate(&realm, server, key, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

#[tokio::test]
async fn a_request_with_an_idempotency_key_makes_one_key() {
    let server = crate::server();
    let realm = Realm::create(server, "k-once").await;
    let other = Realm::create(server, "k-once-other").await;
    let make = async |realm: &Realm, header: &str, name: &str, scope: &str| {
        let url = format!("{}/admin/v1/realms/{}/keys", server.origin(), realm.name);
        let call = Call::new("POST", &url)
            .header("content-type", "application/json")
            .header("idempotency-key", header)
            .json(&json!({"name": name, "scopes": [scope]}));
        realm.send(call.by(server.operator())).await
    };
    let made = make(&realm, "a-1", "entra", "scim").await;
    assert_eq!(made.status, 201, "{made:?}");
    let id = made.json()["id"].clone();
    let longest = "~".repeat(255);
    for (header, name, scope, status, same) in [
        ("a-1", "entra", "scim", 200, true),
        ("a-1", "okta", "scim", 409, false),
        ("a-1", "entra", "scim:read", 409, false),
        ("A-1", "entra", "scim", 201, false),
        (&longest, "entra", "scim", 201, false),
        (&format!("{longest}~"), "entra", "scim", 400, false),
        ("a 1", "entra", "scim", 400, false),
        ("", "entra", "scim", 400, false),
    ] {
        let answer = make(&realm, header, name, scope).await;
        assert_eq!(answer.status, status, "{header}: {answer:?}");
        assert_eq!(answer.json()["id"] == id, same, "{header}: {answer:?}");
        assert_eq!(answer.json().get("token").is_some(), status == 201);
    }
    let elsewhere = make(&other, "a-1", "entra", "scim").await;
    assert_eq!(elsewhere.status, 201);
    assert_ne!(elsewhere.json()["id"], id);
    // What it was asked for with: an end is one, too.
    let ask = async |header: &str, key: Value| {
        let url = format!("{}/admin/v1/realms/{}/keys", server.origin(), realm.name);
        let call = Call::new("POST", &url)
            .header("content-type", "application/json")
            .header("idempotency-key", header)
            .json(&key);
        realm.send(call.by(server.operator())).await
    };
    let end = "2099-01-01T00:00:00Z";
    for (header, key, status) in [
        ("end", json!({"name": "e", "expires": end}), 201),
        (
            "end",
            json!({"name": "e", "expires": "2099-01-01T01:00:00.0004+01:00"}),
            200,
        ),
        (
            "end",
            json!({"name": "e", "expires": "2099-01-01T00:00:01Z"}),
            409,
        ),
        ("end", json!({"name": "e", "expiresIn": "90d"}), 409),
        ("end", json!({"name": "e"}), 409),
        ("life", json!({"name": "l", "expiresIn": "90d"}), 201),
        ("life", json!({"name": "l", "expiresIn": "90d"}), 200),
        ("life", json!({"name": "l", "expiresIn": "2160h"}), 200),
        ("life", json!({"name": "l", "expiresIn": "91d"}), 409),
        ("life", json!({"name": "l", "expires": end}), 409),
        ("life", json!({"name": "l"}), 409),
        (
            "scopes",
            json!({"name": "s", "scopes": ["scim:read", "scim"]}),
            201,
        ),
        (
            "scopes",
            json!({"name": "s", "scopes": ["scim", "scim:read", "scim"]}),
            200,
        ),
        ("scopes", json!({"name": "s"}), 409),
    ] {
        let answer = ask(header, key.clone()).await;
        assert_eq!(answer.status, status, "{header} {key}: {answer:?}");
    }
    // One that works no more is not answered as if it did.
    let made = ask("gone", json!({"name": "g"})).await.json();
    let path = format!("/keys/{}", made["id"].as_str().unwrap());
    about(&realm, server, "DELETE", &path, None).await;
    let short = json!({"name": "s", "expiresIn": "1s"});
    assert_eq!(ask("short", short.clone()).await.status, 201);
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    for (header, key, says) in [
        ("gone", json!({"name": "g"}), "is revoked; send another"),
        ("short", short, "has expired; send another"),
    ] {
        let answer = ask(header, key).await;
        assert_eq!(answer.status, 409, "{answer:?}");
        let detail = answer.json()["detail"].to_string();
        assert!(detail.contains(says), "{detail}");
    }
    // Many at once: one of them is told the token.
    let all = futures_util::future::join_all((0..8).map(|_| make(&realm, "b", "b", "scim"))).await;
    let made = all.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1, "{all:?}");
    assert!(all.iter().all(|answer| matches!(answer.status, 200 | 201)));
}

#[tokio::test]
async fn keys_come_by_pages_and_say_how_they_are() {
    let server = crate::server();
    let realm = Realm::create(server, "k-pages").await;
    let mut expected = vec![("test".to_owned(), "active".to_owned())];
    for n in 0..5 {
        realm.key(server, json!({"name": format!("k{n}")})).await;
        expected.push((format!("k{n}"), "active".to_owned()));
    }
    realm.keys(server).await;
    for (name, state) in [
        ("reads", "active"),
        ("revoked", "revoked"),
        ("old", "expired"),
    ] {
        expected.push((name.to_owned(), state.to_owned()));
    }
    let mut found = Vec::new();
    let mut cursor = String::new();
    loop {
        let below = format!("/keys?limit=2&cursor={cursor}");
        let page = about(&realm, server, "GET", &below, None).await;
        assert_eq!(page.status, 200, "{page:?}");
        let page = page.json();
        let keys = page["keys"].as_array().unwrap();
        assert!(keys.len() <= 2);
        let text = |key: &Value, name: &str| key[name].as_str().unwrap().to_owned();
        found.extend(
            keys.iter()
                .map(|key| (text(key, "name"), text(key, "state"))),
        );
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    found.sort_unstable();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let bad = about(&realm, server, "GET", "/keys?cursor=x", None).await;
    assert_eq!(bad.status, 400, "{bad:?}");
}

#[tokio::test]
async fn what_a_key_may_be_asked_to_be() {
    let server = crate::server();
    let realm = Realm::create(server, "k-asked").await;
    let ask = async |key: Value| about(&realm, server, "POST", "/keys", Some(key)).await;
    for (scopes, expected) in [
        (json!(["scim:read"]), json!(["scim:read"])),
        (json!(["scim:read", "scim"]), json!(["scim", "scim:read"])),
        (json!(vec!["scim:read"; 50_000]), json!(["scim:read"])),
    ] {
        let answer = ask(json!({"name": "s", "scopes": scopes})).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let made = answer.json();
        assert_eq!(made["scopes"], expected);
        let path = format!(
            "/admin/v1/realms/k-asked/keys/{}",
            made["id"].as_str().unwrap()
        );
        // Absolute, as a user's is.
        assert_eq!(
            answer.header("location"),
            format!("{}{path}", server.origin())
        );
    }
    for wrong in [
        json!({"scopes": []}),
        json!({"scopes": ["scim", "scim:write"]}),
        json!({"scopes": ["SCIM"]}),
        json!({"scopes": "scim"}),
        json!({"expires": "2027-01-01T00:00:00+25:00"}),
        json!({"expires": "2099-01-01"}),
        json!({"expires": "9999-12-30T22:00:00.001Z"}),
        json!({"expires": "2099-01-01T00:00:00Z", "expiresIn": "1d"}),
        json!({"expires": "2001-01-01T00:00:00Z"}),
        json!({"expiresIn": "0s"}),
    ] {
        let mut key = wrong.clone();
        key["name"] = json!("w");
        let answer = ask(key).await;
        assert_eq!(answer.status, 400, "{wrong}: {answer:?}");
    }
}

#[tokio::test]
async fn the_heir_of_a_key_with_a_far_end_has_an_end() {
    let server = crate::server();
    let realm = Realm::create(server, "k-far").await;
    let far = json!({"name": "far", "expires": "9999-12-30T21:59:59Z"});
    let (id, _) = realm.key(server, far).await;
    // Rotated once more: the end is as far as one can be, and stays there.
    let mut key = id;
    tokio::time::sleep(std::time::Duration::from_millis(2_100)).await;
    for _ in 0..2 {
        let rotated = rotate(&realm, server, &key, json!({})).await;
        assert_eq!(rotated.status, 201, "{rotated:?}");
        assert_eq!(rotated.json()["expires"], "9999-12-30T22:00:00.000Z");
        rotated.json()["id"].as_str().unwrap().clone_into(&mut key);
        let shown = about(&realm, server, "GET", &format!("/keys/{key}"), None).await;
        assert_eq!(shown.json()["expires"], "9999-12-30T22:00:00.000Z");
    }
}

#[tokio::test]
async fn a_key_may_end_as_late_as_an_instant_can_be() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    let realm = Realm::create(&server, "k-late").await;
    for (n, end) in [
        json!({"expires": "9999-12-30T00:00:00Z"}),
        json!({"expiresIn": "2900000d"}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut asked = end.clone();
        asked["name"] = json!("late");
        let (id, token) = realm.key(&server, asked).await;
        assert_eq!(warnings(&embedded, &realm).await.len(), n + 1);
        assert_eq!(works(&realm, &token).await, 200);
        let mut again = end;
        again["overlap"] = json!("2900000d");
        let rotated = rotate(&realm, &server, &id, again).await;
        assert_eq!(rotated.status, 201, "{rotated:?}");
        let path = format!("/keys/{}", rotated.json()["id"].as_str().unwrap());
        let revoked = about(&realm, &server, "DELETE", &path, None).await;
        assert_eq!(revoked.status, 204, "{revoked:?}");
    }
}
