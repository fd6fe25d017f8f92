//! PATCH: a message changes a resource into a whole one or is refused, and a
//! plain replacement that is sent again changes nothing.

use crate::body::{refused, whole};
use crate::samples::{lenient, stored, types};
use scim::patch::{self, MemberOp, PatchOp};
use scim::{Attributes, ResourceType};
use serde_json::Value;

pub(crate) fn law(data: &[u8]) {
    let Ok(message) = scim::json::parse(data) else {
        return;
    };
    for of in types() {
        match patch::parse(of, message.clone()) {
            Ok(ops) => {
                assert!(ops.len() <= patch::MAX_OPERATIONS);
                for current in stored(of) {
                    applies(of, &message, &ops, current);
                }
                let tolerant = patch::parse(&lenient(of), message.clone());
                assert!(tolerant.is_ok(), "{message}: {tolerant:?}");
            }
            Err(error) => refused(&error),
        }
    }
}

fn applies(of: &ResourceType, message: &Value, ops: &[PatchOp], current: &Attributes) {
    let before = current.clone();
    let patched = patch::apply(of, current, ops);
    assert_eq!(*current, before);
    let patched = match patched {
        Ok(patched) => patched,
        Err(error) => return refused(&error),
    };
    whole(of, &patched.attributes);
    for op in &patched.members {
        assert!(of.edges.is_some(), "{message}");
        if let MemberOp::Add(members) | MemberOp::Replace(members) = op {
            assert!(members.iter().all(|it| !it.value.is_empty()), "{message}");
        }
    }
    if is_steady(message) {
        let again = patch::apply(of, &patched.attributes, ops);
        let again = again.unwrap_or_else(|error| panic!("{message} again: {error}"));
        assert_eq!(again.attributes, patched.attributes, "{message}");
    }
}

/// Whether it is one replacement of one attribute by its name: what has brackets
/// may select by what it changes.
fn is_steady(message: &Value) -> bool {
    let Some(Value::Array(operations)) = message.get("Operations") else {
        return false;
    };
    let [operation] = operations.as_slice() else {
        return false;
    };
    let word = |name: &str| operation.get(name).and_then(Value::as_str);
    let named = |path: &str| path.bytes().all(|byte| byte.is_ascii_alphabetic());
    word("op") == Some("replace") && word("path").is_some_and(named)
}
