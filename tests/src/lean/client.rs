//! A lean HTTP/1.1 client: one connection, one request at a time, no pool, no redirects, no TLS.
//! It knows nothing of SCIM but the media type.

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use http::{HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::Result;

/// A tenant URL and the key to it.
#[derive(Clone, Debug)]
pub struct Target {
    authority: String,
    host: HeaderValue,
    prefix: String,
    authorization: HeaderValue,
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
        })
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
        let shown = format!("{} {}", call.method, call.path);
        let (status, body) = self.exchange(call).await?;
        if status == expected {
            Ok(body)
        } else {
            let body = String::from_utf8_lossy(&body);
            Err(format!("{shown}: {status} instead of {expected}: {body}").into())
        }
    }

    /// The same, whatever the status is.
    ///
    /// # Errors
    /// When there is no whole answer.
    pub async fn exchange(&mut self, call: Call) -> Result<(StatusCode, Bytes)> {
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
        let request = request.body(Full::from(body.unwrap_or_default()))?;
        // A server may close a connection after any answer.
        if self.sender.ready().await.is_err() {
            self.sender = connect(&self.target).await?;
        }
        let (head, body) = self.sender.send_request(request).await?.into_parts();
        Ok((head.status, body.collect().await?.to_bytes()))
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
