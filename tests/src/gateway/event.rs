//! An HTTP request as a version 2 event, and a function's answer as an HTTP
//! response.
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>

use super::routing::decoded;
use super::{ACCOUNT, REGION};
use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::net::IpAddr;
use uuid::Uuid;

/// The API's id.
const API: &str = "a1b2c3d4e5";

/// What a request is made into an event from.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The route's key.
    pub route_key: &'a str,
    /// `pathParameters`.
    pub path_parameters: Map<String, Value>,
    /// `requestContext.authorizer`, for a route that has one.
    pub authorizer: Option<Value>,
    /// The method.
    pub method: &'a Method,
    /// The path as it was sent.
    pub raw_path: &'a str,
    /// The query as it was sent.
    pub query: &'a str,
    /// All headers.
    pub headers: &'a HeaderMap,
    /// The body.
    pub body: &'a [u8],
    /// Who sent it.
    pub source: IpAddr,
}

/// The event. The path in it is decoded, the query is not.
pub fn event(seen: &Seen<'_>) -> Value {
    let now = Timestamp::now();
    let host = format!("{API}.execute-api.{REGION}.amazonaws.com");
    let path = decoded(seen.raw_path);
    let source = seen.source.to_string();
    let agent = header(seen.headers, "user-agent");
    let mut headers = headers(seen.headers);
    let trace = format!(
        "Root=1-{:08x}-{}",
        now.as_second(),
        &Uuid::new_v4().simple().to_string()[..24]
    );
    let forwarded = match headers.get("x-forwarded-for").and_then(Value::as_str) {
        Some(claimed) => format!("{claimed}, {source}"),
        None => source.clone(),
    };
    let added = [
        ("content-length", seen.body.len().to_string()),
        ("x-amzn-trace-id", trace),
        ("x-forwarded-for", forwarded),
        ("x-forwarded-port", "443".to_owned()),
        ("x-forwarded-proto", "https".to_owned()),
    ];
    for (name, value) in added {
        headers.insert(name.to_owned(), json!(value));
    }
    let time = now
        .to_zoned(TimeZone::UTC)
        .strftime("%d/%b/%Y:%H:%M:%S +0000");
    let mut context = json!({
        "accountId": ACCOUNT,
        "apiId": API,
        "domainName": host,
        "domainPrefix": API,
        "http": {
            "method": seen.method.as_str(),
            "path": path,
            "protocol": "HTTP/1.1",
            "sourceIp": source,
            "userAgent": agent,
        },
        "requestId": Uuid::new_v4().simple().to_string(),
        "routeKey": seen.route_key,
        "stage": "$default",
        "time": time.to_string(),
        "timeEpoch": now.as_millisecond(),
    });
    if let Some(authorizer) = &seen.authorizer {
        context["authorizer"] = authorizer.clone();
    }
    let mut event = json!({
        "version": "2.0",
        "routeKey": seen.route_key,
        "rawPath": path,
        "rawQueryString": seen.query,
        "headers": headers,
        "requestContext": context,
        "isBase64Encoded": false,
    });
    // Members without a value are absent.
    let cookies = cookies(seen.headers);
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    if !seen.query.is_empty() {
        event["queryStringParameters"] = parameters(seen.query);
    }
    if !seen.path_parameters.is_empty() {
        event["pathParameters"] = json!(seen.path_parameters);
    }
    if !seen.body.is_empty() {
        match std::str::from_utf8(seen.body) {
            Ok(text) if is_text(header(seen.headers, "content-type")) => {
                event["body"] = json!(text)
            }
            _ => {
                event["body"] = json!(STANDARD.encode(seen.body));
                event["isBase64Encoded"] = json!(true);
            }
        }
    }
    event
}

/// Whether a body of this type is handed on as text. `application/scim+json` is not.
fn is_text(media: &str) -> bool {
    let essence = media.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    let exact = [
        "application/json",
        "application/javascript",
        "application/xml",
    ];
    essence.starts_with("text/") || exact.contains(&essence.as_str())
}

/// Names in lower case, values of one name joined by a comma; cookies apart.
fn headers(headers: &HeaderMap) -> Map<String, Value> {
    let names = headers.keys().filter(|name| *name != COOKIE);
    names
        .map(|name| (name.to_string(), json!(values(headers, name).join(","))))
        .collect()
}

fn values(headers: &HeaderMap, name: &HeaderName) -> Vec<String> {
    let values = headers.get_all(name).iter();
    values
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    let lines = values(headers, &COOKIE);
    let each = lines.iter().flat_map(|line| line.split(';'));
    each.map(|cookie| cookie.trim().to_owned()).collect()
}

/// Decoded, values of one name joined by a comma.
fn parameters(query: &str) -> Value {
    let mut all: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (
            decoded(&name.replace('+', " ")),
            decoded(&value.replace('+', " ")),
        );
        let joined = match all.get(&name).and_then(Value::as_str) {
            Some(first) => format!("{first},{value}"),
            None => value,
        };
        all.insert(name, json!(joined));
    }
    json!(all)
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    let value = headers.get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

/// The HTTP response a function's answer stands for. `multiValueHeaders` do not
/// exist in version 2 of the format: they are not looked at. None for an answer
/// the gateway cannot read.
pub fn response(answer: &[u8]) -> Option<Response<Body>> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let mut response = Response::new(Body::empty());
    let Some(status) = answer.get("statusCode") else {
        // Whatever is no response object is the body of a 200.
        *response.body_mut() = Body::from(answer.to_string());
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        return Some(response);
    };
    *response.status_mut() = StatusCode::from_u16(u16::try_from(status.as_u64()?).ok()?).ok()?;
    for (name, value) in answer["headers"].as_object().into_iter().flatten() {
        let name: HeaderName = name.parse().ok()?;
        let value = value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned);
        response.headers_mut().insert(name, value.parse().ok()?);
    }
    for cookie in answer["cookies"].as_array().into_iter().flatten() {
        let cookie = cookie.as_str()?.parse().ok()?;
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    let body = match &answer["body"] {
        Value::String(text) if answer["isBase64Encoded"] == true => STANDARD.decode(text).ok()?,
        Value::String(text) => text.clone().into_bytes(),
        Value::Null => Vec::new(),
        _ => return None,
    };
    *response.body_mut() = Body::from(body);
    Some(response)
}

#[cfg(test)]
mod tests {
    use super::{Seen, event, response};
    use axum::body::to_bytes;
    use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};
    use serde_json::{Map, json};

    #[test]
    fn an_event_is_what_http_api_would_send() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("content-type", "application/scim+json; charset=utf-8"),
            ("x-two", "1"),
            ("x-two", "2"),
            ("cookie", "a=1; b=2"),
            ("x-forwarded-for", "203.0.113.9"),
        ] {
            let name: HeaderName = name.parse().unwrap();
            headers.append(name, HeaderValue::from_static(value));
        }
        let made = event(&Seen {
            route_key: "POST /a/{id}",
            path_parameters: Map::from_iter([("id".to_owned(), json!("b/../ c"))]),
            authorizer: None,
            method: &Method::POST,
            raw_path: "/a/b%2F..%2F%20c",
            query: "x=1%20&x=2&y=%22",
            headers: &headers,
            body: b"{}",
            source: "192.0.2.1".parse().unwrap(),
        });
        let expected = json!({
            "version": "2.0",
            "routeKey": "POST /a/{id}",
            "rawPath": "/a/b/../ c",
            "rawQueryString": "x=1%20&x=2&y=%22",
            "cookies": ["a=1", "b=2"],
            "queryStringParameters": {"x": "1 ,2", "y": "\""},
            "pathParameters": {"id": "b/../ c"},
            "headers": {"x-two": "1,2", "x-forwarded-for": "203.0.113.9, 192.0.2.1", "content-length": "2"},
            "requestContext": {"http": {"method": "POST", "path": "/a/b/../ c", "sourceIp": "192.0.2.1"}, "stage": "$default"},
            "body": "e30=",
            "isBase64Encoded": true,
        });
        assert_eq!(crate::json::lacks(&expected, &made), None, "{made}");
        assert!(made["headers"].get("cookie").is_none(), "{made}");
        assert!(made["requestContext"].get("authorizer").is_none(), "{made}");
    }

    #[tokio::test]
    async fn an_answer_is_read_as_http_api_reads_it() {
        for (answer, expected) in [
            (
                json!({"statusCode": 201, "headers": {"a": "b"}, "body": "x"}),
                Some((201, "x")),
            ),
            (
                json!({"statusCode": 200, "body": "eA==", "isBase64Encoded": true}),
                Some((200, "x")),
            ),
            (json!({"statusCode": 204}), Some((204, ""))),
            (json!({"no": "status"}), Some((200, "{\"no\":\"status\"}"))),
            (json!({"statusCode": "many"}), None),
            (json!({"statusCode": 200, "headers": {"a\n": "b"}}), None),
        ] {
            let read = response(answer.to_string().as_bytes());
            let read = match read {
                None => None,
                Some(read) => {
                    let status = read.status().as_u16();
                    let body = to_bytes(read.into_body(), 1_000).await.unwrap();
                    Some((status, String::from_utf8(body.to_vec()).unwrap()))
                }
            };
            let read = read.as_ref().map(|(status, body)| (*status, body.as_str()));
            assert_eq!(read, expected, "{answer}");
        }
    }
}
