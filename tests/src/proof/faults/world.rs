//! What stands in a realm before a case begins: made once by requests, then put
//! under a name of its own for each case, item by item. The ids are the same in
//! all of them.

use crate::table::TABLE;
use crate::{Realm, Server, urn};
use muster::embedded::Embedded;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What stands in a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum World {
    /// Nothing.
    Empty,
    /// Four users, four groups.
    Small,
    /// The same with a schema, mappers and invitations.
    Settled,
    /// The same with limits and a deletion guard.
    Guarded,
    /// The same whose guard refuses.
    Tripped,
    /// A group with so many members, and ten users beside: [`Template::size`].
    Crowd,
    /// A user in 55 groups: more than one transaction takes it out of.
    Popular,
}

/// A realm to be put under other names.
#[derive(Debug)]
pub struct Template {
    items: Vec<Value>,
    directory: Value,
    /// Names for the ids, to stand in paths and bodies as `<name>`.
    pub names: BTreeMap<String, String>,
    /// All ids of users, groups and events.
    pub known: BTreeSet<Uuid>,
    /// The items of its export, as JSON.
    pub export: String,
    /// Its partitions of memberships.
    pub edges: Vec<String>,
}

impl Template {
    /// Makes a world by requests.
    pub async fn make(table: &Embedded, server: &Server, world: World, size: usize) -> Self {
        let name = format!("t-{world:?}");
        let realm = Realm::create(server, &name).await;
        let mut names = match world {
            World::Empty => BTreeMap::new(),
            World::Crowd => crowd(&realm, size).await,
            World::Popular => popular(&realm).await,
            World::Small | World::Settled | World::Guarded | World::Tripped => small(&realm).await,
        };
        match world {
            World::Settled => settle(&realm, server, &mut names).await,
            World::Guarded | World::Tripped => guard(&realm, server, world).await,
            _ => {}
        }
        let (key, _) = realm.key(server, json!({"name": "old"})).await;
        names.insert("key".to_owned(), key);
        let path = format!("/admin/v1/realms/{name}/export?limit=100");
        let export = realm.admin(server, "GET", &path, None).await;
        let export = export.is_admin(200)["items"].to_string();
        let mut template = Self {
            items: Vec::new(),
            directory: Value::Null,
            names,
            known: BTreeSet::new(),
            export,
            edges: Vec::new(),
        };
        template.read(table, &name).await;
        template
    }

    async fn read(&mut self, table: &Embedded, name: &str) {
        for part in ["REALM", "KEY", "U", "G", "UQ", "IX", "N", "EV", "GUARD"] {
            let items = partition(table, &format!("R#{name}#{part}")).await;
            for sk in items.iter().filter_map(|item| item["sk"]["S"].as_str()) {
                self.known.extend(sk.parse::<Uuid>());
                if part == "G" {
                    self.edges.push(format!("M#{sk}"));
                }
                if part == "EV" {
                    self.names.insert("event".to_owned(), sk.to_owned());
                }
            }
            self.items.extend(items);
        }
        for edges in self.edges.clone() {
            let items = partition(table, &format!("R#{name}#{edges}")).await;
            self.items.extend(items);
        }
        let realms = partition(table, "REALMS").await;
        self.directory = realms
            .into_iter()
            .find(|item| item["sk"]["S"] == name)
            .unwrap();
    }

    /// Puts the realm under another name.
    pub async fn put(&self, table: &Embedded, name: &str) {
        let mut items: Vec<Value> = self.items.clone();
        for item in &mut items {
            let pk = item["pk"]["S"].as_str().unwrap();
            let (_, part) = pk.strip_prefix("R#").unwrap().split_once('#').unwrap();
            item["pk"]["S"] = Value::String(format!("R#{name}#{part}"));
        }
        let mut entry = self.directory.clone();
        entry["sk"]["S"] = Value::from(name);
        items.push(entry);
        for chunk in items.chunks(25) {
            let puts: Vec<Value> = chunk
                .iter()
                .map(|item| json!({"PutRequest": {"Item": item}}))
                .collect();
            let body = json!({"RequestItems": {TABLE: puts}});
            let (status, body) = table
                .call("BatchWriteItem", body.to_string())
                .await
                .unwrap();
            assert_eq!(status, 200, "{body}");
        }
    }
}

/// The items of a partition as they are in a call's JSON, to be put again.
pub async fn partition(table: &Embedded, pk: &str) -> Vec<Value> {
    let mut found = Vec::new();
    let mut start = Value::Null;
    loop {
        let mut query = json!({
            "TableName": TABLE, "ConsistentRead": true, "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}},
        });
        if !start.is_null() {
            query["ExclusiveStartKey"] = start;
        }
        let (status, body) = table.call("Query", query.to_string()).await.unwrap();
        assert_eq!(status, 200, "{body}");
        let mut page: Value = serde_json::from_str(&body).unwrap();
        let Value::Array(items) = page["Items"].take() else {
            panic!("no items: {page}");
        };
        found.extend(items);
        start = page["LastEvaluatedKey"].take();
        if start.is_null() {
            return found;
        }
    }
}

async fn small(realm: &Realm) -> BTreeMap<String, String> {
    let ada = json!({
        "schemas": [urn::USER], "userName": "ada", "externalId": "x-ada", "title": "Countess",
        "active": true,
        "emails": [{"type": "work", "value": "ada@x.example", "primary": true},
                   {"type": "home", "value": "ada@home.example"}],
    });
    let ada = realm.post("/Users", &ada).await.created();
    let bob = json!({"userName": "bob", "active": true, "emails": [{"value": "bob@x.example"}]});
    let bob = realm.post("/Users", &bob).await.created();
    let eve = realm.user("eve").await;
    let dan = realm.user("dan").await;
    let team = realm.group("Team", &[&ada, &bob]).await;
    let crew = realm.group("Crew", &[&ada]).await;
    let club = realm.group("Club", &[&ada, &team]).await;
    let lone = realm.group("Lone", &[]).await;
    [
        ("ada", ada),
        ("bob", bob),
        ("eve", eve),
        ("dan", dan),
        ("team", team),
        ("crew", crew),
        ("club", club),
        ("lone", lone),
    ]
    .map(|(name, id)| (name.to_owned(), id))
    .into()
}

async fn crowd(realm: &Realm, size: usize) -> BTreeMap<String, String> {
    let mut names = BTreeMap::new();
    for n in 0..size + 10 {
        names.insert(
            format!("u{n}"),
            realm.user(&format!("u{n}@example.net")).await,
        );
    }
    let members: Vec<&str> = (0..size)
        .map(|n| names[&format!("u{n}")].as_str())
        .collect();
    let all = realm.group("All", &members).await;
    let none = realm.group("None", &[]).await;
    names.insert("all".to_owned(), all);
    names.insert("none".to_owned(), none);
    names
}

async fn popular(realm: &Realm) -> BTreeMap<String, String> {
    let ada = realm.user("ada").await;
    for n in 0..55 {
        realm.group(&format!("G{n}"), &[&ada]).await;
    }
    [("ada".to_owned(), ada)].into()
}

async fn settle(realm: &Realm, server: &Server, names: &mut BTreeMap<String, String>) {
    let path = |rest: &str| format!("/admin/v1/realms/{}{rest}", realm.name);
    let schema = json!({"name": "Custom", "resourceType": "User",
                        "attributes": [{"name": "tag", "type": "string"}]});
    let put = path(&format!("/schemas/{}", urn::CUSTOM));
    realm
        .admin(server, "PUT", &put, Some(schema))
        .await
        .is_admin(201);
    let mappers = json!({"mappers": [{"name": "login", "attribute": "userPrincipalName",
                                      "path": "userName", "type": "String"}]});
    realm
        .admin(server, "PUT", &path("/mappers"), Some(mappers))
        .await
        .is_admin(200);
    realm.change(server, &json!({"invitation": true})).await;
    names.insert("guest".to_owned(), realm.user("guest").await);
}

async fn guard(realm: &Realm, server: &Server, world: World) {
    let guard = json!({"limits": {"users": 100, "groups": 100},
                       "deletionGuard": {"maximum": 2, "windowSeconds": 3_600}});
    realm.change(server, &guard).await;
    if world == World::Tripped {
        for (name, status) in [("v1", 204), ("v2", 204), ("v3", 403)] {
            let id = realm.user(name).await;
            realm.delete(&format!("/Users/{id}")).await.is(status);
        }
    }
}
