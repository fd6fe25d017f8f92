//! From an HTTP response to what Lambda answers the gateway.

use axum::body::Body;
use axum::response::Response;
use http_body_util::BodyExt;
use lambda_http::Body as Text;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::{HeaderName, Method};
use scim::{Error, ErrorKind};
use serde_json::{Map, Value};

/// What Lambda takes as the answer of a function (AWS: 6 MB, counted on the
/// JSON), less what surrounds the body.
const ANSWER_MAX: usize = 6_291_556 - (16 << 10);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

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
                let request_id = parts.headers.remove(REQUEST_ID);
                let (refused, body) = service::refuse(&Error::new(
                    ErrorKind::TooMany,
                    "the answer is larger than 6 MB; ask for a smaller `count`, for fewer \
                     `attributes`, or with `excludedAttributes=members`",
                ))
                .into_parts();
                text = read(body).await;
                parts.status = refused.status;
                parts.headers = refused.headers;
                // By this one the request stands in the log.
                if let Some(request_id) = request_id {
                    parts.headers.insert(REQUEST_ID, request_id);
                }
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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::{ANSWER_MAX, Asked, answer};
    use axum::body::Body;
    use axum::response::Response;
    use lambda_http::http::Method;
    use serde_json::{Value, json};

    /// What Lambda answers with a group whose members have so many bytes.
    async fn group(asked: Asked, bytes: usize) -> Value {
        let body = json!({"id": "7", "members": ["x".repeat(bytes)], "meta": {}});
        let response = Response::builder()
            .header("x-request-id", "1")
            .header("content-type", "application/scim+json")
            .body(Body::from(body.to_string()))
            .unwrap();
        serde_json::to_value(answer(response, asked).await).unwrap()
    }

    fn body(answer: &Value) -> Value {
        serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
    }

    #[tokio::test]
    async fn what_fits_is_answered_whole() {
        for asked in [Asked::Read, Asked::Change] {
            let answer = group(asked, 1_000).await;
            assert_eq!(answer["statusCode"], 200);
            assert_eq!(body(&answer)["members"][0].as_str().unwrap().len(), 1_000);
        }
        let head = group(Asked::Head, ANSWER_MAX).await;
        assert_eq!(head["statusCode"], 200);
        assert!(head["body"].is_null());
    }

    #[tokio::test]
    async fn what_does_not_fit_is_never_cut_off() {
        let refused = group(Asked::Read, ANSWER_MAX).await;
        assert_eq!(refused["statusCode"], 400);
        assert_eq!(refused["headers"]["x-request-id"], "1");
        assert_eq!(body(&refused)["scimType"], "tooMany");
        // A change is made: the answer says so, and names the resource.
        let made = group(Asked::Change, ANSWER_MAX).await;
        assert_eq!(made["statusCode"], 200);
        assert_eq!(body(&made), json!({"id": "7", "meta": {}}));
    }

    #[test]
    fn what_is_asked() {
        for (method, path, expected) in [
            (Method::GET, "/Users", Asked::Read),
            (Method::HEAD, "/Users", Asked::Head),
            (Method::POST, "/Users", Asked::Change),
            (Method::POST, "/Users/.search", Asked::Read),
            (Method::PATCH, "/Users/7", Asked::Change),
            (Method::DELETE, "/Users/7", Asked::Change),
        ] {
            assert_eq!(Asked::by(&method, path), expected, "{method} {path}");
        }
    }
}
