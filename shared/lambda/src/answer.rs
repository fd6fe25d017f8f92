//! From an HTTP response to what Lambda answers the gateway.

use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt;
use lambda_http::Body as Text;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::Method;
use scim::{Error, ErrorKind};
use serde_json::{Map, Value};

/// What Lambda takes as the answer of a function (AWS: 6 MB, counted on the
/// JSON), less what surrounds the body.
const ANSWER_MAX: usize = 6_291_556 - (16 << 10);

/// What a request was, as far as its answer depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// For a look without the body (HEAD).
    Head,
    /// For something to read.
    Read,
    /// For a change, which stands whatever is answered.
    Change,
}

impl Asked {
    /// What this method at this path asks for.
    pub fn by(method: &Method, path: &str) -> Self {
        match *method {
            Method::HEAD => Self::Head,
            Method::GET => Self::Read,
            _ if path.ends_with("/.search") => Self::Read,
            _ => Self::Change,
        }
    }
}

/// The answer; one that Lambda would refuse for its size is replaced: nothing
/// is cut off, and a change that is made is never answered as if it were not.
pub async fn answer(response: Response, asked: Asked) -> ApiGatewayV2httpResponse {
    let (mut parts, body) = response.into_parts();
    let mut text = match asked {
        Asked::Head => String::new(),
        Asked::Read | Asked::Change => read(body).await,
    };
    if encoded_length(&text) > ANSWER_MAX {
        match asked {
            Asked::Change => text = without_members(&text),
            Asked::Read | Asked::Head => {
                let (refused, body) = service::refuse(&Error::new(
                    ErrorKind::TooMany,
                    "the answer is larger than 6 MB; ask for a smaller `count`, for fewer \
                     `attributes`, or with `excludedAttributes=members`",
                ))
                .into_parts();
                text = read(body).await;
                parts.status = refused.status;
                parts.headers = refused.headers;
            }
        }
    }
    let mut answer = ApiGatewayV2httpResponse::default();
    answer.status_code = i64::from(parts.status.as_u16());
    answer.headers = parts.headers;
    answer.body = (!text.is_empty()).then_some(Text::Text(text));
    answer
}

/// The routers' bodies are JSON, whole in memory.
async fn read(body: Body) -> String {
    let bytes = body.collect().await.map(|body| body.to_bytes());
    String::from_utf8(bytes.unwrap_or_default().into()).unwrap_or_default()
}

/// The resource less what makes it large: its `id` and `meta` a client must have.
fn without_members(text: &str) -> String {
    let mut resource: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
    resource.remove("members");
    Value::Object(resource).to_string()
}

/// How long the text is as a JSON string.
fn encoded_length(text: &str) -> usize {
    let escapes = text.bytes().filter(|byte| matches!(byte, b'"' | b'\\'));
    let controls = text.bytes().filter(|byte| *byte < 0x20);
    text.len() + escapes.count() + 5 * controls.count()
}
