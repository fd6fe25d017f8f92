//! One event for each refused write, as far as there are not too many.

use super::{events, history, refused};
use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

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
    type Row<'a> = (&'a Realm, &'a str, &'a str, Option<&'a Value>, u16, &'a str, &'a str, Option<&'a str>);
    #[rustfmt::skip]
    let rows: Vec<Row<'_>> = vec![
        (&realm, "POST", "/Users", Some(&body), 409, "create", "/Users", None),
        (&realm, "PATCH", &at, Some(&patch), 400, "patch", &at, Some(&user)),
        (&realm, "PUT", &at, Some(&list), 400, "replace", &at, Some(&user)),
        (&realm, "DELETE", gone, None, 404, "delete", gone, Some(&gone[8..])),
        (&realm, "DELETE", "/Users/ada@example.net", None, 404, "delete", "/Users/{id}", None),
        (&realm, "POST", "/Bulk", Some(&body), 400, "other", "/Bulk", None),
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
async fn a_refusal_keeps_values_where_the_realm_does_and_passwords_never() {
    let server = crate::server();
    let quiet = Realm::create(server, "e-quiet").await;
    let values = Realm::create(server, "e-values").await;
    let keep = json!({"events": {"values": true}});
    let path = "/admin/v1/realms/e-values";
    let answer = values.admin(server, "PATCH", path, Some(keep)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let user = |name: &str| json!({"schemas": [urn::USER], "userName": name});
    let password = json!({"schemas": [urn::USER], "userName": "x", "password": 81726354});
    let unknown = json!({"schemas": [urn::PATCH], "Operations": [
        {"op": "replace", "path": "lovelace", "value": 1}]});
    for (realm, keeps) in [(&quiet, false), (&values, true)] {
        let id = realm.user("ada@example.net").await;
        let at = format!("/Users/{id}");
        for (method, path, body, secret, kept) in [
            ("POST", "/Users", &user("ADA@example.net"), "ADA", keeps),
            ("POST", "/Users", &password, "81726354", false),
            ("PATCH", &at, &unknown, "lovelace", keeps),
        ] {
            let answer = realm.send(Call::new(method, path).json(body)).await;
            assert!(answer.status >= 400, "{answer:?}");
            let event = &events(server, realm, "limit=1&kind=refusal").await[0];
            refused(event, &answer);
            assert_eq!(event.to_string().contains(secret), kept, "{event}");
        }
        let gone = "/Groups/0b1f6c1e-6a58-4d0c-8d3f-6a1f5b0e7a11";
        let answer = realm.delete(gone).await.is(404);
        let event = &events(server, realm, "limit=1&kind=refusal").await[0];
        assert_eq!(event["detail"], answer["detail"], "an id is no value");
    }
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
