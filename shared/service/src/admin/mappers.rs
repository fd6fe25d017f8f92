//! Mappers: from SCIM paths to the company's own names. They make the flat
//! profile of members, events and exports.

use super::input::invalid;
use super::openapi::Problem;
use super::{AdminCall, shown};
use crate::membership::{self, Derive};
use crate::resources;
use crate::respond::Reply;
use auth::RealmName;
use axum::http::StatusCode;
use scim::accept;
use scim::mapper::{Mapper, Mappers};
use scim::{Error, ErrorKind, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use store::{Admin, Budget, EventAction, Kind, ResourceId, Settings, SettingsChange, Tenant};
use utoipa::ToSchema;

/// One attribute of the flat profile.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Mapper)]
pub(super) struct Row {
    /// The company's own name of the attribute.
    #[schema(example = "loginName")]
    name: String,
    /// The identity provider's name of it, for people.
    #[schema(example = "userPrincipalName")]
    attribute: String,
    /// The SCIM path, or one of the short names `email`, `phone`, `mobile`, `manager`.
    #[schema(example = "userName")]
    path: String,
    /// The type of its value.
    #[serde(rename = "type")]
    #[schema(pattern = "^(String|Boolean|Integer|Decimal|DateTime|Reference|Complex)$")]
    kind: String,
    /// Whether a Boolean is turned round, as `active` is for `isSoftDeleted`.
    #[serde(default)]
    negate: bool,
}

/// A realm's mappers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Mappers)]
pub(super) struct MapperList {
    #[schema(value_type = Vec<Row>)]
    mappers: Vec<Value>,
    /// Whether they are the realm's own; otherwise the defaults hold.
    custom: bool,
}

/// The mappers a realm is to have.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewMappers {
    mappers: Vec<Row>,
}

/// Whom to map, and how: `user` or `member`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"user": {"userName": "ada@example.com"}}))]
#[serde(deny_unknown_fields)]
pub(super) struct Trial {
    /// Mappers to try; the realm's when there are none.
    mappers: Option<Vec<Row>>,
    /// A user as a client would send it.
    #[schema(value_type = Option<Object>)]
    user: Option<Map<String, Value>>,
    /// The id of a member of the realm.
    member: Option<String>,
}

/// A user as the mappers see it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Mapped {
    /// The flat profile, by the company's own names.
    #[schema(value_type = Object)]
    profile: Map<String, Value>,
    /// The names for which the user has no value.
    missing: Vec<String>,
}

/// List a realm's mappers
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/mappers",
    operation_id = "listMappers",
    tag = "mappers",
    params(("realm" = String, Path, description = "The realm's name")),
    responses(
        (status = 200, description = "Its own, or the defaults", body = MapperList),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let tenant = call.tenant().await?;
    // Its own as they were set: one may have outlived its schema.
    let (mappers, custom) = match &tenant.settings().mappers {
        Some(rows) => (rows.clone(), true),
        None => (rows(tenant.mappers())?, false),
    };
    Ok(Reply::ok(shown(&MapperList { mappers, custom })?))
}

/// Set a realm's mappers
#[utoipa::path(
    put,
    path = "/admin/v1/realms/{realm}/mappers",
    operation_id = "putMappers",
    tag = "mappers",
    params(("realm" = String, Path, description = "The realm's name")),
    request_body = NewMappers,
    responses(
        (status = 200, description = "The mappers that hold now", body = MapperList),
        (status = 400, description = "A mapper is malformed, or names a path that does not exist", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The realm is being deleted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    let new: NewMappers = call.message()?;
    let tenant = call.tenant().await?;
    let mappers = parse(&tenant, &new.mappers)?;
    let rows = rows(&mappers)?;
    set(&call.admin(StatusCode::OK), &name, Some(&rows)).await?;
    let mappers = rows;
    Ok(Reply::ok(shown(&MapperList {
        mappers,
        custom: true,
    })?))
}

/// Go back to the default mappers
#[utoipa::path(
    delete,
    path = "/admin/v1/realms/{realm}/mappers",
    operation_id = "deleteMappers",
    tag = "mappers",
    params(("realm" = String, Path, description = "The realm's name")),
    responses(
        (status = 204, description = "The defaults hold"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The realm is being deleted", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    set(&call.admin(StatusCode::NO_CONTENT), &name, None).await?;
    Ok(Reply::no_content())
}

/// Try mappers on a user
///
/// Nothing is stored.
#[utoipa::path(
    post,
    path = "/admin/v1/realms/{realm}/mappers/try",
    operation_id = "tryMappers",
    tag = "mappers",
    params(("realm" = String, Path, description = "The realm's name")),
    request_body = Trial,
    responses(
        (status = 200, description = "The user, mapped", body = Mapped),
        (status = 400, description = "A mapper or the user is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or member", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The realm is being deleted", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn try_them(call: &AdminCall<'_>) -> Result<Reply> {
    let trial: Trial = call.message()?;
    let tenant = call.tenant().await?;
    let own;
    let mappers = match &trial.mappers {
        Some(rows) => {
            own = parse(&tenant, rows)?;
            &own
        }
        None => tenant.mappers(),
    };
    let view = match (trial.user, trial.member) {
        (Some(user), None) => {
            let of = tenant.resource_type(Kind::User);
            let draft = accept::create(of, &Value::Object(user))?;
            draft.attributes.into_map()
        }
        (None, Some(id)) => member(call, tenant.clone(), &id).await?,
        _ => return Err(invalid("send `user` or `member`, one of them")),
    };
    let missing = mappers.missing(&view).into_iter();
    let mapped = Mapped {
        profile: mappers.profile(&view),
        missing: missing.map(|mapper| mapper.name().to_owned()).collect(),
    };
    Ok(Reply::ok(shown(&mapped)?))
}

/// Sets the mappers that these rows are, or the defaults; `None` when they are so already.
pub(super) async fn set(
    admin: &Admin,
    name: &RealmName,
    rows: Option<&[Value]>,
) -> Result<Option<Settings>> {
    admin
        .update_settings(name, |settings| {
            if settings.mappers.as_deref() == rows {
                return Ok(None);
            }
            let mut next = settings.clone();
            next.mappers = rows.map(<[Value]>::to_vec);
            Ok(Some(SettingsChange {
                action: match rows {
                    Some(_) => EventAction::PutMappers,
                    None => EventAction::DeleteMappers,
                },
                subject: None,
                settings: next,
            }))
        })
        .await
}

/// A user of the realm as its clients see it.
async fn member(call: &AdminCall<'_>, tenant: Arc<Tenant>, id: &str) -> Result<Map<String, Value>> {
    let unknown = || Error::new(ErrorKind::NotFound, "there is no user of that id");
    let id: ResourceId = id.parse().map_err(|_| unknown())?;
    let acting = call.acting(tenant.clone());
    let realm = resources::realm(&acting);
    let record = realm.get(Kind::User, id).await?.ok_or_else(unknown)?;
    let spending = realm.spend(Budget::default());
    let mut found = membership::read(&realm, vec![record], |_| Derive::Plain, &spending).await?;
    let user = found.pop().ok_or_else(unknown)?;
    Ok(user
        .resource(&acting)
        .view(tenant.resource_type(Kind::User)))
}

fn parse(tenant: &Tenant, rows: &[Row]) -> Result<Mappers> {
    Mappers::parse(tenant.resource_type(Kind::User), shown(&rows)?)
}

/// The rows as they are kept.
pub(super) fn rows(mappers: &Mappers) -> Result<Vec<Value>> {
    mappers
        .iter()
        .map(|mapper| shown(&Row::of(mapper)))
        .collect()
}

impl Row {
    fn of(mapper: &Mapper) -> Self {
        Self {
            name: mapper.name().to_owned(),
            attribute: mapper.attribute().to_owned(),
            path: mapper.path().to_owned(),
            kind: mapper.kind().as_str().to_owned(),
            negate: mapper.is_negated(),
        }
    }
}
