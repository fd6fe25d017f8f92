//! Every partition and sort key of the table.
//!
//! | access pattern | key | how |
//! |---|---|---|
//! | authenticate | `R#{realm}#REALM`/`REALM`, `R#{realm}#KEY`/`{key id}` | one BatchGetItem, strongly consistent |
//! | a realm's schemas and mappers | `R#{realm}#REALM`/`SETTINGS` | GetItem, once a process and version |
//! | list realms | `REALMS`/`{realm}` | Query |
//! | list keys of a realm | `R#{realm}#KEY` | Query |
//! | a user, a group, by id | `R#{realm}#U`/`{id}`, `R#{realm}#G`/`{id}` | GetItem |
//! | page through users or groups | `R#{realm}#U`, `R#{realm}#G` from a leaf's first id | Query |
//! | the holder of a unique value | `R#{realm}#UQ`/`{attribute}#{h}` | GetItem |
//! | the holders of an indexed value | `R#{realm}#IX`/`{attribute}#{h}#{id}` | Query, begins_with |
//! | members of a group | `R#{realm}#M#{group}`/`{member}` | Query |
//! | is m a member of g | the same | GetItem |
//! | groups of a member | `memberOf` on the member's own item | with the item |
//! | verify a realm | each of its partitions | Query; what looks wrong with TransactGetItems |
//! | how many users, where is the n-th | `R#{realm}#N`/`U#00`…`U#3f` | Query |
//! | the deletion guard's window | `R#{realm}#GUARD`/`GUARD` | GetItem |
//! | delete a realm | each of its partitions | Query, BatchWriteItem |
//! | events of a realm by time | `R#{realm}#EV`/`{uuid v7}` | Query, BETWEEN, both ways |
//! | one event | the same | GetItem |
//! | jobs of a realm that are not finished | `R#{realm}#J`/`JOB#{job}` | Query, begins_with; GetItem |
//! | what a job has left to do, in the order of members | `R#{realm}#J`/`CHUNK#{job}#{last member}` | Query, BETWEEN, both ways |
//! | announce a job once more | `R#{realm}#J`/`RUN#{job}#{uuid}` | PutItem, for the stream |
//! | what a realm has used, by day | `R#{realm}#USE`/`{yyyy-mm-dd}` | Query, BETWEEN; UpdateItem ADD |
//!
//! Every partition key of a realm starts with `R#{realm}#`, and `#` is in no
//! realm name, so that prefix is the realm's alone and `dynamodb:LeadingKeys`
//! can fence it. `h` is the base64url of SHA-256 over the realm's salt and the
//! folded value: no personal data in keys, and no limit of length.
//!
//! A key of a realm cannot be built without the realm's name.

use crate::job::JobId;
use crate::kind::{Kind, ResourceId};
use auth::{KeyId, RealmName, Salt};
use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::civil::Date;
use ring::digest;
use std::collections::HashMap;
use uuid::Uuid;

/// The partition key attribute.
pub(crate) const PK: &str = "pk";
/// The sort key attribute.
pub(crate) const SK: &str = "sk";
/// The partition of the realm directory.
pub(crate) const DIRECTORY: &str = "REALMS";

/// What the sort keys of jobs begin with.
pub(crate) const JOB: &str = "JOB#";
/// What the sort keys of their chunks begin with.
pub(crate) const CHUNK: &str = "CHUNK#";
/// What the sort keys of announcements begin with.
pub(crate) const RUN: &str = "RUN#";

/// An item's primary key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

impl Key {
    pub(crate) fn attributes(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            (PK.to_owned(), AttributeValue::S(self.pk.clone())),
            (SK.to_owned(), AttributeValue::S(self.sk.clone())),
        ])
    }

    /// The realm item of no realm: no name is empty. A policy that lets realms
    /// be read lets this be read.
    pub(crate) fn nobody() -> Self {
        Self {
            pk: "R##REALM".to_owned(),
            sk: "REALM".to_owned(),
        }
    }

    /// The entry of a realm in the directory.
    pub(crate) fn directory(realm: &RealmName) -> Self {
        Self {
            pk: DIRECTORY.to_owned(),
            sk: realm.to_string(),
        }
    }
}

/// The keys of one realm.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    prefix: String,
}

impl Keys {
    pub(crate) fn of(realm: &RealmName) -> Self {
        Self {
            prefix: format!("R#{realm}#"),
        }
    }

    /// The keys of no realm: no name is empty. What is kept for realms can be asked of them in vain.
    pub(crate) fn nobody() -> Self {
        Self {
            prefix: "R##".to_owned(),
        }
    }

    fn key(&self, partition: &str, sk: impl Into<String>) -> Key {
        Key {
            pk: format!("{}{partition}", self.prefix),
            sk: sk.into(),
        }
    }

    pub(crate) fn realm(&self) -> Key {
        self.key("REALM", "REALM")
    }

    pub(crate) fn settings(&self) -> Key {
        self.key("REALM", "SETTINGS")
    }

    pub(crate) fn api_key(&self, id: &KeyId) -> Key {
        self.key("KEY", id.as_str())
    }

    pub(crate) fn api_keys(&self) -> String {
        format!("{}KEY", self.prefix)
    }

    pub(crate) fn resource(&self, kind: Kind, id: ResourceId) -> Key {
        self.key(kind.partition(), id.to_string())
    }

    pub(crate) fn resources(&self, kind: Kind) -> String {
        format!("{}{}", self.prefix, kind.partition())
    }

    pub(crate) fn claim(&self, attribute: &str, hash: &ValueHash) -> Key {
        self.key("UQ", format!("{attribute}#{}", hash.0))
    }

    /// The partition of all claims.
    pub(crate) fn claims(&self) -> String {
        format!("{}UQ", self.prefix)
    }

    /// The partition of all index entries.
    pub(crate) fn indexes(&self) -> String {
        format!("{}IX", self.prefix)
    }

    pub(crate) fn index(&self, attribute: &str, hash: &ValueHash, id: ResourceId) -> Key {
        self.key("IX", format!("{attribute}#{}#{id}", hash.0))
    }

    /// The partition, and the sort key prefix, of all entries for one value.
    pub(crate) fn index_entries(&self, attribute: &str, hash: &ValueHash) -> (String, String) {
        (
            format!("{}IX", self.prefix),
            format!("{attribute}#{}#", hash.0),
        )
    }

    pub(crate) fn edge(&self, group: ResourceId, member: ResourceId) -> Key {
        Key {
            pk: self.edges(group),
            sk: member.to_string(),
        }
    }

    pub(crate) fn edges(&self, group: ResourceId) -> String {
        format!("{}M#{group}", self.prefix)
    }

    pub(crate) fn counter(&self, kind: Kind, item: u8) -> Key {
        self.key("N", format!("{}#{item:02x}", kind.partition()))
    }

    /// The partition, and the sort key prefix, of all counters of a kind.
    pub(crate) fn counters(&self, kind: Kind) -> (String, String) {
        (
            format!("{}N", self.prefix),
            format!("{}#", kind.partition()),
        )
    }

    pub(crate) fn event(&self, id: Uuid) -> Key {
        self.key("EV", id.to_string())
    }

    /// The partition of jobs and of their chunks.
    pub(crate) fn jobs(&self) -> String {
        format!("{}J", self.prefix)
    }

    pub(crate) fn job(&self, job: JobId) -> Key {
        self.key("J", format!("{JOB}{job}"))
    }

    /// A chunk of a job, by the last of its members.
    pub(crate) fn chunk(&self, job: JobId, last: ResourceId) -> Key {
        self.key("J", format!("{CHUNK}{job}#{last}"))
    }

    /// What announces a job once more.
    pub(crate) fn run(&self, job: JobId, run: Uuid) -> Key {
        self.key("J", format!("{RUN}{job}#{run}"))
    }

    /// The window of the deletion guard.
    pub(crate) fn guard(&self) -> Key {
        self.key("GUARD", "GUARD")
    }

    /// The partitions to which nothing leads but their names: all but the
    /// realm's own, users, groups and memberships.
    pub(crate) fn plain(&self) -> [String; 8] {
        ["KEY", "UQ", "IX", "N", "EV", "USE", "GUARD", "J"]
            .map(|partition| format!("{}{partition}", self.prefix))
    }

    /// The partition of all events.
    pub(crate) fn events(&self) -> String {
        format!("{}EV", self.prefix)
    }

    /// What was used on a day (UTC).
    pub(crate) fn usage(&self, day: Date) -> Key {
        self.key("USE", day.to_string())
    }

    /// The partition of what was used.
    pub(crate) fn usages(&self) -> String {
        format!("{}USE", self.prefix)
    }
}

/// The salted hash of a folded value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ValueHash(String);

impl ValueHash {
    pub(crate) fn of(salt: &Salt, value: &str) -> Self {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(salt.as_bytes());
        context.update(scim::fold(value).as_bytes());
        Self(URL_SAFE_NO_PAD.encode(context.finish()))
    }
}
