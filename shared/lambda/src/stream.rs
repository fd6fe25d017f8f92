//! A batch of the table's stream: the jobs that its records announce, and what
//! Lambda is told of them.
//!
//! The stream says no more of an item than its key (KEYS_ONLY). Which records
//! come here the template's filter decides; what announces no job is passed over.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use store::{JobId, PendingJob};

/// The jobs that a batch announces, in the stream's order.
///
/// Reading one never fails: Lambda would repeat what cannot be read until it is
/// too old.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch(Vec<Announcement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Announcement {
    job: PendingJob,
    sequence_number: String,
}

/// What Lambda is told of a batch (`ReportBatchItemFailures`): `{"batchItemFailures":
/// [{"itemIdentifier": SequenceNumber}, …]}`. It goes on at the lowest of them, so
/// that jobs behind it are begun again, and find nothing left to do.
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BatchResponse {
    batch_item_failures: Vec<BatchItemFailure>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct BatchItemFailure {
    item_identifier: String,
}

impl Batch {
    /// Each job once: a list for each realm, in the stream's order.
    pub fn jobs(&self) -> Vec<Vec<&PendingJob>> {
        let mut seen = BTreeSet::new();
        let mut realms: BTreeMap<_, Vec<&PendingJob>> = BTreeMap::new();
        for Announcement { job, .. } in &self.0 {
            if seen.insert((job.realm(), job.id())) {
                realms.entry(job.realm()).or_default().push(job);
            }
        }
        realms.into_values().collect()
    }

    /// What Lambda is told when these jobs have failed.
    ///
    /// Of a record without a sequence number the identifier is empty: Lambda
    /// takes the whole batch for failed then.
    pub fn response(&self, failed: &BTreeSet<JobId>) -> BatchResponse {
        let failures = self.0.iter().filter(|it| failed.contains(&it.job.id()));
        BatchResponse {
            batch_item_failures: failures
                .map(|it| BatchItemFailure {
                    item_identifier: it.sequence_number.clone(),
                })
                .collect(),
        }
    }
}

impl<'de> Deserialize<'de> for Batch {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let event = Value::deserialize(deserializer)?;
        let records = event.get("Records").and_then(Value::as_array);
        let announcements = records.into_iter().flatten().filter_map(announcement);
        Ok(Self(announcements.collect()))
    }
}

/// Keys are in DynamoDB's JSON: `{"pk": {"S": "R#acme#J"}, "sk": {"S": "JOB#…"}}`.
fn announcement(record: &Value) -> Option<Announcement> {
    let record = record.get("dynamodb")?;
    let key = |name| record.get("Keys")?.get(name)?.get("S")?.as_str();
    let sequence_number = record.get("SequenceNumber").and_then(Value::as_str);
    Some(Announcement {
        job: PendingJob::announced_by(key("pk")?, key("sk")?)?,
        sequence_number: sequence_number.unwrap_or_default().to_owned(),
    })
}
