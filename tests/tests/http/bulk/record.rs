//! What is recorded of a bulk request: an event for each change and each
//! refusal, as of requests that came alone, and its use, once.

use super::{came_to, delete, group, id, patch, request, send, user};
use muster_tests::{Call, Front, Realm, Server, urn};
use serde_json::{Value, json};

const NOBODY: &str = "/Users/0b1f6c1e-6a58-4d0c-8d3f-6a1f5b0e7a11";

async fn ask(server: &Server, realm: &Realm, path: &str) -> Value {
    let path = format!("/admin/v1/realms/{}{path}", realm.name);
    let answer = realm.admin(server, "GET", &path, None).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}

#[tokio::test]
async fn each_operation_has_its_event() {
    let server = crate::server();
    let realm = Realm::create(server, "b-events").await;
    let stored = realm.user("stored").await;
    let before = ask(server, &realm, "/events?limit=100").await;
    let before = before["events"].as_array().unwrap().len();
    let at = format!("/Users/{stored}");
    let operations = [
        user("u", "u"),
        group("g", "G", &["bulkId:u", "bulkId:h"]),
        group("h", "H", &["bulkId:g"]),
        patch(
            "/Users/bulkId:u",
            json!({"op": "add", "path": "title", "value": "x"}),
        ),
        patch(&at, json!({"op": "add", "path": "active", "value": true})),
        json!({"method": "PUT", "path": at, "data": {"schemas": [urn::USER], "userName": "put"}}),
        delete(&at),
        delete(NOBODY),
        json!({"method": "POST", "path": "/Users", "bulkId": "bad"}),
        group("i", "I", &["bulkId:bad"]),
    ];
    let call = Call::new("POST", "/Bulk").header("user-agent", "bulk/1.0");
    let answer = realm.send(call.json(&request(&operations))).await;
    let expected = [
        "u 201",
        "g 201",
        "h 201",
        "PATCH 200",
        "PATCH 200",
        "PUT 200",
        "DELETE 204",
        "DELETE 404",
        "bad 400 invalidSyntax",
        "i 409",
    ];
    let made = came_to(&realm, &answer, &expected);
    let events = ask(server, &realm, "/events?limit=100&order=asc").await;
    let events = events["events"].as_array().unwrap()[before..].to_vec();
    let (u, g, h) = (id(&made, "u"), id(&made, "g"), id(&made, "h"));
    let mut seen: Vec<String> = events
        .iter()
        .map(|event| {
            assert_eq!(event["requestId"], answer.header("x-request-id"), "{event}");
            assert_eq!(event["userAgent"], "bulk/1.0", "{event}");
            let text = |name: &str| event[name].as_str().unwrap().to_owned();
            let resource = event["resource"]["id"].as_str().unwrap_or("-");
            format!(
                "{} {} {} {}",
                text("method"),
                text("path"),
                event["status"],
                resource
            )
        })
        .collect();
    let mut wanted = vec![
        format!("POST /Users 201 {u}"),
        format!("POST /Groups 201 {g}"),
        format!("POST /Groups 201 {h}"),
        // The second step of a circle is a change of its own.
        format!("PATCH /Groups/{h} 204 {h}"),
        format!("PATCH /Users/{u} 200 {u}"),
        // What changes nothing leaves nothing behind.
        format!("PUT {at} 200 {stored}"),
        format!("DELETE {at} 204 {stored}"),
        format!("DELETE {NOBODY} 404 {}", &NOBODY[7..]),
        "POST /Bulk 400 -".to_owned(),
        "POST /Groups 409 -".to_owned(),
    ];
    seen.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(seen, wanted);
    // A request that is refused as a whole has one.
    send(&realm, &json!({})).await.is(400);
    let last = ask(server, &realm, "/events?limit=1").await;
    let last = &last["events"][0];
    assert_eq!(
        (&last["path"], &last["action"]),
        (&json!("/Bulk"), &json!("other")),
        "{last}"
    );
}

/// One request, with the units of all its operations: the same as if they had
/// come alone, but for their authentications.
#[tokio::test]
async fn its_use_is_counted_once() {
    let server = crate::server();
    if server.front() == Front::Gateway {
        // Each instance counts, and writes once a minute.
        return;
    }
    let (alone, bulk) = (
        Realm::create(server, "b-use-alone").await,
        Realm::create(server, "b-use-bulk").await,
    );
    let operations: Vec<Value> = (0..12)
        .map(|n| user(&format!("u{n}"), &format!("u{n}")))
        .collect();
    for realm in [&alone, &bulk] {
        // Notes the key's first use.
        realm.get("/Users").await.is(200);
    }
    for operation in &operations {
        alone.post("/Users", &operation["data"]).await.is(201);
    }
    send(&bulk, &request(&operations)).await.is(200);
    let row = async |realm: &Realm, operation: &str| {
        let used = ask(server, realm, "/usage").await;
        let days = used["days"].as_array().unwrap();
        let mut rows = days
            .iter()
            .flat_map(|day| day["operations"].as_array().unwrap().clone());
        let row = rows.find(|row| row["operation"] == operation);
        row.unwrap_or_else(|| panic!("{operation}: {used}"))
    };
    let (one, many) = (row(&alone, "CreateUser").await, row(&bulk, "Bulk").await);
    assert_eq!(
        (&one["requests"], &many["requests"]),
        (&json!(12), &json!(1))
    );
    assert_eq!(many["errors"], 0);
    assert_eq!(one["writeUnits"], many["writeUnits"]);
    let units = |row: &Value| row["readUnits"].as_f64().unwrap();
    assert!(
        (units(&one) - 11.0 * 2.0 - units(&many)).abs() < 0.1,
        "{one} {many}"
    );
    let used = ask(server, &bulk, "/usage").await;
    assert!(!used.to_string().contains("CreateUser"), "{used}");
}
