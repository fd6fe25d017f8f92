//! One request of the admin API: where it goes, what it carries, how it is
//! proven and sent.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use reqwest::{Method, RequestBuilder, StatusCode, Url};
use serde_json::Value;

use super::answer::Answer;
use super::{AdminClient, Proof};
use crate::Failure;

/// How often a request is sent again to a deployment that asks for patience.
const REPEATS: u32 = 4;
/// A longer wait than this is the person's to decide.
const PATIENCE: Duration = Duration::from_secs(30);

/// A request that has not been sent yet.
#[derive(Debug)]
pub(super) struct Call<'a> {
    method: Method,
    path: Vec<&'a str>,
    query: Vec<(&'static str, String)>,
    header: Option<(HeaderName, &'a str)>,
    body: Option<Value>,
}

impl<'a> Call<'a> {
    pub(super) fn new(method: Method, path: &[&'a str]) -> Self {
        Self {
            method,
            path: path.to_vec(),
            query: Vec::new(),
            header: None,
            body: None,
        }
    }

    pub(super) fn get(path: &[&'a str]) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: &[&'a str], body: Value) -> Self {
        Self::new(Method::POST, path).body(body)
    }

    pub(super) fn delete(path: &[&'a str]) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub(super) fn query(mut self, pairs: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        self.query.extend(pairs);
        self
    }

    pub(super) fn header(mut self, name: HeaderName, value: &'a str) -> Self {
        self.header = Some((name, value));
        self
    }

    fn url(&self, base: &Url) -> Result<Url, Failure> {
        // A URL drops such segments even when they are encoded, and would name something else.
        if let Some(name) = self
            .path
            .iter()
            .find(|name| matches!(**name, "" | "." | ".."))
        {
            return Err(Failure::new(format!("`{name}` is no name")));
        }
        let mut url = base.clone();
        url.path_segments_mut()
            .map_err(|()| Failure::new(format!("`{base}` is no base URL")))?
            .pop_if_empty()
            .extend(["admin", "v1"])
            .extend(&self.path);
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
            // A signature has blanks as `%20`; a form has them as `+`, and a plus as `%2B`.
            let blanks = url.query().map(|query| query.replace('+', "%20"));
            url.set_query(blanks.as_deref());
        }
        Ok(url)
    }
}

impl AdminClient {
    /// What a successful answer holds; null when it has no body.
    ///
    /// # Errors
    /// When the deployment cannot be reached or refuses: see [`Failure`].
    pub(super) async fn send(&self, call: Call<'_>) -> Result<Value, Failure> {
        let answer = self.exchange(call).await?;
        self.success(answer)
    }

    /// Whatever is answered.
    ///
    /// # Errors
    /// When nothing is.
    pub(super) async fn exchange(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let url = call.url(&self.base)?;
        // What is signed and what is sent must be the same bytes.
        let body = call.body.map(|body| body.to_string().into_bytes());
        let mut left = REPEATS;
        loop {
            let mut request = self.proven(&call.method, &url, body.as_deref()).await?;
            if let Some((name, value)) = &call.header {
                request = request.header(name, *value);
            }
            if let Some(body) = &body {
                request = request
                    .header(CONTENT_TYPE, "application/json")
                    .body(body.clone());
            }
            let response = request.send().await;
            let response = response.map_err(|error| self.unreachable(&error))?;
            let answer = Answer::read(response).await;
            let answer = answer.map_err(|error| self.unreachable(&error))?;
            match answer.patience().filter(|wait| *wait <= PATIENCE) {
                Some(wait) if left > 0 => {
                    left -= 1;
                    tokio::time::sleep(wait).await;
                }
                _ => return Ok(answer),
            }
        }
    }

    async fn proven(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
    ) -> Result<RequestBuilder, Failure> {
        let mut request = self.http.request(method.clone(), url.clone());
        match &self.proof {
            Proof::Token(token) => {
                request = request.header(AUTHORIZATION, format!("Bearer {token}"));
            }
            Proof::SigV4(signer) => {
                for (name, value) in signer.headers(method, url, body).await? {
                    request = request.header(name, value);
                }
            }
        }
        Ok(request)
    }

    /// What the answer holds, when it is a good one.
    ///
    /// # Errors
    /// The problem's own sentence, or what to do about the credentials.
    pub(super) fn success(&self, answer: Answer) -> Result<Value, Failure> {
        let status = answer.status;
        if status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        if status.is_success() {
            return answer.body.ok_or_else(|| {
                Failure::new(format!("`{}` answered no JSON: is it a Muster?", self.base))
            });
        }
        Err(match (status, answer.detail()) {
            (StatusCode::UNAUTHORIZED, _) | (StatusCode::FORBIDDEN, None) => self.refused(),
            (_, Some(detail)) => Failure::new(detail),
            (status, None) => Failure::new(format!(
                "`{}` answered {status}{}",
                self.base,
                answer
                    .message()
                    .map(|message| format!(": {message}"))
                    .unwrap_or_default()
            )),
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[track_caller]
    fn check(path: &[&str], query: &[(&'static str, &str)], expected: Option<&str>) {
        let query = query
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let call = Call::get(path).query(query);
        let url = call.url(&Url::parse("https://scim.example.com/base/").unwrap());
        let url = url.ok().map(|url| url.to_string());
        let expected =
            expected.map(|rest| format!("https://scim.example.com/base/admin/v1/{rest}"));
        assert_eq!(url, expected);
    }

    #[test]
    fn urls() {
        check(&["realms"], &[], Some("realms"));
        check(&["realms", "acme", "keys"], &[], Some("realms/acme/keys"));
        check(&["realms", "acme", ".."], &[], None);
        check(&["realms", ""], &[], None);
        check(
            &["realms", "acme", "schemas", "urn:a:b/c?d"],
            &[],
            Some("realms/acme/schemas/urn:a:b%2Fc%3Fd"),
        );
        check(
            &["realms", "acme", "members"],
            &[("filter", "userName eq \"a+b\""), ("q", "Zoë")],
            Some("realms/acme/members?filter=userName%20eq%20%22a%2Bb%22&q=Zo%C3%AB"),
        );
    }
}
