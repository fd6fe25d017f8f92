//! The axum routers: each is the same door with other functions behind it.
//!
//! Paths are matched by [`crate::locate`], not by axum, because a path that
//! means two things must be refused after authentication, not normalised. Here
//! a request gets its id, its deadline and its line in the log, and a panic
//! becomes an answer.

use crate::body::Incoming;
use crate::call::{self, Arrival, Origin};
use crate::locate::{Area, Hit, area, find};
use crate::parameters::Query;
use crate::respond::{Dialect, failure, success};
use crate::route::Function;
use crate::service::Service;
use crate::source;
use auth::{KeyId, RealmName};
use axum::Router;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{ALLOW, USER_AGENT};
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use scim::{Error, ErrorKind, Result};
use std::error::Error as StdError;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use store::Meter;
use tokio::time::Instant;

/// `/Users`.
pub fn users(service: Arc<Service>) -> Router {
    router(service, &[Function::Users])
}

/// `/Groups`.
pub fn groups(service: Arc<Service>) -> Router {
    router(service, &[Function::Groups])
}

/// `/.search`, also below `/Users` and `/Groups`.
pub fn search(service: Arc<Service>) -> Router {
    router(service, &[Function::Search])
}

/// Discovery, and the answers for every path that is nobody's.
pub fn discovery(service: Arc<Service>) -> Router {
    router(service, &[Function::Discovery])
}

/// Administration of realms and keys.
pub fn admin(service: Arc<Service>) -> Router {
    router(service, &[Function::Admin])
}

/// Every route in one process.
pub fn all(service: Arc<Service>) -> Router {
    router(
        service,
        &[
            Function::Users,
            Function::Groups,
            Function::Search,
            Function::Discovery,
            Function::Admin,
        ],
    )
}

#[derive(Clone)]
struct Front {
    service: Arc<Service>,
    functions: &'static [Function],
}

fn router(service: Arc<Service>, functions: &'static [Function]) -> Router {
    Router::new()
        .fallback(handle)
        .with_state(Front { service, functions })
}

async fn handle(State(front): State<Front>, request: Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let now = source::now();
    let area = area(parts.uri.path());
    let hit = find(&parts.method, parts.uri.path(), front.functions);
    let dialect = match area {
        Area::Admin => Dialect::Admin,
        Area::Realm(_) | Area::Outside => Dialect::Scim,
    };
    let seen = Seen {
        method: method_name(&parts.method),
        route: match &hit {
            Hit::Route(route, _) => route.path,
            Hit::WrongMethod(_) | Hit::Unknown => "",
        },
        meter: Meter::default(),
        proven: Arc::default(),
        started,
    };
    let allow = match &hit {
        Hit::WrongMethod(allow) => HeaderValue::try_from(allow).ok(),
        Hit::Route(..) | Hit::Unknown => None,
    };
    let mut body = Incoming::new(body, &parts.headers);
    let request_id = source::request_id(now);
    let arrival = Arrival {
        now,
        deadline: started + front.service.config.limits.time_budget,
        service: front.service,
        meter: seen.meter.clone(),
        origin: Origin {
            request_id,
            user_agent: parts
                .headers
                .get(USER_AGENT)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            source_ip: parts
                .extensions
                .get::<ConnectInfo<SocketAddr>>()
                .map(|ConnectInfo(address)| address.ip().to_string()),
            method: parts.method,
        },
        query: Query::parse(parts.uri.query()),
        headers: parts.headers,
        proven: seen.proven.clone(),
    };
    // A task of its own: a panic ends it and not the connection, and a client
    // that goes away does not stop a write between two of its steps.
    let line = tokio::spawn(async move {
        let outcome = call::answer(arrival, area, hit, &mut body).await;
        body.drain().await;
        outcome
    });
    let outcome = line.await.unwrap_or_else(|_| {
        // What a panic says may quote a person's data: the panic hook's line tells where it was.
        Err(Error::caused_by(
            ErrorKind::Internal,
            "the server failed; the operator of this service finds the request's id in its log",
            "the request's task panicked",
        ))
    });
    seen.log(&outcome, request_id);
    let mut response = match outcome {
        Ok(reply) => success(dialect, reply, request_id),
        Err(error) => failure(dialect, &error, request_id),
    };
    if let Some(allow) = allow
        && response.status().as_u16() == ErrorKind::MethodNotAllowed.status()
    {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// What the log may say of a request: no value and no name a user has chosen.
struct Seen {
    method: &'static str,
    route: &'static str,
    meter: Meter,
    proven: Arc<OnceLock<(RealmName, KeyId)>>,
    started: Instant,
}

impl Seen {
    fn log(&self, outcome: &Result<crate::respond::Reply>, request_id: uuid::Uuid) {
        let (status, scim_type) = match outcome {
            Ok(reply) => (reply.status.as_u16(), None),
            Err(error) => (error.kind().status(), error.kind().scim_type()),
        };
        if let Err(error) = outcome
            && status >= 500
            && status != ErrorKind::NotImplemented.status()
        {
            tracing::error!(%request_id, status, cause = %causes(error), "request failed");
        }
        let (realm, key) = match self.proven.get() {
            Some((realm, key)) => (realm.as_str(), key.as_str()),
            None => ("", ""),
        };
        tracing::info!(
            %request_id,
            method = self.method,
            route = self.route,
            status,
            scim_type,
            realm,
            key,
            read_units = self.meter.read_units(),
            write_units = self.meter.write_units(),
            calls = self.meter.calls(),
            attempts = self.meter.attempts(),
            duration_ms = self.started.elapsed().as_millis(),
            "request"
        );
    }
}

/// An error's private causes, outermost first.
fn causes(error: &Error) -> String {
    let mut texts = vec![error.to_string()];
    let mut cause = error.source();
    while let Some(error) = cause {
        texts.push(error.to_string());
        cause = error.source();
    }
    texts.join(": ")
}

/// A method's name as the log may hold it: an invented one is as long as its inventor likes.
fn method_name(method: &Method) -> &'static str {
    [
        "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT",
    ]
    .into_iter()
    .find(|name| *name == method.as_str())
    .unwrap_or("other")
}
