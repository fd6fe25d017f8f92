//! One event for whoever is not let in, without a word on which realms there are.

use super::{events, history, refused};
use muster::embedded::{CallInfo, Embedded};
use muster_tests::{Call, Realm};
use std::sync::{Arc, Mutex};

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
