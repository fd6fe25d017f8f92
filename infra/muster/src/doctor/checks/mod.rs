//! The checks, in the order in which they are made: a table for each part,
//! beside its functions. A check makes what it needs, so that what one server
//! gets wrong in one place says nothing about another.

mod activity;
mod answers;
mod connection;
mod creation;
mod deletion;
mod discovery;
mod groups;
mod large;
mod lists;
mod members;
mod patch;
mod patch_clearing;
mod search;

use super::check::Check;

/// Where Microsoft describes what Entra ID sends and expects.
const MICROSOFT: &str =
    "learn.microsoft.com/entra/identity/app-provisioning/use-scim-to-provision-users-and-groups";

/// Every check, under its heading.
pub(super) const PARTS: &[(&str, &[Check])] = &[
    ("Connection", connection::CHECKS),
    ("Discovery", discovery::CHECKS),
    ("Users", creation::CHECKS),
    ("Finding users", search::CHECKS),
    ("Changing users", patch::CHECKS),
    ("Clearing attributes", patch_clearing::CHECKS),
    ("Disabling users", activity::CHECKS),
    ("Groups", groups::CHECKS),
    ("Members", members::CHECKS),
    ("Many members", large::CHECKS),
    ("Lists", lists::CHECKS),
    ("Deleting", deletion::CHECKS),
    ("All answers", answers::CHECKS),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::PARTS;

    #[test]
    fn every_need_is_a_check_that_comes_before() {
        let mut before = BTreeSet::new();
        for check in PARTS.iter().flat_map(|(_, checks)| checks.iter()) {
            for need in check.needs {
                assert!(before.contains(need), "{} needs {need}", check.name);
            }
            assert!(before.insert(check.name), "{} stands twice", check.name);
        }
    }

    #[test]
    fn every_row_says_all_there_is_to_say() {
        for check in PARTS.iter().flat_map(|(_, checks)| checks.iter()) {
            let texts = [
                check.title,
                check.sent,
                check.expected,
                check.source,
                check.entra,
                check.remedy,
            ];
            for text in texts {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}", check.name);
            }
        }
    }
}
