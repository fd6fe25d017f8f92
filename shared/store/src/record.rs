//! A resource as it is stored.

use crate::db::Item;
use crate::failure::internal;
use crate::job::JobId;
use crate::keys::SK;
use crate::kind::{Kind, ResourceId};
use crate::state::MemberState;
use crate::tenant::Tenant;
use auth::Actor;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use scim::{Attributes, Error, ErrorKind, Result};
use std::collections::BTreeSet;

/// The format number of the items written today.
pub(crate) const FORMAT: u8 = 1;

/// The largest document kept: an item holds 400 KB (AWS), of which `memberOf` and the rest need some.
pub(crate) const MAX_DOCUMENT: usize = 300 * 1024;

/// A user or a group without its members.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// User or group.
    pub kind: Kind,
    /// Its identifier.
    pub id: ResourceId,
    /// What the client has set.
    pub attributes: Attributes,
    /// Counts every change: of the document and, for a group, of its members.
    pub version: u64,
    /// Counts the changes of the document alone.
    pub document_version: u64,
    /// Counts the changes of `member_of`.
    pub membership_version: u64,
    /// When it was created.
    pub created: Timestamp,
    /// When `version` last moved.
    pub modified: Timestamp,
    /// The groups it is directly in. A group that is gone may still be named: the group's own item is the truth.
    pub member_of: BTreeSet<ResourceId>,
    /// Who made it; records of before this was kept have nobody.
    pub created_by: Option<Actor>,
    /// How far it has come, whether it is active or not.
    pub state: MemberState,
    /// The job that works on a change of its members.
    pub job: Option<JobId>,
}

/// Before the name of an operator that made a resource; a key's id is without.
const OPERATOR: &str = "operator:";
/// How much of an operator's name is kept, in bytes.
const NAME: usize = 200;

impl Record {
    /// The entity-tag (RFC 7644 section 3.14) in its realm: weak, since the same version may be shown in several projections.
    ///
    /// While a job works on its members it has another than afterwards: a member
    /// who is deleted before the job comes to it is none then, and the version stays.
    /// So it has under other settings of the realm: its schemas say how it is shown.
    pub fn etag(&self, tenant: &Tenant) -> String {
        let settings = match tenant.settings_version() {
            0 => String::new(),
            version => format!(".s{version}"),
        };
        let working = if self.job.is_some() { ".j" } else { "" };
        format!(
            "W/\"{}.{}{settings}{working}\"",
            self.version, self.membership_version
        )
    }

    pub(crate) fn read(kind: Kind, item: Item) -> Result<Self> {
        Self::parse(kind, &item).ok_or_else(|| internal("a stored resource is malformed"))
    }

    pub(crate) fn parse(kind: Kind, item: &Item) -> Option<Self> {
        Some(Self {
            kind,
            id: item.get(SK)?.as_s().ok()?.parse().ok()?,
            attributes: Attributes::from_stored(item.get("doc")?.as_s().ok()?).ok()?,
            version: number(item, "version")?,
            document_version: number(item, "dv")?,
            membership_version: number(item, "mv")?,
            created: instant(item, "created")?,
            modified: instant(item, "modified")?,
            member_of: groups_of(item)?,
            created_by: created_by(item)?,
            state: state(item)?,
            job: match item.get("job") {
                None => None,
                Some(job) => Some(JobId::from_value(job)?),
            },
        })
    }

    /// The item of a resource that is made, but for its key and its event. It is in no group.
    pub(crate) fn new_item(&self) -> Result<Item> {
        let mut item = Item::from(
            [
                ("f", n(FORMAT)),
                ("doc", document(&self.attributes)?),
                ("version", n(self.version)),
                ("dv", n(self.document_version)),
                ("mv", n(self.membership_version)),
                ("created", millis(self.created)),
                ("modified", millis(self.modified)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if let Some(actor) = &self.created_by {
            let by = match actor {
                Actor::Key(key) => key.to_string(),
                Actor::Operator(name) => {
                    let end = name.floor_char_boundary(NAME);
                    format!("{OPERATOR}{}", name.get(..end).unwrap_or(name))
                }
            };
            item.insert("by".to_owned(), AttributeValue::S(by));
        }
        // What is nothing else is provisioned.
        if self.state != MemberState::Provisioned {
            let state = AttributeValue::S(self.state.as_str().to_owned());
            item.insert("ms".to_owned(), state);
        }
        if let Some(job) = self.job {
            item.insert("job".to_owned(), job.value());
        }
        Ok(item)
    }
}

/// Who made it; `None` when the item is malformed.
fn created_by(item: &Item) -> Option<Option<Actor>> {
    let Some(by) = item.get("by") else {
        return Some(None);
    };
    let by = by.as_s().ok()?;
    match by.strip_prefix(OPERATOR) {
        Some(name) => Some(Some(Actor::Operator(name.to_owned()))),
        None => by.parse().ok().map(|key| Some(Actor::Key(key))),
    }
}

/// How far it has come; `None` when the item is malformed.
fn state(item: &Item) -> Option<MemberState> {
    match item.get("ms") {
        None => Some(MemberState::default()),
        Some(state) => state.as_s().ok()?.parse().ok(),
    }
}

/// The document as it is stored.
pub(crate) fn document(attributes: &Attributes) -> Result<AttributeValue> {
    let json = attributes.to_json();
    if json.len() > MAX_DOCUMENT {
        return Err(Error::new(
            ErrorKind::PayloadTooLarge,
            format!(
                "the resource has {} bytes and at most {MAX_DOCUMENT} can be kept; send fewer or \
                 shorter attributes",
                json.len()
            ),
        ));
    }
    Ok(AttributeValue::S(json))
}

pub(crate) fn binary(bytes: &[u8]) -> AttributeValue {
    AttributeValue::B(Blob::new(bytes))
}

/// A set of identifiers; DynamoDB has no empty ones.
pub(crate) fn id_set(ids: impl IntoIterator<Item = ResourceId>) -> AttributeValue {
    AttributeValue::Bs(
        ids.into_iter()
            .map(|id| Blob::new(id.as_bytes().as_slice()))
            .collect(),
    )
}

pub(crate) fn n(number: impl ToString) -> AttributeValue {
    AttributeValue::N(number.to_string())
}

pub(crate) fn millis(instant: Timestamp) -> AttributeValue {
    n(instant.as_millisecond())
}

pub(crate) fn number<T: std::str::FromStr>(item: &Item, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

pub(crate) fn instant(item: &Item, name: &str) -> Option<Timestamp> {
    Timestamp::from_millisecond(number(item, name)?).ok()
}

/// The groups an item's resource is directly in; `None` when the item is malformed.
pub(crate) fn groups_of(item: &Item) -> Option<BTreeSet<ResourceId>> {
    match item.get("memberOf") {
        None => Some(BTreeSet::new()),
        Some(set) => set
            .as_bs()
            .ok()?
            .iter()
            .map(|id| ResourceId::from_bytes(id.as_ref()))
            .collect(),
    }
}

/// About how many bytes a resource's item has: its document, its groups and some for the rest.
pub(crate) fn item_size(item: &Item) -> usize {
    let text = item
        .get("doc")
        .and_then(|doc| doc.as_s().ok())
        .map_or(0, String::len);
    let groups = item
        .get("memberOf")
        .and_then(|set| set.as_bs().ok())
        .map_or(0, Vec::len);
    text + groups * 19 + 256
}
