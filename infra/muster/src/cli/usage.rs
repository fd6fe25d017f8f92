//! `muster usage`: what a realm has used, by day and operation, in dollars.

use auth::RealmName;
use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::aws::Aws;
use super::deployment::Deployment;
use super::output::{self, Column, Format, text};
use crate::Failure;

#[derive(Debug, Args)]
pub(super) struct Usage {
    /// The realm.
    realm: RealmName,
    /// The first day, such as `2030-01-31` [default: 30 days ago].
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// The last day [default: today].
    #[arg(long, value_name = "DAY", value_parser = day)]
    to: Option<Date>,
    #[command(flatten)]
    deployment: Deployment,
}

const COLUMNS: [Column; 7] = [
    ("DATE", |row| text(row, "date")),
    ("OPERATION", |row| text(row, "operation")),
    ("REQUESTS", |row| text(row, "requests")),
    ("ERRORS", |row| text(row, "errors")),
    ("READ UNITS", |row| text(row, "readUnits")),
    ("WRITE UNITS", |row| text(row, "writeUnits")),
    ("DOLLARS", dollars),
];

impl Usage {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        let client = self.deployment.client(aws).await?;
        let day = |day: Option<Date>| day.map(|day| day.to_string());
        let (realm, from, to) = (self.realm.as_str(), day(self.from), day(self.to));
        let usage = client.usage(realm, from, to).await?;
        match format {
            Format::Json => output::print_json(&usage),
            Format::Text => output::print(&words(&usage)),
        }
        Ok(())
    }
}

fn day(text: &str) -> Result<Date, String> {
    // Parsing would also take a time of day, and drop it.
    Date::strptime("%Y-%m-%d", text).map_err(|_| "a day is written as `2030-01-31`".to_owned())
}

fn words(usage: &Value) -> String {
    let days = usage.get("days").and_then(Value::as_array);
    let mut rows: Vec<Value> = days.into_iter().flatten().flat_map(of_a_day).collect();
    if rows.is_empty() {
        return "Nothing was used in these days".to_owned();
    }
    let total = usage.get("total").unwrap_or(&Value::Null);
    rows.push(row(total, "total"));
    output::table(&COLUMNS, &rows)
}

fn of_a_day(day: &Value) -> Vec<Value> {
    let date = text(day, "date");
    let operations = day.get("operations").and_then(Value::as_array);
    let operations = operations.into_iter().flatten();
    operations.map(|of| row(of, &date)).collect()
}

fn row(usage: &Value, date: &str) -> Value {
    let mut row = usage.clone();
    if let Some(row) = row.as_object_mut() {
        row.insert("date".to_owned(), json!(date));
    }
    row
}

/// A request costs millionths of a dollar: four digits would show most days as nothing.
fn dollars(row: &Value) -> String {
    let dollars = row.get("dollars").and_then(Value::as_f64);
    dollars.map_or_else(|| text(row, "dollars"), |dollars| format!("{dollars:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usage() {
        let usage = json!({
            "days": [
                {"date": "2030-01-01", "operations": [
                    {"operation": "userCreate", "requests": 10, "errors": 1, "readUnits": 20.5, "writeUnits": 120, "dollars": 0.000078},
                    {"operation": "userList", "requests": 1000, "errors": 0, "readUnits": 21500, "writeUnits": 0, "dollars": 0.0026875}]},
                {"date": "2030-01-02", "operations": []}],
            "total": {"requests": 1010, "errors": 1, "readUnits": 21520.5, "writeUnits": 120, "dollars": 0.0027655},
            "prices": {}});
        insta::assert_snapshot!("usage", words(&usage));
        let nothing = json!({"days": [], "total": {"requests": 0}});
        assert_eq!(words(&nothing), "Nothing was used in these days");
    }
}
