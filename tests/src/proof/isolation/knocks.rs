//! Every way not to be let in. What a stranger can see must not tell them apart:
//! the answer, byte by byte, and what it takes to give it.

use super::bare;
use super::log::Log;
use crate::urn::CUSTOM;
use crate::{Answer, Call, Realm, Server};
use auth::{AdminToken, KeyId, Token};
use muster::embedded::CallInfo;
use serde_json::json;

/// One way not to be let in.
#[derive(Debug, Clone)]
pub struct Way {
    /// What is wrong.
    pub why: &'static str,
    /// Where it is tried: a realm's name of its own.
    pub name: String,
    /// The Tenant URL.
    pub url: String,
    /// With which token.
    pub token: String,
    /// What is looked up.
    pub looks: Looks,
}

/// What a refusal has to look up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Looks {
    /// The realm and the key.
    Up,
    /// Nothing: what is wrong shows without any realm or key.
    Nowhere,
}

/// What a stranger can see, and what it takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Face {
    /// The status.
    pub status: u16,
    /// The headers but for the date and the request's id.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
    /// The table's calls, each with its partitions; the realm's name left out.
    pub calls: Vec<(String, Vec<String>)>,
}

/// A server with a realm for each way.
#[derive(Debug)]
pub struct Gate {
    log: Log,
    /// Held for as long as it is knocked at.
    pub server: Server,
    /// The ways.
    pub ways: Vec<Way>,
    /// Without a socket.
    pub router: axum::Router,
    guest: Realm,
}

impl Gate {
    /// Builds it.
    pub async fn new() -> Self {
        let log = Log::default();
        let admin = AdminToken::new([3; 32]);
        let router = bare::router(&log.table(), &admin).await;
        let server = bare::serve(router.clone(), &admin).await;
        let guest = Realm::create(&server, "guest").await;
        let ways = ways(&server, &guest).await;
        Self {
            log,
            server,
            ways,
            router,
            guest,
        }
    }

    /// Forgets what was recorded.
    pub fn forget(&self) {
        self.log.take();
    }

    /// Knocks once.
    pub async fn knock(&self, way: &Way, call: Call) -> Face {
        let realm = self.guest.with_url(way.url.clone());
        self.log.take();
        let answer = realm.send(call.token(&way.token)).await;
        face(&answer, &self.log.take(), &way.name)
    }
}

fn face(answer: &Answer, calls: &[CallInfo], name: &str) -> Face {
    let varies = ["date", "x-request-id"];
    let headers = answer.headers.iter();
    let mut headers: Vec<(String, String)> = headers
        .filter(|(name, _)| !varies.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort_unstable();
    let prefix = format!("R#{name}#");
    let calls = calls.iter().map(|call| {
        let keys = call.keys.iter();
        let mut keys: Vec<String> = keys
            .map(|key| key.pk.replacen(&prefix, "R#*#", 1))
            .collect();
        keys.sort_unstable();
        (call.operation.clone(), keys)
    });
    Face {
        status: answer.status,
        headers,
        body: String::from_utf8_lossy(&answer.bytes).into_owned(),
        calls: calls.collect(),
    }
}

async fn ways(server: &Server, guest: &Realm) -> Vec<Way> {
    let mut ways = Vec::new();
    let mut add = |why: &'static str, name: &str, token: String, looks: Looks| {
        ways.push(Way {
            why,
            // What can be no realm's is recorded at the realm without a name.
            name: if name.starts_with('-') {
                String::new()
            } else {
                name.to_owned()
            },
            url: server.tenant_url(name),
            token,
            looks,
        });
    };
    let stranger = || Token::new(KeyId::from_random([7; 9]), [9; 32]).reveal();
    add("an unknown realm", "nowhere", stranger(), Looks::Up);
    add(
        "another realm's key where there is no realm",
        "nowhere-2",
        guest.token.clone(),
        Looks::Up,
    );
    for (n, why) in [
        "an unknown key",
        "another realm's key",
        "a wrong secret",
        "a revoked key",
        "an expired key",
        "a realm that is switched off, an unknown key",
        "a realm that is switched off, a revoked key",
        "a realm that was deleted",
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("way-{n}");
        let realm = Realm::create(server, &name).await;
        let keys = realm.keys(server).await;
        let (id, _) = realm.key(server, json!({"name": "known"})).await;
        let id: KeyId = id.parse().unwrap();
        let token = match n {
            0 | 5 => stranger(),
            1 => guest.token.clone(),
            2 => Token::new(id, [9; 32]).reveal(),
            3 | 6 => keys.revoked,
            4 => keys.expired,
            _ => realm.token.clone(),
        };
        // Last, so that no request of the realm has read it yet.
        declare(server, &realm).await;
        if n == 5 || n == 6 {
            realm.change(server, &json!({"state": "disabled"})).await;
        }
        if n == 7 {
            remove(server, &realm).await;
        }
        add(why, &name, token, Looks::Up);
    }
    let broken = format!("{}x", guest.token);
    add(
        "a token whose checksum fails",
        "guest",
        broken,
        Looks::Nowhere,
    );
    add(
        "what can be no realm's name",
        "-no_name",
        guest.token.clone(),
        Looks::Nowhere,
    );
    ways
}

async fn declare(server: &Server, realm: &Realm) {
    let path = format!("/admin/v1/realms/{}/schemas/{CUSTOM}", realm.name);
    let attributes = json!([{"name": "tag", "type": "string"}]);
    let schema = json!({"name": "Custom", "resourceType": "User", "attributes": attributes});
    let made = realm.admin(server, "PUT", &path, Some(schema)).await;
    assert_eq!(made.status, 201, "{made:?}");
}

async fn remove(server: &Server, realm: &Realm) {
    let path = format!("/admin/v1/realms/{}", realm.name);
    let answer = realm.admin(server, "DELETE", &path, None).await;
    assert!(matches!(answer.status, 202 | 204), "{answer:?}");
}
