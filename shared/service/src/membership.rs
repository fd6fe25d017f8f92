//! What a resource shows of its memberships: a user's `groups`, a group's `members`.

use crate::call::Call;
use scim::filter::ResolvedFilter;
use scim::project::{Meta, Resource};
use scim::{AttrRef, Error, ErrorKind, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use store::{Edge, Kind, Realm, Record, ResourceId};

/// Up to how many members of a group are shown with their names.
const NAMED_MEMBERS: usize = 1_000;
/// How many members one answer can hold: what is sent is never cut short.
const MEMBERS_IN_ANSWER: usize = 40_000;

/// What has to be read beside the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    /// Nothing.
    Nothing,
    /// The groups of users, the members of groups.
    All,
    /// Whether groups have this one member.
    Member(ResourceId),
}

/// The attribute that is derived from memberships.
pub(crate) fn derived(kind: Kind) -> &'static str {
    match kind {
        Kind::User => "groups",
        Kind::Group => "members",
    }
}

impl Derive {
    /// What a filter and a sort order read.
    pub(crate) fn for_selection(
        kind: Kind,
        filter: Option<&ResolvedFilter>,
        sort_by: Option<&AttrRef>,
    ) -> Self {
        let name = derived(kind);
        let of_name =
            |attribute: &AttrRef| attribute.extension.is_none() && attribute.attribute.name == name;
        if sort_by.is_some_and(of_name) {
            return Self::All;
        }
        let Some(filter) = filter else {
            return Self::Nothing;
        };
        match filter
            .references()
            .into_iter()
            .filter(|attribute| of_name(attribute))
            .count()
        {
            0 => Self::Nothing,
            // One equality that has to hold: the one edge tells (CLIENTS.md, Entra asks so).
            1 => filter
                .equalities()
                .into_iter()
                .find(|(attribute, _)| attribute.is("members", Some("value")))
                .and_then(|(_, value)| value.parse().ok())
                .map_or(Self::All, Self::Member),
            _ => Self::All,
        }
    }
}

/// Records with their memberships as far as asked for, ready to be shown.
pub(crate) async fn resources(
    call: &Call,
    realm: &Realm<'_>,
    records: Vec<Record>,
    derive: Derive,
) -> Result<Vec<Resource<'static>>> {
    let elements = match derive {
        Derive::Nothing => BTreeMap::new(),
        Derive::All => elements(call, realm, &records).await?,
        Derive::Member(member) => {
            let mut found = BTreeMap::new();
            for group in &records {
                let edge = realm.edge(group.id, member).await?;
                let shown = edge
                    .iter()
                    .map(|edge| shown_member(call, edge, None))
                    .collect();
                found.insert(group.id, shown);
            }
            found
        }
    };
    Ok(assemble(call, records, derive, elements))
}

fn assemble(
    call: &Call,
    records: Vec<Record>,
    derive: Derive,
    mut elements: BTreeMap<ResourceId, Vec<Value>>,
) -> Vec<Resource<'static>> {
    records
        .into_iter()
        .map(|record| {
            let derived = (derive != Derive::Nothing).then(|| {
                (
                    derived(record.kind),
                    elements.remove(&record.id).unwrap_or_default(),
                )
            });
            Resource {
                id: record.id.to_string(),
                meta: Meta {
                    resource_type: record.kind.resource_type().name,
                    created: record.created.to_string(),
                    last_modified: record.modified.to_string(),
                    version: record.etag(),
                    location: location(call, record.kind, record.id),
                },
                attributes: record.attributes,
                derived,
            }
        })
        .collect()
}

async fn elements(
    call: &Call,
    realm: &Realm<'_>,
    records: &[Record],
) -> Result<BTreeMap<ResourceId, Vec<Value>>> {
    let mut all = BTreeMap::new();
    let groups: BTreeSet<ResourceId> = records
        .iter()
        .filter(|record| record.kind == Kind::User)
        .flat_map(|record| record.member_of.iter().copied())
        .collect();
    let names = realm.group_names(&groups).await?;
    let mut left = MEMBERS_IN_ANSWER;
    for record in records {
        let shown = match record.kind {
            // A group that is gone may still be named on the member: it is not shown.
            Kind::User => record
                .member_of
                .iter()
                .filter_map(|id| names.get(id).map(|name| shown_group(call, *id, name)))
                .collect(),
            Kind::Group => members(call, realm, record.id, &mut left).await?,
        };
        all.insert(record.id, shown);
    }
    Ok(all)
}

async fn members(
    call: &Call,
    realm: &Realm<'_>,
    group: ResourceId,
    left: &mut usize,
) -> Result<Vec<Value>> {
    let mut edges: Vec<Edge> = Vec::new();
    loop {
        let (page, more) = realm
            .members(group, edges.last().map(|edge| edge.member), None)
            .await?;
        *left = left.checked_sub(page.len()).ok_or_else(|| {
            Error::new(
                ErrorKind::TooMany,
                format!(
                    "the answer would list more than {MEMBERS_IN_ANSWER} members; ask with \
                     `excludedAttributes=members`, or whether one resource is a member with the \
                     filter `id eq \"{group}\" and members eq \"…\"`"
                ),
            )
        })?;
        edges.extend(page);
        if !more {
            break;
        }
    }
    let names = if edges.len() <= NAMED_MEMBERS {
        realm.member_names(&edges).await?
    } else {
        BTreeMap::new()
    };
    Ok(edges
        .iter()
        .map(|edge| shown_member(call, edge, names.get(&edge.member).map(String::as_str)))
        .collect())
}

fn shown_group(call: &Call, id: ResourceId, name: &str) -> Value {
    json!({
        "value": id.to_string(),
        "$ref": location(call, Kind::Group, id),
        "display": name,
        "type": "direct",
    })
}

fn shown_member(call: &Call, edge: &Edge, name: Option<&str>) -> Value {
    let mut member = json!({
        "value": edge.member.to_string(),
        "$ref": location(call, edge.kind, edge.member),
        "type": edge.kind.resource_type().name,
    });
    if let (Some(name), Some(member)) = (name, member.as_object_mut()) {
        member.insert("display".to_owned(), Value::from(name));
    }
    member
}

/// The URI of a resource.
pub(crate) fn location(call: &Call, kind: Kind, id: ResourceId) -> String {
    let endpoint = kind.resource_type().endpoint;
    format!(
        "{}{endpoint}/{id}",
        call.service.tenant_url(call.caller.realm())
    )
}
