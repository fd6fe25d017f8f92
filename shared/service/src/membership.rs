//! What a resource shows of its memberships: a user's `groups`, a group's `members`.

use crate::call::Call;
use futures_util::stream::{self, StreamExt, TryStreamExt};
use jiff::Timestamp;
use scim::filter::ResolvedFilter;
use scim::project::{Elements, Meta, Projection, Resource};
use scim::{AttrRef, Result};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;
use store::{Budget, Edge, Kind, Realm, Record, ResourceId, Settled, Spending};

/// Up to how many members of a group are shown with their names.
const NAMED_MEMBERS: usize = 1_000;
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
    Member(ResourceId, Beside),
}

/// What is looked at beside one membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beside {
    /// What never changes.
    Nothing,
    /// The group's attributes, which are to be of the same moment.
    Attributes,
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
                    let beside = if filter.references().into_iter().all(is_constant) {
                        Beside::Nothing
                    } else {
                        Beside::Attributes
                    };
                    let member = |id| Self::Member(id, beside);
                    first.parse().map_or(Self::Nothing, member)
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

/// What may be read to show memberships: they are asked for, so that the time is
/// the request's own.
pub(crate) fn budget(call: &Call) -> Budget {
    Budget {
        time: call.service.config.limits.time_budget,
        ..Budget::default()
    }
}

type Names = BTreeMap<ResourceId, String>;

/// A record with what was read of its memberships. For a group both are of one
/// moment; members are kept small, and become JSON where they are wanted.
#[derive(Debug)]
pub(crate) struct Related {
    pub(crate) record: Record,
    memberships: Option<Memberships>,
}

#[derive(Debug)]
enum Memberships {
    /// Of a user: the groups with their names.
    Groups(Vec<(ResourceId, String)>),
    /// Of a group: the members, with the names of those that have one here.
    Members(Vec<Edge>, Arc<Names>),
}

/// Reads the memberships of records as far as `derive` says for their kind. A
/// group that has moved meanwhile comes as it is now; one that is gone is left out.
pub(crate) async fn read(
    realm: &Realm<'_>,
    records: Vec<Record>,
    derive: impl Fn(Kind) -> Derive,
    spending: &Spending,
) -> Result<Vec<Related>> {
    let group_names = group_names(realm, &records, &derive).await?;
    let asked: Vec<(Record, Derive)> = records
        .into_iter()
        .map(|record| {
            let derive = derive(record.kind);
            (record, derive)
        })
        .collect();
    let found: Vec<Option<Related>> = stream::iter(asked)
        .map(|(record, derive)| one(realm, record, derive, &group_names, spending))
        .buffered(AT_A_TIME)
        .try_collect()
        .await?;
    let mut found: Vec<Related> = found.into_iter().flatten().collect();
    if derive(Kind::Group) == Derive::Named {
        name_members(realm, &mut found, spending).await?;
    }
    Ok(found)
}

/// A group with the members that a change has found it to have.
pub(crate) async fn known(
    realm: &Realm<'_>,
    record: Record,
    members: Vec<Edge>,
    derive: Derive,
    spending: &Spending,
) -> Result<Related> {
    let members = Memberships::Members(members, Arc::default());
    let mut found = [Related {
        record,
        memberships: (derive != Derive::Nothing).then_some(members),
    }];
    if derive == Derive::Named {
        name_members(realm, &mut found, spending).await?;
    }
    let [related] = found;
    Ok(related)
}

/// A record of which nothing more is shown.
pub(crate) fn unrelated(record: Record) -> Related {
    Related {
        record,
        memberships: None,
    }
}

async fn one(
    realm: &Realm<'_>,
    record: Record,
    derive: Derive,
    group_names: &Names,
    spending: &Spending,
) -> Result<Option<Related>> {
    let (record, memberships) = match (record.kind, derive) {
        (_, Derive::Nothing) => return Ok(Some(unrelated(record))),
        (Kind::User, _) => {
            // A group that is gone may still be named on the member: it is not shown.
            let named = |id: &ResourceId| Some((*id, group_names.get(id)?.clone()));
            let groups = record.member_of.iter().filter_map(named).collect();
            (record, Memberships::Groups(groups))
        }
        (Kind::Group, Derive::Member(member, beside)) => {
            let Some((record, edge)) = membership(realm, record, member, beside, spending).await?
            else {
                return Ok(None);
            };
            let members = edge.into_iter().collect();
            (record, Memberships::Members(members, Arc::default()))
        }
        (Kind::Group, Derive::Plain | Derive::Named) => {
            let Some(moment) = realm.moment(record, spending).await? else {
                return Ok(None);
            };
            let members = Memberships::Members(moment.members, Arc::default());
            (moment.record, members)
        }
    };
    Ok(Some(Related {
        record,
        memberships: Some(memberships),
    }))
}

/// A group, and its one member that is asked about, if it is one; `None` when the group is gone.
async fn membership(
    realm: &Realm<'_>,
    mut group: Record,
    member: ResourceId,
    beside: Beside,
    spending: &Spending,
) -> Result<Option<(Record, Option<Edge>)>> {
    loop {
        spending.check()?;
        let edge = realm.member_of(&group, member).await?;
        if beside == Beside::Nothing {
            return Ok(Some((group, edge)));
        }
        group = match realm.members_of(&group).settle().await? {
            Settled::Whole => return Ok(Some((group, edge))),
            Settled::Moved(now) => *now,
            Settled::Gone => return Ok(None),
        };
    }
}

/// Whether an attribute that a filter reads cannot change beside its group's members.
fn is_constant(attribute: &AttrRef) -> bool {
    let core = attribute.extension.is_none();
    core && ["id", "members"].contains(&attribute.attribute.name.as_str())
}

/// What the groups of the users among the records are called.
async fn group_names(
    realm: &Realm<'_>,
    records: &[Record],
    derive: &impl Fn(Kind) -> Derive,
) -> Result<Names> {
    if derive(Kind::User) == Derive::Nothing {
        return Ok(Names::new());
    }
    let users = records.iter().filter(|record| record.kind == Kind::User);
    let groups: BTreeSet<ResourceId> = users
        .flat_map(|user| user.member_of.iter().copied())
        .collect();
    realm.group_names(&groups).await
}

/// Gives the members of groups that have few enough of them their names.
async fn name_members(realm: &Realm<'_>, found: &mut [Related], spending: &Spending) -> Result<()> {
    let named = found.iter().filter_map(Related::few_members);
    let named: BTreeSet<Edge> = named.flatten().copied().collect();
    let all = realm.member_names(&Vec::from_iter(named), spending).await?;
    let all = Arc::new(all);
    for one in found.iter_mut().filter(|one| one.few_members().is_some()) {
        if let Some(Memberships::Members(_, names)) = &mut one.memberships {
            names.clone_from(&all);
        }
    }
    Ok(())
}

impl Related {
    /// The members, when they are shown with their names.
    fn few_members(&self) -> Option<&[Edge]> {
        match &self.memberships {
            Some(Memberships::Members(members, _)) if members.len() <= NAMED_MEMBERS => {
                Some(members)
            }
            _ => None,
        }
    }

    /// All that an answer may show of it.
    pub(crate) fn resource<'a>(&'a self, call: &'a Call) -> Resource<'a> {
        let record = &self.record;
        let derived = self.memberships.as_ref().map(|memberships| {
            let elements = ShownMemberships { call, memberships };
            let elements: Box<dyn Elements> = Box::new(elements);
            (derived(record.kind), elements)
        });
        Resource {
            id: record.id.to_string(),
            meta: Meta {
                resource_type: record.kind.resource_type().name,
                created: instant(record.created),
                last_modified: instant(record.modified),
                version: record.etag(&call.tenant),
                location: location(call, record.kind, record.id),
            },
            attributes: &record.attributes,
            derived,
        }
    }
}

/// An instant as `meta` shows it: UTC, always with milliseconds.
fn instant(at: Timestamp) -> String {
    format!("{at:.3}")
}

/// Memberships as JSON.
struct ShownMemberships<'a> {
    call: &'a Call,
    memberships: &'a Memberships,
}

impl Elements for ShownMemberships<'_> {
    fn each(&self) -> Box<dyn Iterator<Item = Value> + '_> {
        let call = self.call;
        match self.memberships {
            Memberships::Groups(groups) => Box::new(
                groups
                    .iter()
                    .map(move |(id, name)| shown_group(call, *id, name)),
            ),
            Memberships::Members(members, names) => Box::new(members.iter().map(move |edge| {
                let name = names.get(&edge.member);
                shown_member(call, edge, name.map(String::as_str))
            })),
        }
    }
}

impl fmt::Debug for ShownMemberships<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.memberships.fmt(f)
    }
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
    let mut member = Map::with_capacity(4);
    let mut put = |key: &str, value: String| member.insert(key.to_owned(), Value::String(value));
    put("value", edge.member.to_string());
    put("$ref", location(call, edge.kind, edge.member));
    put("type", edge.kind.resource_type().name.to_owned());
    if let Some(name) = name {
        put("display", name.to_owned());
    }
    Value::Object(member)
}

/// The URI of a resource.
pub(crate) fn location(call: &Call, kind: Kind, id: ResourceId) -> String {
    let endpoint = kind.resource_type().endpoint;
    format!("{}{endpoint}/{id}", call.tenant_url)
}
