//! Jobs that somebody has left long ago, so long that their chunks would soon
//! expire: whoever changes the group's members next finishes them, whichever
//! function it is, or the worker does.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use muster_tests::gateway::{Deployment, stream};
use muster_tests::{Front, Realm, Server, urn};
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

pub(super) async fn play(server: &Server) {
    if server.front() != Front::Gateway {
        return;
    }
    let realm = Realm::create(server, "l-jobs").await;
    let user = realm.user("left@example.net").await;
    let other = realm.user("other@example.net").await;
    let group = realm.group("Left", &[]).await;
    let path = format!("/Groups/{group}");
    let left = Left {
        deployment: server.deployment(),
        realm: &realm,
        group: &group,
        user: &user,
    };
    let add =
        |member: &str| json!([{"op": "add", "path": "members", "value": [{"value": member}]}]);

    left.behind().await;
    realm.get(&path).await.is(200);
    for filter in [
        format!("members eq \"{user}\""),
        format!("id eq \"{group}\" and members eq \"{user}\""),
    ] {
        let found = realm.filter("/Groups", &filter).await;
        assert_eq!(found.resources().len(), 1, "{filter}");
        let body = json!({"schemas": [urn::SEARCH], "filter": filter});
        let found = realm.post("/Groups/.search", &body).await;
        assert_eq!(found.resources().len(), 1, "{filter}");
    }
    realm.patch(&path, add(&other)).await.is(204);
    left.done().await;

    left.behind().await;
    let data = json!({"schemas": [urn::PATCH], "Operations": add(&other)});
    let body = json!({"schemas": [urn::BULK],
        "Operations": [{"method": "PATCH", "path": path, "data": data}]});
    let answer = realm.post("/Bulk", &body).await.is(200);
    assert_eq!(answer["Operations"][0]["status"], "204", "{answer}");
    left.done().await;

    left.behind().await;
    let items = json!({"items": [{"members": {"group": group, "members": [{"id": other}]}}]});
    let import = format!("/admin/v1/realms/{}/import", realm.name);
    let answer = realm.admin(server, "POST", &import, Some(items)).await;
    answer.is_admin(200);
    left.done().await;

    let job = left.behind().await;
    for sk in [
        format!("JOB#{job}"),
        format!("RUN#{job}#{}", Uuid::new_v4()),
    ] {
        left.announced(&sk).await;
    }
    left.done().await;
}

/// A group whose only change is to be made by a job.
struct Left<'a> {
    deployment: &'a Deployment,
    realm: &'a Realm,
    group: &'a str,
    user: &'a str,
}

fn text(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

fn number(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

fn bytes(id: &str) -> AttributeValue {
    AttributeValue::B(Blob::new(id.parse::<Uuid>().unwrap().into_bytes()))
}

impl Left<'_> {
    fn table(&self) -> String {
        let (_, table) = self.deployment.template.the("AWS::DynamoDB::Table");
        table["TableName"].as_str().unwrap().to_owned()
    }

    fn partition(&self) -> String {
        format!("R#{}#J", self.realm.name)
    }

    /// Leaves a job that adds the user to the group, as a process leaves it that has ended.
    async fn behind(&self) -> String {
        let without = json!([{"op": "remove", "path": "members", "value": [{"value": self.user}]}]);
        let path = format!("/Groups/{}", self.group);
        self.realm.patch(&path, without).await.is(204);
        let job = Uuid::now_v7().to_string();
        let mut packed = self.user.parse::<Uuid>().unwrap().into_bytes().to_vec();
        packed.push(0);
        let record = HashMap::from([
            ("kind", text("members")),
            ("group", bytes(self.group)),
            ("lease", number(0)),
            ("chunks_end", number(0)),
        ]);
        let chunk = HashMap::from([
            ("steps", AttributeValue::B(Blob::new(packed))),
            ("ttl", number(4_000_000_000)),
        ]);
        let client = self.deployment.embedded.client();
        for (sk, item) in [
            (format!("JOB#{job}"), record),
            (format!("CHUNK#{job}#{}", self.user), chunk),
        ] {
            let mut put = client.put_item().table_name(self.table());
            for (name, value) in item {
                put = put.item(name, value);
            }
            let put = put
                .item("pk", text(&self.partition()))
                .item("sk", text(&sk));
            put.item("f", number(1)).send().await.unwrap();
        }
        let header = client.update_item().table_name(self.table());
        let header = header.key("pk", text(&format!("R#{}#G", self.realm.name)));
        let header = header.key("sk", text(self.group));
        let header = header.update_expression("SET job = :job ADD version :one");
        let header = header.expression_attribute_values(":job", bytes(&job));
        let header = header.expression_attribute_values(":one", number(1));
        header.send().await.unwrap();
        job
    }

    /// The worker hears of it. Its lines are no requests': they go to a log of its own.
    async fn announced(&self, sk: &str) {
        let (worker, _) = self.deployment.variant("worker", &[]);
        let event = json!({"Records": [stream::record("INSERT", &self.partition(), sk, 1)]});
        let answer = worker.invoke(event.to_string().into()).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }

    async fn done(&self) {
        let members = self.realm.members(self.group).await;
        assert!(members.iter().any(|it| it == self.user), "{members:?}");
        let query = self.deployment.embedded.client().query();
        let query = query.table_name(self.table());
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", text(&self.partition()));
        let left = query.send().await.unwrap();
        assert_eq!(left.items(), [], "of a finished job nothing is left");
    }
}
