//! What was refused, for the record: a client's writes, and whoever was not let
//! in. The answer stands before it is recorded, and whether it is recorded
//! changes nothing about it.

use crate::call::{Arrival, Call};
use crate::caller::{Denial, Proven};
use crate::locate::Hit;
use crate::route::Operation;
use crate::service::Service;
use auth::{Actor, RealmName};
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use scim::{Error, ErrorKind};
use std::sync::Arc;
use std::time::Duration;
use store::{Audit, EventAction, Kind, Refusal, ResourceId, Stranger, Tenant};
use tokio::time::{Instant, sleep_until};

/// How long an answer waits for its event.
const PATIENCE: Duration = Duration::from_millis(300);
/// The steps, from the request's start, in which whoever is not let in is answered:
/// the table takes longer to find a realm and a key than to find none, and to write an
/// event than to refuse one; and whether one is written depends on who else has failed
/// at that name.
const STEP: Duration = Duration::from_millis(50);

/// A write of a proven caller, on its way.
pub(crate) struct Write {
    service: Arc<Service>,
    tenant: Arc<Tenant>,
    actor: Actor,
    asked: Asked,
    now: Timestamp,
    audit: Audit,
}

/// What a writing request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Asked {
    action: EventAction,
    resource: Option<(Kind, ResourceId)>,
}

impl Write {
    /// The request, when it would change something.
    pub(crate) fn by(arrival: &Arrival, proven: &Proven, hit: &Hit) -> Option<Self> {
        let actor = proven.caller.actor();
        Self::of(arrival, &proven.tenant, actor, hit)
    }

    /// An operation of a bulk request, as the call that it is by itself.
    pub(crate) fn of_call(call: &Call, hit: &Hit) -> Option<Self> {
        Some(Self {
            asked: asked(hit, &call.origin.method)?,
            service: call.service.clone(),
            tenant: call.tenant.clone(),
            actor: call.caller.actor().clone(),
            now: call.now,
            audit: call.audit(StatusCode::OK),
        })
    }

    fn of(arrival: &Arrival, tenant: &Arc<Tenant>, actor: &Actor, hit: &Hit) -> Option<Self> {
        Some(Self {
            asked: asked(hit, &arrival.origin.method)?,
            service: arrival.service.clone(),
            tenant: tenant.clone(),
            actor: actor.clone(),
            now: arrival.now,
            // The status is the error's.
            audit: arrival.origin.audit(StatusCode::OK, &arrival.meter),
        })
    }

    /// Records that it was refused.
    pub(crate) async fn refused(self, error: &Error) {
        let name = self.tenant.record().name.as_str();
        let now = Instant::now();
        let Some(omitted) = self.service.attention.to_refusal(name, now) else {
            return;
        };
        let refusal = Refusal {
            action: self.asked.action,
            actor: self.actor,
            resource: self.asked.resource,
            error,
            omitted,
        };
        let store = &self.service.store;
        let recorded = store
            .record_refusal(&self.tenant, refusal, self.now, &self.audit, now + PATIENCE)
            .await;
        if let Err(error) = recorded {
            tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), omitted, "a refused write was not recorded");
        }
    }
}

/// Records that a request was not let in, and gives back what it is told.
/// `realm` is none where the path names what can be no realm's name.
pub(crate) async fn turned_away(
    arrival: &Arrival,
    realm: Option<&RealmName>,
    hit: &Hit,
    denial: Denial,
) -> Error {
    match (denial.error.kind(), &denial.tenant, &denial.key) {
        (ErrorKind::Unauthorized, _, _) => {
            stranger(arrival, realm, &denial).await;
            next_step(arrival.origin.started).await;
        }
        // The key is good, and the realm switched off.
        (ErrorKind::Forbidden, Some(tenant), Some(key)) => {
            let actor = Actor::Key(key.clone());
            if let Some(write) = Write::of(arrival, tenant, &actor, hit) {
                write.refused(&denial.error).await;
            }
        }
        _ => {}
    }
    denial.error
}

async fn stranger(arrival: &Arrival, realm: Option<&RealmName>, denial: &Denial) {
    let now = Instant::now();
    let attention = &arrival.service.attention;
    let Some(omitted) = attention.to_stranger(realm.map(RealmName::as_str), now) else {
        return;
    };
    let stranger = Stranger {
        realm,
        policy: denial.events,
        key: denial.key.clone(),
        error: &denial.error,
        omitted,
    };
    let audit = arrival
        .origin
        .audit(StatusCode::UNAUTHORIZED, &arrival.meter);
    let store = &arrival.service.store;
    let recorded = store
        .record_stranger(stranger, arrival.now, &audit, now + PATIENCE)
        .await;
    if let Err(error) = recorded {
        tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), omitted, "a failed authentication was not recorded");
    }
}

/// Waits until the next step after this beginning.
async fn next_step(begun: Instant) {
    let mut answer = begun + STEP;
    while answer < Instant::now() {
        answer += STEP;
    }
    sleep_until(answer).await;
}

/// What the request would change; none when it only reads.
fn asked(hit: &Hit, method: &Method) -> Option<Asked> {
    let (action, kind) = match hit {
        Hit::Route(route, _) => match route.operation {
            Operation::Create(kind) => (EventAction::Create, Some(kind)),
            Operation::Replace(kind) => (EventAction::Replace, Some(kind)),
            Operation::Patch(kind) => (EventAction::Patch, Some(kind)),
            Operation::Delete(kind) => (EventAction::Delete, Some(kind)),
            operation if operation.writes() => (EventAction::Other, None),
            Operation::Me if !method.is_safe() => (EventAction::Other, None),
            _ => return None,
        },
        // No route takes it: what it would do is for its method to say.
        Hit::WrongMethod(_) | Hit::Unknown if !method.is_safe() => (EventAction::Other, None),
        Hit::WrongMethod(_) | Hit::Unknown => return None,
    };
    let id = match hit {
        Hit::Route(_, parameters) => parameters.get("id").and_then(|id| id.parse().ok()),
        Hit::WrongMethod(_) | Hit::Unknown => None,
    };
    Some(Asked {
        action,
        resource: kind.zip(id),
    })
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
    use super::{Asked, asked};
    use crate::locate::find;
    use crate::route::Function;
    use axum::http::Method;
    use store::EventAction::{Create, Delete, Other, Patch, Replace};
    use store::{EventAction, Kind};

    const ID: &str = "0b1f6c1e-6a58-4d0c-8d3f-6a1f5b0e7a11";

    #[track_caller]
    fn check(method: &str, path: &str, expected: Option<(EventAction, Option<Kind>)>) {
        let method: Method = method.parse().unwrap();
        let path = format!("/realms/acme/scim/v2{}", path.replace('~', ID));
        let functions = [
            Function::Users,
            Function::Groups,
            Function::Search,
            Function::Discovery,
        ];
        let expected = expected.map(|(action, kind)| Asked {
            action,
            resource: kind.map(|kind| (kind, ID.parse().unwrap())),
        });
        let hit = find(&method, &path, &functions);
        assert_eq!(asked(&hit, &method), expected, "{method} {path}");
    }

    #[test]
    fn what_a_request_would_change() {
        check("GET", "/Users/~", None);
        check("HEAD", "/Users/~", None);
        check("POST", "/Users", Some((Create, None)));
        check("PUT", "/Users/~", Some((Replace, Some(Kind::User))));
        check("PATCH", "/Groups/~", Some((Patch, Some(Kind::Group))));
        check("DELETE", "/Groups/~", Some((Delete, Some(Kind::Group))));
        check("DELETE", "/Groups/nobody", Some((Delete, None)));
        check("POST", "/.search", None);
        check("POST", "/Users/.search", None);
        check("POST", "/Bulk", Some((Other, None)));
        check("GET", "/Me", None);
        check("PATCH", "/Me", Some((Other, None)));
        check("PATCH", "/Users", Some((Other, None)));
        check("OPTIONS", "/Users", None);
        check("POST", "/nonsense", Some((Other, None)));
        check("GET", "/nonsense", None);
        check("DELETE", "/Schemas", Some((Other, None)));
    }
}
