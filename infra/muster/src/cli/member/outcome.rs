//! What an import came to.

use serde_json::{Value, json};

use super::import::Entry;
use crate::Failure;
use crate::cli::output::{self, Column, Format, text};
use crate::client::ImportMode;

#[derive(Debug)]
pub(super) struct Outcomes {
    mode: ImportMode,
    /// The API's results, each with its line.
    results: Vec<Value>,
}

const SUM: [Column; 2] = [
    ("OUTCOME", |row| text(row, "outcome")),
    ("USERS", |row| text(row, "users")),
];

const INVALID: [Column; 3] = [
    ("LINE", |result| text(result, "line")),
    ("USER NAME", |result| text(result, "userName")),
    ("WHAT IS WRONG", |result| text(result, "detail")),
];

impl Outcomes {
    pub(super) fn new(mode: ImportMode) -> Self {
        Self {
            mode,
            results: Vec::new(),
        }
    }

    /// The answer to a batch: a result for each entry, in their order.
    pub(super) fn take(&mut self, batch: &[Entry], answer: &Value) {
        let results = answer.get("results").and_then(Value::as_array);
        let results = results.into_iter().flatten();
        for (entry, result) in batch.iter().zip(results) {
            let mut result = result.clone();
            if let Some(result) = result.as_object_mut() {
                result.insert("line".to_owned(), json!(entry.line));
            }
            self.results.push(result);
        }
    }

    fn count(&self, outcome: &str) -> usize {
        self.of(outcome).count()
    }

    fn of(&self, outcome: &str) -> impl Iterator<Item = &Value> {
        self.results
            .iter()
            .filter(move |result| result.get("outcome").is_some_and(|is| is == outcome))
    }

    pub(super) fn print(&self, realm: &str, format: Format) {
        match format {
            Format::Json => output::print_json(&json!({
                "results": self.results,
                "created": self.count("created"),
                "exists": self.count("exists"),
                "invalid": self.count("invalid"),
            })),
            Format::Text => output::print(&self.words(realm)),
        }
    }

    fn words(&self, realm: &str) -> String {
        let row =
            |words: &str, outcome: &str| json!({"outcome": words, "users": self.count(outcome)});
        let (created, nothing) = match self.mode {
            ImportMode::Real => ("created", ""),
            ImportMode::DryRun => (
                "would be created",
                "\nNothing was changed: this was a dry run.",
            ),
        };
        let sum = [
            row(created, "created"),
            row("there already", "exists"),
            row("invalid", "invalid"),
        ];
        let invalid: Vec<Value> = self.of("invalid").cloned().collect();
        let invalid = match invalid.as_slice() {
            [] => String::new(),
            rows => format!("{}\n\n", output::table(&INVALID, rows)),
        };
        format!(
            "{invalid}Realm {realm}\n{}{nothing}",
            output::table(&SUM, &sum)
        )
    }

    /// # Errors
    /// When a user was refused.
    pub(super) fn verdict(&self) -> Result<(), Failure> {
        match self.count("invalid") {
            0 => Ok(()),
            1 => Err(Failure::new(
                "1 user is invalid; mend its line and repeat the import: the others are not made twice",
            )),
            count => Err(Failure::new(format!(
                "{count} users are invalid; mend their lines and repeat the import: the others are not made twice"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcomes(mode: ImportMode, results: &Value) -> Outcomes {
        let entry = |line| Entry {
            line,
            user: Value::Null,
        };
        let mut outcomes = Outcomes::new(mode);
        outcomes.take(&[entry(2), entry(5), entry(6)], results);
        outcomes
    }

    #[test]
    fn outcomes_of_an_import() {
        let results = json!({"results": [
            {"userName": "ada", "outcome": "created", "id": "1"},
            {"outcome": "invalid", "detail": "`userName` is missing"},
            {"userName": "bob", "outcome": "exists", "id": "2"}]});
        let mixed = outcomes(ImportMode::Real, &results);
        insta::assert_snapshot!("mixed", mixed.words("acme"));
        assert!(mixed.verdict().is_err());
        let results = json!({"results": [{"outcome": "created"}, {"outcome": "exists"}]});
        let good = outcomes(ImportMode::DryRun, &results);
        insta::assert_snapshot!("dry", good.words("acme"));
        assert_eq!(good.verdict(), Ok(()));
    }
}
