//! A realm on its way to another table: its settings, its users, its groups, who
//! is in them. Keys and events stay behind.
//!
//! An export is input like any other: what is imported goes through the same
//! parsers as what a client sends.

use super::input::{invalid, message};
use super::mappers::{self, Row};
use super::members::{CreatedBy, instant};
use super::openapi::Problem;
use super::realms::{Events, Guard, Limits, Realm as ShownRealm, RealmChange};
use super::schemas::{self, ExtensionSchema};
use super::{AdminCall, no_realm, shown};
use crate::call::Call;
use crate::resources::realm;
use crate::respond::Reply;
use axum::http::StatusCode;
use jiff::Timestamp;
use page::{ItemPage, Position};
use scim::Result;
use scim::accept::{self, Draft};
use scim::mapper::Mappers;
use scim::schema::Definition;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Carried, EventAction, Import, Kind, MemberState, Realm, ResourceId};
use utoipa::ToSchema;

mod page;

/// How many items one request brings.
const AT_ONCE: usize = 100;
/// How many members one item brings.
const MEMBERS: usize = 500;
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

/// A part of a realm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum Item {
    /// What has been decided about it.
    #[schema(value_type = CarriedRealm)]
    Realm(Map<String, Value>),
    /// A user.
    User(CarriedResource),
    /// A group without its members.
    Group(CarriedResource),
    /// Members of a group, which stands before them.
    Members(CarriedMembers),
}

/// What has been decided about a realm, as a PATCH of it takes it, and beside it
/// its extension schemas and its own mappers.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "the shape of an item for the document")]
pub(super) struct CarriedRealm {
    display_name: Option<String>,
    profile: Option<String>,
    entra_tenant_id: Option<String>,
    events: Option<Events>,
    limits: Option<Limits>,
    invitation: Option<bool>,
    deletion_guard: Option<Guard>,
    schemas: Option<Vec<ExtensionSchema>>,
    mappers: Option<Vec<Row>>,
}

/// A user or group.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CarriedResource {
    /// Its id, which it keeps.
    #[schema(format = "uuid")]
    id: String,
    #[schema(format = DateTime)]
    created: String,
    #[schema(format = DateTime)]
    last_modified: String,
    /// How far it has come, whether it is active or not.
    #[schema(pattern = "^(provisioned|invited|accepted|confirmed)$")]
    state: String,
    /// Who made it. A key is not carried with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_by: Option<CreatedBy>,
    /// What its client has set.
    #[schema(value_type = Object)]
    attributes: Map<String, Value>,
}

/// Members of a group.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CarriedMembers {
    /// The group's id.
    #[schema(format = "uuid")]
    group: String,
    #[schema(max_items = 500)]
    members: Vec<CarriedMember>,
}

/// A member of a group.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct CarriedMember {
    /// Its id.
    #[schema(format = "uuid")]
    id: String,
    /// `User` or `Group`; for the reader, since its id says it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
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
/// Items are applied in their order; one that is there already changes nothing,
/// so that the request may be repeated. Ids and times are kept.
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
    let acting = call.acting(call.tenant().await?);
    let new: NewItems = call.message()?;
    let count = new.items.len();
    if count > AT_ONCE {
        return Err(invalid(format!(
            "`items` has {count} items, and one request takes at most {AT_ONCE}"
        )));
    }
    // Nothing is applied of a batch that cannot be read.
    let parts = new.items.into_iter().enumerate().map(|(n, item)| {
        Part::parse(&acting, item)
            .map_err(|error| error.within(format!("item {} of {count}", n + 1)))
    });
    let parts: Vec<Part> = parts.collect::<Result<_>>()?;
    let mut answer = ItemsImported::default();
    for (n, part) in parts.into_iter().enumerate() {
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

/// An item that has been understood.
enum Part {
    Realm(RealmChange, Vec<Definition>, Option<Value>),
    Resource(Carried),
    Members(ResourceId, Vec<ResourceId>),
}

impl Part {
    fn parse(call: &Call, item: Value) -> Result<Self> {
        let Value::Object(item) = item else {
            return Err(no_item());
        };
        let mut parts = item.into_iter();
        let (Some((sort, part)), None) = (parts.next(), parts.next()) else {
            return Err(no_item());
        };
        let Value::Object(mut object) = part else {
            return Err(no_item());
        };
        match sort.as_str() {
            "realm" => {
                let schemas = match object.shift_remove("schemas") {
                    None | Some(Value::Null) => Vec::new(),
                    Some(Value::Array(schemas)) => schemas,
                    Some(_) => return Err(invalid("`schemas` is an array")),
                };
                let mappers = object.shift_remove("mappers");
                let schemas = schemas.into_iter().map(|schema| {
                    let urn = schema.get("id").and_then(Value::as_str);
                    let urn = urn.unwrap_or_default().to_owned();
                    Definition::parse(&urn, schema)
                });
                Ok(Self::Realm(
                    message(Some(&object.into()))?,
                    schemas.collect::<Result<_>>()?,
                    mappers,
                ))
            }
            "user" => message::<CarriedResource>(Some(&object.into()))?
                .parse(call, Kind::User)
                .map(Self::Resource),
            "group" => message::<CarriedResource>(Some(&object.into()))?
                .parse(call, Kind::Group)
                .map(Self::Resource),
            "members" => message::<CarriedMembers>(Some(&object.into()))?.parse(),
            _ => Err(no_item()),
        }
    }

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

impl CarriedResource {
    fn parse(self, call: &Call, kind: Kind) -> Result<Carried> {
        let Draft {
            attributes,
            members,
        } = accept::create(&call.tenant.leniently(kind), Value::Object(self.attributes))?;
        if members.is_some() {
            return Err(invalid(
                "the members of a group are items of their own, after it",
            ));
        }
        let state: MemberState = self.state.parse().map_err(|_| {
            invalid("`state` is `provisioned`, `invited`, `accepted` or `confirmed`")
        })?;
        if kind == Kind::Group && state != MemberState::Provisioned {
            return Err(invalid("the `state` of a group is `provisioned`"));
        }
        Ok(Carried {
            kind,
            id: id(&self.id)?,
            attributes,
            created: time("created", &self.created)?,
            modified: time("lastModified", &self.last_modified)?,
            created_by: self.created_by.as_ref().map(CreatedBy::actor).transpose()?,
            state,
        })
    }
}

impl CarriedMembers {
    fn parse(self) -> Result<Part> {
        if self.members.len() > MEMBERS {
            return Err(invalid(format!(
                "`members` has {} members, and one item takes at most {MEMBERS}",
                self.members.len()
            )));
        }
        let members = self.members.iter().map(|member| id(&member.id));
        let members = members.collect::<Result<_>>()?;
        Ok(Part::Members(id(&self.group)?, members))
    }
}

fn no_item() -> scim::Error {
    invalid(
        "an item is an object with one of `realm`, `user`, `group`, `members`, itself an object",
    )
}

fn id(text: &str) -> Result<ResourceId> {
    text.parse()
        .map_err(|_| invalid("an `id` is a UUID, as this service has made it"))
}

/// An instant as the table keeps it: in milliseconds.
fn time(name: &str, text: &str) -> Result<Timestamp> {
    // RFC 3339 has no years before 0.
    let time = Some(text).filter(|text| !text.starts_with('-'));
    let time = time.and_then(|text| text.parse::<Timestamp>().ok());
    time.and_then(|time| Timestamp::from_millisecond(time.as_millisecond()).ok())
        .ok_or_else(|| {
            invalid(format!(
                "`{name}` is an instant in RFC 3339, such as `2030-01-31T00:00:00Z`"
            ))
        })
}
