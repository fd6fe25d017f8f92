//! Mappers: the company's own names for what clients provision.

use muster_tests::Realm;
use serde_json::{Value, json};

use muster_tests::urn::CUSTOM as URN;

/// The seven rows of Multi-Pass's guide.
fn seven() -> Value {
    let row = |name: &str, attribute: &str, path: &str, kind: &str, negate: bool| json!({"name": name, "attribute": attribute, "path": path, "type": kind, "negate": negate});
    json!([
        row("status", "isSoftDeleted", "active", "Boolean", true),
        row(
            "loginName",
            "userPrincipalName",
            "userName",
            "String",
            false
        ),
        row("firstName", "givenName", "name.givenName", "String", false),
        row("lastName", "surName", "name.familyName", "String", false),
        row("manager", "manager", "manager", "String", false),
        row("email", "email", "email", "String", false),
        row(
            "tag",
            "extensionAttribute1",
            &format!("{URN}:tag"),
            "String",
            false
        ),
    ])
}

fn user() -> Value {
    json!({
        "userName": "ada@example.com", "active": "True",
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"type": "home", "value": "ada@home.example"}, {"type": "work", "value": "ada@example.com"}],
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"manager": {"value": "m-1"}},
        URN: {"tag": "blue"}
    })
}

async fn realm(name: &str) -> Realm {
    let server = crate::server();
    let realm = Realm::create(server, name).await;
    let schema = json!({"name": "Custom", "resourceType": "User", "attributes": [{"name": "tag", "type": "string"}]});
    let path = format!("/admin/v1/realms/{name}/schemas/{URN}");
    realm
        .admin(server, "PUT", &path, Some(schema))
        .await
        .is_admin(201);
    realm
}

#[tokio::test]
async fn the_seven_mappers_make_a_flat_profile() {
    let server = crate::server();
    let realm = realm("t-map").await;
    let path = "/admin/v1/realms/t-map/mappers";
    let defaults = realm.admin(server, "GET", path, None).await.is_admin(200);
    assert_eq!(defaults["custom"], false);
    assert!(
        defaults["mappers"].as_array().unwrap().len() > 15,
        "{defaults}"
    );
    let tried = json!({"mappers": seven(), "user": user()});
    let expected = json!({
        "status": false, "loginName": "ada@example.com", "firstName": "Ada", "lastName": "Lovelace",
        "manager": "m-1", "email": "ada@example.com", "tag": "blue"
    });
    let dry = realm
        .admin(server, "POST", &format!("{path}/try"), Some(tried))
        .await
        .is_admin(200);
    assert_eq!(dry["profile"], expected);
    assert_eq!(dry["missing"], json!([]));
    let still = realm.admin(server, "GET", path, None).await.is_admin(200);
    assert_eq!(still["custom"], false, "a trial stores nothing");

    let set = realm
        .admin(server, "PUT", path, Some(json!({"mappers": seven()})))
        .await
        .is_admin(200);
    assert_eq!((&set["custom"], &set["mappers"]), (&json!(true), &seven()));
    let made = realm.post("/Users", &user()).await.is(201);
    let member = json!({"member": made["id"]});
    let mapped = realm
        .admin(server, "POST", &format!("{path}/try"), Some(member))
        .await
        .is_admin(200);
    assert_eq!(mapped["profile"], expected);

    realm
        .admin(server, "DELETE", path, None)
        .await
        .is_admin(204);
    let again = realm.admin(server, "GET", path, None).await.is_admin(200);
    assert_eq!(again, defaults);
}

#[tokio::test]
async fn what_a_mapper_may_be() {
    let server = crate::server();
    let realm = realm("t-map-refused").await;
    let path = "/admin/v1/realms/t-map-refused/mappers";
    let row = |name: &str, path: &str, kind: &str, negate: bool| json!([{"name": name, "attribute": "x", "path": path, "type": kind, "negate": negate}]);
    for (mappers, word) in [
        (row("a", "nope", "String", false), "nope"),
        (row("a", "userName", "Boolean", false), "userName"),
        (row("a", "userName", "String", true), "negate"),
        (row("a", "userName", "Text", false), "Text"),
        (row("", "userName", "String", false), "name"),
        (json!([seven()[1], seven()[1]]), "loginName"),
        (
            json!([{"name": "a", "attribute": "x", "path": "userName", "type": "String", "colour": 1}]),
            "colour",
        ),
    ] {
        let answer = realm
            .admin(server, "PUT", path, Some(json!({"mappers": mappers})))
            .await;
        let detail = answer.is_problem(&[400]);
        assert!(detail.contains(word), "{word}: {detail}");
    }
}

#[tokio::test]
async fn events_speak_the_company_s_names_too() {
    let server = crate::server();
    let realm = realm("t-map-events").await;
    let path = "/admin/v1/realms/t-map-events";
    let mappers = json!({"mappers": seven()});
    realm
        .admin(server, "PUT", &format!("{path}/mappers"), Some(mappers))
        .await
        .is_admin(200);
    let id = realm.post("/Users", &user()).await.created();
    let values = json!({"events": {"values": true}});
    realm
        .admin(server, "PATCH", path, Some(values))
        .await
        .is_admin(200);
    let change = json!([
        {"op": "replace", "path": "active", "value": false},
        {"op": "replace", "path": format!("{URN}:tag"), "value": "red"}
    ]);
    realm.patch(&format!("/Users/{id}"), change).await.is(200);
    let group = realm.group("Analysts", &[&id]).await;
    let of = |id: String| {
        let realm = realm.clone();
        async move {
            let query = format!("{path}/events?resource={id}&kind=write");
            let page = realm.admin(server, "GET", &query, None).await.is_admin(200);
            page["events"].clone()
        }
    };
    let events = of(id).await;
    assert_eq!(events[0]["attributes"], json!(["status", "tag"]));
    assert_eq!(
        events[0]["profile"],
        json!({"status": true, "tag": "red"}),
        "{events}"
    );
    // Of a realm that keeps no values there is no profile.
    assert_eq!(events[1].get("profile"), None);
    let names = json!(["status", "loginName", "firstName", "lastName", "email"]);
    for name in names.as_array().unwrap() {
        assert!(events[1]["attributes"].as_array().unwrap().contains(name));
    }
    assert_eq!(of(group).await[0]["attributes"], json!([]));
}
