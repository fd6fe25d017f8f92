//! Many items in one call. What a call leaves undone is asked for again.

use super::{Consistency, Db, FIRST_PAUSE, Item};
use crate::failure::{Retry, unbuilt};
use crate::keys::Key;
use crate::meter::Units;
use aws_sdk_dynamodb::types::{
    DeleteRequest, KeysAndAttributes, ReturnConsumedCapacity, WriteRequest,
};
use scim::Result;

/// BatchGetItem's limit (AWS: 100 items).
const BATCH_GET: usize = 100;
/// BatchWriteItem's limit (AWS: 25 requests).
pub(crate) const BATCH_WRITE: usize = 25;

impl Db {
    /// The items that exist among `keys`, in no order. Keys must be distinct.
    pub(crate) async fn batch_get(
        &self,
        keys: &[Key],
        consistency: Consistency,
    ) -> Result<Vec<Item>> {
        let mut found = Vec::with_capacity(keys.len());
        for chunk in keys.chunks(BATCH_GET) {
            let mut wanted: Vec<Item> = chunk.iter().map(Key::attributes).collect();
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
                    break;
                }
                wanted = left;
                self.pause(&mut pause, Retry::Throttled).await?;
            }
        }
        Ok(found)
    }

    /// Deletes items, whatever they are, at most 25 at a time. Keys must be distinct.
    pub(crate) async fn delete_batch(&self, keys: &[Key]) -> Result<()> {
        for chunk in keys.chunks(BATCH_WRITE) {
            let mut wanted = Vec::with_capacity(chunk.len());
            for key in chunk {
                let delete = DeleteRequest::builder()
                    .set_key(Some(key.attributes()))
                    .build()
                    .map_err(unbuilt)?;
                wanted.push(WriteRequest::builder().delete_request(delete).build());
            }
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
