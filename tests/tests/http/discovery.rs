//! What the service says of itself (RFC 7644 section 4, RFC 7643 sections 5 to 7).

use muster_tests::{Call, Realm, urn};
use serde_json::{Value, json};

async fn realm(name: &str) -> Realm {
    Realm::create(crate::server(), name).await
}

#[tokio::test]
async fn discovery_needs_no_token() {
    let realm = realm("discovery").await;
    let unknown = realm.url.replace("/discovery/", "/no-such-realm/");
    for path in [
        "/ServiceProviderConfig",
        "/ResourceTypes",
        "/Schemas",
        "/ResourceTypes/User",
    ] {
        let open = realm.send(Call::get(path).anonymous()).await;
        let with_token = realm.get(path).await;
        assert_eq!(open.is(200), with_token.is(200), "{path}");
        // The same for every realm name: nothing shows which ones exist.
        let elsewhere = realm
            .send(Call::get(&format!("{unknown}{path}")).anonymous())
            .await;
        let text = String::from_utf8(elsewhere.bytes.clone()).unwrap();
        let here = text.replace("/no-such-realm/", "/discovery/");
        assert_eq!(
            serde_json::from_str::<Value>(&here).unwrap(),
            open.json(),
            "{path}"
        );
        realm
            .send(Call::get(path).authorization("Bearer garbage"))
            .await
            .is(401);
        realm
            .send(Call::get(path).authorization("non-token"))
            .await
            .is(401);
        realm.get(&format!("{path}?filter=id%20pr")).await.is(403);
        realm
            .send(Call::get(&format!("{path}?filter=id%20pr")).anonymous())
            .await
            .is(403);
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = realm.send(Call::new(method, path).json(&json!({}))).await;
            answer.is(405);
            assert!(answer.header("allow").contains("GET"), "{answer:?}");
        }
        let head = realm.send(Call::new("HEAD", path).anonymous()).await;
        assert_eq!((head.status, head.bytes.len()), (200, 0));
    }
}

#[tokio::test]
async fn the_provider_configuration_is_true() {
    let realm = realm("provider").await;
    let config = realm.get("/ServiceProviderConfig").await.is(200);
    let expected = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": {"supported": true},
        "bulk": {"supported": true, "maxOperations": 1000, "maxPayloadSize": 4_194_304},
        "filter": {"supported": true, "maxResults": 1000},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "pagination": {
            "cursor": true, "index": true, "defaultPaginationMethod": "index",
            "defaultPageSize": 100, "maxPageSize": 1000, "cursorTimeout": 3600,
        },
        "authenticationSchemes": [{"type": "oauthbearertoken", "primary": true}],
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{}/ServiceProviderConfig", realm.url),
        },
    });
    assert_eq!(
        muster_tests::json::lacks(&expected, &config),
        None,
        "{config}"
    );
    realm.post("/Bulk", &json!({})).await.is(400);
}

#[tokio::test]
async fn resource_types_and_schemas_are_found_by_id() {
    let realm = realm("by-id").await;
    for (name, schema, endpoint) in [
        ("User", urn::USER, "/Users"),
        ("Group", urn::GROUP, "/Groups"),
    ] {
        let kind = realm.get(&format!("/ResourceTypes/{name}")).await.is(200);
        assert_eq!(kind["id"], name);
        assert_eq!(kind["schema"], schema);
        assert_eq!(kind["endpoint"], endpoint);
        assert_eq!(
            kind["meta"]["location"],
            format!("{}/ResourceTypes/{name}", realm.url)
        );
    }
    let user = realm.get("/ResourceTypes/User").await.is(200);
    let extension = json!([{"schema": urn::ENTERPRISE, "required": false}]);
    assert_eq!(user["schemaExtensions"], extension);
    let list = realm.get("/Schemas").await.resources();
    for urn in [urn::USER, urn::GROUP, urn::ENTERPRISE] {
        let schema = realm.get(&format!("/Schemas/{urn}")).await.is(200);
        assert_eq!(schema["id"], urn);
        assert!(list.contains(&schema), "{urn}");
        assert_eq!(
            schema["schemas"],
            json!(["urn:ietf:params:scim:schemas:core:2.0:Schema"])
        );
        assert_eq!(schema["meta"]["resourceType"], "Schema");
        let other_case = format!("/Schemas/{}", urn.to_uppercase());
        assert_eq!(realm.get(&other_case).await.is(200)["id"], urn);
    }
    for path in [
        "/ResourceTypes/Nothing",
        "/Schemas/urn:nothing",
        "/Schemas/User",
    ] {
        realm.get(path).await.is(404);
        realm.send(Call::get(path).anonymous()).await.is(404);
    }
}
