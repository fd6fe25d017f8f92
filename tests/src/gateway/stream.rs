//! The table's stream and the event source mapping that leads from it to the
//! worker: which records its filter lets through, and what Lambda makes of them.
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html>

use super::template::Template;
use super::{ACCOUNT, REGION};
use serde_json::{Value, json};
use uuid::Uuid;

/// The event source mapping.
#[derive(Debug, Clone)]
pub struct EventSource {
    patterns: Vec<Value>,
    batch_size: usize,
}

impl EventSource {
    /// The template's one.
    pub fn of(template: &Template) -> Self {
        let (_, mapping) = template.the("AWS::Lambda::EventSourceMapping");
        let filters = mapping["FilterCriteria"]["Filters"].as_array().unwrap();
        let patterns = filters.iter().map(|filter| filter["Pattern"].as_str());
        let size = mapping["BatchSize"].as_u64().unwrap();
        Self {
            patterns: patterns
                .map(|text| serde_json::from_str(text.unwrap()).unwrap())
                .collect(),
            batch_size: usize::try_from(size).unwrap(),
        }
    }

    /// Whether a record reaches the function: one pattern is enough.
    pub fn admits(&self, record: &Value) -> bool {
        self.patterns.iter().any(|pattern| fits(pattern, record))
    }

    /// The events in which these records reach the function.
    pub fn events(&self, records: Vec<Value>) -> Vec<Value> {
        let admitted: Vec<Value> = records.into_iter().filter(|it| self.admits(it)).collect();
        let batches = admitted.chunks(self.batch_size);
        batches.map(|batch| json!({"Records": batch})).collect()
    }
}

/// Every member named in the pattern must be there; a list names what it may be.
fn fits(pattern: &Value, value: &Value) -> bool {
    match pattern {
        Value::Object(members) => members
            .iter()
            .all(|(name, pattern)| value.get(name).is_some_and(|value| fits(pattern, value))),
        Value::Array(choices) => choices.iter().any(|choice| chosen(choice, value)),
        other => panic!("`{other}` is no pattern"),
    }
}

fn chosen(choice: &Value, value: &Value) -> bool {
    match choice {
        Value::Object(rule) if rule.len() == 1 && rule.contains_key("prefix") => {
            let prefix = rule["prefix"].as_str().unwrap();
            value.as_str().is_some_and(|text| text.starts_with(prefix))
        }
        Value::String(_) | Value::Null => choice == value,
        other => panic!("the rule `{other}` is not known here"),
    }
}

/// A record of a stream of keys, as Lambda sends it.
pub fn record(event_name: &str, pk: &str, sk: &str, sequence_number: u64) -> Value {
    json!({
        "eventID": Uuid::new_v4().simple().to_string(),
        "eventName": event_name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": 1_767_225_600,
            "Keys": {"pk": {"S": pk}, "sk": {"S": sk}},
            "SequenceNumber": format!("{sequence_number:021}"),
            "SizeBytes": pk.len() + sk.len() + 4,
            "StreamViewType": "KEYS_ONLY",
        },
        "eventSourceARN":
            format!("arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/muster/stream/2026-01-01T00:00:00.000"),
    })
}

#[cfg(test)]
mod tests {
    use super::fits;
    use serde_json::json;

    #[test]
    fn a_pattern_fits_as_in_lambda() {
        let pattern = json!({"a": ["X", {"prefix": "P#"}], "b": {"c": ["Y"]}});
        for (value, expected) in [
            (json!({"a": "X", "b": {"c": "Y"}}), true),
            (json!({"a": "P#1", "b": {"c": "Y", "d": 1}, "e": 2}), true),
            (json!({"a": "P", "b": {"c": "Y"}}), false),
            (json!({"a": "XP#", "b": {"c": "Y"}}), false),
            (json!({"a": "x", "b": {"c": "Y"}}), false),
            (json!({"a": "X", "b": {"c": "Z"}}), false),
            (json!({"a": "X", "b": {}}), false),
            (json!({"a": "X"}), false),
            (json!({"a": 7, "b": {"c": "Y"}}), false),
            (json!(null), false),
        ] {
            assert_eq!(fits(&pattern, &value), expected, "{value}");
        }
    }
}
