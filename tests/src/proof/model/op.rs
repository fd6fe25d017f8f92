//! What can be asked of a realm, as data: a script of these is a JSON file.
//!
//! A resource is named by a label, `@u3`, which the one created under it last
//! bears; what bears none is an id of nothing. So a script means the same on
//! every server, and what is left out of it leaves the rest as it is.

use super::Kind;
use super::filter::Filter;
use super::patch::PatchOp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Requests, one after the other.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Script {
    /// What it is about, or the seed that it comes from.
    pub about: String,
    /// The requests.
    pub steps: Vec<Step>,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// To which of the two realms.
    pub realm: usize,
    /// By whom; an operator's acts are the operator's.
    #[serde(default, skip_serializing_if = "is_default")]
    pub by: By,
    /// What is asked.
    pub act: Act,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum By {
    /// The realm's first key.
    #[default]
    Main,
    /// The key of that label, made in this realm last.
    Key(String),
    /// The one that bore the label before it.
    Former(String),
    /// The other realm's key of that label.
    Foreign(String),
    /// What is no token.
    Garbage(String),
    /// Nobody: no header.
    Nobody,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the fields are the requests' own words")]
pub enum Act {
    /// POST.
    Create {
        kind: Kind,
        label: String,
        body: Value,
        #[serde(default, skip_serializing_if = "is_default")]
        show: Show,
    },
    /// GET of one.
    Get {
        kind: Kind,
        id: String,
        #[serde(default, skip_serializing_if = "is_default")]
        show: Show,
        #[serde(default, skip_serializing_if = "is_default")]
        when: When,
    },
    /// PUT.
    Put {
        kind: Kind,
        id: String,
        body: Value,
        #[serde(default, skip_serializing_if = "is_default")]
        show: Show,
        #[serde(default, skip_serializing_if = "is_default")]
        when: When,
    },
    /// PATCH.
    Patch {
        kind: Kind,
        id: String,
        ops: Vec<PatchOp>,
        #[serde(default, skip_serializing_if = "is_default")]
        show: Show,
        #[serde(default, skip_serializing_if = "is_default")]
        when: When,
    },
    /// DELETE.
    Delete {
        kind: Kind,
        id: String,
        #[serde(default, skip_serializing_if = "is_default")]
        when: When,
    },
    /// A list or search: one page.
    List(List, Page),
    /// All pages of it, of so many each.
    Walk(List, Paging, u32),
    /// POST to `/Bulk`.
    Bulk {
        fail_on_errors: Option<usize>,
        operations: Vec<BulkOp>,
    },
    /// A request that is refused whatever there is: its name in the table of them.
    Hostile(String),
    /// An operator makes the realm.
    MakeRealm,
    /// An operator switches it.
    SwitchRealm(Switch),
    /// An operator deletes it, whatever time that takes.
    DeleteRealm,
    /// An operator makes a key.
    MakeKey { label: String, scope: Scope },
    /// An operator replaces one, which works on or does not.
    RotateKey {
        label: String,
        new: String,
        old: Overlap,
    },
    /// An operator revokes one.
    RevokeKey { label: String },
}

/// A state of a realm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Switch {
    Enabled,
    Disabled,
}

/// What a key is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// `scim`.
    All,
    /// `scim:read`.
    Read,
}

/// How long a replaced key works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Overlap {
    /// An hour more.
    WorksOn,
    /// No more.
    Ends,
}

/// `attributes` and `excludedAttributes`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the words are the parameters'")]
pub struct Show {
    pub attributes: Vec<String>,
    pub excluded: Vec<String>,
}

/// If-Match and If-None-Match.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the words are the headers'")]
pub struct When {
    pub matches: Option<Tag>,
    pub none_matches: Option<Tag>,
}

/// An entity-tag.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Tag {
    /// The resource's own.
    Current,
    /// As it would be, had the resource's memberships been others.
    Moved,
    /// One that it has had, or never.
    Stale,
    /// This text.
    Text(String),
}

/// Which resources, and how they are shown.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct List {
    /// Of which kinds; of both at the root.
    pub kinds: Vec<Kind>,
    /// By GET or by POST of `/.search`.
    pub way: Way,
    /// Those that match; all of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub filter: Option<Filter>,
    /// `sortBy`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub sort_by: Option<String>,
    /// `sortOrder`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub order: Order,
    /// What of them.
    #[serde(default, skip_serializing_if = "is_default")]
    pub show: Show,
}

/// The way of a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Way {
    Get,
    Search,
}

/// `sortOrder`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Order {
    #[default]
    Ascending,
    Descending,
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words are the parameters'")]
pub struct Page {
    pub start_index: Option<i64>,
    pub count: Option<i64>,
}

/// A way of paging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the words say it")]
pub enum Paging {
    Index,
    Cursor,
}

/// An operation of a bulk request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkOp {
    /// Its bulkId.
    #[serde(default, skip_serializing_if = "is_default")]
    pub bulk_id: Option<String>,
    /// A create, put, patch or delete.
    pub act: Act,
}

impl List {
    /// Of which kinds: one, or both.
    pub fn of(&self) -> &[Kind] {
        match self.kinds.len() {
            1 => &self.kinds,
            _ => &Kind::ALL,
        }
    }
}

/// What is as usual is not written.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Act {
    /// Its name in counts.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create {
                kind: Kind::User, ..
            } => "create a user",
            Self::Create {
                kind: Kind::Group, ..
            } => "create a group",
            Self::Get {
                kind: Kind::User, ..
            } => "get a user",
            Self::Get {
                kind: Kind::Group, ..
            } => "get a group",
            Self::Put {
                kind: Kind::User, ..
            } => "put a user",
            Self::Put {
                kind: Kind::Group, ..
            } => "put a group",
            Self::Patch {
                kind: Kind::User, ..
            } => "patch a user",
            Self::Patch {
                kind: Kind::Group, ..
            } => "patch a group",
            Self::Delete {
                kind: Kind::User, ..
            } => "delete a user",
            Self::Delete {
                kind: Kind::Group, ..
            } => "delete a group",
            Self::List(List { way: Way::Get, .. }, _) => "list",
            Self::List(
                List {
                    way: Way::Search, ..
                },
                _,
            ) => "search",
            Self::Walk(_, Paging::Index, _) => "walk by startIndex",
            Self::Walk(_, Paging::Cursor, _) => "walk by cursor",
            Self::Bulk { .. } => "bulk",
            Self::Hostile(_) => "hostile",
            Self::MakeRealm => "make a realm",
            Self::SwitchRealm(_) => "switch a realm",
            Self::DeleteRealm => "delete a realm",
            Self::MakeKey { .. } => "make a key",
            Self::RotateKey { .. } => "rotate a key",
            Self::RevokeKey { .. } => "revoke a key",
        }
    }

    /// Whether it is an operator's.
    pub fn is_admin(&self) -> bool {
        matches!(
            self,
            Self::MakeRealm
                | Self::SwitchRealm(_)
                | Self::DeleteRealm
                | Self::MakeKey { .. }
                | Self::RotateKey { .. }
                | Self::RevokeKey { .. }
        )
    }

    /// Its HTTP method, where it is for one resource.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Create { .. } => "POST",
            Self::Put { .. } => "PUT",
            Self::Patch { .. } => "PATCH",
            Self::Delete { .. } => "DELETE",
            _ => "GET",
        }
    }
}
