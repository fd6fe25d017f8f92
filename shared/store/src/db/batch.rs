//! Many items in one call. What a call leaves undone is asked for again.

use super::{Consistency, Db, FIRST_PAUSE, Item};
use crate::failure::{Retry, unbuilt};
use crate::keys::Key;
use crate::meter::Units;
use aws_sdk_dynamodb::types::{
    DeleteRequest, KeysAndAttributes, PutRequest, ReturnConsumedCapacity, WriteRequest,
};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use scim::Result;

/// BatchGetItem's limit (AWS: 100 items).
const BATCH_GET: usize = 100;
/// How many calls are under way at once.
const AT_ONCE: usize = 8;
/// BatchWriteItem's limit (AWS: 25 requests).
pub(crate) const BATCH_WRITE: usize = 25;

impl Db {
    /// The items that exist among `keys`, in no order. Keys must be distinct.
    pub(crate) async fn batch_get(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Item>> {
        let calls: Vec<_> = keys
            .chunks(BATCH_GET)
            .map(|chunk| self.get_some(chunk, consistency))
            .collect();
        let batches: Vec<Vec<Item>> = stream::iter(calls)
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        Ok(batches.into_iter().flatten().collect())
    }

    /// As many as one call holds.
    async fn get_some(&self, keys: &[Key], consistency: Consistency) -> Result<Vec<Item>> {
        let mut found = Vec::with_capacity(keys.len());
        let mut wanted: Vec<Item> = keys.iter().map(Key::attributes).collect();
        let mut pause = FIRST_PAUSE;
        loop {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .consistent_read(consistency == Consistency::Strong)
                .build()
                .map_err(unbuilt)?;
            let output = self
                .call(Units::Read, || {
                    self.store
                        .client
                        .batch_get_item()
                        .request_items(&*self.store.table, request.clone())
                        .return_consumed_capacity(ReturnConsumedCapacity::Total)
                        .send()
                })
                .await?;
            self.meter.consumed(Units::Read, output.consumed_capacity());
            for (_, items) in output.responses.unwrap_or_default() {
                found.extend(items);
            }
            // 16 MB answers and throttled partitions leave keys unprocessed.
            let left = output
                .unprocessed_keys
                .unwrap_or_default()
                .remove(&*self.store.table)
                .map(|left| left.keys)
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(found);
            }
            wanted = left;
            self.pause(&mut pause, Retry::Throttled).await?;
        }
    }

    /// Deletes items, whatever they are, at most 25 at a time. Keys must be distinct.
    pub(crate) async fn delete_batch(&self, keys: &[Key]) -> Result<()> {
        let mut requests = Vec::with_capacity(keys.len());
        for key in keys {
            let delete = DeleteRequest::builder()
                .set_key(Some(key.attributes()))
                .build()
                .map_err(unbuilt)?;
            requests.push(WriteRequest::builder().delete_request(delete).build());
        }
        self.write_batch(&requests).await
    }

    /// Puts items, whatever was there, at most 25 at a time. Keys must be distinct.
    pub(crate) async fn put_batch(&self, items: Vec<(Key, Item)>) -> Result<()> {
        let mut requests = Vec::with_capacity(items.len());
        for (key, mut item) in items {
            item.extend(key.attributes());
            let put = PutRequest::builder()
                .set_item(Some(item))
                .build()
                .map_err(unbuilt)?;
            requests.push(WriteRequest::builder().put_request(put).build());
        }
        self.write_batch(&requests).await
    }

    async fn write_batch(&self, requests: &[WriteRequest]) -> Result<()> {
        for chunk in requests.chunks(BATCH_WRITE) {
            let mut wanted = chunk.to_vec();
            let mut pause = FIRST_PAUSE;
            loop {
                let output = self
                    .call(Units::Write, || {
                        self.store
                            .client
                            .batch_write_item()
                            .request_items(&*self.store.table, wanted.clone())
                            .return_consumed_capacity(ReturnConsumedCapacity::Total)
                            .send()
                    })
                    .await?;
                self.meter
                    .consumed(Units::Write, output.consumed_capacity());
                // Throttled partitions leave requests unprocessed.
                let left = output
                    .unprocessed_items
                    .unwrap_or_default()
                    .remove(&*self.store.table)
                    .unwrap_or_default();
                if left.is_empty() {
                    break;
                }
                wanted = left;
                self.pause(&mut pause, Retry::Throttled).await?;
            }
        }
        Ok(())
    }
}
