//! What a bulk request does in the model (RFC 7644 section 3.7).

use super::Fault;
use super::op::{Act, BulkOp};
use super::state::{Entry, Hints, Model, references, replace};
use std::collections::BTreeMap;

impl Model {
    /// Each operation as if it had come alone, in the given order, but that what
    /// it refers to is created before it (RFC 7644 section 3.7; README, "Bulk").
    pub(super) fn bulk(
        &mut self,
        at: usize,
        most: Option<usize>,
        operations: &[BulkOp],
        hints: &Hints,
    ) -> Vec<Entry> {
        let mut entries: Vec<Option<Entry>> = vec![None; operations.len()];
        let mut made = BTreeMap::new();
        for place in 0..operations.len() {
            let failed = entries
                .iter()
                .flatten()
                .filter(|entry| entry.status >= 400)
                .count();
            if most.is_some_and(|most| failed >= most) {
                break;
            }
            self.bulk_one(at, place, operations, hints, &mut entries, &mut made);
        }
        entries.into_iter().flatten().collect()
    }

    fn bulk_one(
        &mut self,
        at: usize,
        place: usize,
        operations: &[BulkOp],
        hints: &Hints,
        entries: &mut [Option<Entry>],
        made: &mut BTreeMap<String, String>,
    ) {
        if entries[place].is_some() {
            return;
        }
        let operation = &operations[place];
        let mut value = serde_json::to_value(&operation.act).unwrap();
        let mut fault = None;
        for name in references(&value) {
            match operations
                .iter()
                .position(|it| it.bulk_id.as_ref() == Some(&name))
            {
                None => fault = Some(Fault::of(400, "invalidValue")),
                Some(other) => {
                    self.bulk_one(at, other, operations, hints, entries, made);
                    if !made.contains_key(&name) {
                        fault = fault.or(Some(Fault::of(409, "")));
                    }
                }
            }
        }
        replace(&mut value, &|text| {
            made.get(text.strip_prefix("bulkId:")?).cloned()
        });
        let act: Act = serde_json::from_value(value).unwrap();
        let id = operation
            .bulk_id
            .as_ref()
            .and_then(|name| hints.bulk.get(name));
        let done = match fault {
            Some(fault) => Err(fault),
            None => self.realms[at].write(&act, id, hints.between),
        };
        let mut entry = Entry {
            method: act.method(),
            bulk_id: operation.bulk_id.clone(),
            status: 0,
            scim_type: None,
            location: None,
        };
        if let Act::Put { kind, id, .. }
        | Act::Patch { kind, id, .. }
        | Act::Delete { kind, id, .. } = &act
        {
            entry.location = Some(format!("{}{}/{id}", self.realms[at].base, kind.endpoint()));
        }
        match done {
            Ok(done) => {
                entry.status = done.status;
                entry.location = done.location.or(entry.location);
                if let (Act::Create { label, .. }, Some(id), Some(name)) =
                    (&act, id, &operation.bulk_id)
                {
                    self.labels.insert(label.clone(), id.clone());
                    made.insert(name.clone(), id.clone());
                }
            }
            Err(fault) => (entry.status, entry.scim_type) = (fault.status, fault.scim_type),
        }
        entries[place] = Some(entry);
    }
}
