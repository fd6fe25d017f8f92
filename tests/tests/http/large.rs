//! A group that has more members than one answer holds as it is.

use crate::answers::filled::fill;
use crate::answers::plain;
use muster::embedded::Embedded;
use muster_tests::{Answer, Call, Realm, urn};
use serde_json::{Value, json};

/// Of some 240 bytes each as Lambda counts them: 28,000 are more than 6 MB, and
/// compressed 0.8 MB.
const MEMBERS: usize = 28_000;

fn values(of: &Value) -> Vec<&str> {
    let members = of["members"].as_array().unwrap().iter();
    members.map(|it| it["value"].as_str().unwrap()).collect()
}

#[track_caller]
fn too_many(answer: &Answer) {
    let body = answer.fails(400, "tooMany");
    let detail = body["detail"].as_str().unwrap();
    for way in [
        "Accept-Encoding: gzip",
        "excludedAttributes=members",
        "members eq",
    ] {
        assert!(detail.contains(way), "{answer:?}: no `{way}`");
    }
}

#[tokio::test]
async fn a_large_group_is_answered_whole_or_not_at_all() {
    let embedded = Embedded::memory().unwrap();
    let server = crate::over(embedded.clone());
    // The longest name a realm can have: every member shows it.
    let name = "z".repeat(63);
    let realm = Realm::create(&server, &name).await;
    let group = realm.group("Everyone", &[]).await;
    let expected = fill(&embedded, &name, &group, MEMBERS).await;
    let path = format!("/Groups/{group}");
    let compressed = |path: &str| Call::get(path).header("accept-encoding", "gzip");

    too_many(&realm.get(&path).await);
    too_many(&realm.get("/Groups").await);
    let head = realm.send(Call::new("HEAD", &path)).await;
    assert_eq!(head.status, 400, "{head:?}");

    let packed = realm.send(compressed(&path)).await;
    assert_eq!(packed.status, 200, "{packed:?}");
    assert_eq!(packed.header("content-encoding"), "gzip");
    let resource: Value = serde_json::from_slice(&plain(&packed)).unwrap();
    assert_eq!(values(&resource), expected);
    assert_eq!(
        resource["members"][0],
        json!({"value": expected[0], "$ref": format!("{}/Users/{}", realm.url, expected[0]), "type": "User"})
    );
    let listed = realm.send(compressed("/Groups")).await;
    let listed: Value = serde_json::from_slice(&plain(&listed)).unwrap();
    assert_eq!(listed["Resources"], json!([resource]));

    // What is asked for fits as it is.
    for (query, expected) in [
        ("?attributes=members.value", expected.as_slice()),
        (
            "?attributes=members&excludedAttributes=members.$ref,members.type",
            &expected,
        ),
    ] {
        let answer = realm.get(&format!("{path}{query}")).await;
        assert_eq!(answer.header("content-encoding"), "", "{query}");
        assert_eq!(values(&answer.is(200)), expected, "{query}");
    }
    let less = realm
        .get(&format!("{path}?excludedAttributes=members"))
        .await;
    assert_eq!(less.is(200)["members"], Value::Null);
    let one = format!("id eq \"{group}\" and members eq \"{}\"", expected[7]);
    let one = realm
        .get(&format!("/Groups?attributes=id&filter={one}"))
        .await;
    assert_eq!(
        one.resources(),
        [json!({"schemas": [urn::GROUP], "id": group})]
    );

    // A change is made: the answer says so, and leaves out what it cannot hold.
    let rename = |name: &str| {
        let operations = json!([{"op": "replace", "path": "displayName", "value": name}]);
        let body = json!({"schemas": [urn::PATCH], "Operations": operations});
        Call::new("PATCH", &format!("{path}?attributes=displayName,members")).json(&body)
    };
    let body = realm.send(rename("All")).await.is(200);
    assert_eq!(
        (&body["displayName"], &body["members"]),
        (&json!("All"), &Value::Null)
    );
    let body = realm
        .send(rename("Each").header("accept-encoding", "gzip"))
        .await;
    let body: Value = serde_json::from_slice(&plain(&body)).unwrap();
    assert_eq!(body["displayName"], "Each");
    assert_eq!(values(&body), expected);
}
