//! A client of the admin API (`/admin/v1`) of any deployment. What the answers
//! look like to a reader is the business of [`crate::cli`].

use std::fmt;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, StatusCode, Url};
use serde_json::{Value, json};

use crate::Failure;
use crate::stack::Signer;

const CONNECT: Duration = Duration::from_secs(10);
/// The gateway gives up after 30 s.
const ANSWER: Duration = Duration::from_secs(35);

/// A client of one deployment's admin API. Answers are the API's JSON as it came.
pub struct AdminClient {
    http: Client,
    base: Url,
    proof: Proof,
}

/// How a client proves who it is.
enum Proof {
    /// The admin token: a server on one machine.
    Token(String),
    /// AWS credentials: a deployment, whose gateway checks them.
    SigV4(Signer),
}

/// The states an operator can put a realm into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// Its keys work.
    Enabled,
    /// Every request is answered with 403.
    Disabled,
}

/// A key to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What it is called in lists.
    pub name: String,
    /// `scim`, `scim:read`; empty: the server's default.
    pub scopes: Vec<String>,
    /// When it ends; none: never.
    pub expiry: Option<Expiry>,
}

/// When a key ends. Its words are the server's to understand: its clock counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// After a while, such as `90d`.
    In(String),
    /// At a moment of RFC 3339.
    At(String),
}

impl AdminClient {
    /// A client of the server at `url`, its base URL, proving itself with `token`.
    ///
    /// # Errors
    /// When `url` is no base URL or this machine's certificates cannot be read.
    pub fn new(url: &str, token: &str) -> Result<Self, Failure> {
        Self::with(url, Proof::Token(token.trim().to_owned()))
    }

    /// A client of the deployment at `url` on AWS, whose requests are signed.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub(crate) fn signed(url: &str, signer: Signer) -> Result<Self, Failure> {
        Self::with(url, Proof::SigV4(signer))
    }

    fn with(url: &str, proof: Proof) -> Result<Self, Failure> {
        let base = crate::serve::base_url(url)?;
        let base = Url::parse(&base).map_err(|error| Failure::new(format!("`{url}`: {error}")))?;
        // Refused only when there is one already, which then is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // The token goes to the host that was named and to no other: not
        // where a redirect leads, and not over a proxy to this very machine.
        let mut http = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER)
            .user_agent(concat!("muster/", env!("CARGO_PKG_VERSION")));
        if matches!(base.host_str(), Some("localhost" | "127.0.0.1" | "[::1]")) {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Failure::new(format!("no HTTPS on this machine: {}", cause(&error)))
        })?;
        Ok(Self { http, base, proof })
    }

    /// Makes a realm.
    ///
    /// # Errors
    /// When there is one of that name, and as every call: see [`Failure`].
    pub async fn create_realm(&self, name: &str, display: Option<&str>) -> Result<Value, Failure> {
        let mut body = json!({ "name": name });
        if let (Some(display), Some(body)) = (display, body.as_object_mut()) {
            body.insert("displayName".to_owned(), display.into());
        }
        self.send(Method::POST, &["realms"], Some(body)).await
    }

    /// One realm.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn realm(&self, name: &str) -> Result<Value, Failure> {
        self.send(Method::GET, &["realms", name], None).await
    }

    /// Every realm, by name.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn realms(&self) -> Result<Vec<Value>, Failure> {
        let mut realms = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut url = self.url(&["realms"])?;
            if let Some(cursor) = &cursor {
                url.query_pairs_mut().append_pair("cursor", cursor);
            }
            let mut page = self.call(Method::GET, url, None).await?;
            realms.extend(take_list(&mut page, "realms"));
            cursor = page
                .get("nextCursor")
                .and_then(Value::as_str)
                .map(str::to_owned);
            if cursor.is_none() {
                return Ok(realms);
            }
        }
    }

    /// Switches a realm on or off.
    ///
    /// # Errors
    /// When there is none of that name.
    pub async fn switch_realm(&self, name: &str, to: Switch) -> Result<Value, Failure> {
        let state = match to {
            Switch::Enabled => "enabled",
            Switch::Disabled => "disabled",
        };
        self.send(
            Method::PATCH,
            &["realms", name],
            Some(json!({ "state": state })),
        )
        .await
    }

    /// Makes a key; the answer holds its `token`, which is never shown again.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn create_key(&self, realm: &str, key: &NewKey) -> Result<Value, Failure> {
        let mut body = json!({ "name": key.name });
        if let Some(body) = body.as_object_mut() {
            if !key.scopes.is_empty() {
                body.insert("scopes".to_owned(), json!(key.scopes));
            }
            match &key.expiry {
                None => {}
                Some(Expiry::In(span)) => {
                    body.insert("expiresIn".to_owned(), json!(span));
                }
                Some(Expiry::At(moment)) => {
                    body.insert("expires".to_owned(), json!(moment));
                }
            }
        }
        self.send(Method::POST, &["realms", realm, "keys"], Some(body))
            .await
    }

    /// Every key of a realm, without its secret.
    ///
    /// # Errors
    /// When there is no such realm.
    pub async fn keys(&self, realm: &str) -> Result<Vec<Value>, Failure> {
        let mut answer = self
            .send(Method::GET, &["realms", realm, "keys"], None)
            .await?;
        Ok(take_list(&mut answer, "keys"))
    }

    /// Revokes a key for good.
    ///
    /// # Errors
    /// When there is no such key.
    pub async fn revoke_key(&self, realm: &str, key: &str) -> Result<(), Failure> {
        self.send(Method::DELETE, &["realms", realm, "keys", key], None)
            .await
            .map(|_| ())
    }

    async fn send(
        &self,
        method: Method,
        path: &[&str],
        body: Option<Value>,
    ) -> Result<Value, Failure> {
        let url = self.url(path)?;
        self.call(method, url, body).await
    }

    fn url(&self, path: &[&str]) -> Result<Url, Failure> {
        // A URL drops such segments even when they are encoded, and would name something else.
        if let Some(name) = path.iter().find(|name| matches!(**name, "" | "." | "..")) {
            return Err(Failure::new(format!("`{name}` is no name")));
        }
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::new(format!("`{}` is no base URL", self.base)))?
            .pop_if_empty()
            .extend(["admin", "v1"])
            .extend(path);
        Ok(url)
    }

    async fn call(&self, method: Method, url: Url, body: Option<Value>) -> Result<Value, Failure> {
        // What is signed and what is sent must be the same bytes.
        let body = body.map(|body| body.to_string().into_bytes());
        let mut request = self.http.request(method.clone(), url.clone());
        match &self.proof {
            Proof::Token(token) => {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
            }
            Proof::SigV4(signer) => {
                for (name, value) in signer.headers(&method, &url, body.as_deref()).await? {
                    request = request.header(name, value);
                }
            }
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = request
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        self.read(response).await
    }

    async fn read(&self, response: Response) -> Result<Value, Failure> {
        let status = response.status();
        let body = response
            .bytes()
            .await
            .map_err(|error| self.unreachable(&error))?;
        let value: Option<Value> = serde_json::from_slice(&body).ok();
        if status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        if status.is_success() {
            return value.ok_or_else(|| {
                Failure::new(format!("`{}` answered no JSON: is it a Muster?", self.base))
            });
        }
        // RFC 9457: the problem's detail is written for a reader.
        let detail = value
            .as_ref()
            .and_then(|problem| problem.get("detail").or_else(|| problem.get("title")))
            .and_then(Value::as_str);
        // The gateway's own answers are no problem details.
        let message = value
            .as_ref()
            .and_then(|answer| answer.get("message"))
            .and_then(Value::as_str);
        Err(match (status, detail) {
            (StatusCode::UNAUTHORIZED, _) => self.refused(),
            (StatusCode::FORBIDDEN, None) => self.refused(),
            (_, Some(detail)) => Failure::new(detail),
            (status, None) => Failure::new(format!(
                "`{}` answered {status}{}",
                self.base,
                message
                    .map(|message| format!(": {message}"))
                    .unwrap_or_default()
            )),
        })
    }

    fn refused(&self) -> Failure {
        Failure::new(match &self.proof {
            Proof::Token(_) => format!(
                "`{}` refuses the admin token; name its file with `--admin-token-file` or the token in MUSTER_ADMIN_TOKEN, or sign with AWS credentials: `--stack` or `--sigv4`",
                self.base
            ),
            Proof::SigV4(signer) => format!(
                "the gateway of `{}` refuses these AWS credentials; they need the action `execute-api:Invoke` on `arn:aws:execute-api:{}:ACCOUNT:API/*/*/admin/*` and a clock that is right; `--profile` names others",
                self.base,
                signer.region()
            ),
        })
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let hint = if error.is_connect() {
            "; is the server running there?"
        } else {
            ""
        };
        Failure::new(format!(
            "`{}` does not answer: {}{hint}",
            self.base,
            cause(error)
        ))
    }
}

impl fmt::Debug for AdminClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminClient")
            .field("base", &self.base.as_str())
            .finish_non_exhaustive()
    }
}

fn take_list(answer: &mut Value, name: &str) -> Vec<Value> {
    match answer.get_mut(name).map(Value::take) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    }
}

fn cause(error: &reqwest::Error) -> String {
    crate::serve::cause(error)
}
