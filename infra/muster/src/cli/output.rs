//! What the tool prints: JSON as it came, or lines for a reader. But for `files`,
//! whose text is for programs, the one place that writes to standard output.

use std::io::Write;

use serde_json::Value;

use super::files::Reader;

/// Where a Tenant URL and its Secret Token go.
pub(super) const PASTE: &str = "Paste both into Entra ID > Enterprise applications > your application > Provisioning > Admin credentials,\nor into the SCIM settings of any other identity provider.";

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Text,
    Json,
}

/// A column of a table: its heading and the attribute it shows.
pub(super) type Column = (&'static str, fn(&Value) -> String);

/// A reader that has gone away, as in `muster realm list | head -1`, has read enough.
pub(super) fn print(text: &str) {
    let _ = print_on(text);
}

/// The same for what goes on for as long as somebody reads it.
pub(super) fn print_on(text: &str) -> Reader {
    match writeln!(std::io::stdout(), "{text}") {
        Ok(()) => Reader::There,
        Err(_) => Reader::Gone,
    }
}

pub(super) fn print_json(value: &Value) {
    print(&format!("{value:#}"));
}

/// Rows under headings, columns as wide as their widest cell.
pub(super) fn print_table(columns: &[Column], rows: &[Value]) {
    print(&table(columns, rows));
}

/// The text of an attribute; `-` when there is none.
pub(super) fn text(object: &Value, name: &str) -> String {
    object.get(name).map_or_else(|| "-".to_owned(), value)
}

/// A value as a person reads it; `-` when there is none. Control characters,
/// which could steer a terminal, do not pass.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => harmless(text),
        Value::Array(list) if list.is_empty() => "-".to_owned(),
        Value::Array(list) if list.iter().all(Value::is_string) => {
            let words: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            harmless(&words.join(" "))
        }
        other => harmless(&other.to_string()),
    }
}

/// Who made something: a name, or an object that says `name`, `operator` or `key`.
pub(super) fn maker(of: &Value, name: &str) -> String {
    let maker = of.get(name).unwrap_or(&Value::Null);
    let said = ["name", "operator", "key"]
        .iter()
        .find_map(|word| maker.get(word));
    value(said.unwrap_or(maker))
}

/// Labels and values, the values below each other.
pub(super) fn fields(fields: &[(&str, String)]) -> String {
    let widths = fields.iter().map(|(label, _)| label.chars().count());
    let width = widths.max().unwrap_or_default();
    let lines = fields.iter().map(|(label, value)| {
        let line = format!("  {:<width$}  {value}", harmless(label));
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Text from elsewhere without the control characters that could steer a terminal.
pub(super) fn harmless(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

pub(super) fn table(columns: &[Column], rows: &[Value]) -> String {
    let heading = columns
        .iter()
        .map(|(heading, _)| (*heading).to_owned())
        .collect();
    let cells = |row| columns.iter().map(|(_, cell)| cell(row)).collect();
    let lines: Vec<Vec<String>> = std::iter::once(heading)
        .chain(rows.iter().map(cells))
        .collect();
    let widths: Vec<usize> = (0..columns.len())
        .map(|column| {
            let cells = lines.iter().filter_map(|line| line.get(column));
            cells
                .map(|cell| cell.chars().count())
                .max()
                .unwrap_or_default()
        })
        .collect();
    let lines: Vec<String> = lines
        .iter()
        .map(|line| {
            let cells: Vec<String> = line
                .iter()
                .zip(&widths)
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            cells.join("  ").trim_end().to_owned()
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_align_and_terminals_are_safe() {
        let columns: [Column; 2] = [
            ("NAME", |realm| text(realm, "name")),
            ("SCOPES", |realm| text(realm, "scopes")),
        ];
        let rows = [
            json!({ "name": "Zoë", "scopes": ["scim", "scim:read"] }),
            json!({ "name": "a\u{1b}[31mred" }),
        ];
        let expected = "NAME       SCOPES\nZoë        scim scim:read\na\u{fffd}[31mred  -";
        assert_eq!(table(&columns, &rows), expected);
    }
}
