//! A realm to be verified, the table beneath it, and findings in short.

use std::collections::BTreeMap;

use auth::Operator;
use aws_sdk_dynamodb::Client as DynamoDb;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use muster::client::{AdminClient, NewKey, RealmSettings};
use muster::embedded::Embedded;
use muster::serve::{self, Options, Running};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use store::{Entry, Finding, Notice, Store, Summary};

/// An id that nothing has.
pub(crate) const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// A realm with two users and two groups, one in the other.
pub(crate) struct World {
    server: Running,
    http: Client,
    url: String,
    pub(crate) token: String,
    pub(crate) raw: DynamoDb,
    ids: BTreeMap<&'static str, String>,
}

impl World {
    pub(crate) async fn new(embedded: Embedded) -> Self {
        let raw = embedded.client();
        let server = serve::start(Options::local(embedded).unwrap())
            .await
            .unwrap();
        let admin = AdminClient::new(&server.local_url(), server.admin_token()).unwrap();
        admin
            .create_realm("acme", &RealmSettings::default())
            .await
            .unwrap();
        let key = NewKey {
            name: "verify".to_owned(),
            scopes: Vec::new(),
            expiry: None,
        };
        let key = admin.create_key("acme", &key).await.unwrap();
        let mut world = Self {
            url: server.tenant_url("acme"),
            token: key["token"].as_str().unwrap().to_owned(),
            server,
            http: Client::new(),
            raw,
            ids: BTreeMap::from([("nobody", NOBODY.to_owned())]),
        };
        let ada =
            json!({"userName": "ada", "externalId": "a", "emails": [{"value": "ada@example.com"}]});
        world.make("ada", "Users", ada).await;
        world
            .make_apart("bob", "ada", "Users", json!({"userName": "bob"}))
            .await;
        let inner = json!({"displayName": "inner", "members": [{"value": world.id("bob")}]});
        world.make("inner", "Groups", inner).await;
        let members = json!([{"value": world.id("ada")}, {"value": world.id("inner")}]);
        let crew = json!({"displayName": "crew", "members": members});
        world.make_apart("crew", "inner", "Groups", crew).await;
        world
    }

    /// Ends the server and gives the file back.
    pub(crate) async fn close(self) {
        self.server.shutdown().await;
    }

    pub(crate) async fn make(&mut self, name: &'static str, path: &str, body: Value) {
        let made = send(self.to(), Method::POST, path, Some(body)).await;
        let id = made["id"].as_str().expect("it has an id").to_owned();
        self.ids.insert(name, id);
    }

    /// Makes it so that it is not counted in the same item as the other.
    pub(crate) async fn make_apart(
        &mut self,
        name: &'static str,
        other: &str,
        path: &str,
        body: Value,
    ) {
        loop {
            self.make(name, path, body.clone()).await;
            if self.counter(path, name).0 != self.counter(path, other).0 {
                return;
            }
            let path = format!("{path}/{}", self.id(name));
            send(self.to(), Method::DELETE, &path, None).await;
        }
    }

    pub(crate) fn to(&self) -> (&Client, &str, &str) {
        (&self.http, &self.url, &self.token)
    }

    pub(crate) fn id(&self, name: &str) -> &str {
        &self.ids[name]
    }

    pub(crate) fn name(&self, id: &str) -> &str {
        let named = self.ids.iter().find(|(_, of)| *of == id);
        named.map_or("someone", |(name, _)| name)
    }

    /// The findings in short, sorted.
    pub(crate) async fn findings(&self) -> Vec<String> {
        let (findings, _) = verify(&self.raw).await;
        let mut short: Vec<String> = findings.iter().map(|found| self.short(found)).collect();
        short.sort();
        short
    }

    pub(crate) fn short(&self, finding: &Finding) -> String {
        match finding {
            Finding::Realm(fault) => format!("{fault:?} realm"),
            Finding::Item { fault, item } => format!("{fault:?} {}", item.pk),
            Finding::Entry {
                fault, entry, id, ..
            } => {
                let of = self.name(&id.to_string()).to_owned();
                match entry {
                    Entry::Edge(group) => {
                        format!("{fault:?} {of} in {}", self.name(&group.to_string()))
                    }
                    entry => format!("{fault:?} {entry:?} of {of}"),
                }
            }
            Finding::Leaf {
                kind,
                counted,
                there,
                ..
            } => format!("Leaf {kind:?} {counted} {there}"),
            Finding::Sum { sum, leaves, .. } => format!("Sum {sum} {leaves}"),
            Finding::Leftover { group, members } => {
                format!("Leftover {members} in {}", self.name(&group.to_string()))
            }
        }
    }

    /// The sort key of the entry of this name that leads to the resource.
    pub(crate) async fn entry(&self, partition: &str, name: &str, of: &str) -> String {
        let found = self
            .raw
            .query()
            .table_name("muster")
            .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
            .expression_attribute_values(":pk", s(&format!("R#acme#{partition}")))
            .expression_attribute_values(":sk", s(name))
            .send()
            .await
            .unwrap();
        let id = self.blob(of);
        let item = found.items().iter().find(|item| item["id"] == id);
        item.expect("there is an entry")["sk"]
            .as_s()
            .unwrap()
            .clone()
    }

    pub(crate) fn blob(&self, name: &str) -> AttributeValue {
        let id: uuid::Uuid = self.id(name).parse().unwrap();
        AttributeValue::B(Blob::new(id.as_bytes().as_slice()))
    }

    pub(crate) async fn delete(&self, partition: &str, sk: &str) {
        let delete = self.raw.delete_item().table_name("muster");
        let delete = delete.key("pk", s(&format!("R#acme#{partition}")));
        delete.key("sk", s(sk)).send().await.unwrap();
    }

    pub(crate) async fn put(
        &self,
        partition: &str,
        sk: &str,
        attributes: &[(&str, AttributeValue)],
    ) {
        let mut put = self.raw.put_item().table_name("muster");
        put = put.item("pk", s(&format!("R#acme#{partition}")));
        put = put.item("sk", s(sk)).item("f", n(1));
        for (name, value) in attributes {
            put = put.item(*name, value.clone());
        }
        put.send().await.unwrap();
    }

    pub(crate) async fn update(
        &self,
        partition: &str,
        sk: &str,
        does: &str,
        value: Option<AttributeValue>,
    ) {
        let mut update = self.raw.update_item().table_name("muster");
        update = update.key("pk", s(&format!("R#acme#{partition}")));
        update = update.key("sk", s(sk)).update_expression(does);
        if let Some(value) = value {
            update = update.expression_attribute_values(":v", value);
        }
        update.send().await.unwrap();
    }

    /// The counter item and the leaf of a resource.
    pub(crate) fn counter(&self, kind: &str, name: &str) -> (String, String) {
        let leaf = u16::from_str_radix(&self.id(name)[..3], 16).unwrap();
        let item = format!("{kind}#{:02x}", leaf >> 6);
        (item, format!("l{:02x}", leaf & 0x3f))
    }
}

pub(crate) async fn send(
    (http, url, token): (&Client, &str, &str),
    method: Method,
    path: &str,
    body: Option<Value>,
) -> Value {
    let mut request = http.request(method, format!("{url}/{path}"));
    request = request.bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

pub(crate) async fn verify(client: &DynamoDb) -> (Vec<Finding>, Summary) {
    let store = Store::new(client.clone(), "muster");
    let proof = Operator::of_the_table();
    let mut findings = Vec::new();
    let mut tell = |notice: Notice| {
        if let Notice::Found(finding) = notice {
            findings.push(finding);
        }
    };
    let verify = store.verify(&proof);
    verify.realms(&mut tell).await.unwrap();
    let realm = "acme".parse().unwrap();
    let summary = verify.realm(&realm, &mut tell).await.unwrap();
    (findings, summary)
}

pub(crate) fn s(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

pub(crate) fn n(number: i64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
