//! Which places of the table a call looks at or changes, so that a read waits
//! only for what is being written where it looks. [`crate::embedded::CallInfo`]
//! reads the same off a call's JSON, for hooks; here every call passes, and its
//! request is read already.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use dynoxide::AttributeValue;
use dynoxide::actions::batch_get_item::BatchGetItemRequest;
use dynoxide::actions::batch_write_item::BatchWriteItemRequest;
use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::delete_item::DeleteItemRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::describe_time_to_live::DescribeTimeToLiveRequest;
use dynoxide::actions::get_item::GetItemRequest;
use dynoxide::actions::list_tables::ListTablesRequest;
use dynoxide::actions::put_item::PutItemRequest;
use dynoxide::actions::query::QueryRequest;
use dynoxide::actions::transact_get_items::TransactGetItemsRequest;
use dynoxide::actions::transact_write_items::{TransactWriteItem, TransactWriteItemsRequest};
use dynoxide::actions::update_item::UpdateItemRequest;
use dynoxide::actions::update_time_to_live::UpdateTimeToLiveRequest;

use crate::embedded::call::{PARTITION, SORT};
use crate::embedded::disk::Place;

type Attributes = HashMap<String, AttributeValue>;

/// A call whose places can be told.
pub(super) trait Places {
    /// What it looks at, or changes. A place too many makes a read wait for
    /// nothing; one too few shows what a power failure may take back.
    fn places(&self) -> Vec<Place>;
}

impl Places for GetItemRequest {
    fn places(&self) -> Vec<Place> {
        vec![item(&self.table_name, &self.key)]
    }
}

impl Places for PutItemRequest {
    fn places(&self) -> Vec<Place> {
        vec![item(&self.table_name, &self.item)]
    }
}

impl Places for UpdateItemRequest {
    fn places(&self) -> Vec<Place> {
        vec![item(&self.table_name, &self.key)]
    }
}

impl Places for DeleteItemRequest {
    fn places(&self) -> Vec<Place> {
        vec![item(&self.table_name, &self.key)]
    }
}

impl Places for QueryRequest {
    /// The partition is one of the values that its condition names.
    fn places(&self) -> Vec<Place> {
        let values = self.expression_attribute_values.iter().flatten();
        values
            .map(|(_, value)| Place::Partition(hash(&self.table_name, Some(value), None)))
            .collect()
    }
}

impl Places for BatchGetItemRequest {
    fn places(&self) -> Vec<Place> {
        let tables = self.request_items.iter();
        tables
            .flat_map(|(table, some)| some.keys.iter().map(move |key| item(table, key)))
            .collect()
    }
}

impl Places for BatchWriteItemRequest {
    fn places(&self) -> Vec<Place> {
        let tables = self.request_items.iter();
        tables
            .flat_map(|(table, requests)| requests.iter().map(move |request| (table, request)))
            .flat_map(|(table, request)| {
                let put = request.put_request.as_ref().map(|put| &put.item);
                let delete = request.delete_request.as_ref().map(|delete| &delete.key);
                put.into_iter()
                    .chain(delete)
                    .map(move |key| item(table, key))
            })
            .collect()
    }
}

impl Places for TransactGetItemsRequest {
    fn places(&self) -> Vec<Place> {
        let gets = self.transact_items.iter().map(|item| &item.get);
        gets.map(|get| item(&get.table_name, &get.key)).collect()
    }
}

impl Places for TransactWriteItemsRequest {
    fn places(&self) -> Vec<Place> {
        self.transact_items.iter().filter_map(changed).collect()
    }
}

fn changed(action: &TransactWriteItem) -> Option<Place> {
    if let Some(put) = &action.put {
        return Some(item(&put.table_name, &put.item));
    }
    if let Some(update) = &action.update {
        return Some(item(&update.table_name, &update.key));
    }
    let delete = action.delete.as_ref()?;
    Some(item(&delete.table_name, &delete.key))
}

/// What is about a table and not about its items.
macro_rules! nowhere {
    ($($request:ty),+) => {
        $(impl Places for $request {
            fn places(&self) -> Vec<Place> {
                Vec::new()
            }
        })+
    };
}

nowhere!(
    CreateTableRequest,
    DescribeTableRequest,
    DescribeTimeToLiveRequest,
    ListTablesRequest,
    UpdateTimeToLiveRequest
);

fn item(table: &str, key: &Attributes) -> Place {
    let partition = key.get(PARTITION);
    Place::Item {
        item: hash(table, partition, key.get(SORT)),
        partition: hash(table, partition, None),
    }
}

/// Two that have one hash are taken for one place.
fn hash(table: &str, partition: Option<&AttributeValue>, sort: Option<&AttributeValue>) -> u64 {
    static STATE: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    STATE.hash_one((table, partition.map(scalar), sort.map(scalar)))
}

/// Every key attribute of the table is a string.
fn scalar(value: &AttributeValue) -> &str {
    match value {
        AttributeValue::S(text) => text,
        _ => "",
    }
}
