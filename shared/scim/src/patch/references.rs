//! References: what tells of a `value` without being it, and goes when that changes.

use super::op::{Change, Input, Rest};
use crate::schema::{Attribute, Mutability};
use std::sync::Arc;

/// What tells of a `value` without being it: of a manager, a member, a group.
const TELLS_OF_VALUE: [&str; 2] = ["$ref", "display"];

/// Notes in the changes of one operation what goes when a reference's `value`
/// changes: its `$ref` is the URI of what the `value` names (RFC 7643 sections
/// 2.4 and 4.3), so that an operation which does not bring the new one must not leave the old.
pub(super) fn mark_stale(changes: &mut [Change]) {
    let mut brought: Vec<(Arc<Attribute>, String)> = Vec::new();
    for change in changes.iter() {
        if let Change::Attribute { at, input, .. } = change
            && let Input::Merge(subs, _) = input
        {
            let names = subs.iter().map(|(sub, _)| sub.name.clone());
            brought.extend(names.map(|name| (at.attribute.clone(), name)));
        }
    }
    for change in changes {
        if let Change::Attribute { at, input, .. } = change
            && let Input::Merge(subs, Rest::Stays(stale)) = input
            && subs.iter().any(|(sub, _)| sub.name == "value")
            && at.attribute.sub("$ref").is_some()
        {
            let subs = TELLS_OF_VALUE
                .into_iter()
                .filter_map(|name| at.attribute.sub(name));
            let is_brought = |sub: &&Arc<Attribute>| {
                brought
                    .iter()
                    .any(|(of, name)| Arc::ptr_eq(of, &at.attribute) && *name == sub.name)
            };
            *stale = subs
                .filter(|sub| sub.mutability == Mutability::ReadWrite && !is_brought(sub))
                .cloned()
                .collect();
        }
    }
}
