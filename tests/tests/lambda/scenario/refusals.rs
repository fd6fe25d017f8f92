//! What is refused, whoever asks: by guards and limits, for what is wrong with a
//! request, and for want of a good token.

use super::operated::{Operated, person, text};
use muster_tests::{Answer, Call, Realm, Server, urn};
use serde_json::{Value, json};
use service::{Function, ROUTES};

pub(super) async fn play(server: &Server) {
    guards(server).await;
    limits(server).await;
    writes(server).await;
    strangers(server).await;
    nonsense(server).await;
}

async fn deactivate(realm: &Realm, user: &str) -> Answer {
    let off = json!([{"op": "Replace", "path": "active", "value": "False"}]);
    realm.patch(&format!("/Users/{user}"), off).await
}

/// A guard that begins, counts, trips and is released; by users, then by groups.
async fn guards(server: &Server) {
    let own = Operated::new(server, "l-guarded").await;
    let mut users = Vec::new();
    let mut groups = Vec::new();
    for n in 0..5 {
        users.push(own.realm.post("/Users", &person(n)).await.created());
        groups.push(own.realm.group(&format!("Planted {n}"), &[]).await);
    }
    let guard = json!({"deletionGuard": {"maximum": 2, "windowSeconds": 3_600}});
    own.ask("PATCH", "", Some(guard.clone()), 200).await;
    deactivate(&own.realm, &users[0]).await.is(200);
    own.realm
        .delete(&format!("/Users/{}", users[1]))
        .await
        .is(204);
    deactivate(&own.realm, &users[2]).await.is(403);
    own.ask("GET", "", None, 200).await;
    own.ask("POST", "/deletion-guard/release", None, 200).await;
    deactivate(&own.realm, &users[2]).await.is(200);
    let none = json!({"deletionGuard": null});
    own.ask("PATCH", "", Some(none), 200).await;
    own.ask("PATCH", "", Some(guard), 200).await;
    for (n, status) in [204, 204, 403, 403].into_iter().enumerate() {
        let answer = own.realm.delete(&format!("/Groups/{}", groups[n])).await;
        assert_eq!(answer.status, status, "{answer:?}");
    }
}

/// As many as there may be, and as often as one may ask.
async fn limits(server: &Server) {
    let own = Operated::new(server, "l-limited").await;
    let limits = json!({"limits": {"users": 1, "groups": 1, "requestsPerSecond": 25}});
    own.ask("PATCH", "", Some(limits), 200).await;
    own.realm.post("/Users", &person(0)).await.is(201);
    own.realm.post("/Users", &person(1)).await.is(403);
    own.realm.group("Planted one", &[]).await;
    let another = json!({"schemas": [urn::GROUP], "displayName": "Planted another"});
    own.realm.post("/Groups", &another).await.is(403);
    // Best effort: every instance has a bucket of its own.
    for n in 0..60 {
        let answer = own.realm.get(&format!("/Users?count=0&planted={n}")).await;
        assert!(matches!(answer.status, 200 | 429), "{answer:?}");
    }
}

/// What is wrong with a write.
async fn writes(server: &Server) {
    let own = Operated::new(server, "l-refused").await;
    let user = own.realm.post("/Users", &person(0)).await.created();
    let reads = own.realm.keys(server).await.read_only;
    let reader = own.realm.with_token(&reads);
    let at = format!("/Users/{user}");
    let mut wrong = person(0);
    wrong["active"] = json!("planted");
    let path = json!([{"op": "replace", "path": "planted[", "value": "planted"}]);
    let patch = json!({"schemas": [urn::PATCH], "Operations": path});
    let group = json!({"schemas": [urn::GROUP], "displayName": {"planted": "planted"}});
    let whole = person(0);
    let rows: [(&Realm, &str, &str, Option<&Value>, u16); 9] = [
        (&own.realm, "POST", "/Users", Some(&whole), 409),
        (&own.realm, "POST", "/Users", Some(&wrong), 400),
        (&own.realm, "PATCH", &at, Some(&patch), 400),
        (&own.realm, "POST", "/Groups", Some(&group), 400),
        (&own.realm, "PATCH", "/Groups/planted", Some(&patch), 404),
        (
            &own.realm,
            "DELETE",
            "/Users/planted@example.net",
            None,
            404,
        ),
        (&own.realm, "POST", "/Bulk", Some(&whole), 400),
        (&own.realm, "POST", "/Planted", Some(&whole), 404),
        (&reader, "DELETE", &at, None, 403),
    ];
    for (realm, method, path, body, status) in rows {
        let mut call = Call::new(method, path).header("user-agent", "planted-agent/1.0");
        if let Some(body) = body {
            call = call.json(body);
        }
        realm.send(call).await.is(status);
    }
    for body in ["{\"userName\": \"planted", "planted", "[\"planted\"]"] {
        let call = Call::new("POST", "/Users").bytes(body);
        own.realm.send(call).await.is(400);
    }
    let events = own.ask("GET", "/events?kind=refusal", None, 200).await;
    assert!(events["events"].as_array().unwrap().len() > 5, "{events}");
    let off = json!({"state": "disabled"});
    own.ask("PATCH", "", Some(off), 200).await;
    own.realm.delete(&at).await.is(403);
}

/// Whoever has no good token: at each function, in a realm and in none.
async fn strangers(server: &Server) {
    let own = Operated::new(server, "l-strangers").await;
    let revoked = own.realm.keys(server).await.revoked;
    let other = Realm::create(server, "l-strangers-2").await;
    let nowhere = own.realm.with_url(server.tenant_url("l-nowhere"));
    let malformed = own.realm.with_url(server.tenant_url("-planted_"));
    for (method, path) in [
        ("GET", "/Users?filter=userName eq \"planted@example.net\""),
        ("DELETE", "/Groups/planted"),
        ("POST", "/.search"),
        ("GET", "/Schemas/planted"),
    ] {
        for realm in [&own.realm, &nowhere, &malformed] {
            for authorization in [
                "planted".to_owned(),
                "Basic cGxhbnRlZDpwbGFudGVk".to_owned(),
                "Bearer mst_planted".to_owned(),
                format!("Bearer {revoked}"),
                format!("Bearer {}", other.token),
            ] {
                let call = Call::new(method, path).header("user-agent", "planted-agent/1.0");
                let call = match method {
                    "POST" => call.json(&json!({"filter": "userName eq \"planted\""})),
                    _ => call,
                };
                realm.send(call.authorization(&authorization)).await.is(401);
            }
        }
    }
    let told = own.ask("GET", "/events?kind=authentication", None, 200);
    let told = told.await;
    let one = &told["events"][0];
    assert_eq!(text(one, "action"), "authenticate", "{told}");
}

/// Every operation of the administration, asked for nonsense.
async fn nonsense(server: &Server) {
    let own = Operated::new(server, "l-nonsense").await;
    let query = "cursor=planted&limit=planted&filter=planted+eq&state=planted&type=planted\
                 &from=planted&to=planted&kind=planted&status=planted&order=planted&key=planted";
    for route in ROUTES.iter().filter(|it| it.function == Function::Admin) {
        for realm in ["l-nonsense", "l-planted", "-planted_"] {
            let path = route.path.replace("{realm}", realm);
            let path = path.replace("{id}", "planted").replace("{key}", "planted");
            let url = format!("{}{path}?{query}", server.origin());
            for body in [
                "{\"planted\": \"planted\"}",
                "{\"name\": \"planted",
                "[\"planted\"]",
            ] {
                let call = Call::new(route.method.as_str(), &url).anonymous();
                let call = match route.method.as_str() {
                    "GET" => call,
                    _ => call.header("content-type", "application/json").bytes(body),
                };
                let answer = own.realm.send(call.by(server.operator())).await;
                assert!(answer.status < 500, "{answer:?}");
            }
        }
    }
}
