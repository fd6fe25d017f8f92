//! One table, the processes over it, and the realms in which cases are tried.

use super::blow::Strike;
use super::desk::{ANY, Desk, Seen};
use super::face::Eye;
use super::operation::{Operation, Way};
use super::raw::Raw;
use super::world::{Template, World, partition};
use crate::proof::invariants::{Look, look};
use crate::table::{TABLE, audit, finish_jobs};
use crate::{Answer, Call, Realm, Server};
use auth::Operator;
use jiff::{SignedDuration, Timestamp};
use muster::embedded::Embedded;
use muster::serve::{Options, Secrets};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use store::Store;
use tokio::sync::OnceCell;
use tokio::time::{Instant, sleep};

/// How long a request may take that nobody hurries.
const PATIENCE: Duration = Duration::from_secs(100);
/// And one that is not to come through.
const HURRY: Duration = Duration::from_millis(400);
/// Calls that went out beside the one that a process has died of are executed by then.
const QUIET: Duration = Duration::from_millis(10);

/// One table and the processes over it.
#[derive(Debug)]
pub struct Bench {
    /// Without any fault.
    table: Embedded,
    /// Whose calls may fail, and whose requests have all the time there is.
    patient: (Server, Arc<Desk>),
    /// Whose calls fail until its requests have no time left.
    hurried: (Server, Arc<Desk>),
    /// Which is dead for a realm in which it was killed.
    doomed: (Server, Arc<Desk>),
    /// Another one, without any fault.
    calm: Server,
    base: Realm,
    templates: BTreeMap<World, OnceCell<Template>>,
    size: usize,
    named: AtomicUsize,
}

/// A realm for one case.
#[derive(Debug)]
pub struct Place<'a> {
    /// The realm as a client has it, on the process without faults.
    pub realm: Realm,
    /// What it was made of.
    pub template: &'a Template,
    values: BTreeMap<String, String>,
}

/// What everybody can see.
#[derive(Debug)]
pub struct State {
    /// The answers to whoever looks.
    pub face: Value,
    /// The items as they are.
    pub look: Look,
    /// The same without what is of one moment.
    pub raw: Raw,
}

/// What a struck operation came to.
#[derive(Debug)]
pub struct Struck {
    /// The answer, unless the process has died before.
    pub answer: Option<Answer>,
    /// What its calls came to.
    pub seen: Seen,
}

impl Bench {
    /// A table of its own, its crowds of that size.
    pub async fn new(size: usize) -> Self {
        let table = Embedded::memory().unwrap();
        let secrets = Secrets::random().unwrap();
        let start = |embedded: Embedded, budget: Duration| {
            let mut options = Options::local(embedded).unwrap();
            options.limits.time_budget = budget;
            options.secrets = secrets.clone();
            // What is answered names no process.
            options.public_url = Some("http://muster.example".to_owned());
            Server::run(options)
        };
        let faulty = |budget: Duration| {
            let desk = Arc::new(Desk::default());
            (start(table.clone().with_faults(desk.hook()), budget), desk)
        };
        let calm = start(table.clone(), PATIENCE);
        let base = Realm::create(&calm, "base").await;
        let worlds = [
            World::Empty,
            World::Small,
            World::Settled,
            World::Guarded,
            World::Tripped,
            World::Crowd,
            World::Popular,
        ];
        Self {
            patient: faulty(PATIENCE),
            hurried: faulty(HURRY),
            doomed: faulty(PATIENCE),
            calm,
            base,
            table,
            templates: worlds.map(|world| (world, OnceCell::new())).into(),
            size,
            named: AtomicUsize::new(0),
        }
    }

    async fn template(&self, world: World) -> &Template {
        let template = Template::make(&self.table, &self.calm, world, self.size);
        self.templates[&world].get_or_init(|| template).await
    }

    /// A fresh realm for an operation.
    pub async fn place(&self, operation: &Operation) -> Place<'_> {
        let template = self.template(operation.world).await;
        let name = format!("f{}", self.named.fetch_add(1, Ordering::Relaxed));
        template.put(&self.table, &name).await;
        let mut realm = self.base.with_url(self.calm.tenant_url(&name));
        realm.name.clone_from(&name);
        realm.token = realm.key(&self.calm, json!({"name": "test"})).await.1;
        if operation.way != Way::FirstUse {
            realm.get("/ServiceProviderConfig").await.is(200);
        }
        let mut values: BTreeMap<String, String> = template
            .names
            .iter()
            .map(|(name, id)| (format!("<{name}>"), id.clone()))
            .collect();
        values.insert("<realm>".to_owned(), name.clone());
        values.insert("<fresh>".to_owned(), format!("{name}x"));
        if operation.body["items"] == "<other export>" {
            let export = self.template(World::Small).await.export.clone();
            values.insert("\"<other export>\"".to_owned(), export);
        }
        if let Some(path) = operation.before {
            let page = realm.get(path).await.is(200);
            let cursor = page["nextCursor"].as_str().unwrap().to_owned();
            values.insert("<cursor>".to_owned(), cursor);
        }
        Place {
            realm,
            template,
            values,
        }
    }

    /// Asks without any fault.
    pub async fn ask(&self, place: &Place<'_>, operation: &Operation) -> Answer {
        place.send(operation, &self.calm).await
    }

    /// Asks while the strike holds.
    pub async fn strike(&self, place: &Place<'_>, operation: &Operation, strike: Strike) -> Struck {
        let scope = match operation.way {
            Way::AllRealms => ANY,
            _ => place.realm.name.as_str(),
        };
        let death = strike.is_death();
        let (server, desk) = match &strike {
            _ if death => &self.doomed,
            Strike::From(..) => &self.hurried,
            // One that goes on until its time is over has but little of it.
            _ if operation.way == Way::Sweep => &self.hurried,
            _ => &self.patient,
        };
        let dead = desk.plan(scope, strike);
        let asked = place.send(operation, server);
        let answer = tokio::select! {
            biased;
            () = dead.notified() => None,
            answer = asked => Some(answer),
        };
        let seen = match death {
            // It stays dead.
            true if operation.way != Way::AllRealms => desk.seen(scope),
            _ => desk.end(scope),
        };
        if answer.is_none() {
            sleep(QUIET).await;
        }
        Struck { answer, seen }
    }

    /// Does what is left to be done by whoever works on jobs.
    pub async fn finish(&self, realm: &str) -> Result<(), String> {
        finish_jobs(&self.table, realm).await
    }

    /// Goes on with the deletion of a realm until nothing is left; what is left.
    pub async fn delete(&self, realm: &str) -> Result<(), String> {
        let store = Store::new(self.table.client(), TABLE);
        let operator = Operator::of_the_table();
        let name = realm.parse().unwrap();
        let mut now = Timestamp::now();
        for _ in 0..20 {
            now += SignedDuration::from_hours(1);
            let deadline = Instant::now() + PATIENCE;
            let admin = store.admin(&operator, now, audit(), deadline);
            match admin.delete_realm(&name, HURRY).await {
                Ok(None) => return Ok(()),
                Ok(Some(_)) => {}
                Err(error) if error.kind() == scim::ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(error.to_string()),
            }
        }
        Err("its deletion does not end".to_owned())
    }

    /// What is left in the table of a realm that was made of this template.
    pub async fn left(&self, place: &Place<'_>) -> Vec<Value> {
        let parts = [
            "REALM", "KEY", "U", "G", "UQ", "IX", "N", "EV", "USE", "GUARD", "J",
        ];
        let edges = place.template.edges.iter().map(String::as_str);
        let mut left = Vec::new();
        for part in parts.into_iter().chain(edges) {
            let pk = format!("R#{}#{part}", place.realm.name);
            left.extend(partition(&self.table, &pk).await);
        }
        let listed = partition(&self.table, "REALMS").await;
        let listed = listed.into_iter();
        left.extend(listed.filter(|item| item["sk"]["S"] == place.realm.name.as_str()));
        left
    }

    /// A realm as it stands in the table.
    pub async fn raw(&self, place: &Place<'_>) -> Raw {
        Raw::read(&self.table, &place.realm.name, &place.template.edges).await
    }

    /// What can be seen of a realm, by HTTP and item by item.
    pub async fn state(&self, place: &Place<'_>, operation: &Operation) -> State {
        let mut seen = Vec::new();
        for path in ["/Users?count=1000", "/Groups?count=1000"] {
            seen.push(place.face(&place.realm.get(path).await));
        }
        if operation.is_admin() {
            for path in ["", "/keys", "/schemas", "/mappers", "/members"] {
                let path = format!("/admin/v1/realms/{}{path}", place.realm.name);
                let answer = place.realm.admin(&self.calm, "GET", &path, None).await;
                seen.push(place.face(&answer));
            }
            let path = format!("/admin/v1/realms/{}x", place.realm.name);
            let answer = place.realm.admin(&self.calm, "GET", &path, None).await;
            seen.push(place.face(&answer));
        }
        State {
            face: Value::Array(seen),
            look: look(&self.table, &place.realm.name).await,
            raw: self.raw(place).await,
        }
    }
}

impl Place<'_> {
    fn filled(&self, text: &str) -> String {
        let fill = |text: String, (name, value): (&String, &String)| text.replace(name, value);
        self.values.iter().fold(text.to_owned(), fill)
    }

    async fn send(&self, operation: &Operation, server: &Server) -> Answer {
        let path = self.filled(&operation.path);
        let url = match operation.is_admin() {
            true => format!("{}{path}", server.origin()),
            false => format!("{}{path}", server.tenant_url(&self.realm.name)),
        };
        let mut call = Call::new(operation.method, &url);
        if operation.is_admin() {
            call = call.header("content-type", "application/json");
        }
        if let Some((name, value)) = operation.header {
            call = call.header(name, value);
        }
        if !operation.body.is_null() {
            call = call.bytes(self.filled(&operation.body.to_string()));
        }
        if operation.is_admin() {
            call = call.by(server.operator());
        }
        self.realm.send(call).await
    }

    /// An answer's face, its status before it.
    pub fn face(&self, answer: &Answer) -> Value {
        let eye = Eye {
            realm: &self.realm.name,
            known: &self.template.known,
        };
        let body = match answer.header("content-type").contains("json") {
            true => eye.face(&answer.json()),
            false => Value::Null,
        };
        json!([answer.status, body])
    }
}
