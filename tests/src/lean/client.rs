//! A lean HTTP/1.1 client: one connection, one request at a time, no pool, no redirects, no TLS.
//! It knows nothing of SCIM but the media type.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::error::Error;
use std::fmt;
use tokio::net::TcpStream;

use super::Result;

/// A tenant URL and the key to it.
#[derive(Clone, Debug)]
pub struct Target {
    authority: String,
    host: HeaderValue,
    prefix: String,
    authorization: HeaderValue,
    metered: Metered,
}

/// Whether answers are to say what they have cost (`Server-Timing`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Metered {
    Yes,
    No,
}

impl Target {
    /// Plain HTTP only.
    ///
    /// # Errors
    /// When `url` is no such URL, or the token cannot stand in a header.
    pub fn new(url: &str, token: &str) -> Result<Self> {
        let uri: Uri = url.trim_end_matches('/').parse()?;
        let authority = match (uri.scheme_str(), uri.authority()) {
            (Some("http"), Some(authority)) => authority,
            _ => return Err(format!("`{url}` is not a URL that starts with http://").into()),
        };
        let mut authorization = HeaderValue::from_str(&format!("Bearer {token}"))?;
        authorization.set_sensitive(true);
        Ok(Self {
            authority: match authority.port() {
                Some(_) => authority.to_string(),
                None => format!("{authority}:80"),
            },
            host: HeaderValue::from_str(authority.as_str())?,
            prefix: uri.path().trim_end_matches('/').to_owned(),
            authorization,
            metered: Metered::No,
        })
    }

    /// The same, asked to say what each request has cost.
    #[must_use]
    pub fn metered(self) -> Self {
        Self {
            metered: Metered::Yes,
            ..self
        }
    }
}

/// What to send. `path` is relative to the tenant URL and begins with a slash.
#[derive(Debug)]
pub struct Call {
    /// The method.
    pub method: Method,
    /// With its query, encoded.
    pub path: String,
    /// The body, when it has one.
    pub body: Option<String>,
    /// Its media type.
    pub media: &'static str,
}

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// What it has cost, when that was asked for and is said.
    pub server_timing: Option<HeaderValue>,
    /// The body.
    pub body: Bytes,
}

/// How a request came to nothing.
#[derive(Debug)]
pub enum Broken {
    /// It was not sent: nobody listens.
    Refused(String),
    /// It was sent, at least in part, and the connection ended without an answer.
    Unanswered(hyper::Error),
    /// The answer began and did not end.
    CutOff(hyper::Error),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(why) => f.write_str(why),
            Self::Unanswered(why) => write!(f, "no answer: {why}"),
            Self::CutOff(why) => write!(f, "an answer was cut off: {why}"),
        }
    }
}

impl Error for Broken {}

/// A kept-alive connection.
#[derive(Debug)]
pub struct Connection {
    target: Target,
    sender: SendRequest<Full<Bytes>>,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens there.
    pub async fn open(target: &Target) -> Result<Self> {
        Ok(Self {
            target: target.clone(),
            sender: connect(target).await?,
        })
    }

    /// Sends one request and reads the whole answer. Any status but `expected` is an error: a server
    /// that refuses quickly is not a fast server.
    ///
    /// # Errors
    /// Another status, or no whole answer.
    pub async fn send(&mut self, call: Call, expected: StatusCode) -> Result<Bytes> {
        Ok(self.exchange(call).await?.is(expected)?.body)
    }

    /// The same, whatever the status is.
    ///
    /// # Errors
    /// When there is no whole answer: [`Broken`].
    pub async fn exchange(&mut self, call: Call) -> Result<Answer> {
        let Call {
            method,
            path,
            body,
            media,
        } = call;
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.target.prefix))
            .header(HOST, &self.target.host)
            .header(AUTHORIZATION, &self.target.authorization)
            .header(ACCEPT, media);
        if body.is_some() {
            request = request.header(CONTENT_TYPE, media);
        }
        if self.target.metered == Metered::Yes {
            request = request.header("prefer", "server-timing");
        }
        let request = request.body(Full::from(body.unwrap_or_default()))?;
        // A server may close a connection after any answer.
        if self.sender.ready().await.is_err() {
            let connected = connect(&self.target).await;
            self.sender = connected.map_err(|error| Broken::Refused(error.to_string()))?;
        }
        let answered = self.sender.send_request(request).await;
        let (mut head, body) = answered.map_err(Broken::Unanswered)?.into_parts();
        let body = body.collect().await.map_err(Broken::CutOff)?;
        Ok(Answer {
            status: head.status,
            server_timing: head.headers.remove("server-timing"),
            body: body.to_bytes(),
        })
    }
}

impl Answer {
    /// This answer, which must have this status.
    ///
    /// # Errors
    /// When it has another; the sentence holds the body.
    pub fn is(self, expected: StatusCode) -> Result<Self> {
        if self.status == expected {
            return Ok(self);
        }
        let body = String::from_utf8_lossy(&self.body);
        Err(format!("{} instead of {expected}: {body}", self.status).into())
    }
}

async fn connect(target: &Target) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(&target.authority)
        .await
        .map_err(|error| format!("cannot connect to {}: {error}", target.authority))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Its end shows at the next request.
    drop(tokio::spawn(connection));
    Ok(sender)
}
