//! From an HTTP response to what Lambda answers the gateway.
//!
//! How large an answer may be is the service's to know: what comes here fits.

use axum::response::Response;
use http_body_util::BodyExt;
use lambda_http::Body as Content;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::Method;
use lambda_http::http::header::CONTENT_ENCODING;

/// The answer to a request of that method. What is compressed is no text: the
/// gateway takes it in base64, and gives its client the bytes.
pub async fn answer(response: Response, method: &Method) -> ApiGatewayV2httpResponse {
    let (parts, body) = response.into_parts();
    let mut answer = ApiGatewayV2httpResponse::default();
    if *method != Method::HEAD {
        // The routers' bodies are whole in memory.
        let bytes = body.collect().await.map(|body| body.to_bytes());
        let bytes = Vec::from(bytes.unwrap_or_default());
        answer.is_base64_encoded = parts.headers.contains_key(CONTENT_ENCODING);
        answer.body = if answer.is_base64_encoded {
            Some(Content::Binary(bytes))
        } else {
            let text = String::from_utf8(bytes).ok();
            text.filter(|text| !text.is_empty()).map(Content::Text)
        };
    }
    answer.status_code = i64::from(parts.status.as_u16());
    answer.headers = parts.headers;
    answer
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
    use super::answer;
    use axum::body::Body;
    use axum::response::Response;
    use lambda_http::http::Method;
    use serde_json::{Value, json};

    /// What Lambda answers with this body.
    async fn of(method: Method, coding: Option<&str>, body: &'static [u8]) -> Value {
        let mut response = Response::builder().status(201).header("x-request-id", "1");
        if let Some(coding) = coding {
            response = response.header("content-encoding", coding);
        }
        let response = response.body(Body::from(body)).unwrap();
        let mut answer = serde_json::to_value(answer(response, &method).await).unwrap();
        assert_eq!(answer["statusCode"], 201);
        assert_eq!(answer["headers"]["x-request-id"], "1");
        let mut take = |name: &str| answer[name].take();
        json!([take("body"), take("isBase64Encoded")])
    }

    #[tokio::test]
    async fn a_body_is_text_or_base64() {
        for (method, coding, body, expected) in [
            (
                Method::GET,
                None,
                &b"{\"a\":1}"[..],
                json!(["{\"a\":1}", false]),
            ),
            (
                Method::GET,
                Some("gzip"),
                &b"\x1f\x8b\xff"[..],
                json!(["H4v/", true]),
            ),
            (
                Method::PATCH,
                Some("gzip"),
                &b"\x1f\x8b\xff"[..],
                json!(["H4v/", true]),
            ),
            (Method::GET, None, &b""[..], json!([null, false])),
            (Method::HEAD, None, &b"{}"[..], json!([null, false])),
            (
                Method::HEAD,
                Some("gzip"),
                &b"\x1f\x8b"[..],
                json!([null, false]),
            ),
        ] {
            assert_eq!(of(method, coding, body).await, expected, "{body:?}");
        }
    }
}
