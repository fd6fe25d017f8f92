//! What an event keeps of the sentence that a refusal was answered with.
//!
//! Sentences quote what the client has sent, between backquotes. That is a value
//! like any other: it is kept where the realm keeps values, and never when the
//! sentence is about what is never shown, such as a password. Names of
//! attributes, ids and the words of the protocol are no values.

use crate::kind::{Kind, ResourceId};
use crate::policy::EventDetail;
use crate::tenant::Tenant;
use scim::path::AttrPath;
use scim::schema::Attribute;
use scim::{ErrorKind, Target};
use std::sync::Arc;

/// The protocol's own words, and the service's, as sentences quote them.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "Operations", "op", "path", "value", "add", "remove", "replace", "schemas", "true", "false", "null",
    "filter", "and", "or", "not", "pr", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le",
    "attributes", "excludedAttributes", "excludedAttributes=members", "sortBy", "sortOrder", "startIndex", "count",
    "Content-Type", "Content-Encoding", "If-Match", "If-None-Match", "application/scim+json", "application/json",
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "/Users", "/Groups", "/Me", "/realms/{realm}/scim/v2",
    "scim", "scim:read",
];
/// What stands for a value that is not kept.
const LEFT_OUT: &str = "`…`";

/// The sentence as the realm's events keep it.
pub(super) fn kept(detail: &str, tenant: &Tenant) -> String {
    let values = tenant.policy().events.detail == EventDetail::Values;
    if values && !is_about_secrets(detail, tenant) {
        return detail.to_owned();
    }
    without_values(detail, |word| is_no_value(word, tenant))
}

/// Whether it names an attribute that is never shown.
fn is_about_secrets(detail: &str, tenant: &Tenant) -> bool {
    fn names(attribute: &Arc<Attribute>, detail: &str) -> bool {
        let named = !attribute.is_readable() && detail.contains(&attribute.name.to_lowercase());
        named
            || attribute
                .sub_attributes
                .iter()
                .any(|sub| names(sub, detail))
    }
    let detail = detail.to_lowercase();
    Kind::ALL.into_iter().any(|kind| {
        let of = tenant.resource_type(kind);
        let extensions = of.extensions.iter().map(|extension| &extension.schema);
        extensions
            .chain([&of.schema])
            .flat_map(|schema| &schema.attributes)
            .any(|attribute| names(attribute, &detail))
    })
}

fn is_no_value(word: &str, tenant: &Tenant) -> bool {
    let names = |kind: Kind| {
        let of = tenant.resource_type(kind);
        let path: Option<AttrPath> = word.parse().ok();
        word == of.name
            || of.schema.id == word
            || of.extension(word).is_some()
            || path.is_some_and(|path| {
                let target = of.resolve(&path, ErrorKind::InvalidPath);
                // What is undeclared is spelt as the client likes.
                target.is_ok_and(|target| !matches!(target, Target::Undeclared { .. }))
            })
    };
    WORDS.contains(&word)
        || word == tenant.record().name.as_str()
        || word.parse::<ResourceId>().is_ok()
        || Kind::ALL.into_iter().any(names)
}

/// The sentence with everything left out from the first value to the last
/// backquote: a value may hold some itself.
fn without_values(detail: &str, is_no_value: impl Fn(&str) -> bool) -> String {
    let mut kept = String::new();
    let mut rest = detail;
    while let Some((before, quoted)) = rest.split_once('`') {
        kept.push_str(before);
        match quoted.split_once('`') {
            Some((word, after)) if is_no_value(word) => {
                kept.push('`');
                kept.push_str(word);
                kept.push('`');
                rest = after;
            }
            _ => {
                kept.push_str(LEFT_OUT);
                let after = quoted.rsplit_once('`').map(|(_, after)| after);
                kept.push_str(after.unwrap_or_default());
                return kept;
            }
        }
    }
    kept.push_str(rest);
    kept
}

#[cfg(test)]
mod tests {
    use super::without_values;

    #[test]
    fn values_are_left_out_and_names_are_not() {
        for (detail, expected) in [
            ("nothing is quoted", "nothing is quoted"),
            ("`title` is a string", "`title` is a string"),
            ("`title` is `5`; send less", "`title` is `…`; send less"),
            (
                "has the `title` `x`, `y` or `title`; no",
                "has the `title` `…`; no",
            ),
            ("it is `a`b`; send `title`", "it is `…`"),
            ("it is `ab", "it is `…`"),
            ("`", "`…`"),
            ("``", "`…`"),
        ] {
            assert_eq!(
                without_values(detail, |word| word == "title"),
                expected,
                "{detail}"
            );
        }
    }
}
