//! The operations on one resource (RFC 7644 sections 3.3 to 3.6): one pipeline
//! for every resource type.

use crate::accepted::Accepted;
use crate::call::Call;
use crate::content::Content;
use crate::membership::{self, Derive, Related, location};
use crate::preconditions::Preconditions;
use crate::respond::Reply;
use crate::source;
use axum::http::StatusCode;
use scim::accept::{self, Draft};
use scim::patch::{self, MemberOp};
use scim::project::Projection;
use scim::{Error, ErrorKind, Result, Tolerance, Tolerances};
use serde_json::Value;
use store::{Change, Changed, EventAction, Kind, Realm, Record, ResourceId};

/// POST to an endpoint.
pub(crate) async fn create(call: &Call, kind: Kind) -> Result<Reply> {
    let projection = projection(call, kind)?.of_whole();
    let draft = accept::create(call.tenant.resource_type(kind), body(call)?)?;
    let id = ResourceId::from_random(source::random()?);
    let realm = realm(call);
    let created = realm
        .create(kind, id, draft, &call.audit(StatusCode::CREATED))
        .await?;
    let at = location(call, kind, id);
    let mut reply = show_change(call, &realm, created, &projection).await?;
    reply.status = StatusCode::CREATED;
    reply.location = Some(at);
    Ok(reply)
}

/// GET of a resource.
pub(crate) async fn get(call: &Call, kind: Kind) -> Result<Reply> {
    let projection = projection(call, kind)?;
    let id = id(call, kind)?;
    let realm = realm(call);
    let record = realm
        .get(kind, id)
        .await?
        .ok_or_else(|| unknown(kind, &id.to_string()))?;
    let preconditions = Preconditions::of(call);
    preconditions.check_match(&record)?;
    // The tag does not know what the groups and members are called: an answer
    // that shows names is always given anew.
    let names = match Derive::for_answer(kind, &projection) {
        Derive::Named => kind == Kind::Group || !record.member_of.is_empty(),
        _ => false,
    };
    if !names && preconditions.not_modified(&record) {
        let etag = Some(record.etag(&call.tenant));
        return Ok(Reply {
            status: StatusCode::NOT_MODIFIED,
            body: None,
            etag,
            location: None,
        });
    }
    let shown = related(call, &realm, record, &projection).await?;
    let shown = shown.ok_or_else(|| unknown(kind, &id.to_string()))?;
    // It may have moved while it was read.
    preconditions.check_match(&shown.record)?;
    reply(call, &shown, &projection)
}

/// PUT of a resource.
pub(crate) async fn replace(call: &Call, kind: Kind) -> Result<Reply> {
    let projection = projection(call, kind)?.of_whole();
    let id = id(call, kind)?;
    let body = body(call)?;
    let of = call.tenant.resource_type(kind);
    let preconditions = Preconditions::of(call);
    let realm = realm(call);
    let changed = realm
        .update(
            kind,
            id,
            EventAction::Replace,
            &call.audit(StatusCode::OK),
            |record| {
                preconditions.check(record)?;
                let Draft {
                    attributes,
                    members,
                } = accept::replace(of, body, &record.attributes)?;
                if kind == Kind::Group && members.is_none() {
                    keeps_members(of.tolerances)?;
                }
                Ok(Change {
                    attributes,
                    // A PUT without `members` is a rename (CLIENTS.md, Okta and OneLogin).
                    members: members.map(MemberOp::Replace).into_iter().collect(),
                    guard: preconditions.guard(),
                })
            },
        )
        .await?;
    show_change(call, &realm, changed, &projection).await
}

/// A PUT without `members` is a rename for some, and empties the group for others
/// (RFC 7644 section 3.5.1 leaves it to the service provider).
fn keeps_members(tolerances: Tolerances) -> Result<()> {
    tolerances.require(Tolerance::PutKeepsMembers, ErrorKind::InvalidValue, || {
        "a PUT of a group names its `members`, also when there are none: `[]`".to_owned()
    })
}

/// PATCH of a resource.
pub(crate) async fn patch(call: &Call, kind: Kind) -> Result<Reply> {
    let projection = projection(call, kind)?;
    let id = id(call, kind)?;
    let of = call.tenant.resource_type(kind);
    // A group may be large, and its clients read nothing of the answer. RFC 7644
    // section 3.5.2 wants a body where `attributes` is given.
    let status = match kind {
        Kind::Group if call.query.get("attributes").is_none() => StatusCode::NO_CONTENT,
        Kind::User | Kind::Group => StatusCode::OK,
    };
    let ops = patch::parse(of, body(call)?.clone())?;
    let preconditions = Preconditions::of(call);
    let realm = realm(call);
    let changed = realm
        .update(
            kind,
            id,
            EventAction::Patch,
            &call.audit(status),
            |record| {
                preconditions.check(record)?;
                let patched = patch::apply(of, &record.attributes, &ops)?;
                Ok(Change {
                    attributes: patched.attributes,
                    members: patched.members,
                    guard: preconditions.guard(),
                })
            },
        )
        .await?;
    if status == StatusCode::NO_CONTENT {
        // With If-Match nothing came between; else what did has a later version,
        // and the tag fits no resource that its client has not seen.
        let etag = Some(changed.record.etag(&call.tenant));
        return Ok(Reply {
            etag,
            ..Reply::no_content()
        });
    }
    let projection = projection.of_patch(of, &ops);
    show_change(call, &realm, changed, &projection).await
}

/// DELETE of a resource.
pub(crate) async fn delete(call: &Call, kind: Kind) -> Result<Reply> {
    let id = id(call, kind)?;
    let preconditions = Preconditions::of(call);
    realm(call)
        .delete(
            kind,
            id,
            preconditions.guard(),
            &call.audit(StatusCode::NO_CONTENT),
            |record| preconditions.check(record),
        )
        .await?;
    Ok(Reply::no_content())
}

/// The resource with what the answer shows of its memberships, of one moment;
/// `None` when it is gone meanwhile.
async fn related(
    call: &Call,
    realm: &Realm<'_>,
    record: Record,
    projection: &Projection,
) -> Result<Option<Related>> {
    let spending = realm.spend(membership::budget(call));
    let derive = |kind| Derive::for_answer(kind, projection);
    let mut found = membership::read(realm, vec![record], derive, &spending).await?;
    Ok(found.pop())
}

/// The answer to a change. It is made: what cannot be read of it now, or what an
/// answer cannot hold, must not make the client repeat it.
async fn show_change(
    call: &Call,
    realm: &Realm<'_>,
    changed: Changed,
    projection: &Projection,
) -> Result<Reply> {
    let Changed {
        mut record,
        members,
    } = changed;
    // A group's version counts changes of its members that do not compete: what
    // was computed without looking at all of them may have been overtaken.
    if record.kind == Kind::Group
        && members.is_none()
        && let Ok(Some(now)) = realm.get(record.kind, record.id).await
    {
        record = now;
    }
    let shown = match members {
        Some(members) => {
            let spending = realm.spend(membership::budget(call));
            let derive = Derive::for_answer(record.kind, projection);
            let known = membership::known(realm, record.clone(), members, derive, &spending);
            known.await.map(Some)
        }
        None => related(call, realm, record.clone(), projection).await,
    };
    let shown = match shown {
        Ok(Some(shown)) => reply(call, &shown, projection).map(Some),
        Ok(None) => Ok(None),
        Err(error) => Err(error),
    };
    match shown {
        Ok(Some(reply)) => return Ok(reply),
        Ok(None) => {}
        Err(error) => {
            tracing::warn!(kind = ?error.kind(), cause = error.cause().map(tracing::field::display), "a change is answered without its memberships");
        }
    }
    // A document alone always fits.
    reply(call, &membership::unrelated(record), projection)
}

fn reply(call: &Call, shown: &Related, projection: &Projection) -> Result<Reply> {
    let of = call.tenant.resource_type(shown.record.kind);
    let resource = projection.show(of, shown.resource(call));
    Ok(Reply {
        status: StatusCode::OK,
        body: Some(Content::of(&resource, Accepted::of(&call.headers))?),
        etag: Some(shown.record.etag(&call.tenant)),
        location: None,
    })
}

pub(crate) fn realm(call: &Call) -> Realm<'_> {
    call.service.store.realm(
        &call.caller,
        &call.tenant,
        // The call's own instant may be long past: its body has come meanwhile.
        source::now(),
        call.deadline,
        &call.meter,
    )
}

fn projection(call: &Call, kind: Kind) -> Result<Projection> {
    let (attributes, excluded) = (
        call.query.all("attributes"),
        call.query.all("excludedAttributes"),
    );
    Projection::parse(call.tenant.resource_type(kind), &attributes, &excluded)
}

fn id(call: &Call, kind: Kind) -> Result<ResourceId> {
    let text = call.id.as_deref().unwrap_or_default();
    text.parse().map_err(|_| unknown(kind, text))
}

fn unknown(kind: Kind, id: &str) -> Error {
    let name = kind.resource_type().name;
    // A client's own text comes back shortened: it may be anything.
    let id: String = id.chars().take(64).collect();
    Error::new(
        ErrorKind::NotFound,
        format!("{name} `{id}` does not exist, or no longer does"),
    )
}

fn body(call: &Call) -> Result<&Value> {
    call.body
        .as_ref()
        .ok_or_else(|| Error::new(ErrorKind::InvalidSyntax, "the request needs a JSON body"))
}
