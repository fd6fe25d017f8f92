//! Bulk requests (RFC 7644 section 3.7): many changes in one request.
//!
//! Each operation is a [`Call`] of its own and goes the way of a request that
//! came alone: its route, its preconditions, its event, its refusal's event, the
//! deletion guard and the realm's rate. What is decided here is only in which
//! order operations are done, which of them at once, and when no more are begun.
//!
//! The order: what comes of the request is what would come of its operations one
//! after the other, in the given order, but that a resource is created before
//! whatever refers to it by its bulkId ([`plan`]). Operations that have nothing
//! to do with each other are done side by side ([`run`]).

mod need;
mod operation;
mod plan;
mod run;
mod work;

use crate::call::Call;
use crate::respond::Reply;
use need::needs;
use plan::Plan;
use run::Run;
use scim::bulk::{BulkRequest, BulkResponse};
use scim::{Error, ErrorKind, Result};
use serde_json::Value;
use work::Work;

/// POST to `/Bulk`.
pub(crate) async fn bulk(call: &Call) -> Result<Reply> {
    let body = call.body.clone().ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidSyntax,
            "the bulk request needs a JSON body",
        )
    })?;
    let maximum = call.service.config.limits.bulk_operations;
    let request = BulkRequest::read(body, call.tenant.tolerances(), maximum)?;
    let (operations, needs) = needs(call, request.operations);
    let Plan { steps, deferred } = Plan::of(&needs);
    let references = needs.into_iter().map(|need| need.references).collect();
    let work = Work::of(call, operations, references, deferred);
    let run = Run::of(call, work, steps, request.fail_on_errors);
    let operations = run.finish().await;
    Ok(Reply::ok(Value::from(BulkResponse { operations })))
}
