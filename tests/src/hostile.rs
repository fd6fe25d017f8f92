//! Two realms behind the adapter of Lambda's events, and the law that any event
//! whatever must keep: it is answered, in the words of the protocol, and touches
//! no item of another realm than the one whose key it carries.

use crate::ring::{peppers, ring};
use crate::table::{TABLE, audit};
use auth::{
    Caller, IamPrincipal, KeyId, KeyRecord, Operator, PepperRing, RealmRecord, RealmState, Salt,
};
use auth::{Scope, Token};
use axum::Router;
use axum::http::Method;
use jiff::Timestamp;
use lambda::{Adapter, Arrived, Event, answer};
use muster::embedded::Embedded;
use serde_json::{Value, json};
use service::{Administration, Config, Service};
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use store::{Policy, RealmEntry, Store};
use tokio::runtime::Runtime;
use tokio::time::Instant;
use tower::ServiceExt;

/// The realm whose token every event may carry.
pub const OWN: &str = "acme";
/// The realm which that token must not reach.
pub const OTHER: &str = "other";

/// A deployment of two realms, asked by events.
pub struct Deployment {
    runtime: Runtime,
    adapter: Adapter,
    router: Router,
    token: String,
    /// The partition keys touched since the last event.
    touched: Arc<Mutex<Vec<String>>>,
}

impl Default for Deployment {
    fn default() -> Self {
        Self::new()
    }
}

impl Deployment {
    /// A fresh one.
    pub fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let touched = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&touched);
        let embedded = Embedded::memory().unwrap().with_log(Arc::new(move |call| {
            let keys = call.keys.iter().map(|key| key.pk.clone());
            seen.lock().unwrap().extend(keys);
        }));
        let (router, token) = runtime.block_on(async {
            let store = Store::new(embedded.client(), TABLE);
            store.create_table().await.unwrap();
            let ring = ring();
            let mut tokens = Vec::new();
            for (name, seed) in SEEDS {
                tokens.push(realm(&store, &ring, name, seed).await);
            }
            let token = tokens.swap_remove(0);
            let peppers = peppers().await;
            let service = Service::new(store, peppers, Administration::Iam, Config::default());
            (service::all(service), token)
        });
        Self {
            runtime,
            adapter: Adapter::new(None),
            router,
            token,
            touched,
        }
    }

    /// `Bearer …` of [`OWN`].
    pub fn authorization(&self) -> String {
        format!("Bearer {}", self.token)
    }

    /// Sends an event and holds the answer against the law; its status.
    pub fn ask(&self, event: Value) -> u16 {
        self.touched.lock().unwrap().clear();
        let shown = event.to_string();
        let event: Event = serde_json::from_value(event).unwrap();
        let (response, method) = self.runtime.block_on(async {
            match self.adapter.request(event, None) {
                Ok(Arrived { request, .. }) => {
                    let method = request.method().clone();
                    (self.router.clone().oneshot(request).await.unwrap(), method)
                }
                Err(error) => (service::refuse(&error), Method::GET),
            }
        });
        let answer = self.runtime.block_on(answer(response, &method));
        let answer = serde_json::to_value(&answer).unwrap();
        let status = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
        assert!(status < 500 || status == 501, "{shown}: {answer}");
        if status >= 400 && method != Method::HEAD {
            let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
            assert!(body["detail"].is_string(), "{shown}: {answer}");
        }
        for pk in self.touched.lock().unwrap().iter() {
            // Whoever names a realm has its credentials looked up, and those alone;
            // that nobody was let in is recorded where it was tried.
            let own = pk.starts_with(&format!("R#{OWN}#"));
            let looked_up =
                pk.starts_with("R#") && (pk.ends_with("#REALM") || pk.ends_with("#KEY"));
            let recorded = status == 401 && pk.starts_with("R#") && pk.ends_with("#EV");
            assert!(own || looked_up || recorded, "{shown}: touches {pk}");
            assert!(
                own || matches!(status, 400 | 401),
                "{shown}: {pk}: {answer}"
            );
        }
        status
    }

    /// An event of the gateway for this request, with the token of [`OWN`].
    pub fn event(&self, method: &str, path: &str, query: &str) -> Value {
        json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
            "headers": {
                "authorization": self.authorization(), "content-type": "application/scim+json",
            },
            "requestContext": {
                "domainName": "abc.execute-api.eu-central-1.amazonaws.com", "stage": "$default",
                "http": {"method": method, "path": path, "sourceIp": "203.0.113.9"},
                "requestId": "x",
            },
            "isBase64Encoded": false,
        })
    }
}

/// A realm of every deployment, for what is sealed in its name.
///
/// # Panics
/// When there is none of that name.
pub fn caller(realm: &str) -> Caller {
    let seed = SEEDS.iter().find(|(name, _)| *name == realm).unwrap().1;
    let operator = Operator::by_iam(&IamPrincipal::new("arn"));
    Caller::operating(&operator, &record(realm, seed))
}

/// What each realm's salt and key are made of.
const SEEDS: [(&str, u8); 2] = [(OWN, 1), (OTHER, 2)];

fn record(name: &str, seed: u8) -> RealmRecord {
    RealmRecord {
        name: name.parse().unwrap(),
        display_name: name.to_owned(),
        state: RealmState::Enabled,
        salt: Salt::new([seed; 16]),
        created: Timestamp::now(),
        version: 1,
    }
}

/// Makes a realm; its token.
async fn realm(store: &Store, ring: &PepperRing, name: &str, seed: u8) -> String {
    let deadline = Instant::now() + Duration::from_secs(60);
    let operator = Operator::by_iam(&IamPrincipal::new("arn:aws:iam::123456789012:root"));
    let admin = store.admin(&operator, Timestamp::now(), audit(), deadline);
    let record = record(name, seed);
    let realm = RealmEntry {
        record,
        policy: Policy::default(),
        settings: 0,
        deletion: None,
    };
    admin.create_realm(&realm).await.unwrap();
    let name = realm.record.name;
    let token = Token::new(KeyId::from_random([seed; 9]), [seed; 32]);
    let key = KeyRecord {
        id: token.key_id().clone(),
        name: "test".to_owned(),
        scopes: vec![Scope::Scim],
        mac: ring.mac(&name, &token),
        created: Timestamp::now(),
        expires: None,
        revoked: None,
        last_used: None,
        created_by: None,
        replaces: None,
    };
    admin.create_key(&name, &key).await.unwrap();
    token.reveal()
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployment").finish_non_exhaustive()
    }
}
