//! The straight line of a request: caller → rate → read-only check → media type → body → operation.
//!
//! Each step may refuse, none goes back. Nothing is parsed for a stranger.

use crate::admin::{AdminCall, Administer};
use crate::body::{Incoming, check_media_type};
use crate::caller::{Proven, authenticate, operator, unauthorized};
use crate::config::Limits;
use crate::discovery::Documents;
use crate::locate::{Area, Hit, Parameters, Target};
use crate::parameters::Query;
use crate::refusals::{self, Write};
use crate::respond::{Dialect, Reply};
use crate::route::{AdminOperation, Operation, Route};
use crate::service::Service;
use crate::{bulk, query, resources};
use auth::{Caller, IamPrincipal, RealmName};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, Method, StatusCode};
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use serde_json::Value;
use std::sync::{Arc, OnceLock};
use store::{Audit, Kind, Meter, Tenant};
use tokio::time::Instant;
use uuid::Uuid;

/// A request as it arrived, before anything about it is believed.
pub(crate) struct Arrival {
    pub(crate) service: Arc<Service>,
    pub(crate) now: Timestamp,
    pub(crate) deadline: Instant,
    pub(crate) meter: Meter,
    pub(crate) origin: Origin,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    /// The base URL of everything in the answer, without a trailing slash.
    pub(crate) base_url: String,
    pub(crate) administer: Option<Administer>,
    /// Who it turned out to be, for the log and for what it uses.
    pub(crate) proven: Arc<OnceLock<Caller>>,
}

impl Arrival {
    /// The Tenant URL of a realm.
    pub(crate) fn tenant_url(&self, realm: &RealmName) -> String {
        format!("{}/realms/{realm}/scim/v2", self.base_url)
    }
}

/// A request of a proven caller, with all an operation needs.
pub(crate) struct Call {
    pub(crate) service: Arc<Service>,
    pub(crate) caller: Caller,
    /// The realm it acts in.
    pub(crate) tenant: Arc<Tenant>,
    /// What every location in the answer begins with.
    pub(crate) tenant_url: String,
    pub(crate) now: Timestamp,
    pub(crate) deadline: Instant,
    pub(crate) meter: Meter,
    pub(crate) origin: Origin,
    pub(crate) headers: HeaderMap,
    pub(crate) query: Query,
    pub(crate) body: Option<Value>,
    /// The path segment in place of `{id}`, decoded once.
    pub(crate) id: Option<String>,
}

impl Call {
    /// The request, for the record of a change that is answered with `status`
    /// when it is accepted.
    pub(crate) fn audit(&self, status: StatusCode) -> Audit {
        self.origin.audit(status, &self.meter)
    }
}

/// Where a request came from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) request_id: Uuid,
    pub(crate) started: Instant,
    pub(crate) method: Method,
    pub(crate) target: Arc<Target>,
    pub(crate) user_agent: Option<String>,
    pub(crate) source_ip: Option<String>,
    pub(crate) principal: Option<IamPrincipal>,
}

impl Origin {
    /// The request, for the record.
    pub(crate) fn audit(&self, status: StatusCode, meter: &Meter) -> Audit {
        Audit {
            request: self.request_id,
            user_agent: self.user_agent.clone(),
            source: self.source_ip.clone(),
            method: self.method.to_string(),
            path: self.target.recorded(),
            status: status.as_u16(),
            started: self.started,
            meter: meter.clone(),
        }
    }
}

/// Walks the line for a request.
pub(crate) async fn answer(arrival: Arrival, body: &mut Incoming) -> Result<Reply> {
    let target = arrival.origin.target.clone();
    let Target { area, hit } = &*target;
    match area {
        Area::Realm(name) => {
            let Ok(realm) = name.parse() else {
                let denial = unauthorized().into();
                return Err(refusals::turned_away(&arrival, None, hit, denial).await);
            };
            of_realm(arrival, &realm, hit, body).await
        }
        Area::Admin => of_admin(&arrival, hit, body).await,
        Area::Outside => Err(no_endpoint()),
    }
}

async fn of_realm(
    arrival: Arrival,
    realm: &RealmName,
    hit: &Hit,
    body: &mut Incoming,
) -> Result<Reply> {
    if let Hit::Route(route, parameters) = hit
        && route.operation.is_open()
        && !arrival.headers.contains_key(AUTHORIZATION)
    {
        let id = parameters.get("id");
        let base = arrival.tenant_url(realm);
        let documents = Documents {
            types: &Kind::ALL.map(Kind::resource_type),
            base: &base,
            service: &arrival.service,
        };
        return documents.answer(route.operation, &arrival.query, id);
    }
    let proven = match authenticate(&arrival, realm).await {
        Ok(proven) => proven,
        Err(denial) => {
            return Err(refusals::turned_away(&arrival, Some(realm), hit, denial).await);
        }
    };
    let _ = arrival.proven.set(proven.caller.clone());
    let write = Write::by(&arrival, &proven, hit);
    let outcome = admitted(arrival, proven, hit, body).await;
    if let (Some(write), Err(error)) = (write, &outcome) {
        write.refused(error).await;
    }
    outcome
}

/// The line from the caller on.
async fn admitted(
    arrival: Arrival,
    proven: Proven,
    hit: &Hit,
    body: &mut Incoming,
) -> Result<Reply> {
    let Proven {
        caller,
        tenant,
        last_used,
    } = proven;
    if let Some(rate) = tenant.policy().limits.requests_per_second {
        let rates = &arrival.service.rates;
        rates.admit(caller.realm(), rate, Instant::now())?;
    }
    let (route, parameters) = on_a_route(hit, &arrival.origin.method)?;
    if route.operation.writes() && !caller.may_write() {
        return Err(Error::new(
            ErrorKind::Forbidden,
            "this Secret Token may only read (scope `scim:read`); use one with the scope `scim`",
        ));
    }
    let json = read_body(&arrival, route.operation, body).await?;
    let tenant_url = arrival.tenant_url(caller.realm());
    let Arrival {
        service,
        now,
        deadline,
        meter,
        origin,
        headers,
        query,
        ..
    } = arrival;
    let call = Call {
        service,
        caller,
        tenant,
        tenant_url,
        now,
        deadline,
        meter,
        origin,
        headers,
        query,
        body: json,
        id: parameters.get("id").map(str::to_owned),
    };
    let store = &call.service.store;
    let touch = store.touch_key(&call.caller, last_used, now, deadline, &call.meter);
    let (touched, reply) = tokio::join!(touch, operate(route.operation, &call));
    if let Err(error) = touched {
        // When a key was last used is a courtesy; the next request notes it.
        tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), "the key's last use was not noted");
    }
    reply
}

async fn operate(operation: Operation, call: &Call) -> Result<Reply> {
    match operation {
        Operation::Create(kind) => resources::create(call, kind).await,
        Operation::Get(kind) => resources::get(call, kind).await,
        Operation::Replace(kind) => resources::replace(call, kind).await,
        Operation::Patch(kind) => resources::patch(call, kind).await,
        Operation::Delete(kind) => resources::delete(call, kind).await,
        Operation::List(kind) => query::list(call, &[kind]).await,
        Operation::Query(kinds) => query::list(call, kinds).await,
        Operation::Search(kinds) => query::search(call, kinds).await,
        Operation::ServiceProviderConfig
        | Operation::ResourceTypes
        | Operation::ResourceType
        | Operation::Schemas
        | Operation::Schema => {
            let documents = Documents {
                types: &Kind::ALL.map(|kind| call.tenant.resource_type(kind)),
                base: &call.tenant_url,
                service: &call.service,
            };
            documents.answer(operation, &call.query, call.id.as_deref())
        }
        Operation::Bulk => bulk::bulk(call).await,
        Operation::Me => Err(Error::new(
            ErrorKind::NotImplemented,
            "there is no `/Me`: a Secret Token stands for an application, not for a user",
        )),
        // No admin route lies below a realm.
        Operation::Admin(_) => Err(no_endpoint()),
    }
}

async fn of_admin(arrival: &Arrival, hit: &Hit, body: &mut Incoming) -> Result<Reply> {
    let operator = operator(arrival)?;
    if matches!(hit, Hit::Unknown) {
        return Err(Error::new(
            ErrorKind::NotFound,
            "there is no such endpoint of the administration; `GET /admin/v1/openapi.json` lists \
             them, and none ends in a slash",
        ));
    }
    let (route, parameters) = on_a_route(hit, &arrival.origin.method)?;
    let Operation::Admin(operation) = route.operation else {
        return Err(no_endpoint());
    };
    let json = read_body(arrival, route.operation, body).await?;
    let call = AdminCall {
        arrival,
        operator: &operator,
        parameters,
        body: json,
    };
    match arrival.administer {
        Some(administer) => administer(operation, call).await,
        None => Err(no_endpoint()),
    }
}

pub(crate) fn on_a_route<'h>(
    hit: &'h Hit,
    method: &Method,
) -> Result<(&'static Route, &'h Parameters)> {
    match hit {
        Hit::Route(route, parameters) => Ok((route, parameters)),
        Hit::WrongMethod(allow) => Err(Error::new(
            ErrorKind::MethodNotAllowed,
            format!("method `{method}` is not allowed here; allowed are {allow}"),
        )),
        Hit::Unknown => Err(no_endpoint()),
    }
}

async fn read_body(
    arrival: &Arrival,
    operation: Operation,
    body: &mut Incoming,
) -> Result<Option<Value>> {
    if !operation.takes_body() {
        return Ok(None);
    }
    let dialect = match operation {
        Operation::Admin(_) => Dialect::Admin,
        _ => Dialect::Scim,
    };
    check_media_type(dialect, &arrival.headers)?;
    let limit = limit(operation, &arrival.service.config.limits);
    let json = body.json(dialect, limit, arrival.deadline).await;
    json.map(Some)
        .map_err(|error| match (operation, error.kind()) {
            // RFC 7644 section 3.7.4: the answer names the limit.
            (Operation::Bulk, ErrorKind::PayloadTooLarge) => {
                error.within(format!("the bulk request exceeds maxPayloadSize ({limit})"))
            }
            _ => error,
        })
}

fn limit(operation: Operation, limits: &Limits) -> usize {
    match operation {
        Operation::Create(Kind::Group)
        | Operation::Replace(Kind::Group)
        | Operation::Patch(Kind::Group)
        | Operation::Admin(AdminOperation::ImportMembers | AdminOperation::ImportRealm) => {
            limits.group_body
        }
        Operation::Bulk => limits.bulk_body,
        _ => limits.body,
    }
}

fn no_endpoint() -> Error {
    Error::new(
        ErrorKind::NotFound,
        "there is no such endpoint; the Tenant URL ends in `/realms/{realm}/scim/v2`, followed by \
         `/Users`, `/Groups` or another endpoint of SCIM 2.0",
    )
}
