//! One line: a flat JSON object, in the order it was made.

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::io::Write;

#[derive(Debug)]
pub(super) struct Line {
    members: Map<String, Value>,
    time: Timestamp,
}

impl Line {
    pub(super) fn new(level: &str, message: &str, time: Timestamp) -> Self {
        let mut line = Self {
            members: Map::new(),
            time,
        };
        line.set("level", level);
        line.set("message", message);
        line.set("timestamp", format!("{time:.3}"));
        line
    }

    pub(super) fn set(&mut self, name: &str, value: impl Into<Value>) {
        self.members.insert(name.to_owned(), value.into());
    }

    /// Makes members of this line metrics, by CloudWatch's embedded metric
    /// format (CloudWatch user guide, "Specification: Embedded metric format").
    pub(super) fn metrics(
        &mut self,
        namespace: &str,
        dimensions: &[&str],
        metrics: &[(&str, &str)],
    ) {
        let metrics: Vec<Value> = metrics
            .iter()
            .map(|(name, unit)| json!({"Name": name, "Unit": unit}))
            .collect();
        let metadata = json!({
            "Timestamp": self.time.as_millisecond(),
            "CloudWatchMetrics": [{
                "Namespace": namespace,
                "Dimensions": [dimensions],
                "Metrics": metrics,
            }],
        });
        self.set("_aws", metadata);
    }

    /// Writes the line whole, in one call, so that no other comes between.
    pub(super) fn write(self) {
        let mut text = Value::Object(self.members).to_string();
        text.push('\n');
        // Where standard output is closed there is nobody to tell.
        drop(std::io::stdout().lock().write_all(text.as_bytes()));
    }
}
