//! From an event of an HTTP API (payload version 2) to an HTTP request.
//!
//! Nothing an event can hold makes this panic, and nothing is decoded here: a
//! path stays the path that the gateway has shown, so that the realm which is
//! authenticated is the realm that is served. What cannot be a request is
//! refused in a sentence.

use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::uri::PathAndQuery;
use http::{Request, Uri};
use lambda_http::aws_lambda_events::apigw::{
    ApiGatewayV2httpRequest, ApiGatewayV2httpRequestContext,
};
use lambda_http::http;
use percent_encoding::{AsciiSet, CONTROLS, percent_encode_byte, utf8_percent_encode};
use scim::{Error, ErrorKind, Result};
use serde::{Deserialize, Deserializer};
use service::Transport;
use tokio::time::Instant;

/// What no URI may hold as it stands (RFC 3986 appendix A), in path and query alike.
const UNFIT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}')
    .add(b'#');
/// A query ends a path.
const UNFIT_IN_PATH: &AsciiSet = &UNFIT.add(b'?').add(b'[').add(b']');

/// The stage whose name does not stand in the path.
const DEFAULT_STAGE: &str = "$default";

/// An event as it came: read, or not an HTTP API's.
///
/// Reading one never fails: Lambda would answer its sender with a bare 500.
#[derive(Debug)]
pub struct Event(Option<Box<ApiGatewayV2httpRequest>>);

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = serde_json::Value::deserialize(deserializer)?;
        Ok(Self(serde_json::from_value(value).ok()))
    }
}

/// How events of one deployment are read.
#[derive(Debug, Clone)]
pub struct Adapter {
    /// The path of the public URL, which stands before every path that comes by it.
    prefix: String,
}

/// A request, and what its log line tells of the event.
#[derive(Debug)]
pub struct Arrived {
    /// The request, with its [`Transport`] among the extensions.
    pub request: Request<Body>,
    /// The gateway's id of the request, which its access log tells, too.
    pub gateway_request_id: Option<String>,
}

impl Adapter {
    /// The adapter of a deployment that clients call by this URL.
    pub fn new(public_url: Option<&str>) -> Self {
        let path = public_url
            .and_then(|url| url.split_once("://"))
            .and_then(|(_, rest)| rest.find('/').and_then(|slash| rest.get(slash..)));
        Self {
            prefix: path.unwrap_or_default().trim_end_matches('/').to_owned(),
        }
    }

    /// The request in an event that must be answered by `deadline`.
    ///
    /// # Errors
    /// `InvalidSyntax` for what no gateway sends.
    pub fn request(&self, event: Event, deadline: Option<Instant>) -> Result<Arrived> {
        let event = *event.0.ok_or_else(|| {
            invalid("the request did not come as an event of an HTTP API, payload version 2.0")
        })?;
        let context = event.request_context;
        let uri = self.uri(
            &context,
            event.raw_path.as_deref().unwrap_or_default(),
            event.raw_query_string.as_deref().unwrap_or_default(),
        )?;
        let body = body(event.body, event.is_base64_encoded)?;
        let transport = transport(&context, deadline);
        let mut request = Request::new(body);
        *request.method_mut() = context.http.method;
        *request.uri_mut() = uri;
        *request.headers_mut() = event.headers;
        request.extensions_mut().insert(transport);
        Ok(Arrived {
            request,
            gateway_request_id: context.request_id,
        })
    }

    fn uri(
        &self,
        context: &ApiGatewayV2httpRequestContext,
        path: &str,
        query: &str,
    ) -> Result<Uri> {
        let path = match context.stage.as_deref() {
            None | Some("" | DEFAULT_STAGE) => path,
            Some(stage) => below(path, &format!("/{stage}")),
        };
        let path = below(path, &self.prefix);
        let mut text = encoded_path(path);
        if !query.is_empty() {
            text.push('?');
            text.extend(utf8_percent_encode(query, UNFIT));
        }
        PathAndQuery::try_from(text).map(Uri::from).map_err(|_| {
            invalid("the URL is too long or malformed; send long filters to `/.search`")
        })
    }
}

/// The rest of the path below a prefix; a path that is not below it as it is.
fn below<'a>(path: &'a str, prefix: &str) -> &'a str {
    match path.strip_prefix(prefix) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ => path,
    }
}

/// The gateway hands over a path that it has decoded, other tools one that is
/// still encoded. What is encoded stays so; what no URI may hold is encoded, a
/// `%` that encodes nothing too.
fn encoded_path(path: &str) -> String {
    let mut text = String::with_capacity(path.len() + 1);
    // Without a slash in front the text could be read as a host.
    if !path.starts_with('/') {
        text.push('/');
    }
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let (before, after) = rest.split_at(at);
        text.extend(utf8_percent_encode(before, UNFIT_IN_PATH));
        let digits = after.as_bytes().get(1..3);
        let encodes = digits.is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
        text.push_str(if encodes {
            "%"
        } else {
            percent_encode_byte(b'%')
        });
        rest = after.get(1..).unwrap_or_default();
    }
    text.extend(utf8_percent_encode(rest, UNFIT_IN_PATH));
    text
}

fn body(body: Option<String>, is_base64_encoded: bool) -> Result<Body> {
    let Some(text) = body else {
        return Ok(Body::empty());
    };
    if !is_base64_encoded {
        return Ok(Body::from(text));
    }
    STANDARD
        .decode(text)
        .map(Body::from)
        .map_err(|_| invalid("the event's body is marked as base64 and is not"))
}

fn transport(context: &ApiGatewayV2httpRequestContext, deadline: Option<Instant>) -> Transport {
    let iam = context
        .authorizer
        .as_ref()
        .and_then(|authorizer| authorizer.iam.as_ref());
    Transport {
        base_url: base_url(context),
        source_ip: context.http.source_ip.clone(),
        principal: iam
            .and_then(|iam| iam.user_arn.as_deref())
            .filter(|arn| !arn.is_empty())
            .map(auth::IamPrincipal::new),
        deadline,
    }
}

/// The gateway's own name of itself; a client's Host header is not asked.
fn base_url(context: &ApiGatewayV2httpRequestContext) -> Option<String> {
    let domain = context.domain_name.as_deref()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | ':');
    if domain.is_empty() || !domain.chars().all(plain) {
        return None;
    }
    match context.stage.as_deref() {
        None | Some("" | DEFAULT_STAGE) => Some(format!("https://{domain}")),
        Some(stage)
            if stage
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c)) =>
        {
            Some(format!("https://{domain}/{stage}"))
        }
        Some(_) => None,
    }
}

fn invalid(detail: &str) -> Error {
    Error::new(ErrorKind::InvalidSyntax, detail)
}
