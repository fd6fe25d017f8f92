//! Jobs that somebody has left long ago, so long that their chunks would soon
//! expire: whoever changes the group's members next finishes them, whichever
//! function it is, or the worker does.

use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use muster_tests::gateway::function::Function;
use muster_tests::gateway::log::Log;
use muster_tests::gateway::{Deployment, stream};
use muster_tests::{Front, Realm, Server, urn};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::Duration;
use tokio::runtime::Handle;
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

    // A job that takes somebody out, and somebody who is gone.
    left.removing().await;
    let items = json!({"items": [{"members": {"group": group, "members": [{"id": other}]}}]});
    let answer = realm.admin(server, "POST", &import, Some(items)).await;
    answer.is_admin(200);
    assert_eq!(left.items().await, [""; 0]);
    assert!(!realm.members(&group).await.contains(&user));

    many(server, &realm, &group).await;
    left.leased().await;
    left.swept().await;
    left.popular().await;
}

/// An import of more members than one transaction takes.
async fn many(server: &Server, realm: &Realm, group: &str) {
    let mut members = Vec::new();
    for n in 0..50 {
        members.push(json!({"id": realm.user(&format!("many{n}@example.net")).await}));
    }
    let items = json!({"items": [{"members": {"group": group, "members": members}}]});
    let import = format!("/admin/v1/realms/{}/import", realm.name);
    let answer = realm.admin(server, "POST", &import, Some(items)).await;
    answer.is_admin(200);
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

    /// A job that another works on, or seems to, is handed on, and finished when
    /// nobody does any more.
    async fn leased(&self) {
        let job = self.job("members", self.group, 32_503_680_000_000).await;
        let mut setup = self.deployment.setup("worker").clone();
        // It keeps 15 s to hand on.
        setup.declared.timeout = Duration::from_secs(16);
        let worker = Function::new(setup, Log::default(), Handle::current());
        self.told(&worker, &format!("JOB#{job}")).await;
        let left = self.items().await;
        let run = left.iter().find(|sk| sk.starts_with("RUN#"));
        let run = run.expect("it is announced once more").clone();
        self.job_named(&job, "members", self.group, 0).await;
        self.announced(&run).await;
        assert_eq!(self.items().await, [""; 0]);
    }

    /// What a deleted group has left: users and a group, who know of it, and some
    /// who vanished without their edges.
    async fn swept(&self) {
        let inner = self.realm.group("Inner", &[]).await;
        let users = [
            self.realm.user("gone@example.net").await,
            self.realm.user("stays@example.net").await,
        ];
        let vanished = self.realm.group("Vanished", &[]).await;
        let outer = self
            .realm
            .group("Outer", &[&users[0], &users[1], &inner, &vanished])
            .await;
        for (kind, id) in [("U", &users[0]), ("G", &vanished), ("G", &outer)] {
            let vanish = self.deployment.embedded.client().delete_item();
            let vanish = vanish.table_name(self.table());
            let pk = text(&format!("R#{}#{kind}", self.realm.name));
            vanish
                .key("pk", pk)
                .key("sk", text(id))
                .send()
                .await
                .unwrap();
        }
        let job = self.job("sweep", &outer, 0).await;
        self.announced(&format!("JOB#{job}")).await;
        assert_eq!(self.items().await, [""; 0]);
        let stays = self.realm.groups(&users[1]).await;
        assert_eq!(stays, [""; 0]);
    }

    /// One in more groups than one transaction takes it out of.
    async fn popular(&self) {
        let user = self.realm.user("popular@example.net").await;
        for n in 0..60 {
            self.realm.group(&format!("Popular {n}"), &[&user]).await;
        }
        self.realm.delete(&format!("/Users/{user}")).await.is(204);
        assert_eq!(self.items().await, [""; 0]);
    }

    /// Leaves the record of a job; its id.
    async fn job(&self, kind: &str, group: &str, lease: u64) -> String {
        let job = Uuid::now_v7().to_string();
        self.job_named(&job, kind, group, lease).await;
        job
    }

    async fn job_named(&self, job: &str, kind: &str, group: &str, lease: u64) {
        let record = HashMap::from([
            ("kind", text(kind)),
            ("group", bytes(group)),
            ("lease", number(lease)),
            ("chunks_end", number(0)),
        ]);
        self.put(&format!("JOB#{job}"), record).await;
    }

    async fn put(&self, sk: &str, item: HashMap<&str, AttributeValue>) {
        let mut put = self.deployment.embedded.client().put_item();
        for (name, value) in item {
            put = put.item(name, value);
        }
        let put = put.item("pk", text(&self.partition())).item("sk", text(sk));
        let put = put.table_name(self.table()).item("f", number(1));
        put.send().await.unwrap();
    }

    /// Leaves a job that adds the user to the group, as a process leaves it that has ended.
    async fn behind(&self) -> String {
        let without = json!([{"op": "remove", "path": "members", "value": [{"value": self.user}]}]);
        let path = format!("/Groups/{}", self.group);
        self.realm.patch(&path, without).await.is(204);
        let job = self.job("members", self.group, 0).await;
        let mut packed = self.user.parse::<Uuid>().unwrap().into_bytes().to_vec();
        packed.push(0);
        let chunk = HashMap::from([
            ("steps", AttributeValue::B(Blob::new(packed))),
            ("ttl", number(4_000_000_000)),
        ]);
        self.put(&format!("CHUNK#{job}#{}", self.user), chunk).await;
        self.header(&job).await;
        job
    }

    /// Leaves a job that takes the user, and nobody, out of the group.
    async fn removing(&self) {
        let job = self.job("members", self.group, 0).await;
        let mut members = [self.user.parse::<Uuid>().unwrap(), Uuid::new_v4()];
        members.sort_unstable();
        let packed = members.iter().flat_map(|member| {
            let mut packed = member.into_bytes().to_vec();
            packed.push(2);
            packed
        });
        let steps = AttributeValue::B(Blob::new(packed.collect::<Vec<u8>>()));
        let chunk = HashMap::from([("steps", steps), ("ttl", number(4_000_000_000))]);
        self.put(&format!("CHUNK#{job}#{}", members[1]), chunk)
            .await;
        self.header(&job).await;
    }

    /// Has the group name a job.
    async fn header(&self, job: &str) {
        let header = self.deployment.embedded.client().update_item();
        let header = header.table_name(self.table());
        let header = header.key("pk", text(&format!("R#{}#G", self.realm.name)));
        let header = header.key("sk", text(self.group));
        let header = header.update_expression("SET job = :job ADD version :one");
        let header = header.expression_attribute_values(":job", bytes(job));
        let header = header.expression_attribute_values(":one", number(1));
        header.send().await.unwrap();
    }

    /// The worker hears of it. Its lines are no requests': they go to a log of its own.
    async fn announced(&self, sk: &str) {
        let (worker, _) = self.deployment.variant("worker", &[]);
        self.told(&worker, sk).await;
    }

    async fn told(&self, worker: &Function, sk: &str) {
        let event = json!({"Records": [stream::record("INSERT", &self.partition(), sk, 1)]});
        let answer = worker.invoke(event.to_string().into()).await.unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        assert_eq!(answer, json!({"batchItemFailures": []}));
    }

    async fn done(&self) {
        let members = self.realm.members(self.group).await;
        assert!(members.iter().any(|it| it == self.user), "{members:?}");
        assert_eq!(self.items().await, [""; 0]);
    }

    /// The sort keys of what is left of jobs.
    async fn items(&self) -> Vec<String> {
        let query = self.deployment.embedded.client().query();
        let query = query.table_name(self.table());
        let query = query.key_condition_expression("pk = :pk");
        let query = query.expression_attribute_values(":pk", text(&self.partition()));
        let left = query.send().await.unwrap();
        let keys = left.items().iter();
        keys.map(|item| item["sk"].as_s().unwrap().clone())
            .collect()
    }
}
