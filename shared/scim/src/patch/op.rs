//! What a PATCH operation can be, once its path is resolved and its values are typed.

use super::undeclared::{Loose, Undeclared};
use crate::accept::Member;
use crate::filter::ElementFilter;
use crate::resource_type::AttrRef;
use crate::schema::{Attribute, Schema};
use serde_json::Value;
use std::sync::Arc;

/// One operation of a PATCH message (RFC 7644 section 3.5.2).
///
/// Every [`Change`] names its place, so a `remove` without a path cannot be
/// written. An `add` or `replace` without a path has a change for each key of
/// its value; one that only sends what is accepted and dropped has none.
#[derive(Debug, Clone)]
pub enum PatchOp {
    /// RFC 7644 section 3.5.2.1: beside the values of a list, over a single value.
    Add(Vec<Change>),
    /// RFC 7644 section 3.5.2.3: instead of what is there.
    Replace(Vec<Change>),
    /// RFC 7644 section 3.5.2.2.
    Remove(Change),
}

/// What an operation does at one place of the resource.
#[derive(Debug, Clone)]
pub enum Change {
    /// At an attribute of the core schema or of a declared extension.
    Attribute {
        /// The attribute. INVARIANT: its `sub` is `None`; a sub-attribute is an [`Input::Merge`] of one.
        at: AttrRef,
        /// The values meant.
        which: Selection,
        /// What happens to them.
        input: Input,
    },
    /// A declared extension goes away whole.
    Extension(Arc<Schema>),
    /// In an extension the realm has not declared.
    Undeclared(Undeclared, Loose),
    /// At the attribute whose values are edges beside the document.
    Members(Vec<MemberOp>),
}

/// Which values of an attribute are meant: those that pass both, and all when there is neither.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The filter in the path.
    pub filter: Option<ElementFilter>,
    /// The elements a remove names by its value.
    pub listed: Option<Vec<Value>>,
}

/// What happens to the values of an attribute; each value is typed and canonical.
#[derive(Debug, Clone)]
pub enum Input {
    /// They go away.
    Clear,
    /// Each becomes this simple value.
    Simple(Value),
    /// Each takes these sub-attributes; `None` clears one.
    Merge(Vec<(Arc<Attribute>, Option<Value>)>, Rest),
    /// A list's elements, to be put beside or instead of what is there.
    Elements(Vec<Value>),
}

/// What becomes of the sub-attributes that an operation does not give.
#[derive(Debug, Clone)]
pub enum Rest {
    /// They are left as they are (RFC 7644 section 3.5.2.3), but for these, which
    /// tell of the `value`: they go when that changes.
    Stays(Vec<Arc<Attribute>>),
    /// They go, but for what the filter describes: "all matching record values
    /// SHALL be replaced" (the same section, of a list's elements).
    Goes,
}

/// A change of a group's members, to be carried out in order on the edges.
#[derive(Debug, Clone)]
pub enum MemberOp {
    /// These are members afterwards.
    Add(Vec<Member>),
    /// The resources with these ids are no members afterwards.
    Remove(Vec<String>),
    /// The members that match are none afterwards.
    RemoveWhere(ElementFilter),
    /// These and no others are members afterwards.
    Replace(Vec<Member>),
}
