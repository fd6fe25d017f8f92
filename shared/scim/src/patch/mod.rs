//! PATCH (RFC 7644 section 3.5.2): a message becomes typed operations, operations change attributes.
//!
//! [`parse`] needs only the resource type, so a message that is wrong fails
//! before anything is read; [`apply`] needs the resource, works on a copy and
//! can be repeated on a newer one. What clients get wrong is tolerated in
//! `tolerance` and nowhere else. Reading and writing resources, and knowing who
//! is a member of what, is not done here: changes of a group's members come out
//! as [`MemberOp`]s.

mod apply;
mod edges;
mod elements;
mod objects;
mod op;
mod parse;
mod references;
mod target;
mod tolerance;
mod undeclared;

pub(crate) use apply::overlay;
pub use apply::{Patched, apply};
pub use op::{Change, Input, MemberOp, PatchOp, Rest, Selection};
pub use parse::{MAX_OPERATIONS, parse};
pub(crate) use target::is_part;
pub use undeclared::{Loose, Undeclared};
