//! Several realms with names that are easily taken for each other, on one server
//! whose table records its calls.

use super::bare;
use super::log::Log;
use super::requests::{Request, next};
use crate::{Answer, Call, Realm, Server, urn};
use fastrand::Rng;
use muster::embedded::CallInfo;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Prefixes of each other, the same in other case, words of the table's own keys.
pub const NAMES: [&str; 10] = [
    "a", "a-1", "A", "acme", "acme-2", "ACME", "REALMS", "REALM", "R", "U",
];

/// A realm and what is in it.
#[derive(Debug)]
pub struct Tenant {
    /// It and its key.
    pub realm: Realm,
    /// The ids that requests of anybody may name.
    pub told: Vec<String>,
    /// Those that only its own requests name.
    pub secret: Vec<String>,
    /// The cursors that it was given.
    pub cursors: Vec<String>,
    /// The ids of some of its events.
    pub events: Vec<String>,
    /// The ids of its keys.
    pub keys: Vec<String>,
    /// Values of its resources that requests of anybody may name.
    pub values: Vec<String>,
    /// A text that stands in its resources and in nobody's requests.
    pub marker: String,
}

/// The realms and their server.
#[derive(Debug)]
pub struct World {
    server: Server,
    log: Log,
    /// The realms, in the order of [`NAMES`].
    pub tenants: Vec<Tenant>,
}

/// What was looked at.
#[derive(Debug, Default)]
pub struct Report {
    /// Requests.
    pub requests: usize,
    /// Calls of the table.
    pub calls: usize,
    /// Keys in them.
    pub keys: usize,
    /// How often each route was asked, and answered with success.
    pub routes: BTreeMap<String, (usize, usize)>,
    /// What must not be.
    pub strays: Vec<String>,
}

impl Report {
    /// The figures in a line.
    pub fn line(&self) -> String {
        let reached = self.routes.values().filter(|(_, good)| *good > 0).count();
        format!(
            "{} requests of {} routes ({reached} with success), {} calls of the table with {} keys, \
             {} of another realm",
            self.requests,
            self.routes.len(),
            self.calls,
            self.keys,
            self.strays.len()
        )
    }
}

impl World {
    /// The realms, each with users, groups and keys.
    pub async fn new() -> Self {
        let log = Log::default();
        let server = bare::server(&log.table()).await;
        let mut tenants = Vec::new();
        for (n, name) in NAMES.iter().enumerate() {
            tenants.push(furnish(&server, name, n).await);
        }
        Self {
            server,
            log,
            tenants,
        }
    }

    /// Asks so many random requests, one after the other.
    pub async fn ask(&mut self, requests: usize, rng: &mut Rng, report: &mut Report) {
        for _ in 0..requests {
            let own = rng.usize(..self.tenants.len());
            let other = (own + rng.usize(1..self.tenants.len())) % self.tenants.len();
            let request = next(rng, &self.tenants[own], &self.tenants[other]);
            self.one(own, &request, report).await;
        }
    }

    /// Begins to delete two of the realms: the one that another's name begins
    /// with, and that one. What it takes until their names are free is longer.
    pub async fn end(&mut self, report: &mut Report) {
        for own in [0, 1] {
            let path = format!("/admin/v1/realms/{}", self.tenants[own].realm.name);
            let request = Request::admin("DELETE", "DELETE a realm", path, None);
            self.one(own, &request, report).await;
        }
    }

    /// Sends one request of a realm and looks at what it has touched; its status.
    async fn one(&mut self, own: usize, request: &Request, report: &mut Report) -> u16 {
        let realm = self.tenants[own].realm.clone();
        self.log.take();
        let answer = self.send(&realm, request).await;
        let calls = self.log.take();
        report.requests += 1;
        report.calls += calls.len();
        let route = report.routes.entry(request.route.clone()).or_default();
        route.0 += 1;
        route.1 += usize::from(answer.status < 300);
        for call in &calls {
            report.keys += call.keys.len();
            for fault in self.strays(own, call) {
                report.strays.push(format!("{request:?}: {fault}"));
            }
        }
        let text = String::from_utf8_lossy(&answer.bytes);
        for (n, tenant) in self.tenants.iter().enumerate() {
            if n != own && text.contains(&tenant.marker) {
                let name = &tenant.realm.name;
                report
                    .strays
                    .push(format!("{request:?}: the answer shows `{name}`: {text}"));
            }
        }
        if answer.status < 300 && !request.is_foreign {
            self.harvest(own, request, &answer);
        }
        answer.status
    }

    async fn send(&self, realm: &Realm, request: &Request) -> Answer {
        if request.path.starts_with("/admin") {
            let body = request.body.clone();
            return realm
                .admin(&self.server, &request.method, &request.path, body)
                .await;
        }
        let mut call = Call::new(&request.method, &request.path);
        if let Some(body) = &request.body {
            call = call.json(body);
        }
        call = match &request.token {
            Some(token) => call.token(token),
            None => call,
        };
        realm.send(call).await
    }

    /// The keys of a call that are not the realm's.
    fn strays(&self, own: usize, call: &CallInfo) -> Vec<String> {
        let name = &self.tenants[own].realm.name;
        let prefix = format!("R#{name}#");
        let mut strays = Vec::new();
        for key in &call.keys {
            // The directory of realms is the operator's: his requests name one entry of it.
            let in_directory = key.pk == "REALMS" && key.sk.as_deref() == Some(name);
            if !key.pk.starts_with(&prefix) && !in_directory {
                strays.push(format!("{} of {key:?}", call.operation));
            }
            let others = self.tenants.iter().enumerate().filter(|(n, _)| *n != own);
            for (_, other) in others {
                let names = |id: &String| {
                    key.pk.contains(id.as_str())
                        || key.sk.as_ref().is_some_and(|sk| sk.contains(id.as_str()))
                };
                if other.secret.iter().any(names) {
                    let theirs = &other.realm.name;
                    strays.push(format!(
                        "{} of {key:?}, an id of `{theirs}`",
                        call.operation
                    ));
                }
            }
        }
        strays
    }

    /// Keeps what later requests can name: ids and cursors.
    fn harvest(&mut self, own: usize, request: &Request, answer: &Answer) {
        let Ok(body) = serde_json::from_slice::<Value>(&answer.bytes) else {
            return;
        };
        let asked = format!(
            "{} {}",
            request.path,
            request.body.clone().unwrap_or_default()
        );
        let mut ids = BTreeSet::new();
        let tenant = &mut self.tenants[own];
        walk(&body, &mut |name, text| match name {
            "id" if text.parse::<Uuid>().is_ok() && !asked.contains(text) => {
                ids.insert(text.to_owned());
            }
            "nextCursor" => tenant.cursors.push(text.to_owned()),
            _ => {}
        });
        if request.route.contains("/events") {
            tenant.events = ids.into_iter().take(8).collect();
            return;
        }
        let is_resources = request.route.contains("/scim/v2/");
        for id in ids.into_iter().filter(|_| is_resources) {
            if !tenant.told.contains(&id) && !tenant.secret.contains(&id) && tenant.told.len() < 40
            {
                tenant.told.push(id);
            }
        }
        let first = tenant.cursors.len().saturating_sub(8);
        tenant.cursors.drain(..first);
    }
}

/// Tells of every text in a JSON value, with the name that it stands under.
fn walk(value: &Value, tell: &mut impl FnMut(&str, &str)) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                match value {
                    Value::String(text) => tell(name, text),
                    value => walk(value, tell),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| walk(value, tell)),
        _ => {}
    }
}

async fn furnish(server: &Server, name: &str, n: usize) -> Tenant {
    let realm = Realm::create(server, name).await;
    if n.is_multiple_of(2) {
        let path = format!("/admin/v1/realms/{name}/schemas/{}", urn::CUSTOM);
        let schema = json!({"name": "Custom", "resourceType": "User", "attributes": [{"name": "tag", "type": "string"}]});
        let made = realm.admin(server, "PUT", &path, Some(schema)).await;
        assert_eq!(made.status, 201, "{made:?}");
    }
    let marker = format!("only-here-{n}-{}", n * 7919);
    let mut ids = Vec::new();
    for user in 0..4 {
        let body = json!({
            "schemas": [urn::USER, urn::ENTERPRISE], "userName": format!("user{user}@{n}.example"),
            "externalId": format!("ext-{n}-{user}"), "title": marker,
            "emails": [{"type": "work", "value": format!("mail{user}@{n}.example")}],
        });
        ids.push(realm.post("/Users", &body).await.created());
    }
    for group in 0..4 {
        let members = [ids[group].as_str(), ids[(group + 1) % 4].as_str()];
        ids.push(realm.group(&format!("Group {n} {group}"), &members).await);
    }
    let (key, _) = realm.key(server, json!({"name": "second"})).await;
    // Every second one stays the realm's own.
    let (told, secret) = ids
        .into_iter()
        .enumerate()
        .partition::<Vec<_>, _>(|(at, _)| at % 2 == 0);
    let plain = |ids: Vec<(usize, String)>| ids.into_iter().map(|(_, id)| id).collect();
    Tenant {
        told: plain(told),
        secret: plain(secret),
        cursors: Vec::new(),
        events: Vec::new(),
        keys: vec![key],
        values: vec![
            format!("user0@{n}.example"),
            format!("ext-{n}-0"),
            format!("mail1@{n}.example"),
            format!("Group {n} 0"),
            name.to_owned(),
        ],
        marker,
        realm,
    }
}
