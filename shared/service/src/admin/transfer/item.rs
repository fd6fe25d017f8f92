//! The items that a realm is carried in: how they are written, and read again.

use crate::admin::input::{instant, invalid, message};
use crate::admin::mappers::Row;
use crate::admin::members::CreatedBy;
use crate::admin::realms::{Events, Guard, Limits, RealmChange};
use crate::admin::schemas::ExtensionSchema;
use scim::schema::Definition;
use scim::{Attributes, Result};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Carried, Kind, MemberState, ResourceId};
use utoipa::ToSchema;

/// How many members one item brings.
pub(super) const MEMBERS: usize = 500;

/// A part of a realm.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::admin) enum Item {
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
pub(in crate::admin) struct CarriedRealm {
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
pub(in crate::admin) struct CarriedResource {
    /// Its id, which it keeps.
    #[schema(format = "uuid")]
    pub(super) id: String,
    #[schema(format = DateTime)]
    pub(super) created: String,
    #[schema(format = DateTime)]
    pub(super) last_modified: String,
    /// How far it has come, whether it is active or not.
    #[schema(pattern = "^(provisioned|invited|accepted|confirmed)$")]
    pub(super) state: String,
    /// Who made it. A key is not carried with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_by: Option<CreatedBy>,
    /// What its client has set, as it is stored.
    #[schema(value_type = Object)]
    pub(super) attributes: Map<String, Value>,
}

/// Members of a group.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct CarriedMembers {
    /// The group's id.
    #[schema(format = "uuid")]
    pub(super) group: String,
    #[schema(max_items = 500)]
    pub(super) members: Vec<CarriedMember>,
}

/// A member of a group.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::admin) struct CarriedMember {
    /// Its id.
    #[schema(format = "uuid")]
    pub(super) id: String,
    /// `User` or `Group`; for the reader, since its id says it.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<String>,
}

/// An item that has been understood.
pub(super) enum Part {
    Realm(RealmChange, Vec<Definition>, Option<Value>),
    Resource(Carried),
    Members(ResourceId, Vec<ResourceId>),
}

impl Part {
    /// Understands an item, whatever the realm: its schemas may come with it.
    pub(super) fn parse(item: Value) -> Result<Self> {
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
                .parse(Kind::User)
                .map(Self::Resource),
            "group" => message::<CarriedResource>(Some(&object.into()))?
                .parse(Kind::Group)
                .map(Self::Resource),
            "members" => message::<CarriedMembers>(Some(&object.into()))?.parse(),
            _ => Err(no_item()),
        }
    }
}

impl CarriedResource {
    fn parse(self, kind: Kind) -> Result<Carried> {
        if kind == Kind::Group && self.attributes.contains_key("members") {
            return Err(invalid(
                "the members of a group are items of their own, after it",
            ));
        }
        let attributes = Attributes::carried(kind.resource_type(), self.attributes)?;
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
            created: instant("created", &self.created)?,
            modified: instant("lastModified", &self.last_modified)?,
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
