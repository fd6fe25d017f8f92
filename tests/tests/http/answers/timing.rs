//! `Server-Timing`: told to a realm's own proven caller who asks, to nobody else.

use muster_tests::{Answer, Call, Realm, urn};
use serde_json::json;
use std::collections::BTreeMap;

/// The metrics of the header by name, read by the grammar of W3C Server Timing:
/// `name;dur=number` or `name;desc="number"`.
#[track_caller]
pub(crate) fn metrics(answer: &Answer) -> BTreeMap<String, f64> {
    let metric = |text: &str| {
        let (name, parameter) = text.trim().split_once(';').unwrap();
        let (kind, value) = parameter.split_once('=').unwrap();
        let value = match kind {
            "dur" => value,
            "desc" => value.strip_prefix('"').unwrap().strip_suffix('"').unwrap(),
            other => panic!("{other}"),
        };
        (name.to_owned(), value.parse().unwrap())
    };
    let header = answer.header("server-timing");
    header.split(',').map(metric).collect()
}

#[tokio::test]
async fn what_a_request_has_cost_is_told_to_a_proven_caller_who_asks() {
    let server = crate::server();
    let realm = Realm::create(server, "z-timing").await;
    let other = Realm::create(server, "z-timing-other").await;
    let user = format!("/Users/{}", realm.user("ada@example.net").await);
    let title = json!([{"op": "replace", "path": "title", "value": "Countess"}]);
    let title = json!({"schemas": [urn::PATCH], "Operations": title});
    let patch = || Call::new("PATCH", &user).json(&title);
    // Read and write units.
    for (call, status, expected) in [
        (Call::get(&user), 200, Some((3.0, 0.0))),
        (Call::new("HEAD", &user), 200, Some((3.0, 0.0))),
        (patch(), 200, Some((3.0, 4.0))),
        (patch(), 200, Some((3.0, 0.0))),
        (Call::get("/Users/nobody"), 404, Some((2.0, 0.0))),
        (Call::get("/Users?filter=x"), 400, Some((2.0, 0.0))),
        (Call::get("/Schemas"), 200, Some((2.0, 0.0))),
        (Call::get("/Schemas").anonymous(), 200, None),
        (Call::get(&user).anonymous(), 401, None),
        (Call::get(&user).token("garbage"), 401, None),
        (Call::get(&user).token(&other.token), 401, None),
    ] {
        let silent = realm.send(call.clone()).await;
        assert_eq!(silent.header("server-timing"), "", "{silent:?}");
        let asked = call.header("prefer", "return=representation, server-timing");
        let answer = realm.send(asked).await;
        assert_eq!(answer.status, status, "{answer:?}");
        let Some((read, written)) = expected else {
            assert_eq!(answer.header("server-timing"), "", "{answer:?}");
            continue;
        };
        let metrics = metrics(&answer);
        let names: Vec<&str> = metrics.keys().map(String::as_str).collect();
        let all = [
            "attempts",
            "read-units",
            "store-calls",
            "total",
            "write-units",
        ];
        assert_eq!(names, all, "{answer:?}");
        let units = (metrics["read-units"], metrics["write-units"]);
        assert!(units.0 <= read && units.0 >= 2.0, "{metrics:?}: {answer:?}");
        assert!(units.1 <= written, "{metrics:?}: {answer:?}");
        let (calls, attempts) = (metrics["store-calls"], metrics["attempts"]);
        assert!(calls >= 1.0 && attempts >= calls, "{metrics:?}");
        assert!(metrics["total"] > 0.0, "{metrics:?}");
    }
}
