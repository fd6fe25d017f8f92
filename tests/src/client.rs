//! A realm as an identity provider sees it: its Tenant URL, a token, requests.

use crate::answer::Answer;
use crate::server::{Operator, Server};
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use serde_json::{Value, json};
use std::time::Duration;

/// The media type of SCIM requests.
pub const SCIM: &str = "application/scim+json";

/// A realm of its own on some server, with a key for everything.
#[derive(Debug, Clone)]
pub struct Realm {
    /// The realm's name.
    pub name: String,
    /// `http://…/realms/{realm}/scim/v2`, without a trailing slash.
    pub url: String,
    /// The Secret Token.
    pub token: String,
    http: Client,
}

/// Tokens that are good for less.
#[derive(Debug)]
pub struct Keys {
    /// Scope `scim:read`.
    pub read_only: String,
    /// Its time is over.
    pub expired: String,
    /// Revoked after it was made.
    pub revoked: String,
}

/// One request to a realm.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    headers: HeaderMap,
    credentials: Credentials,
    body: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
enum Credentials {
    OfTheRealm,
    None,
    Header(String),
}

impl Call {
    /// A request without a body; `path` is relative to the Tenant URL.
    #[track_caller]
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.parse().unwrap(),
            path: path.to_owned(),
            headers: HeaderMap::new(),
            credentials: Credentials::OfTheRealm,
            body: None,
        }
    }

    /// A GET.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().unwrap();
        self.headers
            .insert(name, HeaderValue::from_str(value).unwrap());
        self
    }

    /// With a JSON body, as `application/scim+json` unless a header says otherwise.
    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string())
    }

    /// With a body of these bytes.
    #[must_use]
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.headers
            .entry("content-type")
            .or_insert(HeaderValue::from_static(SCIM));
        self.body = Some(body.into());
        self
    }

    /// With no Authorization header.
    #[must_use]
    pub fn anonymous(mut self) -> Self {
        self.credentials = Credentials::None;
        self
    }

    /// With this Authorization header.
    #[must_use]
    pub fn authorization(mut self, value: &str) -> Self {
        self.credentials = Credentials::Header(value.to_owned());
        self
    }

    /// With the administrator's proof; the last thing, because it may be a signature.
    #[must_use]
    pub fn by(mut self, operator: &Operator) -> Self {
        match operator {
            Operator::Token(token) => self.token(token),
            Operator::Iam(principal) => {
                // What is signed is what is sent.
                self.path = Url::parse(&self.path).unwrap().into();
                let body = self.body.as_deref().unwrap_or_default();
                for (name, value) in principal.sign(self.method.as_str(), &self.path, body) {
                    self = match name.as_str() {
                        "authorization" => self.authorization(&value),
                        name => self.header(name, &value),
                    };
                }
                self
            }
        }
    }

    /// With this bearer token.
    #[must_use]
    pub fn token(self, token: &str) -> Self {
        self.authorization(&format!("Bearer {token}"))
    }
}

impl Realm {
    /// A new realm of this name on `server`, with a key for everything.
    pub async fn create(server: &Server, name: &str) -> Self {
        // The tool's TLS comes without a provider; refused when there is one already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .timeout(Duration::from_secs(120))
            .build()
            .unwrap();
        let mut realm = Self {
            name: name.to_owned(),
            url: server.tenant_url(name),
            token: String::new(),
            http,
        };
        let made = realm
            .admin(
                server,
                "POST",
                "/admin/v1/realms",
                Some(json!({"name": name})),
            )
            .await;
        assert_eq!(made.status, 201, "{made:?}");
        realm.token = realm.key(server, json!({"name": "test"})).await.1;
        realm
    }

    /// The same realm, asked with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// The same token at another Tenant URL.
    #[must_use]
    pub fn with_url(&self, url: String) -> Self {
        Self {
            url,
            ..self.clone()
        }
    }

    /// Tokens of this realm that are good for less.
    pub async fn keys(&self, server: &Server) -> Keys {
        let read_only = json!({"name": "reads", "scopes": ["scim:read"]});
        let read_only = self.key(server, read_only).await.1;
        let (id, revoked) = self.key(server, json!({"name": "revoked"})).await;
        let path = format!("/admin/v1/realms/{}/keys/{id}", self.name);
        let answer = self.admin(server, "DELETE", &path, None).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        Keys {
            read_only,
            expired: self.expired(server).await,
            revoked,
        }
    }

    /// A token whose time is over: keys are made for the future, so one second is waited for.
    pub async fn expired(&self, server: &Server) -> String {
        let end = Timestamp::now() + SignedDuration::from_millis(1_000);
        let token = self
            .key(server, json!({"name": "old", "expires": end.to_string()}))
            .await
            .1;
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        token
    }

    /// Makes a key; its id and its token.
    pub async fn key(&self, server: &Server, body: Value) -> (String, String) {
        let path = format!("/admin/v1/realms/{}/keys", self.name);
        let answer = self.admin(server, "POST", &path, Some(body)).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        let body = answer.json();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (text("id"), text("token"))
    }

    /// Changes the realm, as the administrator.
    pub async fn change(&self, server: &Server, change: &Value) {
        let path = format!("/admin/v1/realms/{}", self.name);
        let answer = self.admin(server, "PATCH", &path, Some(change.clone()));
        let answer = answer.await;
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    /// A request of the administration API, as the administrator.
    pub async fn admin(
        &self,
        server: &Server,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Answer {
        let url = format!("{}{path}", server.origin());
        let mut call = Call::new(method, &url).anonymous();
        if let Some(body) = body {
            call = call.header("content-type", "application/json").json(&body);
        }
        self.send(call.by(server.operator())).await
    }

    /// Sends a request and reads the answer whole. The path is encoded as a
    /// URL library does: spaces and quotes, nothing that is encoded already.
    pub async fn send(&self, call: Call) -> Answer {
        let Call {
            method,
            path,
            mut headers,
            credentials,
            body,
        } = call;
        let url = if path.starts_with("http") {
            path
        } else {
            format!("{}{path}", self.url)
        };
        let asked = format!("{method} {url}");
        let authorization = match credentials {
            Credentials::None => None,
            Credentials::OfTheRealm => Some(format!("Bearer {}", self.token)),
            Credentials::Header(value) => Some(value),
        };
        if let Some(value) = authorization {
            headers.insert("authorization", HeaderValue::from_str(&value).unwrap());
        }
        let mut request = self
            .http
            .request(method, Url::parse(&url).unwrap())
            .headers(headers);
        if let Some(body) = body {
            request = request.body(body);
        }
        let answer = request
            .send()
            .await
            .unwrap_or_else(|error| panic!("{asked}: {error:?}"));
        Answer {
            asked,
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            bytes: answer.bytes().await.unwrap().to_vec(),
        }
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.send(Call::get(path)).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Call::new("POST", path).json(body)).await
    }

    /// PUT.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Call::new("PUT", path).json(body)).await
    }

    /// PATCH with these operations.
    pub async fn patch(&self, path: &str, operations: Value) -> Answer {
        let body = json!({"schemas": [crate::urn::PATCH], "Operations": operations});
        self.send(Call::new("PATCH", path).json(&body)).await
    }

    /// DELETE.
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(Call::new("DELETE", path)).await
    }

    /// The answer to a filter, encoded as a URL library does.
    pub async fn filter(&self, endpoint: &str, filter: &str) -> Answer {
        let mut url = Url::parse("http://host").unwrap();
        url.query_pairs_mut().append_pair("filter", filter);
        self.get(&format!("{endpoint}?{}", url.query().unwrap()))
            .await
    }

    /// Makes a user with this userName; its id.
    pub async fn user(&self, user_name: &str) -> String {
        let body = json!({"schemas": [crate::urn::USER], "userName": user_name, "active": true});
        self.post("/Users", &body).await.created()
    }

    /// Makes a group with these members; its id.
    pub async fn group(&self, display_name: &str, members: &[&str]) -> String {
        let members: Vec<Value> = members.iter().map(|id| json!({"value": id})).collect();
        let body = json!({
            "schemas": [crate::urn::GROUP], "displayName": display_name, "members": members,
        });
        self.post("/Groups", &body).await.created()
    }

    /// The ids of a group's members, sorted.
    pub async fn members(&self, group: &str) -> Vec<String> {
        crate::json::values(
            &self.get(&format!("/Groups/{group}")).await.is(200),
            "members",
        )
    }

    /// The ids of a user's groups, sorted.
    pub async fn groups(&self, user: &str) -> Vec<String> {
        crate::json::values(&self.get(&format!("/Users/{user}")).await.is(200), "groups")
    }
}
