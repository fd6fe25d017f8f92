//! One operation as the request that it would be if it came alone.

use crate::call::{Call, Origin, on_a_route};
use crate::locate::{Hit, Target};
use crate::membership::location;
use crate::parameters::Query;
use crate::refusals::Write;
use crate::resources;
use crate::respond::Reply;
use crate::route::{Function, Operation};
use crate::source;
use axum::http::header::IF_MATCH;
use axum::http::{HeaderMap, HeaderValue, Method};
use scim::bulk::{BulkMethod, BulkOperation};
use scim::{Error, ErrorKind, Result};
use serde_json::Value;
use std::sync::Arc;
use store::Kind;
use tokio::time::Instant;

/// What a bulk operation may be for.
const FUNCTIONS: &[Function] = &[Function::Users, Function::Groups];

/// An operation with its references resolved.
pub(super) struct Single(Call);

/// Where the path of an operation leads.
pub(super) fn target(call: &Call, method: BulkMethod, path: &str) -> Arc<Target> {
    let realm = call.caller.realm();
    let path = format!("/realms/{realm}/scim/v2{path}");
    Arc::new(Target::of(&http(method), &path, FUNCTIONS))
}

/// What kind of resource a path leads to, and the id in it as it stands there.
pub(super) fn kind_and_id(hit: &Hit) -> (Option<Kind>, Option<&str>) {
    let Hit::Route(route, parameters) = hit else {
        return (None, None);
    };
    (kind(route.operation), parameters.get("id"))
}

fn kind(operation: Operation) -> Option<Kind> {
    match operation {
        Operation::Create(kind)
        | Operation::Replace(kind)
        | Operation::Patch(kind)
        | Operation::Delete(kind) => Some(kind),
        _ => None,
    }
}

fn http(method: BulkMethod) -> Method {
    match method {
        BulkMethod::Post => Method::POST,
        BulkMethod::Put => Method::PUT,
        BulkMethod::Patch => Method::PATCH,
        BulkMethod::Delete => Method::DELETE,
    }
}

impl Single {
    /// The request. Successes are answered without a body, so that nothing is
    /// read that only a body would show.
    ///
    /// # Errors
    /// `InvalidValue` for a `version` that can be no entity-tag.
    pub(super) fn of(bulk: &Call, operation: BulkOperation) -> Result<Self> {
        let BulkOperation {
            method,
            path,
            version,
            data,
            ..
        } = operation;
        let target = target(bulk, method, &path);
        let mut headers = HeaderMap::new();
        // RFC 7644 section 3.7: of a new resource there is no version.
        if let Some(version) = version.filter(|_| method != BulkMethod::Post) {
            let tag = HeaderValue::try_from(version).map_err(|_| {
                Error::new(
                    ErrorKind::InvalidValue,
                    "`version` must be an entity-tag as answers show it in `meta.version`",
                )
            })?;
            headers.insert(IF_MATCH, tag);
        }
        let query = match kind_and_id(&target.hit).0 {
            Some(Kind::Group) => "excludedAttributes=members",
            _ => "excludedAttributes=groups",
        };
        Ok(Self(single(bulk, target, method, headers, query, data)))
    }

    /// Does it.
    pub(super) async fn perform(self, until: Instant) -> Result<Reply> {
        let Self(call) = self;
        let (route, _) = on_a_route(&call.origin.target.hit, &call.origin.method)?;
        if let Some(rate) = call.tenant.policy().limits.requests_per_second {
            let rates = &call.service.rates;
            rates.wait(call.caller.realm(), rate, until).await?;
        }
        let done = match route.operation {
            Operation::Create(kind) => resources::create(&call, kind).await,
            Operation::Replace(kind) => resources::replace(&call, kind).await,
            Operation::Patch(kind) => resources::patch(&call, kind).await,
            Operation::Delete(kind) => resources::delete(&call, kind).await,
            _ => Err(Error::new(
                ErrorKind::NotFound,
                "a bulk operation is for `/Users`, `/Groups` or one of their resources",
            )),
        };
        if let Err(error) = &done
            && error.kind().status() >= 500
        {
            tracing::error!(
                request_id = %call.origin.request_id,
                operation = route.operation.name(),
                kind = ?error.kind(),
                cause = error.cause().map(tracing::field::display),
                "an operation of a bulk request failed"
            );
        }
        done
    }
}

fn single(
    bulk: &Call,
    target: Arc<Target>,
    method: BulkMethod,
    headers: HeaderMap,
    query: &str,
    body: Option<Value>,
) -> Call {
    let id = kind_and_id(&target.hit).1.map(str::to_owned);
    Call {
        service: bulk.service.clone(),
        caller: bulk.caller.clone(),
        tenant: bulk.tenant.clone(),
        tenant_url: bulk.tenant_url.clone(),
        now: source::now(),
        deadline: bulk.deadline,
        // Its event says what it has consumed, the log line what all have.
        meter: bulk.meter.part(),
        origin: Origin {
            started: Instant::now(),
            method: http(method),
            target,
            ..bulk.origin.clone()
        },
        headers,
        query: Query::parse(Some(query)),
        body,
        id,
    }
}

/// Records that an operation was refused, as it is recorded of a request.
pub(super) async fn refused(bulk: &Call, operation: Option<&BulkOperation>, error: &Error) {
    let write = match operation {
        Some(operation) => {
            let target = target(bulk, operation.method, &operation.path);
            let headers = HeaderMap::new();
            let call = single(bulk, target, operation.method, headers, "", None);
            Write::of_call(&call, &call.origin.target.hit)
        }
        None => Write::of_call(bulk, &Hit::Unknown),
    };
    if let Some(write) = write {
        write.refused(error).await;
    }
}

/// Where the resource of an operation is, or would be; of one that creates it nowhere yet.
pub(super) fn located(call: &Call, operation: &BulkOperation) -> Option<String> {
    match kind_and_id(&target(call, operation.method, &operation.path).hit) {
        (Some(kind), Some(id)) => Some(match id.parse() {
            Ok(id) => location(call, kind, id),
            Err(_) => format!("{}{}", call.tenant_url, operation.path),
        }),
        _ => None,
    }
}
