//! What a resource shows of its memberships: a user's `groups`, a group's `members`.

use crate::call::Call;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use scim::filter::ResolvedFilter;
use scim::project::{Meta, Projection, Resource};
use scim::{AttrRef, Error, ErrorKind, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use store::{Edge, Kind, Realm, Record, ResourceId, Spending};

/// Up to how many members of a group are shown with their names.
const NAMED_MEMBERS: usize = 1_000;
/// How many members one answer can hold, some 200 bytes each: an answer of
/// Lambda's has at most 6 MB (AWS), and what is sent is never cut short.
const MEMBERS_IN_ANSWER: usize = 25_000;
/// How many groups' members are read at a time.
const AT_A_TIME: usize = 8;

/// What has to be read beside the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Derive {
    /// Nothing.
    Nothing,
    /// The groups of users; the members of groups without their names.
    Plain,
    /// The groups of users; the members of groups with their names.
    Named,
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
        let references: Vec<&AttrRef> = filter
            .map(ResolvedFilter::references)
            .into_iter()
            .flatten()
            .chain(sort_by)
            .filter(|found| found.extension.is_none() && found.attribute.name == derived(kind))
            .collect();
        if references
            .iter()
            .any(|found| found.sub.as_ref().is_some_and(|sub| sub.name == "display"))
        {
            return Self::Named;
        }
        match (references.len(), filter, sort_by) {
            (0, ..) => Self::Nothing,
            // One member that has to be in: the one edge tells (CLIENTS.md, Entra asks so).
            (_, Some(filter), None) => match filter.elements("members").as_deref() {
                Some([first, rest @ ..]) if rest.iter().all(|other| other == first) => {
                    // What is no id is no member.
                    first.parse().map_or(Self::Nothing, Self::Member)
                }
                _ => Self::Plain,
            },
            _ => Self::Plain,
        }
    }

    /// What an answer shows.
    pub(crate) fn for_answer(kind: Kind, projection: &Projection) -> Self {
        if !projection.wants(derived(kind)) {
            Self::Nothing
        } else if projection.wants_sub(derived(kind), "display") {
            Self::Named
        } else {
            Self::Plain
        }
    }
}

/// Records with their memberships as far as asked for, ready to be shown.
pub(crate) async fn resources<'r>(
    call: &Call,
    realm: &Realm<'_>,
    records: &'r [Record],
    derive: Derive,
    spending: &Spending,
) -> Result<Vec<Resource<'r>>> {
    let mut shown = BTreeMap::new();
    if derive != Derive::Nothing {
        let (users, groups): (Vec<&Record>, Vec<&Record>) =
            records.iter().partition(|record| record.kind == Kind::User);
        shown = of_users(call, realm, &users).await?;
        shown.extend(of_groups(call, realm, &groups, derive, spending).await?);
    }
    Ok(assemble(call, records, derive, shown))
}

/// The same without their memberships.
pub(crate) fn without<'r>(call: &Call, records: &'r [Record]) -> Vec<Resource<'r>> {
    assemble(call, records, Derive::Nothing, Elements::new())
}

fn assemble<'r>(
    call: &Call,
    records: &'r [Record],
    derive: Derive,
    mut elements: Elements,
) -> Vec<Resource<'r>> {
    records
        .iter()
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
                    created: instant(record.created),
                    last_modified: instant(record.modified),
                    version: record.etag(),
                    location: location(call, record.kind, record.id),
                },
                attributes: &record.attributes,
                derived,
            }
        })
        .collect()
}

/// An instant as `meta` shows it: UTC, always with milliseconds.
fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

type Elements = BTreeMap<ResourceId, Vec<Value>>;

async fn of_users(call: &Call, realm: &Realm<'_>, users: &[&Record]) -> Result<Elements> {
    let groups: BTreeSet<ResourceId> = users
        .iter()
        .flat_map(|user| user.member_of.iter().copied())
        .collect();
    let names = realm.group_names(&groups).await?;
    // A group that is gone may still be named on the member: it is not shown.
    let shown = |user: &Record| {
        let found = user
            .member_of
            .iter()
            .filter_map(|id| Some((*id, names.get(id)?)));
        found
            .map(|(id, name)| shown_group(call, id, name))
            .collect()
    };
    Ok(users.iter().map(|user| (user.id, shown(user))).collect())
}

async fn of_groups(
    call: &Call,
    realm: &Realm<'_>,
    groups: &[&Record],
    derive: Derive,
    spending: &Spending,
) -> Result<Elements> {
    let left = AtomicUsize::new(MEMBERS_IN_ANSWER);
    let reads: Vec<_> = groups
        .iter()
        .map(|group| edges(realm, group, derive, spending, &left))
        .collect();
    let edges: Vec<(ResourceId, Vec<Edge>)> = stream::iter(reads)
        .buffered(AT_A_TIME)
        .try_collect()
        .await?;
    let mut names = BTreeMap::new();
    if derive == Derive::Named {
        let named: BTreeSet<Edge> = edges
            .iter()
            .filter(|(_, edges)| edges.len() <= NAMED_MEMBERS)
            .flat_map(|(_, edges)| edges.iter().copied())
            .collect();
        names = realm.member_names(&Vec::from_iter(named), spending).await?;
    }
    Ok(edges
        .into_iter()
        .map(|(group, edges)| {
            let shown = edges.iter().map(|edge| {
                let name = names
                    .get(&edge.member)
                    .filter(|_| edges.len() <= NAMED_MEMBERS);
                shown_member(call, edge, name.map(String::as_str))
            });
            (group, shown.collect())
        })
        .collect())
}

/// The edges of a group, or the one that is asked about.
async fn edges(
    realm: &Realm<'_>,
    group: &Record,
    derive: Derive,
    spending: &Spending,
    left: &AtomicUsize,
) -> Result<(ResourceId, Vec<Edge>)> {
    spending.check()?;
    if let Derive::Member(member) = derive {
        let edge = realm.member_of(group, member).await?;
        return Ok((group.id, edge.into_iter().collect()));
    }
    let mut edges: Vec<Edge> = Vec::new();
    let mut members = realm.members_of(group);
    while let Some(page) = members.next(None).await? {
        let enough = |left: usize| left.checked_sub(page.len());
        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, enough)
            .map_err(|_| {
                Error::new(
                    ErrorKind::TooMany,
                    format!(
                        "the answer would list more than {MEMBERS_IN_ANSWER} members; ask with \
                     `excludedAttributes=members`, or whether one resource is a member with the \
                     filter `id eq \"{}\" and members eq \"…\"`",
                        group.id
                    ),
                )
            })?;
        edges.extend(page);
        spending.check()?;
    }
    Ok((group.id, edges))
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
    format!("{}{endpoint}/{id}", call.tenant_url)
}
