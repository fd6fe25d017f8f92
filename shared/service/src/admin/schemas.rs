//! The extension schemas that a realm declares: from then on they take part in
//! everything that the stock schemas do.

use super::openapi::Problem;
use super::{AdminCall, shown};
use crate::resources;
use crate::respond::Reply;
use auth::RealmName;
use axum::http::StatusCode;
use scim::schema::{Definition, admit, compatible};
use scim::{Error, ErrorKind, Result};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use store::{Admin, Budget, EventAction, Kind, Settings, SettingsChange, Tenant};
use utoipa::ToSchema;

/// The schemas of a realm.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Schemas {
    #[schema(value_type = Vec<ExtensionSchema>)]
    schemas: Vec<Definition>,
}

/// A schema that extends a resource type (RFC 7643 section 7).
#[derive(Debug, ToSchema)]
#[schema(
    rename_all = "camelCase",
    example = json!({
        "name": "Acme",
        "resourceType": "User",
        "attributes": [{"name": "tag", "type": "string"}],
    })
)]
#[expect(
    dead_code,
    reason = "the shape of `scim::schema::Definition` for the document"
)]
pub(super) struct ExtensionSchema {
    /// Its URN; in a request it may be left out.
    #[schema(
        required = false,
        max_length = 255,
        example = "urn:ietf:params:scim:schemas:extension:acme:2.0:User"
    )]
    id: String,
    /// A name for people.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    description: Option<String>,
    /// What it extends: `User` or `Group`.
    #[schema(pattern = "^(User|Group)$")]
    resource_type: String,
    /// Whether every resource must have it.
    required: Option<bool>,
    /// At most 100, sub-attributes included.
    attributes: Vec<SchemaAttribute>,
}

/// An attribute of a schema, with RFC 7643's defaults for what is left out.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(
    dead_code,
    reason = "the shape of `scim::schema::Attribute` for the document"
)]
pub(super) struct SchemaAttribute {
    #[schema(pattern = "^[A-Za-z][A-Za-z0-9_-]*$")]
    name: String,
    /// `string` when it is left out.
    #[schema(
        rename = "type",
        pattern = "^(string|boolean|decimal|integer|dateTime|binary|reference|complex)$"
    )]
    kind: Option<String>,
    #[schema(no_recursion)]
    sub_attributes: Option<Vec<SchemaAttribute>>,
    multi_valued: Option<bool>,
    description: Option<String>,
    required: Option<bool>,
    canonical_values: Option<Vec<String>>,
    case_exact: Option<bool>,
    #[schema(pattern = "^(readWrite|immutable|writeOnly)$")]
    mutability: Option<String>,
    #[schema(pattern = "^(always|never|default|request)$")]
    returned: Option<String>,
    #[schema(pattern = "^none$")]
    uniqueness: Option<String>,
    reference_types: Option<Vec<String>>,
}

/// List a realm's extension schemas
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/schemas",
    operation_id = "listSchemas",
    tag = "schemas",
    params(("realm" = String, Path, description = "The realm's name")),
    responses(
        (status = 200, description = "All of them; there are at most ten", body = Schemas),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn list(call: &AdminCall<'_>) -> Result<Reply> {
    let schemas = call.tenant().await?.settings().schemas.clone();
    Ok(Reply::ok(shown(&Schemas { schemas })?))
}

/// Show an extension schema
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/schemas/{id}",
    operation_id = "getSchema",
    tag = "schemas",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("id" = String, Path, description = "The schema's URN"),
    ),
    responses(
        (status = 200, description = "The schema", body = ExtensionSchema),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or schema", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn get(call: &AdminCall<'_>) -> Result<Reply> {
    let tenant = call.tenant().await?;
    let found =
        place(tenant.settings(), urn(call)).and_then(|at| tenant.settings().schemas.get(at));
    let schema = found.ok_or_else(|| unknown(urn(call)))?;
    Ok(Reply::ok(shown(schema)?))
}

/// Declare or change an extension schema
///
/// While the realm holds resources of the type, attributes may be added and
/// descriptions changed; a type, a cardinality or what is required may not.
#[utoipa::path(
    put,
    path = "/admin/v1/realms/{realm}/schemas/{id}",
    operation_id = "putSchema",
    tag = "schemas",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("id" = String, Path, description = "The schema's URN"),
    ),
    request_body = ExtensionSchema,
    responses(
        (status = 200, description = "Changed", body = ExtensionSchema),
        (status = 201, description = "Declared", body = ExtensionSchema),
        (status = 400, description = "The definition is malformed or exceeds a limit", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It collides with another, or with what the realm holds", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn put(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    let body: serde_json::Map<String, Value> = call.message()?;
    let definition = Definition::parse(urn(call), Value::Object(body))?;
    let tenant = call.tenant().await?;
    let old = place(tenant.settings(), definition.urn());
    let kind = Kind::named(definition.extends()).unwrap_or(Kind::User);
    let status = if old.is_some() {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let admin = call.admin(status);
    let holds = holds(&admin, &name, kind).await?;
    if holds == Holds::Some && old.is_none() {
        fits(call, tenant, kind, &definition).await?;
    }
    declare(&admin, &name, &definition, holds).await?;
    let body = shown(&definition)?;
    Ok(if status == StatusCode::CREATED {
        let location = call.location(&format!("{name}/schemas/{}", definition.urn()));
        Reply::created(body, location)
    } else {
        Reply::ok(body)
    })
}

/// Take an extension schema back
///
/// What resources hold under it stays, verbatim, and is no more to be filtered.
#[utoipa::path(
    delete,
    path = "/admin/v1/realms/{realm}/schemas/{id}",
    operation_id = "deleteSchema",
    tag = "schemas",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("id" = String, Path, description = "The schema's URN"),
    ),
    responses(
        (status = 204, description = "Declared no more"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm or schema", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The realm is being deleted", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn delete(call: &AdminCall<'_>) -> Result<Reply> {
    let name = call.realm_name()?;
    let admin = call.admin(StatusCode::NO_CONTENT);
    admin
        .update_settings(&name, |settings| {
            let at = place(settings, urn(call)).ok_or_else(|| unknown(urn(call)))?;
            let mut next = settings.clone();
            let gone = next.schemas.remove(at);
            Ok(Some(SettingsChange {
                action: EventAction::DeleteSchema,
                subject: Some(gone.urn().to_owned()),
                settings: next,
            }))
        })
        .await?;
    Ok(Reply::no_content())
}

/// Whether a realm holds resources of the type that a schema extends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Some,
    None,
}

pub(super) async fn holds(admin: &Admin, name: &RealmName, kind: Kind) -> Result<Holds> {
    Ok(match admin.count(name, kind).await? {
        0 => Holds::None,
        _ => Holds::Some,
    })
}

/// Declares a schema, or changes it; `None` when it is so already.
pub(super) async fn declare(
    admin: &Admin,
    name: &RealmName,
    definition: &Definition,
    holds: Holds,
) -> Result<Option<Settings>> {
    admin
        .update_settings(name, |settings| {
            let old = place(settings, definition.urn()).and_then(|at| settings.schemas.get(at));
            match (old, holds) {
                (Some(old), _) if old == definition => return Ok(None),
                (Some(old), Holds::Some) => compatible(old, definition)?,
                (None, Holds::Some) => addable(definition)?,
                (_, Holds::None) => {}
            }
            admit(&settings.schemas, definition)?;
            let mut next = settings.clone();
            next.schemas
                .retain(|schema| !schema.urn().eq_ignore_ascii_case(definition.urn()));
            next.schemas.push(definition.clone());
            next.schemas.sort_by(|a, b| a.urn().cmp(b.urn()));
            Ok(Some(SettingsChange {
                action: EventAction::PutSchema,
                subject: Some(definition.urn().to_owned()),
                settings: next,
            }))
        })
        .await
}

fn urn<'a>(call: &'a AdminCall<'_>) -> &'a str {
    call.parameters.get("id").unwrap_or_default()
}

fn unknown(urn: &str) -> Error {
    let urn: String = urn.chars().take(255).collect();
    Error::new(
        ErrorKind::NotFound,
        format!("the realm has declared no schema `{urn}`"),
    )
}

/// Where the schema of that URN stands, whatever the URN's case.
fn place(settings: &Settings, urn: &str) -> Option<usize> {
    let mut schemas = settings.schemas.iter();
    schemas.position(|schema| schema.urn().eq_ignore_ascii_case(urn))
}

/// What must not be declared for resources that are there already.
fn addable(definition: &Definition) -> Result<()> {
    if !definition.is_required() {
        // A required attribute binds only those that get the extension, or have the attribute.
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Conflict,
        "the schema cannot be required: the realm holds resources without it; declare it as not \
         required",
    ))
}

/// That what resources hold under the URN already fits the schema. A realm that
/// is too large to be looked through is taken at its word: what does not fit is
/// shown as it is, and matches no filter.
async fn fits(
    call: &AdminCall<'_>,
    tenant: Arc<Tenant>,
    kind: Kind,
    definition: &Definition,
) -> Result<()> {
    let acting = call.acting(tenant);
    let realm = resources::realm(&acting);
    let spending = realm.spend(Budget::default());
    let mut walk = realm.walk(kind);
    loop {
        let records = match walk.next(&spending).await {
            Ok(Some(records)) => records,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::TooMany => return Ok(()),
            Err(error) => return Err(error),
        };
        for record in records {
            if let Some(misfit) = record.attributes.misfit(definition.schema()) {
                return Err(Error::new(
                    ErrorKind::Conflict,
                    format!(
                        "{} `{}` holds a value that does not fit: {misfit}; change the \
                         definition, or the value",
                        definition.extends(),
                        record.id
                    ),
                ));
            }
        }
    }
}
