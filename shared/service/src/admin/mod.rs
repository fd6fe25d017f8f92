//! Administration over HTTP (`/admin/v1`): plain JSON, problem details for
//! errors (RFC 9457), every list by pages with a cursor. Bodies and answers are
//! structs, of which [`openapi`] is made.
//!
//! One file a resource. What an operator does to a realm's users and groups
//! goes the way of the realm's clients: [`AdminCall::acting`].

mod ending;
mod events;
mod guard;
mod input;
mod keys;
mod mappers;
mod members;
mod openapi;
mod profiles;
mod realms;
mod rotation;
mod schemas;
mod transfer;
mod usage;

use crate::call::{Arrival, Call};
use crate::locate::Parameters;
use crate::respond::Reply;
use crate::route::AdminOperation;
use auth::{Caller, KeyId, Operator, RealmName, RealmState};
use axum::http::{Method, StatusCode};
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use scim::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use store::{Admin, Tenant};

/// A request of a proven operator.
pub(crate) struct AdminCall<'a> {
    pub(crate) arrival: &'a Arrival,
    pub(crate) operator: &'a Operator,
    pub(crate) parameters: &'a Parameters,
    pub(crate) body: Option<Value>,
}

/// Whoever does what operators ask. A function that has no route of the
/// administration is given none, so that none of its code is in it.
pub(crate) type Administer =
    for<'a> fn(AdminOperation, AdminCall<'a>) -> BoxFuture<'a, Result<Reply>>;

/// [`answer`] for whoever has routes of the administration.
pub(crate) fn administer(
    operation: AdminOperation,
    call: AdminCall<'_>,
) -> BoxFuture<'_, Result<Reply>> {
    Box::pin(answer(operation, call))
}

/// Does what the operator asks.
///
/// # Errors
/// In the kinds of the protocol, which the response turns into problem details.
async fn answer(operation: AdminOperation, call: AdminCall<'_>) -> Result<Reply> {
    use AdminOperation as Do;
    match operation {
        Do::OpenApi => openapi::document(),
        Do::ListProfiles => profiles::list(),
        Do::ListRealms => realms::list(&call).await,
        Do::CreateRealm => realms::create(&call).await,
        Do::GetRealm => realms::get(&call).await,
        Do::UpdateRealm => realms::update(&call).await,
        Do::ListSchemas => schemas::list(&call).await,
        Do::GetSchema => schemas::get(&call).await,
        Do::PutSchema => schemas::put(&call).await,
        Do::DeleteSchema => schemas::delete(&call).await,
        Do::ListMappers => mappers::list(&call).await,
        Do::PutMappers => mappers::put(&call).await,
        Do::DeleteMappers => mappers::delete(&call).await,
        Do::TryMappers => mappers::try_them(&call).await,
        Do::ListKeys => keys::list(&call).await,
        Do::CreateKey => keys::create(&call).await,
        Do::GetKey => keys::get(&call).await,
        Do::RevokeKey => keys::revoke(&call).await,
        Do::RotateKey => rotation::rotate(&call).await,
        Do::DeleteRealm => ending::delete(&call).await,
        Do::ReleaseGuard => guard::release(&call).await,
        Do::ListMembers => members::list(&call).await,
        Do::ImportMembers => members::import::import(&call).await,
        Do::GetMember => members::get(&call).await,
        Do::MoveMember => members::step(&call).await,
        Do::ExportRealm => transfer::export(&call).await,
        Do::ImportRealm => transfer::import(&call).await,
        Do::ListEvents => events::list(&call).await,
        Do::GetEvent => events::get(&call).await,
        Do::GetUsage => usage::get(&call).await,
    }
}

impl AdminCall<'_> {
    /// The store's administration; what it changes is recorded as answered with `status`.
    pub(crate) fn admin(&self, status: StatusCode) -> Admin {
        let Arrival {
            service,
            now,
            deadline,
            meter,
            origin,
            ..
        } = self.arrival;
        let audit = origin.audit(status, meter);
        service.store.admin(self.operator, *now, audit, *deadline)
    }

    /// Where something is, by its path below the realms.
    fn location(&self, below: &str) -> String {
        format!("{}/admin/v1/realms/{below}", self.arrival.base_url)
    }

    /// The realm that the path names.
    pub(crate) fn realm_name(&self) -> Result<RealmName> {
        let text = self.parameters.get("realm").unwrap_or_default();
        text.parse().map_err(|_| no_realm(text))
    }

    /// The key that the path names.
    pub(crate) fn key_id(&self) -> Result<KeyId> {
        let text = self.parameters.get("key").unwrap_or_default();
        text.parse()
            .map_err(|_| Error::new(ErrorKind::NotFound, format!("there is no key `{text}`")))
    }

    /// The realm that the path names, with all that its requests need. One that
    /// is being deleted can only be looked at.
    pub(crate) async fn tenant(&self) -> Result<Arc<Tenant>> {
        let name = self.realm_name()?;
        let tenant = self.admin(StatusCode::OK).tenant(&name).await?;
        let tenant = tenant.ok_or_else(|| no_realm(name.as_str()))?;
        let reads = matches!(self.arrival.origin.method, Method::GET | Method::HEAD);
        if tenant.record().state == RealmState::Deleting && !reads {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("realm `{name}` is being deleted and takes no changes"),
            ));
        }
        Ok(tenant)
    }

    /// The operator as a caller of the realm: what clients do goes one way, and
    /// so does this.
    pub(crate) fn acting(&self, tenant: Arc<Tenant>) -> Call {
        let arrival = self.arrival;
        Call {
            service: arrival.service.clone(),
            caller: Caller::operating(self.operator, tenant.record()),
            tenant_url: arrival.tenant_url(&tenant.record().name),
            tenant,
            now: arrival.now,
            deadline: arrival.deadline,
            meter: arrival.meter.clone(),
            origin: arrival.origin.clone(),
            headers: arrival.headers.clone(),
            query: arrival.query.clone(),
            body: None,
            id: self.parameters.get("id").map(str::to_owned),
        }
    }

    /// The body as the message it must be.
    pub(crate) fn message<T: serde::de::DeserializeOwned>(&self) -> Result<T> {
        input::message(self.body.as_ref())
    }
}

/// An answer of this shape.
pub(crate) fn shown(answer: &impl Serialize) -> Result<Value> {
    serde_json::to_value(answer).map_err(|cause| {
        Error::caused_by(ErrorKind::Internal, "the answer cannot be written", &cause)
    })
}

/// An instant as `meta` shows it in SCIM, too: texts that sort as the instants do.
fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

fn no_realm(name: &str) -> Error {
    Error::new(ErrorKind::NotFound, format!("there is no realm `{name}`"))
}
