//! What a request wants of a stored resource.

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

/// What must still hold of the record when a change of members alone is
/// written. A change of the document always needs the version it was computed from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// The resource exists: additions and removals do not compete.
    Exists,
    /// It still has the version that was read: a replace of the members, or an If-Match.
    Version,
}
