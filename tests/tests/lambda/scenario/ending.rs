//! A realm's end, which takes half a minute: requests that were let in before
//! may still write. It is begun first and finished last.

use super::operated::{Operated, person};
use aws_sdk_dynamodb::types::AttributeValue;
use muster_tests::gateway::Deployment;
use muster_tests::{Front, Server, urn};
use serde_json::json;

/// The realm.
pub(super) struct Ending<'a>(Operated<'a>);

impl<'a> Ending<'a> {
    /// A realm with something of every sort, that is being deleted.
    pub(super) async fn begin(server: &'a Server) -> Self {
        let own = Operated::new(server, "l-ending").await;
        let guard = json!({"deletionGuard": {"maximum": 9, "windowSeconds": 3_600}});
        own.ask("PATCH", "", Some(guard), 200).await;
        let mut ids = Vec::new();
        for n in 0..4 {
            ids.push(own.realm.post("/Users", &person(n)).await.created());
        }
        let crew = own.realm.group("Planted crew", &[&ids[0], &ids[1]]).await;
        let body = json!({"schemas": [urn::GROUP], "displayName": "Planted fleet",
            "externalId": "planted-fleet", "members": [{"value": crew}, {"value": ids[2]}]});
        own.realm.post("/Groups", &body).await.created();
        own.realm
            .delete(&format!("/Users/{}", ids[3]))
            .await
            .is(204);
        if server.front() == Front::Gateway {
            of_a_later_version(server.deployment()).await;
        }
        own.ask("DELETE", "", None, 202).await;
        own.realm.get("/Users").await.is(401);
        let shown = own.ask("GET", "", None, 200).await;
        assert_eq!(shown["state"], "deleting", "{shown}");
        Self(own)
    }

    /// Goes on until nothing is left.
    pub(super) async fn finish(self) {
        let Self(Operated { server, realm }) = self;
        let path = format!("/admin/v1/realms/{}", realm.name);
        for _ in 0..100 {
            let answer = realm.admin(server, "DELETE", &path, None).await;
            match answer.status {
                202 => {}
                204 => {
                    let answer = realm.admin(server, "DELETE", &path, None).await;
                    assert_eq!(answer.status, 404, "{answer:?}");
                    return;
                }
                _ => panic!("{answer:?}"),
            }
        }
        panic!("it does not end");
    }
}

/// What a later version of the functions may have left where this one knows of
/// nothing, when an operator has rolled back from it.
async fn of_a_later_version(deployment: &Deployment) {
    let (_, table) = deployment.template.the("AWS::DynamoDB::Table");
    let table = table["TableName"].as_str().unwrap();
    for partition in ["REALM", "J"] {
        let pk = AttributeValue::S(format!("R#l-ending#{partition}"));
        let put = deployment.embedded.client().put_item().table_name(table);
        let put = put
            .item("pk", pk)
            .item("sk", AttributeValue::S("LATER".to_owned()));
        put.send().await.unwrap();
    }
}
