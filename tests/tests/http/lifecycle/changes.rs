//! Changes of a realm: merge patches, and the version that they are for.

use super::about;
use muster_tests::{Call, Realm, Server};
use serde_json::{Value, json};

/// A realm that has decided everything.
async fn decided(server: &Server, name: &str) -> Realm {
    let realm = Realm::create(server, name).await;
    let all = json!({
        "displayName": "Acme", "profile": "strict", "entraTenantId": "t", "invitation": true,
        "events": {"retentionDays": 365, "values": true},
        "limits": {"users": 10, "groups": 5, "requestsPerSecond": 50},
        "deletionGuard": {"maximum": 9, "windowSeconds": 60},
    });
    realm.change(server, &all).await;
    realm
}

/// What the realm decides then about the members that the change names.
async fn check(server: &Server, realm: &Realm, change: Value, expected: Value) {
    realm.change(server, &change).await;
    let shown = about(realm, server, "GET", "", None).await.json();
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(shown.get(name).unwrap_or(&Value::Null), value, "{change}");
    }
}

#[tokio::test]
async fn what_a_merge_patch_leaves_out_stays_and_what_is_null_goes() {
    let server = crate::server();
    let realm = decided(server, "c-merge").await;
    let rows = [
        (
            json!({"events": {"values": false}}),
            json!({"events": {"retentionDays": 365, "values": false}}),
        ),
        (
            json!({"events": {"retentionDays": 30}}),
            json!({"events": {"retentionDays": 30, "values": false}}),
        ),
        (
            json!({"events": {"retentionDays": null, "values": true}}),
            json!({"events": {"retentionDays": 90, "values": true}}),
        ),
        (
            json!({"limits": {"users": 11}}),
            json!({"limits": {"users": 11, "groups": 5, "requestsPerSecond": 50}}),
        ),
        (
            json!({"limits": {"groups": null}}),
            json!({"limits": {"users": 11, "requestsPerSecond": 50}}),
        ),
        (
            json!({"deletionGuard": {"maximum": 8}}),
            json!({"deletionGuard": {"maximum": 8, "windowSeconds": 60}}),
        ),
        (
            json!({"displayName": null, "profile": null, "invitation": null, "entraTenantId": null}),
            json!({
                "displayName": "c-merge", "profile": "generic", "invitation": false,
                "entraTenantId": null,
            }),
        ),
        (
            json!({"events": null, "limits": null, "deletionGuard": null}),
            json!({
                "events": {"retentionDays": 90, "values": false}, "limits": {},
                "deletionGuard": null,
            }),
        ),
    ];
    for (change, expected) in rows {
        check(server, &realm, change, expected).await;
    }
    for refused in [
        json!({"state": null}),
        json!({"state": "deleting"}),
        json!({"deletionGuard": {"maximum": 8}}),
        json!({"deletionGuard": {"maximum": null, "windowSeconds": 60}}),
        json!({"limits": {"requestsPerSecond": 24}}),
        json!({"limits": {"people": 1}}),
        json!({"events": {"retentionDays": 0}}),
    ] {
        let answer = about(&realm, server, "PATCH", "", Some(refused)).await;
        assert_eq!(answer.status, 400, "{answer:?}");
    }
}

#[tokio::test]
async fn what_a_realm_has_not_decided_is_undecided_where_it_is_imported() {
    let server = crate::server();
    let bare = Realm::create(server, "c-bare").await;
    let realm = decided(server, "c-import").await;
    let row = json!({"name": "n", "attribute": "a", "path": "userName", "type": "String"});
    let rows = json!({"mappers": [row]});
    let set = about(&realm, server, "PUT", "/mappers", Some(rows)).await;
    assert_eq!(set.status, 200, "{set:?}");
    let exported = about(&bare, server, "GET", "/export", None).await.json();
    let items = json!({"items": exported["items"]});
    let answer = about(&realm, server, "POST", "/import", Some(items)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let of = |mut realm: Value| {
        for own in ["name", "tenantUrl", "created", "version"] {
            realm.as_object_mut().unwrap().remove(own);
        }
        realm
    };
    let shown = about(&realm, server, "GET", "", None).await.json();
    let expected = about(&bare, server, "GET", "", None).await.json();
    assert_eq!(of(shown), of(expected));
    let mappers = about(&realm, server, "GET", "/mappers", None).await.json();
    assert_eq!(mappers["custom"], false, "{mappers}");
}

#[tokio::test]
async fn if_match_takes_every_form_of_the_header() {
    let server = crate::server();
    let realm = Realm::create(server, "c-match").await;
    let url = format!("{}/admin/v1/realms/c-match", server.origin());
    for (n, (tag, expected)) in [
        ("\"1\"", 200),
        ("\"1\"", 412),
        ("W/\"2\"", 200),
        ("\"7\", \"3\"", 200),
        ("\"7\",\"8\"", 412),
        ("\"x\", \"4\"", 200),
        ("*", 200),
        ("\"+6\"", 412),
        ("6", 412),
        ("", 412),
        ("\"06\"", 412),
        ("\"\u{e9}\"", 412),
    ]
    .into_iter()
    .enumerate()
    {
        let call = Call::new("PATCH", &url)
            .header("content-type", "application/merge-patch+json")
            .header("if-match", tag)
            .json(&json!({"displayName": format!("n{n}")}));
        let answer = realm.send(call.by(server.operator())).await;
        assert_eq!(answer.status, expected, "{tag} {answer:?}");
        if expected == 200 {
            let version = answer.json()["version"].to_string();
            assert_eq!(answer.header("etag"), format!("\"{version}\""));
        }
    }
}

#[tokio::test]
async fn what_could_not_be_asked_for_again_is_not_imported() {
    let server = crate::server();
    let realm = Realm::create(server, "c-odd").await;
    let attributes = json!([{"name": "tag"}]);
    let id = "f81d4fae-7dec-41d0-a765-00a0c91e6bf6";
    let time = "2026-01-01T00:00:00Z";
    for item in [
        json!({"realm": {"schemas": [{
            "id": "urn:example:a/b:2.0:User", "name": "x", "resourceType": "User",
            "attributes": attributes,
        }]}}),
        json!({"user": {
            "id": id, "created": "-000044-03-15T00:00:00Z", "lastModified": time,
            "state": "provisioned", "attributes": {"userName": "caesar"},
        }}),
        json!({"user": {
            "id": id, "created": time, "lastModified": "-000044-03-15T00:00:00Z",
            "state": "provisioned", "attributes": {"userName": "caesar"},
        }}),
    ] {
        let items = json!({"items": [item]});
        let answer = about(&realm, server, "POST", "/import", Some(items)).await;
        assert_eq!(answer.status, 400, "{answer:?}");
    }
}
