//! What each operation has to do with the others: which of them create what it
//! refers to, which resources it is about, which names it gives.

use super::operation::{kind_and_id, target};
use crate::call::Call;
use scim::bulk::{BulkMethod, BulkOperation, Refused, each_string, of_path, references};
use scim::{Error, ErrorKind, fold};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{Kind, ResourceId};

/// What an operation has to do with others; nothing, when it is not done at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// The operations that create what it refers to.
    pub(super) references: BTreeSet<usize>,
    /// What it changes.
    pub(super) target: Option<Thing>,
    /// What else its data name.
    pub(super) mentions: BTreeSet<Thing>,
    /// The unique names it gives, folded.
    pub(super) names: BTreeSet<(Kind, String)>,
    /// Whether it is for a certain version only of what other operations may move by the way.
    pub(super) version: Version,
}

/// Which version of its resource an operation is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Version {
    #[default]
    Any,
    /// Of a group: whoever leaves it moves its version.
    Certain,
}

/// A resource, before or after it has an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Thing {
    /// One that was there before the request.
    Stored(ResourceId),
    /// The one that this operation creates.
    New(usize),
}

type Operations = Vec<Result<BulkOperation, Refused>>;

/// The needs of the operations, and the operations that remain when those with
/// a bulkId of another one, or with a reference to nothing, are refused.
pub(super) fn needs(call: &Call, operations: Operations) -> (Operations, Vec<Need>) {
    let (known, ambiguous) = creators(&operations);
    let operations: Operations = operations
        .into_iter()
        .map(|operation| checked(operation?, &known, &ambiguous))
        .collect();
    let needs = operations.iter().enumerate().map(|(at, operation)| {
        let of = |operation| need(call, at, operation, &known);
        operation.as_ref().map(of).unwrap_or_default()
    });
    let mut needs: Vec<Need> = needs.collect();
    // What no operation changes orders nothing.
    let targets: BTreeSet<Thing> = needs.iter().filter_map(|need| need.target).collect();
    for need in &mut needs {
        need.mentions.retain(|thing| targets.contains(thing));
    }
    (operations, needs)
}

/// Which operation creates the resource of a bulkId, and which bulkIds are
/// those of several. An operation that cannot be read defines its own, too: what
/// refers to it fails with it.
fn creators(operations: &Operations) -> (BTreeMap<String, usize>, BTreeSet<String>) {
    let (mut known, mut ambiguous) = (BTreeMap::new(), BTreeSet::new());
    for (at, operation) in operations.iter().enumerate() {
        let (method, bulk_id) = match operation {
            Ok(operation) => (Some(operation.method), &operation.bulk_id),
            Err(refused) => (refused.method, &refused.bulk_id),
        };
        if let (Some(BulkMethod::Post), Some(bulk_id)) = (method, bulk_id)
            && known.insert(bulk_id.as_str().to_owned(), at).is_some()
        {
            ambiguous.insert(bulk_id.as_str().to_owned());
        }
    }
    (known, ambiguous)
}

fn checked(
    operation: BulkOperation,
    known: &BTreeMap<String, usize>,
    ambiguous: &BTreeSet<String>,
) -> Result<BulkOperation, Refused> {
    let own = operation
        .bulk_id
        .as_ref()
        .filter(|_| operation.method == BulkMethod::Post);
    // Not even the first of them is done: which one a reference means cannot be known.
    let twice = own.filter(|bulk_id| ambiguous.contains(bulk_id.as_str()));
    let error = match twice {
        Some(bulk_id) => format!(
            "several operations have the bulkId `{bulk_id}`, which must be unique within the \
             request; none of them is done"
        ),
        None => {
            let mut referred = referred(&operation);
            let Some(unknown) = referred.find(|bulk_id| !known.contains_key(bulk_id)) else {
                drop(referred);
                return Ok(operation);
            };
            let unknown: String = unknown.chars().take(64).collect();
            format!("no POST of the request has the bulkId `{unknown}` that is referred to")
        }
    };
    Err(Refused {
        method: Some(operation.method),
        bulk_id: operation.bulk_id,
        error: Error::new(ErrorKind::InvalidValue, error),
    })
}

/// The bulkIds that an operation refers to.
fn referred(operation: &BulkOperation) -> impl Iterator<Item = String> {
    let of_path = of_path(&operation.path).map(|(_, bulk_id)| bulk_id.to_owned());
    let of_data = operation.data.as_ref().map(references);
    of_path.into_iter().chain(of_data.into_iter().flatten())
}

fn need(
    call: &Call,
    at: usize,
    operation: &BulkOperation,
    known: &BTreeMap<String, usize>,
) -> Need {
    let new = |bulk_id: &str| known.get(bulk_id).copied().map(Thing::New);
    let of = target(call, operation.method, &operation.path);
    let (kind, id) = kind_and_id(&of.hit);
    let target = match operation.method {
        BulkMethod::Post => Some(Thing::New(at)),
        _ => match of_path(&operation.path) {
            Some((_, bulk_id)) => new(bulk_id),
            None => id.and_then(|id| id.parse().ok()).map(Thing::Stored),
        },
    };
    let references: BTreeSet<usize> = referred(operation)
        .filter_map(|bulk_id| known.get(&bulk_id).copied())
        .collect();
    let mut mentions: BTreeSet<Thing> = references.iter().copied().map(Thing::New).collect();
    if let Some(data) = &operation.data {
        each_string(data, &mut |_, text| {
            mentions.extend(text.parse().ok().map(Thing::Stored));
        });
    }
    let names = match (kind, &operation.data) {
        (Some(kind), Some(data)) => names(kind, data),
        _ => BTreeSet::new(),
    };
    Need {
        references,
        target,
        mentions,
        names,
        version: match (kind, &operation.version) {
            (Some(Kind::Group), Some(_)) => Version::Certain,
            _ => Version::Any,
        },
    }
}

/// The unique names that a resource or a PATCH gives; at worst one that it does not.
fn names(kind: Kind, data: &Value) -> BTreeSet<(Kind, String)> {
    let mut names = BTreeSet::new();
    let claimed = kind.claimed();
    each_string(data, &mut |key, text| {
        if key.eq_ignore_ascii_case(claimed) {
            names.insert((kind, fold(text)));
        }
    });
    // `{"path": "userName", "value": "x"}`, whatever the case of the keys.
    let objects = data
        .as_object()
        .into_iter()
        .flat_map(|members| members.values())
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(Value::as_object);
    for operation in objects {
        let field = |name: &str| {
            let mut fields = operation.iter();
            let (_, value) = fields.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
            value.as_str()
        };
        let of_name = |path: &str| {
            let name = path.rsplit(':').next().unwrap_or_default();
            name.eq_ignore_ascii_case(claimed)
        };
        if field("path").is_some_and(of_name) {
            names.extend(field("value").map(|name| (kind, fold(name))));
        }
    }
    names
}
