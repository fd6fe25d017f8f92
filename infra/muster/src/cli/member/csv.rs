//! CSV as RFC 4180 has it, and safe to open: what a spreadsheet would compute gets
//! an apostrophe before it, which reading takes away again.

use std::collections::BTreeSet;

use csv::{QuoteStyle, ReaderBuilder, Terminator, WriterBuilder};

use crate::Failure;

/// What a file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) header: Vec<String>,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    /// The number of the line it begins on.
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
}

/// One record with its end.
pub(super) fn record<T: AsRef<str>>(cells: impl IntoIterator<Item = T>) -> Result<String, Failure> {
    let failed = |error: String| Failure::new(format!("a row cannot be written: {error}"));
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        // A spreadsheet may also split at semicolons and tabs, but not inside quotes.
        .quote_style(QuoteStyle::Always)
        .from_writer(Vec::new());
    let cells: Vec<String> = cells
        .into_iter()
        .map(|cell| guarded(cell.as_ref()))
        .collect();
    writer
        .write_record(cells)
        .map_err(|error| failed(error.to_string()))?;
    let bytes = writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))?;
    String::from_utf8(bytes).map_err(|error| failed(error.to_string()))
}

/// A text with its header.
///
/// # Errors
/// When it has none, a name stands in it twice, or a row is shorter or longer.
pub(super) fn read(text: &str) -> Result<Table, Failure> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut lines = Lines {
        text,
        at: 0,
        line: 1,
    };
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let begin = record.position().map_or(0, csv::Position::byte);
        rows.push(Row {
            line: lines.of(usize::try_from(begin).unwrap_or(usize::MAX)),
            cells: record.iter().map(bare).collect(),
        });
    }
    let mut rows = rows.into_iter();
    let header = rows.next().map(|row| row.cells).unwrap_or_default();
    let mut names = BTreeSet::new();
    for name in &header {
        if name.trim().is_empty() {
            return Err(Failure::new("a column has no name in the first line"));
        }
        if !names.insert(name) {
            return Err(Failure::new(format!(
                "column `{name}` stands twice in the first line"
            )));
        }
    }
    if header.is_empty() {
        return Err(Failure::new("the file holds nothing"));
    }
    Ok(Table {
        header,
        rows: rows.collect(),
    })
}

/// Numbers of lines by positions that only grow. The library's own are one too
/// small behind `\r\n`, whose half it counts to the next record.
#[derive(Debug)]
struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: usize,
}

impl Lines<'_> {
    fn of(&mut self, position: usize) -> usize {
        let rest = self.text.as_bytes().get(position..).unwrap_or_default();
        let ends = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
        let position = position.saturating_add(ends.count());
        let between = self.text.as_bytes().get(self.at..position);
        let ends = between.into_iter().flatten().filter(|byte| **byte == b'\n');
        self.line += ends.count();
        self.at = position;
        self.line
    }
}

/// Spreadsheets set to a language with a decimal comma write semicolons.
fn delimiter(text: &str) -> u8 {
    let first = text.lines().next().unwrap_or_default();
    if first.contains(';') && !first.contains(',') {
        b';'
    } else {
        b','
    }
}

/// A cell with an apostrophe before every sign that would begin a formula.
fn guarded(cell: &str) -> String {
    let mut place = Place::Begin;
    let mut guarded = String::with_capacity(cell.len());
    for c in cell.chars() {
        if place == Place::Begin && is_sign(c) {
            guarded.push('\'');
        }
        guarded.push(c);
        place = place.behind(c);
    }
    guarded
}

/// The cell before it was guarded.
fn bare(cell: &str) -> String {
    let mut place = Place::Begin;
    let mut bare = String::with_capacity(cell.len());
    for c in cell.chars() {
        if place == Place::Begin && is_sign(c) && bare.ends_with('\'') {
            bare.pop();
        }
        bare.push(c);
        place = place.behind(c);
    }
    bare
}

/// Whether a formula could begin here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Begin,
    Within,
}

impl Place {
    /// The place behind a character. A cell begins behind a semicolon, a tab and a
    /// line's end, too, for a spreadsheet that splits there and reads the quotes
    /// around as it likes; blanks, quotes and control characters are skipped before
    /// a formula, and so are the apostrophes of a guard.
    fn behind(self, c: char) -> Self {
        match c {
            ';' => Self::Begin,
            c if c.is_control() => Self::Begin,
            '\'' | '"' => self,
            c if c.is_whitespace() => self,
            _ => Self::Within,
        }
    }
}

/// What begins a formula, also as wide as East Asian letters.
fn is_sign(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠')
}

fn malformed(error: &csv::Error) -> Failure {
    match error.kind() {
        csv::ErrorKind::UnequalLengths {
            pos,
            expected_len,
            len,
        } => Failure::new(format!(
            "line {} has {len} cells and the first line {expected_len}; a cell with a comma wants quotes",
            pos.as_ref().map_or(0, csv::Position::line)
        )),
        _ => Failure::new(format!("the file is no CSV: {error}")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use proptest::prelude::{prop, proptest};

    use super::*;

    #[test]
    fn cells_that_a_spreadsheet_would_compute() {
        for (cell, written) in [
            ("=1+1", "'=1+1"),
            ("+49 30 1", "'+49 30 1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("\t=1", "\t'=1"),
            (" =1", " '=1"),
            ("\u{a0}=1", "\u{a0}'=1"),
            ("\u{3000}=1", "\u{3000}'=1"),
            ("\"=1\"", "\"'=1\""),
            ("\0=1", "\0'=1"),
            ("\n=1", "\n'=1"),
            ("x;=1+1", "x;'=1+1"),
            ("x; =1;-1", "x; '=1;'-1"),
            ("x;\"=1", "x;\"'=1"),
            ("x\t=1", "x\t'=1"),
            ("x\r\n=1", "x\r\n'=1"),
            ("'=1", "''=1"),
            ("' =1", "' '=1"),
            ("==1", "'==1"),
            ("a=1", "a=1"),
            ("a =1", "a =1"),
            ("a,=1", "a,=1"),
            ("1-1;2", "1-1;2"),
            ("'tis", "'tis"),
            ("a'=1", "a'=1"),
            ("'", "'"),
            ("", ""),
        ] {
            assert_eq!(guarded(cell), written, "{cell}");
            assert_eq!(bare(written), cell, "{cell}");
        }
        // A file of somebody else's: what a spreadsheet shows is what is meant.
        assert_eq!(bare("'=1"), "=1");
        assert_eq!(bare("=1"), "=1");
    }

    #[test]
    fn rfc_4180() {
        let line = record(["a", "b,c", "say \"hi\"", "two\r\nlines", ""]).unwrap();
        assert_eq!(
            line,
            "\"a\",\"b,c\",\"say \"\"hi\"\"\",\"two\r\nlines\",\"\"\r\n"
        );
    }

    #[track_caller]
    fn check(text: &str, expected: Result<&[(usize, &[&str])], &str>) {
        match (read(text), expected) {
            (Ok(table), Ok(expected)) => {
                let rows: Vec<_> = table
                    .rows
                    .iter()
                    .map(|row| (row.line, &row.cells))
                    .collect();
                let expected: Vec<(usize, Vec<String>)> = expected
                    .iter()
                    .map(|(line, cells)| (*line, cells.iter().map(|c| (*c).to_owned()).collect()))
                    .collect();
                let expected: Vec<_> = expected
                    .iter()
                    .map(|(line, cells)| (*line, cells))
                    .collect();
                assert_eq!(rows, expected, "{text}");
            }
            (Err(error), Err(said)) => assert!(error.to_string().contains(said), "{error}"),
            (seen, _) => assert!(seen.is_err() && seen.is_ok(), "{text}: {seen:?}"),
        }
    }

    #[test]
    fn files() {
        check("a,b\n1,2\n", Ok(&[(2, &["1", "2"])]));
        check(
            "a,b\r\n1,\"x\ny\"\r\n3,4",
            Ok(&[(2, &["1", "x\ny"]), (4, &["3", "4"])]),
        );
        check("a;b\n1,5;2\n", Ok(&[(2, &["1,5", "2"])]));
        check("a,b\n", Ok(&[]));
        check("", Err("holds nothing"));
        check("a,a\n1,2\n", Err("column `a` stands twice"));
        check("a,\n1,2\n", Err("a column has no name"));
        check("a,b\n1\n", Err("line 2 has 1 cells and the first line 2"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            header in prop::collection::btree_set("[a-z:=+@'.]{1,9}", 2..5),
            rows in prop::collection::vec(prop::collection::vec("[ -~é\u{a0}＝\t\r\n'=+@,;\"-]{0,9}|[=';\n \"]{0,6}", 5), 0..6),
        ) {
            let header: Vec<String> = header.into_iter().collect();
            let rows: Vec<Vec<String>> = rows
                .into_iter()
                .map(|mut row| { row.truncate(header.len()); row })
                .collect();
            let mut text = record(&header).unwrap();
            for row in &rows {
                text.push_str(&record(row).unwrap());
            }
            let table = read(&text).unwrap();
            assert_eq!(table.header, header);
            let cells: Vec<Vec<String>> = table.rows.into_iter().map(|row| row.cells).collect();
            assert_eq!(cells, rows);
        }
    }
}
