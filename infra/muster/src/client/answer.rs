//! One answer of the admin API, or of the gateway before it.

use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, RETRY_AFTER};
use reqwest::{Response, StatusCode};
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// Its JSON, when that is what it is.
    pub(super) body: Option<Value>,
    pub(super) etag: Option<String>,
    retry_after: Option<u64>,
}

impl Answer {
    pub(super) async fn read(response: Response) -> Result<Self, reqwest::Error> {
        let status = response.status();
        let text = |headers: &HeaderMap, name| {
            let value = headers.get(name)?;
            value.to_str().ok().map(str::to_owned)
        };
        let etag = text(response.headers(), ETAG);
        let retry_after = text(response.headers(), RETRY_AFTER);
        let body = response.bytes().await?;
        Ok(Self {
            status,
            body: serde_json::from_slice(&body).ok(),
            etag,
            retry_after: retry_after.and_then(|seconds| seconds.parse().ok()),
        })
    }

    /// How long the deployment asks to wait before the same is sent again. Only
    /// what says so itself is sent again: then nothing was done.
    pub(super) fn patience(&self) -> Option<Duration> {
        match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                self.retry_after.map(Duration::from_secs)
            }
            _ => None,
        }
    }

    /// RFC 9457: a problem's detail is written for a reader.
    pub(super) fn detail(&self) -> Option<&str> {
        let problem = self.body.as_ref()?;
        let words = problem.get("detail").or_else(|| problem.get("title"));
        words.and_then(Value::as_str)
    }

    /// The gateway's own answers are no problem details.
    pub(super) fn message(&self) -> Option<&str> {
        self.body.as_ref()?.get("message").and_then(Value::as_str)
    }
}
