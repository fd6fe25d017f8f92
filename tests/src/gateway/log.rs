//! What the instances of the functions print, line by line.

use serde_json::Value;
use std::sync::{Arc, Mutex};

/// A line of a function's standard output or error.
#[derive(Debug, Clone)]
pub struct Line {
    /// The function's name.
    pub function: String,
    /// The line without its end.
    pub text: String,
}

/// All lines so far; clones share them.
#[derive(Debug, Clone, Default)]
pub struct Log(Arc<Mutex<Vec<Line>>>);

impl Log {
    /// Keeps a line.
    pub fn add(&self, function: &str, text: String) {
        self.0.lock().unwrap().push(Line {
            function: function.to_owned(),
            text,
        });
    }

    /// Every line.
    pub fn lines(&self) -> Vec<Line> {
        self.0.lock().unwrap().clone()
    }
}

impl Line {
    /// The line as JSON, where it is.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_str(&self.text).ok()
    }
}
