//! The HTTP side: sends requests as Entra ID does, counts them, and keeps the
//! token from every place but the one host it is for.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};
use tokio::time::{Instant, sleep, timeout_at};

use super::answer::{Answer, Body};
use super::call::{Call, Credentials, Spaces};
use super::check::{Halt, Told};
use super::tenant_url::TenantUrl;
use crate::Failure;

const CONNECT: Duration = Duration::from_secs(10);
/// Provision on demand is over after 30 s.
const ANSWER: Duration = Duration::from_secs(30);
/// A request that is told to come back does so as often, as Entra ID honours Retry-After.
const RETRIES: usize = 3;
/// When 429 comes without Retry-After, as from some gateways.
const PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// No answer to what is asked here is larger.
const MOST_BYTES: usize = 16 * 1024 * 1024;

const SCIM: &str = "application/scim+json";
const SCIM_UTF8: HeaderValue = HeaderValue::from_static("application/scim+json; charset=utf-8");
/// Looks like a token and is nobody's.
const WRONG_TOKEN: HeaderValue =
    HeaderValue::from_static("Bearer muster-doctor-this-token-is-wrong-on-purpose");

/// Clones share the connections and the count.
#[derive(Clone)]
pub(super) struct Scim {
    shared: Arc<Shared>,
    until: Instant,
}

struct Shared {
    http: Client,
    url: TenantUrl,
    authorization: HeaderValue,
    sent: AtomicUsize,
    /// The media types of answers with a body, each with the first request so answered.
    media_types: Mutex<BTreeMap<String, String>>,
}

impl Scim {
    pub(super) fn new(url: TenantUrl, token: &str, until: Instant) -> Result<Self, Failure> {
        let mut authorization = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Failure::new("the token holds characters that no request can carry"))?;
        authorization.set_sensitive(true);
        // Refused only when there is one already, which then is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // No redirect carries the token on, no proxy sees what stays on this
        // machine, and no User-Agent: Test Connection comes without one.
        let mut http = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(ANSWER);
        if url.is_loopback() {
            http = http.no_proxy();
        }
        let http = http.build().map_err(|error| {
            Failure::new(format!(
                "no HTTPS on this machine: {}",
                crate::serve::cause(&error)
            ))
        })?;
        let shared = Shared {
            http,
            url,
            authorization,
            sent: AtomicUsize::new(0),
            media_types: Mutex::default(),
        };
        Ok(Self {
            shared: Arc::new(shared),
            until,
        })
    }

    /// The same with another deadline.
    pub(super) fn until(&self, until: Instant) -> Self {
        Self {
            until,
            ..self.clone()
        }
    }

    pub(super) fn url(&self) -> &TenantUrl {
        &self.shared.url
    }

    /// How many requests have been sent.
    pub(super) fn sent(&self) -> usize {
        self.shared.sent.load(Ordering::Relaxed)
    }

    pub(super) fn media_types(&self) -> BTreeMap<String, String> {
        let seen = self.shared.media_types.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends a request, again when the server asks to come back.
    pub(super) async fn send(&self, call: &Call) -> Told<Answer> {
        for _ in 0..RETRIES {
            let answer = self.once(call).await?;
            let pause = match (answer.status, answer.retry_after) {
                (429, after) => Some(after.unwrap_or(PAUSE)),
                // A creation that was not refused for its frequency may have happened.
                (503, after) if call.method != Method::POST => after,
                _ => None,
            };
            match pause {
                Some(pause) => self.pause(pause.min(LONGEST_PAUSE)).await?,
                None => return Ok(answer),
            }
        }
        self.once(call).await
    }

    async fn pause(&self, pause: Duration) -> Told {
        if Instant::now() + pause >= self.until {
            return Err(Halt::Over);
        }
        sleep(pause).await;
        Ok(())
    }

    async fn once(&self, call: &Call) -> Told<Answer> {
        let asked = call.to_string();
        if Instant::now() >= self.until {
            return Err(Halt::Over);
        }
        self.shared.sent.fetch_add(1, Ordering::Relaxed);
        let exchange = async {
            let response = self.request(call).send().await?;
            let (status, headers) = (response.status(), response.headers().clone());
            Ok((status, headers, read(response).await?))
        };
        let (status, headers, bytes) = timeout_at(self.until, exchange)
            .await
            .map_err(|_| Halt::Over)?
            .map_err(|error: reqwest::Error| unreachable(&asked, &error))?;
        self.note(&asked, &headers, &bytes);
        Ok(Answer {
            status: status.as_u16(),
            body: body(&bytes),
            location: text(&headers, &LOCATION),
            challenge: text(&headers, &WWW_AUTHENTICATE),
            retry_after: pause(&headers),
            asked,
        })
    }

    fn request(&self, call: &Call) -> reqwest::RequestBuilder {
        let request = self
            .shared
            .http
            .request(call.method.clone(), self.target(call))
            .header(ACCEPT, SCIM);
        let request = match call.credentials {
            Credentials::Token => request.header(AUTHORIZATION, self.shared.authorization.clone()),
            Credentials::Wrong => request.header(AUTHORIZATION, WRONG_TOKEN),
            Credentials::None => request,
        };
        match &call.body {
            Some(body) => request
                .header(CONTENT_TYPE, SCIM_UTF8)
                .body(body.to_string()),
            None => request,
        }
    }

    fn target(&self, call: &Call) -> Url {
        let mut segments = vec![call.endpoint];
        segments.extend(call.id.as_deref());
        let mut url = self.shared.url.below(&segments);
        if call.query.is_empty() {
            return url;
        }
        url.query_pairs_mut().extend_pairs(&call.query);
        if call.spaces == Spaces::Percent20 {
            // A plus of the value itself is `%2B` here.
            let query = url.query().unwrap_or_default().replace('+', "%20");
            url.set_query(Some(&query));
        }
        url
    }

    fn note(&self, asked: &str, headers: &HeaderMap, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let media_type = text(headers, &CONTENT_TYPE).unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default();
        let mut seen = self
            .shared
            .media_types
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        seen.entry(media_type.trim().to_ascii_lowercase())
            .or_insert_with(|| asked.to_owned());
    }
}

impl fmt::Debug for Scim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scim")
            .field("url", &self.shared.url)
            .finish_non_exhaustive()
    }
}

async fn read(mut response: Response) -> Result<Vec<u8>, reqwest::Error> {
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MOST_BYTES {
            break;
        }
    }
    Ok(bytes)
}

fn body(bytes: &[u8]) -> Body {
    if bytes.is_empty() {
        return Body::Empty;
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => Body::Json(value),
        Err(_) => Body::Text(String::from_utf8_lossy(bytes).into_owned()),
    }
}

fn text(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = headers.get(name)?.as_bytes();
    Some(String::from_utf8_lossy(value).into_owned())
}

/// Seconds; the other form, a date, is rare and as good as one second.
fn pause(headers: &HeaderMap) -> Option<Duration> {
    let value = text(headers, &RETRY_AFTER)?;
    Some(Duration::from_secs(value.trim().parse().unwrap_or(1)))
}

fn unreachable(asked: &str, error: &reqwest::Error) -> Halt {
    let cause = crate::serve::cause(error);
    let what = if error.is_timeout() {
        format!("no answer within {} seconds", ANSWER.as_secs())
    } else {
        cause
    };
    Halt::Unreachable(format!("`{asked}` got no answer: {what}"))
}
