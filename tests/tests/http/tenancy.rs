//! Who may do what: every route of the service's own table, with every kind of
//! credentials. A route that is added is tested without being remembered here.

use muster::embedded::{CallInfo, Embedded};
use muster_tests::{Answer, Call, Realm};
use serde_json::{Value, json};
use service::{Function, Operation, ROUTES, Route};
use std::sync::{Arc, Mutex};

/// The routes below a realm.
fn routes() -> impl Iterator<Item = &'static Route> {
    ROUTES
        .iter()
        .filter(|route| route.function != Function::Admin)
}

/// A request of `route` that would be good: a resource that exists, a body that fits.
async fn call(route: &Route, realm: &Realm, at: &Target) -> Call {
    let path = route.path.strip_prefix("/realms/{realm}/scim/v2").unwrap();
    let id = match route.operation {
        Operation::ResourceType => "User",
        Operation::Schema => muster_tests::urn::USER,
        _ if path.starts_with("/Users") => &at.user,
        _ => &at.group,
    };
    let call = Call::new(
        route.method.as_str(),
        &format!("{}{}", realm.url, path.replace("{id}", id)),
    );
    match route.operation {
        Operation::Create(_) => call.json(&json!({"userName": "new", "displayName": "new"})),
        Operation::Replace(_) => call.json(&json!({"userName": "put", "displayName": "put"})),
        Operation::Patch(_) => call.json(&json!({"Operations": [
            {"op": "replace", "path": "displayName", "value": "patched"},
        ]})),
        Operation::Search(_) => call.json(&json!({"filter": "displayName pr"})),
        Operation::Bulk => call.json(&json!({
            "schemas": [muster_tests::urn::BULK],
            "Operations": [{
                "method": "PATCH", "path": format!("/Users/{}", at.user),
                "data": {"Operations": [{"op": "add", "path": "title", "value": "by bulk"}]},
            }],
        })),
        _ => call,
    }
}

struct Target {
    user: String,
    group: String,
}

impl Target {
    async fn in_realm(realm: &Realm) -> Self {
        let user = realm.user("target@example.net").await;
        let group = realm.group("Target", &[&user]).await;
        Self { user, group }
    }
}

/// Whatever of an answer could tell refusals apart.
fn face(answer: &Answer) -> (u16, Vec<u8>, Vec<(String, String)>) {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .filter(|(name, _)| !["date", "x-request-id", "content-length"].contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort_unstable();
    (answer.status, answer.bytes.clone(), headers)
}

#[tokio::test]
async fn whatever_is_wrong_the_401_is_the_same() {
    let server = crate::server();
    let realm = Realm::create(server, "t-refused").await;
    let other = Realm::create(server, "t-other").await;
    let case = Realm::create(server, "T-Refused").await;
    let keys = realm.keys(server).await;
    let at = Target::in_realm(&realm).await;
    let nowhere = realm.with_url(server.tenant_url("t-nowhere"));
    let malformed = realm.with_url(server.tenant_url("-no_name"));
    let good = &realm.token;
    let (head, last) = good.split_at(good.len() - 1);
    let wrong_checksum = format!("{head}{}", if last == "a" { "b" } else { "a" });
    let rows: Vec<(&str, &Realm, Option<String>)> = vec![
        ("no token", &realm, None),
        ("garbage", &realm, Some("Bearer garbage".to_owned())),
        ("no scheme", &realm, Some("non-token".to_owned())),
        ("another scheme", &realm, Some(format!("Basic {good}"))),
        ("an empty token", &realm, Some("Bearer ".to_owned())),
        (
            "a wrong checksum",
            &realm,
            Some(format!("Bearer {wrong_checksum}")),
        ),
        (
            "another realm's",
            &realm,
            Some(format!("Bearer {}", other.token)),
        ),
        (
            "a realm's of the same name in other case",
            &realm,
            Some(format!("Bearer {}", case.token)),
        ),
        (
            "the administrator's",
            &realm,
            Some(format!("Bearer {}", server.admin_token())),
        ),
        ("revoked", &realm, Some(format!("Bearer {}", keys.revoked))),
        ("expired", &realm, Some(format!("Bearer {}", keys.expired))),
        ("an unknown realm", &nowhere, Some(format!("Bearer {good}"))),
        ("no realm name", &malformed, Some(format!("Bearer {good}"))),
    ];
    let before = snapshot(&realm).await;
    let mut expected = None;
    let mut asked = 0;
    for route in routes() {
        for (why, realm, authorization) in &rows {
            let call = call(route, realm, &at).await;
            let answer = match authorization {
                None if route.operation.is_open() => {
                    realm.send(call.anonymous()).await.is(200);
                    continue;
                }
                None => realm.send(call.anonymous()).await,
                Some(value) => realm.send(call.authorization(value)).await,
            };
            answer.is(401);
            let challenge = answer.header("www-authenticate");
            assert!(
                challenge.starts_with("Bearer"),
                "{why}: {answer:?}: {challenge}"
            );
            let face = face(&answer);
            let expected = expected.get_or_insert_with(|| face.clone());
            assert_eq!(face, *expected, "{why}: {answer:?}");
            asked += 1;
        }
    }
    assert!(asked > 250, "{asked}");
    assert_eq!(
        snapshot(&realm).await,
        before,
        "a refused request changed something"
    );
}

async fn snapshot(realm: &Realm) -> Value {
    json!([
        realm.get("/Users").await.is(200),
        realm.get("/Groups").await.is(200)
    ])
}

#[tokio::test]
async fn a_good_token_opens_every_route() {
    let server = crate::server();
    let mut n = 0;
    for route in routes() {
        n += 1;
        let realm = Realm::create(server, &format!("t-open-{n}")).await;
        let at = Target::in_realm(&realm).await;
        let call = call(route, &realm, &at).await;
        let answer = realm
            .send(call.authorization(&format!("bEaReR {}", realm.token)))
            .await;
        let expected = match route.operation {
            Operation::Me => 501..=501,
            _ => 200..=204,
        };
        assert!(expected.contains(&answer.status), "{answer:?}");
    }
}

#[tokio::test]
async fn a_key_that_reads_may_not_write() {
    let server = crate::server();
    let realm = Realm::create(server, "t-reads").await;
    let keys = realm.keys(server).await;
    let at = Target::in_realm(&realm).await;
    let reader = realm.with_token(&keys.read_only);
    let before = snapshot(&reader).await;
    for route in routes().filter(|route| route.operation != Operation::Me) {
        let answer = reader.send(call(route, &reader, &at).await).await;
        answer.is(if route.operation.writes() { 403 } else { 200 });
    }
    assert_eq!(snapshot(&reader).await, before);
}

#[tokio::test]
async fn a_disabled_realm_says_so_only_to_a_good_key() {
    let server = crate::server();
    let realm = Realm::create(server, "t-disabled").await;
    let at = Target::in_realm(&realm).await;
    let path = "/admin/v1/realms/t-disabled";
    let switch = async |state: &str| {
        let answer = realm
            .admin(server, "PATCH", path, Some(json!({"state": state})))
            .await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    switch("disabled").await;
    let revoked = realm.keys(server).await.revoked;
    for route in routes() {
        let call = call(route, &realm, &at).await;
        realm.send(call.clone()).await.is(403);
        realm.send(call.clone().token(&revoked)).await.is(401);
        let open = if route.operation.is_open() { 200 } else { 401 };
        realm.send(call.anonymous()).await.is(open);
    }
    switch("enabled").await;
    realm.get(&format!("/Users/{}", at.user)).await.is(200);
    assert_eq!(realm.get("/Users").await.is(200)["totalResults"], 1);
}

#[tokio::test]
async fn a_revoked_key_ends_at_once_and_others_go_on() {
    let server = crate::server();
    let realm = Realm::create(server, "t-rotate").await;
    let (id, token) = realm.key(server, json!({"name": "second"})).await;
    let second = realm.with_token(&token);
    second.get("/Users").await.is(200);
    let path = format!("/admin/v1/realms/t-rotate/keys/{id}");
    for _ in 0..2 {
        assert_eq!(realm.admin(server, "DELETE", &path, None).await.status, 204);
        second.get("/Users").await.is(401);
    }
    realm.get("/Users").await.is(200);
    let keys = realm
        .admin(server, "GET", "/admin/v1/realms/t-rotate/keys", None)
        .await;
    let text = String::from_utf8(keys.bytes.clone()).unwrap();
    assert!(
        !text.contains(&token) && !text.contains(&realm.token),
        "{text}"
    );
    assert!(!text.to_lowercase().contains("mac"), "{text}");
}

#[tokio::test]
async fn a_realm_is_made_once_and_well_named() {
    let server = crate::server();
    let realm = Realm::create(server, "t-admin").await;
    let again = realm
        .admin(
            server,
            "POST",
            "/admin/v1/realms",
            Some(json!({"name": "t-admin"})),
        )
        .await;
    assert_eq!(
        again.status, 200,
        "the same request is the same realm: {again:?}"
    );
    let other = realm
        .admin(
            server,
            "POST",
            "/admin/v1/realms",
            Some(json!({"name": "t-admin", "displayName": "Another"})),
        )
        .await;
    assert_eq!(other.status, 409, "{other:?}");
    for name in ["", "-x", "a b", "a#b", "a/b", "a.b", "ä", &"x".repeat(64)] {
        let bad = realm
            .admin(
                server,
                "POST",
                "/admin/v1/realms",
                Some(json!({"name": name})),
            )
            .await;
        assert_eq!(bad.status, 400, "{name}: {bad:?}");
    }
}

#[tokio::test]
async fn no_request_of_one_realm_touches_a_key_of_another() {
    // vouch #310: the tenant was dropped after authentication.
    let touched: Arc<Mutex<Vec<String>>> = Arc::default();
    let log = Arc::clone(&touched);
    let record = move |call: &CallInfo| {
        log.lock()
            .unwrap()
            .extend(call.keys.iter().map(|key| key.pk.clone()));
    };
    let server = crate::over(Embedded::memory().unwrap().with_log(Arc::new(record)));
    let acme = Realm::create(&server, "acme").await;
    let other = Realm::create(&server, "acme-2").await;
    let at = Target::in_realm(&acme).await;
    let theirs = Target::in_realm(&other).await;
    for (realm, own, foreign) in [(&acme, &at, &theirs), (&other, &theirs, &at)] {
        let seen = snapshot(if realm.name == "acme" { &other } else { &acme }).await;
        touched.lock().unwrap().clear();
        // First the other realm's ids, which are nobody's here; then all of its own.
        for path in [
            format!("/Users/{}", foreign.user),
            format!("/Groups/{}", foreign.group),
        ] {
            realm.get(&path).await.is(404);
            realm.delete(&path).await.is(404);
        }
        let join = json!([{"op": "add", "path": "members", "value": [{"value": foreign.user}]}]);
        realm
            .patch(&format!("/Groups/{}", own.group), join)
            .await
            .is(204);
        let hits = realm
            .filter("/Users", &format!("id eq \"{}\"", foreign.user))
            .await;
        assert!(hits.resources().is_empty(), "{hits:?}");
        let mut routes: Vec<&Route> = routes().collect();
        routes.sort_by_key(|route| route.method == "DELETE");
        for route in routes {
            let answer = realm.send(call(route, realm, own).await).await;
            assert!(answer.status < 500 || answer.status == 501, "{answer:?}");
        }
        let prefix = format!("R#{}#", realm.name);
        let keys = touched.lock().unwrap().clone();
        assert!(keys.len() > 50, "the log saw {} keys", keys.len());
        // What an instance of a function reads when it starts is nobody's.
        let strays: Vec<&String> = keys
            .iter()
            .filter(|pk| !pk.starts_with(&prefix) && *pk != "R##REALM")
            .collect();
        assert!(strays.is_empty(), "{}: {strays:?}", realm.name);
        let now = snapshot(if realm.name == "acme" { &other } else { &acme }).await;
        assert_eq!(now, seen, "the other realm has changed");
    }
}
