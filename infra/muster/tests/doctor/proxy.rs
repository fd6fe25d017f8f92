//! A server in front of Muster that is wrong in one thing, as a [`Row`] says.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, Response, Uri};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::rows::Row;

/// A request on its way in.
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Below the Tenant URL: `Users` and perhaps an id.
    pub(crate) endpoint: String,
    pub(crate) id: Option<String>,
    /// As it came, encoded.
    pub(crate) query: String,
    pub(crate) authorization: Option<String>,
    pub(crate) body: Value,
    /// What the realm's own token would be.
    pub(crate) token: String,
    /// How long the answer takes.
    pub(crate) delay: Duration,
}

/// An answer on its way out.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) media_type: String,
    pub(crate) location: Option<String>,
    pub(crate) challenge: Option<String>,
    pub(crate) retry_after: Option<&'static str>,
    pub(crate) body: Content,
}

#[derive(Clone)]
pub(crate) enum Content {
    Json(Value),
    Text(&'static str),
    Empty,
}

/// What a faulty server may remember.
#[derive(Default)]
pub(crate) struct Memory {
    /// Method, path and body of every request so far.
    pub(crate) seen: BTreeSet<String>,
    /// The userNames that were asked to be created.
    pub(crate) names: BTreeSet<String>,
    /// Who was added to which group, the largest number at once included.
    pub(crate) added: BTreeMap<String, BTreeSet<String>>,
    pub(crate) disabled: BTreeSet<String>,
    pub(crate) deleted: BTreeSet<String>,
    /// Every id that was answered to a creation.
    pub(crate) ids: BTreeSet<String>,
    /// The PATCHes under way, by path.
    pub(crate) under_way: BTreeMap<String, usize>,
}

struct Proxy {
    row: &'static Row,
    upstream: String,
    token: String,
    http: reqwest::Client,
    memory: Mutex<Memory>,
}

impl Asked {
    pub(crate) fn is(&self, method: &str, endpoint: &str) -> bool {
        self.method == method && self.endpoint == endpoint
    }

    pub(crate) fn filter(&self) -> String {
        let url = reqwest::Url::parse(&format!("http://host/?{}", self.query)).unwrap();
        let mut pairs = url.query_pairs();
        let filter = pairs.find(|(name, _)| name == "filter");
        filter.map_or_else(String::new, |(_, value)| value.into_owned())
    }

    /// Sets the query anew without this parameter.
    pub(crate) fn without(&mut self, name: &str) {
        let kept = self.query.split('&').filter(|pair| {
            let own = pair.split('=').next().unwrap_or_default();
            own != name
        });
        self.query = kept.collect::<Vec<_>>().join("&");
    }

    pub(crate) fn operations(&mut self) -> &mut Vec<Value> {
        self.body["Operations"].as_array_mut().unwrap()
    }

    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.endpoint, self.id.clone().unwrap_or_default())
    }

    fn key(&self) -> String {
        format!("{} {} {}", self.method, self.path(), self.body)
    }
}

impl Reply {
    pub(crate) fn json(status: u16, body: Value) -> Self {
        Self {
            status,
            media_type: "application/scim+json".to_owned(),
            location: None,
            challenge: None,
            retry_after: None,
            body: Content::Json(body),
        }
    }

    pub(crate) fn error(status: u16) -> Self {
        let error = serde_json::json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": status.to_string(), "detail": "broken on purpose",
        });
        Self::json(status, error)
    }

    pub(crate) fn no_content() -> Self {
        Self {
            body: Content::Empty,
            ..Self::json(204, Value::Null)
        }
    }

    pub(crate) fn value(&mut self) -> &mut Value {
        match &mut self.body {
            Content::Json(value) => value,
            _ => panic!("there is no JSON to break"),
        }
    }
}

/// Starts a server that is wrong as `row` says; the Tenant URL of the realm there.
pub(crate) async fn start(row: &'static Row, upstream: &str, token: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = Arc::new(Proxy {
        row,
        upstream: upstream.to_owned(),
        token: token.to_owned(),
        http: reqwest::Client::new(),
        memory: Mutex::default(),
    });
    let router = Router::new().fallback(move |request: Request<Body>| {
        let proxy = Arc::clone(&proxy);
        async move { proxy.answer(request).await }
    });
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}/scim")
}

impl Proxy {
    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let authorization = parts.headers.get("authorization");
        let authorization = authorization.map(|value| value.to_str().unwrap().to_owned());
        let asked = asked(parts.method.as_str(), &parts.uri, authorization, &body);
        let reply = self.through(Asked {
            token: self.token.clone(),
            ..asked
        });
        respond(reply.await)
    }

    async fn through(&self, mut asked: Asked) -> Reply {
        let (path, key) = (asked.path(), asked.key());
        let early = {
            let mut memory = self.memory.lock().unwrap();
            *memory.under_way.entry(path.clone()).or_default() += 1;
            (self.row.before)(&mut asked, &memory)
        };
        tokio::time::sleep(asked.delay).await;
        let mut reply = match early {
            Some(reply) => reply,
            None => self.forward(&asked).await,
        };
        let mut memory = self.memory.lock().unwrap();
        memory.remember(&asked, &reply, key);
        (self.row.after)(&asked, &mut reply, &memory);
        *memory.under_way.get_mut(&path).unwrap() -= 1;
        reply
    }

    async fn forward(&self, asked: &Asked) -> Reply {
        let mut url = format!("{}/{}", self.upstream, asked.endpoint);
        for part in asked.id.iter().map(|id| format!("/{id}")) {
            url.push_str(&part);
        }
        if !asked.query.is_empty() {
            url.push_str(&format!("?{}", asked.query));
        }
        let method = asked.method.parse().unwrap();
        let mut request = self.http.request(method, url);
        if let Some(value) = &asked.authorization {
            request = request.header("authorization", value);
        }
        if !asked.body.is_null() {
            request = request.header("content-type", "application/scim+json");
            request = request.body(asked.body.to_string());
        }
        let answer = request.send().await.unwrap();
        let header = |name: &str| {
            let value = answer.headers().get(name)?;
            Some(value.to_str().unwrap().to_owned())
        };
        let (status, media_type) = (answer.status().as_u16(), header("content-type"));
        let (location, challenge) = (header("location"), header("www-authenticate"));
        let bytes = answer.bytes().await.unwrap();
        Reply {
            status,
            media_type: media_type.unwrap_or_default(),
            location,
            challenge,
            retry_after: None,
            body: match bytes.as_ref() {
                b"" => Content::Empty,
                bytes => Content::Json(serde_json::from_slice(bytes).unwrap()),
            },
        }
    }
}

impl Memory {
    fn remember(&mut self, asked: &Asked, reply: &Reply, key: String) {
        self.seen.insert(key);
        if let Some(name) = asked.body["userName"].as_str() {
            self.names.insert(name.to_owned());
        }
        if let (201, Content::Json(made)) = (reply.status, &reply.body) {
            self.ids.insert(made["id"].as_str().unwrap().to_owned());
        }
        let id = asked.id.clone().unwrap_or_default();
        if asked.method == "DELETE" {
            self.deleted.insert(id.clone());
        }
        for operation in asked.body["Operations"].as_array().into_iter().flatten() {
            if operation["path"] == "active" && operation["value"] == "False" {
                self.disabled.insert(id.clone());
            }
            if operation["path"] == "members" && operation["op"] == "Add" {
                let values = operation["value"].as_array().into_iter().flatten();
                let ids = values.filter_map(|member| member["value"].as_str());
                let group = self.added.entry(id.clone()).or_default();
                group.extend(ids.map(str::to_owned));
            }
        }
    }
}

fn asked(method: &str, uri: &Uri, authorization: Option<String>, body: &Bytes) -> Asked {
    let path = uri.path().strip_prefix("/scim/").unwrap_or_default();
    let (endpoint, id) = match path.split_once('/') {
        Some((endpoint, id)) => (endpoint, Some(id.to_owned())),
        None => (path, None),
    };
    Asked {
        method: method.to_owned(),
        endpoint: endpoint.to_owned(),
        id,
        query: uri.query().unwrap_or_default().to_owned(),
        authorization,
        body: serde_json::from_slice(body).unwrap_or_default(),
        token: String::new(),
        delay: Duration::ZERO,
    }
}

fn respond(reply: Reply) -> Response<Body> {
    let mut response = Response::builder().status(reply.status);
    let headers = [
        ("content-type", Some(reply.media_type)),
        ("location", reply.location),
        ("www-authenticate", reply.challenge),
        ("retry-after", reply.retry_after.map(str::to_owned)),
    ];
    for (name, value) in headers {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            response = response.header(name, value);
        }
    }
    let body = match reply.body {
        Content::Json(value) => Body::from(value.to_string()),
        Content::Text(text) => Body::from(text),
        Content::Empty => Body::empty(),
    };
    response.body(body).unwrap()
}
