//! The HTTP API: a request finds its route, is authorised, becomes an event,
//! and the function's answer becomes the response. What the gateway itself
//! refuses is `{"message": …}`, never SCIM.

use super::event::{Seen, event, response};
use super::function::{Failed, Function};
use super::iam::{Principal, Signed};
use super::routing::{Authorizer, Found, Route, find};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, Response};
use serde_json::json;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// The largest body an HTTP API takes.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html>
const BODY: usize = 10 << 20;
/// Request line and headers together, from the same page.
const HEAD: usize = 10_240;
/// The longest integration, likewise.
const PATIENCE: Duration = Duration::from_secs(30);

/// The API.
#[derive(Debug)]
pub struct HttpApi {
    /// Every route and the function behind it.
    pub routes: Vec<(Route, Function)>,
    /// Who may use the routes with AWS_IAM.
    pub operators: Vec<Principal>,
}

impl HttpApi {
    /// Serves it until the task is ended.
    pub async fn serve(self, listener: TcpListener) {
        let router = Router::new().fallback(handle).with_state(Arc::new(self));
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let _ = axum::serve(listener, service).await;
    }
}

async fn handle(
    State(api): State<Arc<HttpApi>>,
    ConnectInfo(client): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    if head(target, &parts.headers) > HEAD {
        return refused(431, "Request Header Fields Too Large");
    }
    let Ok(body) = to_bytes(body, BODY).await else {
        return refused(413, "Request Entity Too Large");
    };
    let found = find(&api.routes, parts.method.as_str(), parts.uri.path());
    let Some(Found {
        route,
        target: function,
        parameters: path_parameters,
    }) = found
    else {
        return refused(404, "Not Found");
    };
    let authorizer = match route.authorizer {
        Authorizer::None => None,
        Authorizer::AwsIam => {
            let signed = Signed {
                service: "execute-api",
                method: parts.method.as_str(),
                target,
                headers: &parts.headers,
                body: &body,
            };
            match api.operators.iter().find(|it| it.signed(&signed)) {
                Some(operator) => Some(json!({ "iam": operator.identity() })),
                None => return refused(403, "Forbidden"),
            }
        }
    };
    let event = event(&Seen {
        route_key: &route.to_string(),
        path_parameters,
        authorizer,
        method: &parts.method,
        raw_path: parts.uri.path(),
        query: parts.uri.query().unwrap_or_default(),
        headers: &parts.headers,
        body: &body,
        source: client.ip(),
    });
    let invoked = function.invoke(event.to_string().into());
    match tokio::time::timeout(PATIENCE, invoked).await {
        Ok(Ok(answer)) => {
            let answer = response(&answer);
            let answer = answer.unwrap_or_else(|| refused(500, "Internal Server Error"));
            if answer.status() == 500 {
                tell(function, "answered 500");
            }
            answer
        }
        Ok(Err(Failed::TooLarge)) => refused(413, "Request Entity Too Large"),
        Ok(Err(failed @ (Failed::Function(_) | Failed::TimedOut))) => {
            tell(function, &format!("{failed:?}"));
            refused(500, "Internal Server Error")
        }
        Err(_) => refused(503, "Service Unavailable"),
    }
}

/// A client learns nothing of it, so whoever reads the output of the tests must.
#[expect(clippy::print_stderr, reason = "the output of failing tests")]
fn tell(function: &Function, what: &str) {
    eprintln!("{}: {what}; its last lines:", function.name());
    for line in function.last_lines() {
        eprintln!("    {line}");
    }
}

fn head(target: &str, headers: &HeaderMap) -> usize {
    let line = |(name, value): (&axum::http::HeaderName, &HeaderValue)| {
        name.as_str().len() + value.len() + 4
    };
    target.len() + headers.iter().map(line).sum::<usize>()
}

fn refused(status: u16, message: &str) -> Response<Body> {
    let body = json!({ "message": message }).to_string();
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status.try_into().unwrap();
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}
