//! Calls of the table: retried with jitter inside the deadline, metered, their failures classified.

mod batch;

pub(crate) use batch::BATCH_WRITE;

use crate::failure::{Failure, Refusal, Retry, Verdict, internal, out_of_time, refusal, verdict};
use crate::keys::{Key, SK};
use crate::meter::{Meter, Units};
use crate::table::Store;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeValue, Get, ReturnConsumedCapacity, TransactGetItem, TransactWriteItem,
};
use scim::{Error, ErrorKind, Result};
use std::collections::HashMap;
use std::error::Error as StdError;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout_at};

/// An item as the SDK gives it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// How fresh a read must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consistency {
    /// Sees every write answered before it began: one unit for 4 KiB.
    Strong,
    /// May lag behind: half a unit for 4 KiB.
    Eventual,
}

/// How long one attempt may take: DynamoDB answers in milliseconds.
const ATTEMPT: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(4);
// Two hundred requests that want one item have to spread over far more time
// than one of them takes.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The table during one request.
#[derive(Debug, Clone)]
pub(crate) struct Db {
    store: Store,
    deadline: Instant,
    meter: Meter,
}

/// A Query of one partition.
#[derive(Debug, Clone)]
pub(crate) struct Range<'a> {
    pub(crate) pk: String,
    pub(crate) from: From<'a>,
    pub(crate) limit: Option<usize>,
    pub(crate) consistency: Consistency,
    /// The attributes wanted, as a projection expression, in which `#type` is
    /// `type`, a reserved word; all when none is given.
    pub(crate) only: Option<&'static str>,
}

/// Where in the partition a Query begins and what belongs to it.
#[derive(Debug, Clone)]
pub(crate) enum From<'a> {
    /// Sort keys with this prefix, beyond this one when one is given.
    Prefix(&'a str, Option<&'a str>, Order),
    /// Sort keys at or above this one.
    At(&'a str),
    /// Sort keys above this one.
    After(&'a str),
    /// Sort keys at or above the first and at or below the second, which is not the smaller.
    Between(&'a str, &'a str, Order),
}

/// In which order a partition is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Ascending,
    Descending,
}

/// The sort key of the last item, after which the next page begins.
pub(crate) fn last(items: &[Item]) -> Option<String> {
    Some(items.last()?.get(SK)?.as_s().ok()?.clone())
}

impl Range<'_> {
    fn key(&self, sk: &str) -> Key {
        Key {
            pk: self.pk.clone(),
            sk: sk.to_owned(),
        }
    }
}

/// The names that a projection expression writes by placeholders.
fn names(only: &str) -> Option<HashMap<String, String>> {
    only.contains("#type")
        .then(|| HashMap::from([("#type".to_owned(), "type".to_owned())]))
}

impl Db {
    pub(crate) fn new(store: Store, deadline: Instant, meter: Meter) -> Self {
        Self {
            store,
            deadline,
            meter,
        }
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn deadline(&self) -> Instant {
        self.deadline
    }

    pub(crate) fn meter(&self) -> &Meter {
        &self.meter
    }

    pub(crate) async fn get(&self, key: &Key, consistency: Consistency) -> Result<Option<Item>> {
        let output = self
            .call(Units::Read, || {
                self.store
                    .client
                    .get_item()
                    .table_name(&*self.store.table)
                    .set_key(Some(key.attributes()))
                    .consistent_read(consistency == Consistency::Strong)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            })
            .await?;
        self.meter.consumed(Units::Read, output.consumed_capacity());
        Ok(output.item)
    }

    /// Items as they stand together at one moment, aligned to `keys`, of which
    /// there are at most 100 (TransactGetItems): twice the units.
    pub(crate) async fn snapshot(&self, keys: &[Key]) -> Result<Vec<Option<Item>>> {
        let mut gets = Vec::with_capacity(keys.len());
        for key in keys {
            let get = Get::builder()
                .table_name(&*self.store.table)
                .set_key(Some(key.attributes()))
                .build()
                .map_err(|_| internal("a call of the table could not be built"))?;
            gets.push(TransactGetItem::builder().get(get).build());
        }
        let output = self
            .call(Units::Read, || {
                self.store
                    .client
                    .transact_get_items()
                    .set_transact_items(Some(gets.clone()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            })
            .await?;
        self.meter.consumed(Units::Read, output.consumed_capacity());
        let answers = output.responses.unwrap_or_default().into_iter();
        Ok(answers
            .map(|answer| answer.item.filter(|item| !item.is_empty()))
            .collect())
    }

    /// One page of a partition, at most 1 MB; `true` when more follows.
    pub(crate) async fn query(&self, range: &Range<'_>) -> Result<(Vec<Item>, bool)> {
        let limit = range.limit.map(|n| i32::try_from(n).unwrap_or(i32::MAX));
        let output = self
            .call(Units::Read, || {
                let query = self
                    .store
                    .client
                    .query()
                    .table_name(&*self.store.table)
                    .consistent_read(range.consistency == Consistency::Strong)
                    .set_limit(limit)
                    .set_projection_expression(range.only.map(str::to_owned))
                    .set_expression_attribute_names(range.only.and_then(names))
                    .expression_attribute_values(":pk", AttributeValue::S(range.pk.clone()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total);
                match range.from {
                    From::Prefix(prefix, after, order) => query
                        .key_condition_expression("pk = :pk AND begins_with(sk, :sk)")
                        .expression_attribute_values(":sk", AttributeValue::S(prefix.to_owned()))
                        .set_exclusive_start_key(after.map(|sk| range.key(sk).attributes()))
                        .scan_index_forward(order == Order::Ascending),
                    From::At(sk) => query
                        .key_condition_expression("pk = :pk AND sk >= :sk")
                        .expression_attribute_values(":sk", AttributeValue::S(sk.to_owned())),
                    From::After(sk) => query
                        .key_condition_expression("pk = :pk AND sk > :sk")
                        .expression_attribute_values(":sk", AttributeValue::S(sk.to_owned())),
                    From::Between(low, high, order) => query
                        .key_condition_expression("pk = :pk AND sk BETWEEN :low AND :high")
                        .expression_attribute_values(":low", AttributeValue::S(low.to_owned()))
                        .expression_attribute_values(":high", AttributeValue::S(high.to_owned()))
                        .scan_index_forward(order == Order::Ascending),
                }
                .send()
            })
            .await?;
        self.meter.consumed(Units::Read, output.consumed_capacity());
        let more = output.last_evaluated_key.is_some_and(|key| !key.is_empty());
        Ok((output.items.unwrap_or_default(), more))
    }

    /// Puts an item, whatever was there: for what stands for itself.
    pub(crate) async fn put(&self, key: &Key, mut item: Item) -> Result<()> {
        item.extend(key.attributes());
        let output = self
            .call(Units::Write, || {
                self.store
                    .client
                    .put_item()
                    .table_name(&*self.store.table)
                    .set_item(Some(item.clone()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            })
            .await?;
        self.meter
            .consumed(Units::Write, output.consumed_capacity());
        Ok(())
    }

    /// A single conditional update outside a transaction: for what is no resource.
    /// `false` when the condition did not hold.
    pub(crate) async fn update(
        &self,
        key: &Key,
        expression: &str,
        condition: &str,
        names: &[(&str, &str)],
        values: &[(&str, AttributeValue)],
    ) -> Result<bool> {
        let names: HashMap<String, String> = names
            .iter()
            .map(|(name, of)| ((*name).to_owned(), (*of).to_owned()))
            .collect();
        let values: Item = values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let result = self
            .attempt(Units::Write, || {
                self.store
                    .client
                    .update_item()
                    .table_name(&*self.store.table)
                    .set_key(Some(key.attributes()))
                    .update_expression(expression)
                    .condition_expression(condition)
                    .set_expression_attribute_names((!names.is_empty()).then(|| names.clone()))
                    .set_expression_attribute_values((!values.is_empty()).then(|| values.clone()))
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            })
            .await;
        match result {
            Ok(output) => {
                self.meter
                    .consumed(Units::Write, output.consumed_capacity());
                Ok(true)
            }
            Err(Failure::Sdk(SdkError::ServiceError(error)))
                if error.err().is_conditional_check_failed_exception() =>
            {
                Ok(false)
            }
            Err(failure) => Err(failure.into_error()),
        }
    }

    /// Applies a transaction: all of it, or nothing. Every attempt sends the
    /// same payload under the same token, so that an attempt whose answer was
    /// lost is not applied twice.
    pub(crate) async fn transact(
        &self,
        actions: Vec<TransactWriteItem>,
        token: &str,
    ) -> Result<(), Refusal> {
        let result = self
            .attempt(Units::Write, || {
                self.store
                    .client
                    .transact_write_items()
                    .set_transact_items(Some(actions.clone()))
                    .client_request_token(token)
                    .return_consumed_capacity(ReturnConsumedCapacity::Total)
                    .send()
            })
            .await;
        match result {
            Ok(output) => {
                self.meter
                    .consumed(Units::Write, output.consumed_capacity());
                Ok(())
            }
            Err(failure) => Err(refusal(failure)),
        }
    }

    async fn call<T, E, F>(&self, units: Units, send: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        self.attempt(units, send).await.map_err(Failure::into_error)
    }

    /// Sends until an answer stands or the deadline is near.
    async fn attempt<T, E, F>(&self, units: Units, send: impl Fn() -> F) -> Result<T, Failure<E>>
    where
        F: Future<Output = Result<T, SdkError<E>>>,
        E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
    {
        self.meter.call();
        let mut pause = FIRST_PAUSE;
        loop {
            self.meter.attempt();
            let begun = Instant::now();
            let until = self.deadline.min(begun + ATTEMPT);
            let retry = match timeout_at(until, send()).await {
                Ok(Ok(output)) => return Ok(output),
                Ok(Err(error)) => match verdict(&error) {
                    None => return Err(Failure::Sdk(error)),
                    Some(Verdict::Final(error)) => return Err(Failure::Other(error)),
                    Some(Verdict::Again(retry)) => {
                        tracing::debug!(?retry, "store call repeated");
                        retry
                    }
                },
                Err(_) if until == self.deadline => {
                    return Err(Failure::Other(out_of_time(units)));
                }
                // A connection that has gone silent: the next attempt takes another.
                Err(_) => Retry::Transport,
            };
            let paused = self.pause(&mut pause, retry).await;
            paused.map_err(Failure::Other)?;
            self.meter.lost(begun.elapsed());
        }
    }

    /// Waits a random time below `pause` and doubles it (AWS: exponential backoff with full jitter).
    async fn pause(&self, pause: &mut Duration, retry: Retry) -> Result<()> {
        let wait = pause.mul_f64(0.1 + 0.9 * fastrand::f64());
        *pause = (*pause * 2).min(LONGEST_PAUSE);
        if Instant::now() + wait >= self.deadline {
            return Err(match retry {
                Retry::Throttled => Error::new(
                    ErrorKind::TooManyRequests,
                    "the table is throttled; repeat the request later",
                ),
                Retry::Conflict => Error::new(
                    ErrorKind::Unavailable,
                    "other requests are changing the same resource; repeat the request later",
                ),
                Retry::Transport => Error::new(
                    ErrorKind::Unavailable,
                    "the table did not answer in time; repeat the request later",
                ),
            });
        }
        sleep(wait).await;
        Ok(())
    }

    /// Waits as between attempts, before a change is computed again from what is stored now.
    pub(crate) async fn backoff(&self, round: u32) -> Result<()> {
        let mut pause = FIRST_PAUSE
            .saturating_mul(1 << round.min(9))
            .min(LONGEST_PAUSE);
        self.pause(&mut pause, Retry::Conflict).await
    }
}
