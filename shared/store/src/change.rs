//! What a request wants of a stored resource.

use crate::record::n;
use crate::transaction::Condition;
use scim::Attributes;
use scim::patch::MemberOp;

/// A change computed from a record. It is computed again when the record has moved on.
#[derive(Debug, Clone)]
pub struct Change {
    /// The document as it is to be.
    pub attributes: Attributes,
    /// What is to happen to the members, in order.
    pub members: Vec<MemberOp>,
    /// What must still hold of the record when the change is written.
    pub guard: Guard,
}

/// What must still hold of the resource when its change is written, beside
/// that what was computed from is still so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// It exists.
    Exists,
    /// It has the very version that was read: the client has sent If-Match.
    Version,
}

/// What a change was computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Basis {
    /// The version, when the client insists.
    pub(crate) version: Option<u64>,
    /// The version of the document that is replaced by another.
    pub(crate) document: Option<u64>,
    /// The last setting of the members as a whole, which this one follows.
    pub(crate) replace: Option<u64>,
}

impl Basis {
    /// The resource exists and is still as the change wants it.
    ///
    /// Changes that do not touch the same thing do not compete: members come and
    /// go under a rename, and a replace of the members is not held up by additions.
    pub(crate) fn condition(self) -> Condition {
        let parts = [
            ("version", ":version", self.version),
            ("dv", ":dv", self.document),
            ("rv", ":rv", self.replace),
        ];
        let mut expression = "attribute_exists(pk)".to_owned();
        let mut values = Vec::new();
        for (name, placeholder, expected) in parts {
            if let Some(expected) = expected {
                expression.push_str(&format!(" AND {name} = {placeholder}"));
                values.push((placeholder, n(expected)));
            }
        }
        Condition::new(expression, values)
    }
}
