//! What each function has done at the table and the secret, as IAM sees it:
//! every action, those inside a transaction singly, with the kind of its keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

/// One action on one kind of key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Use {
    /// The function's name.
    pub function: String,
    /// `dynamodb:PutItem`.
    pub action: String,
    /// `R#*#U`, or the secret's ARN.
    pub kind: String,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} on {}", self.function, self.action, self.kind)
    }
}

/// The record; clones share it.
#[derive(Debug, Clone, Default)]
pub struct Usage(Arc<Mutex<Record>>);

#[derive(Debug, Default)]
struct Record {
    allowed: BTreeMap<Use, usize>,
    denied: BTreeSet<Use>,
}

impl Usage {
    /// Notes what was allowed.
    pub fn allowed(&self, it: Use) {
        *self.0.lock().unwrap().allowed.entry(it).or_default() += 1;
    }

    /// Notes what was refused.
    pub fn denied(&self, it: Use) {
        self.0.lock().unwrap().denied.insert(it);
    }

    /// Everything that was allowed.
    pub fn all(&self) -> Vec<Use> {
        self.0.lock().unwrap().allowed.keys().cloned().collect()
    }

    /// Everything that was refused.
    pub fn refused(&self) -> Vec<Use> {
        self.0.lock().unwrap().denied.iter().cloned().collect()
    }

    /// How often a function has done something, whatever it was done to.
    pub fn count(&self, function: &str, action: &str) -> usize {
        let record = self.0.lock().unwrap();
        let of_it = |it: &&Use| it.function == function && it.action == action;
        let counts = record.allowed.iter().filter(|(it, _)| of_it(it));
        counts.map(|(_, count)| count).sum()
    }
}

/// The kind of a partition key: the realm's name and a group's id left out.
pub fn kind(pk: &str) -> String {
    match pk.split('#').collect::<Vec<_>>()[..] {
        ["R", _, kind] => format!("R#*#{kind}"),
        ["R", _, kind, _] => format!("R#*#{kind}#*"),
        _ => pk.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_kind_is_a_key_without_its_names() {
        for (pk, kind) in [
            ("R#acme#U", "R#*#U"),
            ("R##REALM", "R#*#REALM"),
            ("R#acme#M#6b1e", "R#*#M#*"),
            ("REALMS", "REALMS"),
        ] {
            assert_eq!(super::kind(pk), kind);
        }
    }
}
