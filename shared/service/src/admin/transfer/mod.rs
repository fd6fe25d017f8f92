//! A realm on its way to another table: its settings, its users, its groups, who
//! is in them. Keys and events stay behind.
//!
//! A document comes over as it is stored and not as a client would send it: what
//! a realm holds is older than some of its rules. An export is input like any
//! other, though, and nothing gets in that no client could have had stored.

mod item;
mod page;

use super::input::invalid;
use super::mappers;
use super::openapi::Problem;
use super::realms::Realm as ShownRealm;
use super::{AdminCall, no_realm, schemas, shown};
use crate::call::Call;
use crate::resources::realm;
use crate::respond::Reply;
use axum::http::StatusCode;
use item::{Item, Part};
use page::{ItemPage, Position};
use scim::Result;
use scim::mapper::Mappers;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{EventAction, Import, Kind, Realm};
use utoipa::ToSchema;

/// How many items one request brings.
const AT_ONCE: usize = 100;
/// What of a realm's own is carried: what a PATCH of it takes, but for its
/// switch. What may be absent is carried as null, so that it is absent there, too.
const SETTINGS: [(&str, Absent); 7] = [
    ("displayName", Absent::Never),
    ("profile", Absent::Never),
    ("entraTenantId", Absent::IsNull),
    ("events", Absent::Never),
    ("limits", Absent::Never),
    ("invitation", Absent::Never),
    ("deletionGuard", Absent::IsNull),
];

/// What of its limits may be absent.
const LIMITS: [&str; 3] = ["users", "groups", "requestsPerSecond"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Absent {
    Never,
    IsNull,
}

/// A page of an export. Its `items` are what an import takes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Exported {
    items: Vec<Item>,
    /// Where the next page begins, when there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

/// Items to be imported.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct NewItems {
    #[schema(max_items = 100, value_type = Vec<Item>)]
    items: Vec<Value>,
}

/// What an import came to.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ItemsImported {
    /// How many items have changed something.
    applied: usize,
    /// How many had been imported before.
    unchanged: usize,
    /// How many members were left out because the realm does not have them.
    #[serde(skip_serializing_if = "Option::is_none")]
    unknown_members: Option<usize>,
}

/// Export a realm
///
/// By pages: the realm's settings, its users, its groups, their members. Keys and
/// events stay behind. What changes between two pages may be missed: switch the
/// realm off before, or repeat the export.
#[utoipa::path(
    get,
    path = "/admin/v1/realms/{realm}/export",
    operation_id = "exportRealm",
    tag = "transfer",
    params(
        ("realm" = String, Path, description = "The realm's name"),
        ("limit" = Option<u32>, Query, minimum = 1, description = "How many items; at most 100"),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before"),
    ),
    responses(
        (status = 200, description = "A page, of about a MiB at most", body = Exported),
        (status = 400, description = "A parameter is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn export(call: &AdminCall<'_>) -> Result<Reply> {
    let asked = call.page()?;
    let acting = call.acting(call.tenant().await?);
    let realm = realm(&acting);
    let mut page = ItemPage::new(asked.limit);
    let start = match asked.after::<Position>()? {
        Some(position) => position,
        None => {
            let mut settings = settings(call).await?;
            let own = acting.tenant.settings();
            settings.insert("schemas".to_owned(), shown(&own.schemas)?);
            settings.insert("mappers".to_owned(), shown(&own.mappers)?);
            page.push(Item::Realm(settings));
            Position::START
        }
    };
    let next = page.fill(&realm, start).await?;
    Ok(Reply::ok(shown(&Exported {
        items: page.into_items(),
        next_cursor: next.map(|position| position.to_string()),
    })?))
}

/// Import into a realm
///
/// Items are applied in their order, users and groups under the schemas of the
/// realm's item before them; one that is there already changes nothing, so that
/// the request may be repeated. Ids and times are kept.
#[utoipa::path(
    post,
    path = "/admin/v1/realms/{realm}/import",
    operation_id = "importRealm",
    tag = "transfer",
    params(("realm" = String, Path, description = "The realm's name")),
    request_body = NewItems,
    responses(
        (status = 200, description = "All of them are there", body = ItemsImported),
        (status = 400, description = "The request is malformed", body = Problem, content_type = "application/problem+json"),
        (status = 401, description = "No proof of administration", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "There is no such realm", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The realm holds something else under that id or name, or is being deleted; items that stand before it are applied", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "The body is too large, or a document is", body = Problem, content_type = "application/problem+json"),
        (status = 415, description = "The body is no JSON", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "There was no time for all of them: repeat it", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn import(call: &AdminCall<'_>) -> Result<Reply> {
    let mut acting = call.acting(call.tenant().await?);
    let new: NewItems = call.message()?;
    let count = new.items.len();
    if count > AT_ONCE {
        return Err(invalid(format!(
            "`items` has {count} items, and one request takes at most {AT_ONCE}"
        )));
    }
    // Nothing is applied of a batch that cannot be read.
    let parts = new.items.into_iter().enumerate().map(|(n, item)| {
        Part::parse(item).map_err(|error| error.within(format!("item {} of {count}", n + 1)))
    });
    let parts: Vec<Part> = parts.collect::<Result<_>>()?;
    let mut answer = ItemsImported::default();
    for (n, part) in parts.into_iter().enumerate() {
        let settles = matches!(part, Part::Realm(..));
        let done = part.apply(call, &acting, &mut answer.unknown_members).await;
        let done = done.map_err(|error| {
            error.within(format!(
                "item {} of {count}, after {} applied and {} unchanged",
                n + 1,
                answer.applied,
                answer.unchanged
            ))
        })?;
        match done {
            Import::Applied => answer.applied += 1,
            Import::Unchanged => answer.unchanged += 1,
        }
        if settles {
            acting = call.acting(call.tenant().await?);
        }
    }
    Ok(Reply::ok(shown(&answer)?))
}

/// The realm's own item: what a change of another realm takes to make it like this one.
async fn settings(call: &AdminCall<'_>) -> Result<Map<String, Value>> {
    let name = call.realm_name()?;
    let entry = call.admin(StatusCode::OK).realm(&name).await?;
    let entry = entry.ok_or_else(|| no_realm(name.as_str()))?;
    let mut shown = shown(&ShownRealm::of(call, &entry, None))?;
    if let Some(limits) = shown.get_mut("limits").and_then(Value::as_object_mut) {
        for name in LIMITS {
            limits.entry(name).or_insert(Value::Null);
        }
    }
    let setting = |(name, absent): &(&str, Absent)| {
        let value = match (shown.get(*name), absent) {
            (Some(value), _) => value.clone(),
            (None, Absent::IsNull) => Value::Null,
            (None, Absent::Never) => return None,
        };
        Some(((*name).to_owned(), value))
    };
    Ok(SETTINGS.iter().filter_map(setting).collect())
}

impl Part {
    async fn apply(
        self,
        call: &AdminCall<'_>,
        acting: &Call,
        unknown: &mut Option<usize>,
    ) -> Result<Import> {
        let realm: Realm<'_> = realm(acting);
        let audit = acting.audit(StatusCode::OK);
        match self {
            Self::Realm(change, schemas, mappers) => {
                let name = &acting.tenant.record().name;
                let admin = call.admin(StatusCode::OK);
                let before = admin.realm(name).await?.map(|entry| entry.record.version);
                let after = admin
                    .update_realm(name, None, EventAction::UpdateRealm, |entry| {
                        change.apply(entry)
                    })
                    .await?;
                let mut changed = before != Some(after.record.version);
                for definition in &schemas {
                    let kind = Kind::named(definition.extends()).unwrap_or(Kind::User);
                    let holds = schemas::holds(&admin, name, kind).await?;
                    let declared = schemas::declare(&admin, name, definition, holds).await?;
                    changed |= declared.is_some();
                }
                if mappers == Some(Value::Null) {
                    changed |= mappers::set(&admin, name, None).await?.is_some();
                } else if let Some(rows) = mappers {
                    // Read against the schemas that have just been declared.
                    let tenant = call.tenant().await?;
                    let mappers = Mappers::parse(tenant.resource_type(Kind::User), rows)?;
                    let rows = mappers::rows(&mappers)?;
                    changed |= mappers::set(&admin, name, Some(&rows)).await?.is_some();
                }
                Ok(if changed {
                    Import::Applied
                } else {
                    Import::Unchanged
                })
            }
            Self::Resource(carried) => realm.import(&carried, &audit).await,
            Self::Members(group, members) => {
                let imported = realm.import_members(group, &members, &audit).await?;
                if imported.unknown > 0 {
                    *unknown.get_or_insert(0) += imported.unknown;
                }
                Ok(imported.import)
            }
        }
    }
}
