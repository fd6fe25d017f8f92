//! The axum routers: each is the same door with other functions behind it.
//!
//! Paths are matched by [`crate::locate`], not by axum, because a path that
//! means two things must be refused after authentication, not normalised. Here
//! a request gets its id and its deadline, an answer what the log may say of
//! it, and a panic becomes an answer.

use crate::accepted::Accepted;
use crate::admin::{Administer, administer};
use crate::body::Incoming;
use crate::call::{self, Arrival, Origin};
use crate::locate::{Area, Hit, Target};
use crate::parameters::Query;
use crate::respond::{Dialect, failure, success};
use crate::route::Function;
use crate::served::Served;
use crate::service::Service;
use crate::source;
use crate::timing::{self, SERVER_TIMING, Timing};
use crate::transport::Transport;
use crate::usage;
use auth::Caller;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{ALLOW, USER_AGENT};
use axum::response::Response;
use scim::{Error, ErrorKind};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use store::Meter;
use tokio::time::Instant;
use uuid::Uuid;

/// The operation of a request that is for no endpoint.
const UNROUTED: &str = "Unrouted";
/// What an answer needs on its way out.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// `/Users`.
pub fn users(service: Arc<Service>) -> Router {
    router(service, &[Function::Users], None)
}

/// `/Groups`.
pub fn groups(service: Arc<Service>) -> Router {
    router(service, &[Function::Groups], None)
}

/// `/.search`, also below `/Users` and `/Groups`, and the root.
pub fn search(service: Arc<Service>) -> Router {
    router(service, &[Function::Search], None)
}

/// `/Bulk`.
pub fn bulk(service: Arc<Service>) -> Router {
    router(service, &[Function::Bulk], None)
}

/// Discovery, and the answers for every path that is nobody's.
pub fn discovery(service: Arc<Service>) -> Router {
    router(service, &[Function::Discovery], None)
}

/// Administration of realms and keys.
pub fn admin(service: Arc<Service>) -> Router {
    router(service, &[Function::Admin], Some(administer))
}

/// Every route in one process.
pub fn all(service: Arc<Service>) -> Router {
    router(
        service,
        &[
            Function::Users,
            Function::Groups,
            Function::Search,
            Function::Bulk,
            Function::Discovery,
            Function::Admin,
        ],
        Some(administer),
    )
}

#[derive(Clone)]
struct Front {
    service: Arc<Service>,
    functions: &'static [Function],
    administer: Option<Administer>,
}

fn router(
    service: Arc<Service>,
    functions: &'static [Function],
    administer: Option<Administer>,
) -> Router {
    Router::new().fallback(handle).with_state(Front {
        service,
        functions,
        administer,
    })
}

async fn handle(State(front): State<Front>, request: Request) -> Response {
    let started = Instant::now();
    let (mut parts, body) = request.into_parts();
    let now = source::now();
    let target = Target::of(&parts.method, parts.uri.path(), front.functions);
    let dialect = match target.area {
        Area::Admin => Dialect::Admin,
        Area::Realm(_) | Area::Outside => Dialect::Scim,
    };
    let request_id = source::request_id(now);
    let seen = Seen {
        request_id,
        operation: match &target.hit {
            Hit::Route(route, _) => route.operation.name(),
            Hit::WrongMethod(_) | Hit::Unknown => UNROUTED,
        },
        meter: Meter::default(),
        proven: Arc::default(),
        started,
        timing: Timing::of(&parts.headers),
    };
    let accepted = Accepted::of(&parts.headers);
    let allow = match &target.hit {
        Hit::WrongMethod(allow) => HeaderValue::try_from(allow).ok(),
        Hit::Route(..) | Hit::Unknown => None,
    };
    let transport = parts.extensions.remove::<Transport>().unwrap_or_default();
    let mut body = Incoming::new(body, &parts.headers);
    let arrival = Arrival {
        now,
        deadline: front.deadline(started, &transport),
        base_url: front.base_url(&transport),
        service: front.service,
        meter: seen.meter.clone(),
        origin: Origin {
            request_id,
            started,
            target: Arc::new(target),
            user_agent: parts
                .headers
                .get(USER_AGENT)
                .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()),
            source_ip: transport.source_ip,
            principal: transport.principal,
            method: parts.method,
        },
        query: Query::parse(parts.uri.query()),
        headers: parts.headers,
        administer: front.administer,
        proven: seen.proven.clone(),
    };
    // A task of its own: a panic ends it and not the connection, and a client
    // that goes away does not stop a write between two of its steps.
    let (service, proven) = (arrival.service.clone(), seen.proven.clone());
    let (operation, meter) = (seen.operation, seen.meter.clone());
    let line = tokio::spawn(async move {
        let outcome = call::answer(arrival, &mut body).await;
        let counted = usage::count(&service, proven.get(), operation, &outcome, &meter, now);
        tokio::join!(body.drain(), counted);
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
    let answered = outcome.and_then(|reply| success(dialect, reply, accepted, request_id));
    let (mut response, error) = match answered {
        Ok(response) => (response, None),
        Err(error) => (failure(dialect, &error, request_id), Some(error)),
    };
    if let Some(allow) = allow
        && response.status().as_u16() == ErrorKind::MethodNotAllowed.status()
    {
        response.headers_mut().insert(ALLOW, allow);
    }
    seen.tell(response, error.as_ref())
}

/// The answer to a request that could not be handed to a router: it is refused
/// in the words of the protocol all the same.
pub fn refuse(error: &Error) -> Response {
    let request_id = source::request_id(source::now());
    let seen = Seen {
        request_id,
        operation: UNROUTED,
        meter: Meter::default(),
        proven: Arc::default(),
        started: Instant::now(),
        timing: Timing::Unwanted,
    };
    let response = failure(Dialect::Scim, error, request_id);
    seen.tell(response, Some(error))
}

impl Front {
    /// When the request gives up: inside its own budget, and before the
    /// transport does, so that its client gets an answer.
    fn deadline(&self, started: Instant, transport: &Transport) -> Instant {
        let own = started + self.service.config.limits.time_budget;
        match transport.deadline {
            Some(deadline) => own.min(deadline.checked_sub(LAST_WORDS).unwrap_or(deadline)),
            None => own,
        }
    }

    /// What clients call this service. Without a configured URL and a gateway
    /// locations are absolute paths.
    fn base_url(&self, transport: &Transport) -> String {
        let configured = self.service.config.public_url.as_deref();
        let base = configured.or(transport.base_url.as_deref());
        base.unwrap_or_default().trim_end_matches('/').to_owned()
    }
}

/// What is known of a request before it is answered.
struct Seen {
    request_id: Uuid,
    operation: &'static str,
    meter: Meter,
    proven: Arc<OnceLock<Caller>>,
    started: Instant,
    timing: Timing,
}

impl Seen {
    /// The response with what it came to among its extensions, and in a header for
    /// a proven caller who asks.
    fn tell(self, mut response: Response, error: Option<&Error>) -> Response {
        let proven = self.proven.get();
        let served = Served {
            request_id: self.request_id,
            operation: self.operation,
            status: response.status().as_u16(),
            scim_type: error.and_then(|error| error.kind().scim_type()),
            realm: proven.map(|caller| caller.realm().clone()),
            key_id: proven.and_then(Caller::key).cloned(),
            cause: error.and_then(Error::cause).cloned(),
            meter: self.meter,
            duration: self.started.elapsed(),
        };
        if self.timing == Timing::Wanted
            && served.realm.is_some()
            && let Some(value) = timing::value(&served)
        {
            response.headers_mut().insert(SERVER_TIMING, value);
        }
        response.extensions_mut().insert(served);
        response
    }
}
