//! A job's record, and what a chunk of it holds.

use super::JobId;
use crate::db::Item;
use crate::failure::internal;
use crate::keys::SK;
use crate::kind::{Kind, ResourceId};
use crate::record::{FORMAT, binary, groups_of, id_set, n, number};
use crate::step::{Step, unpack};
use aws_sdk_dynamodb::types::AttributeValue;
use scim::Result;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What a job has to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Task {
    /// To take the steps of its chunks, which the group's item names.
    Members { group: ResourceId },
    /// To take away what a deleted resource leaves.
    Sweep(Remains),
}

/// What a deleted resource leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remains {
    pub(crate) kind: Kind,
    pub(crate) id: ResourceId,
    /// The groups that it is still in. Those that it has left are struck out.
    pub(crate) groups: BTreeSet<ResourceId>,
    /// Of a group: the job that worked on its members. Its edges are left, too.
    pub(crate) job: Option<JobId>,
}

/// A job as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JobRecord {
    pub(crate) task: Task,
    /// Until when somebody works on it, in milliseconds since 1970.
    pub(crate) lease: i64,
    /// When its chunks would expire, in seconds since 1970.
    pub(crate) chunks_end: i64,
}

/// A chunk as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chunk {
    /// Its sort key.
    pub(super) sk: String,
    /// Its steps as they are packed.
    pub(super) packed: AttributeValue,
    pub(super) steps: Vec<Step>,
}

impl JobRecord {
    pub(crate) fn item(&self) -> Item {
        let (kind, id, remains) = match &self.task {
            Task::Members { group } => ("members", group, None),
            Task::Sweep(remains) => ("sweep", &remains.id, Some(remains)),
        };
        let mut item = Item::from(
            [
                ("f", n(FORMAT)),
                ("kind", AttributeValue::S(kind.to_owned())),
                ("group", binary(id.as_bytes())),
                ("lease", n(self.lease)),
                ("chunks_end", n(self.chunks_end)),
            ]
            .map(|(name, value)| (name.to_owned(), value)),
        );
        if let Some(remains) = remains {
            let kind = AttributeValue::S(remains.kind.resource_type().name.to_owned());
            item.insert("type".to_owned(), kind);
            if let Some(job) = remains.job {
                item.insert("job".to_owned(), job.value());
            }
            if !remains.groups.is_empty() {
                let groups = id_set(remains.groups.iter().copied());
                item.insert("memberOf".to_owned(), groups);
            }
        }
        item
    }

    pub(super) fn read(item: &Item) -> Result<Self> {
        let read = || {
            let id = item.get("group")?.as_b().ok()?;
            let id = ResourceId::from_bytes(id.as_ref())?;
            let task = match item.get("kind")?.as_s().ok()?.as_str() {
                "members" => Task::Members { group: id },
                "sweep" => Task::Sweep(Remains {
                    // At first only groups have left anything.
                    kind: match item.get("type") {
                        None => Kind::Group,
                        Some(kind) => Kind::named(kind.as_s().ok()?)?,
                    },
                    id,
                    groups: groups_of(item)?,
                    job: match item.get("job") {
                        None => None,
                        Some(job) => Some(JobId::from_value(job)?),
                    },
                }),
                _ => return None,
            };
            Some(Self {
                task,
                lease: number(item, "lease")?,
                chunks_end: number(item, "chunks_end")?,
            })
        };
        read().ok_or_else(|| internal("a job is malformed"))
    }
}

impl Chunk {
    pub(super) fn read(item: &Item) -> Result<Self> {
        let read = || {
            let packed = item.get("steps")?;
            Some(Self {
                sk: item.get(SK)?.as_s().ok()?.clone(),
                steps: unpack(packed.as_b().ok()?.as_ref())?,
                packed: packed.clone(),
            })
        };
        read().ok_or_else(|| internal("a chunk of a job is malformed"))
    }
}

impl JobId {
    /// The identifier as an item holds it.
    pub(crate) fn value(self) -> AttributeValue {
        binary(self.0.as_bytes())
    }

    pub(crate) fn from_value(value: &AttributeValue) -> Option<Self> {
        Uuid::from_slice(value.as_b().ok()?.as_ref()).ok().map(Self)
    }
}
