//! The table on the terminal, and what is kept of a run: figures and plot.

use std::fs;
use std::path::Path;

use muster_tests::lean::Result;
use serde_json::{Value, json};

use crate::figures::{Cell, Figures, Line, Size};
use crate::plot;
use crate::verdict::{Judge, judged};

/// Prints the figures, in the form of README.md's table.
pub(crate) fn table(figures: &Figures, judge: Judge) {
    let sizes = figures.sizes.iter();
    let users: Vec<String> = sizes.map(|size| thousands(size.users)).collect();
    println!(
        "\nread + write units, and milliseconds, of {} users:\n",
        users.join(", ")
    );
    println!("| operation | {} | times as long |", users.join(" | "));
    println!("|---|{}---|", "---|".repeat(users.len()));
    for line in judged(figures) {
        let cells: Vec<String> = line.cells.iter().map(|it| cell(it, judge)).collect();
        let slowdown = match judge {
            Judge::Units => String::new(),
            Judge::UnitsAndTimes => format!("{:.2}", line.slowdown()),
        };
        println!("| {} | {} | {slowdown} |", line.row.name, cells.join(" | "));
    }
    println!();
}

fn cell(cell: &Cell, judge: Judge) -> String {
    let units = cell.units();
    let units = format!("{} + {}", units.read, units.write);
    match judge {
        Judge::Units => units,
        Judge::UnitsAndTimes => format!("{units}, {:.2} ms", cell.milliseconds()),
    }
}

/// Writes `scale.json` and `scale.svg`.
pub(crate) fn write(figures: &Figures, directory: &Path) -> Result<()> {
    let text = serde_json::to_string_pretty(&document(figures))?;
    fs::write(directory.join("scale.json"), text + "\n")?;
    fs::write(directory.join("scale.svg"), plot::draw(figures))?;
    Ok(())
}

fn document(figures: &Figures) -> Value {
    let size = |size: &Size| {
        json!({
            "users": size.users,
            "members": size.members,
            "secondsForUsers": round(size.users_took),
            "secondsForMembers": round(size.members_took),
        })
    };
    let row = |line: &Line| {
        let cells: Vec<Value> = line.cells.iter().map(figure).collect();
        json!({ "operation": line.row.name, "bySize": cells, "timesAsLong": round(line.slowdown()) })
    };
    json!({
        "machine": machine(),
        "sizes": figures.sizes.iter().map(size).collect::<Vec<_>>(),
        "rows": judged(figures).map(row).collect::<Vec<_>>(),
    })
}

fn figure(cell: &Cell) -> Value {
    let units = cell.units();
    json!({
        "readUnits": units.read,
        "writeUnits": units.write,
        "storeCalls": units.calls,
        "milliseconds": round(cell.milliseconds()),
    })
}

/// Cores and processor.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        (name.trim() == "model name").then(|| value.trim())
    });
    format!("{cores} cores, {}", model.unwrap_or(std::env::consts::ARCH))
}

fn round(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// A number as README.md writes it.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
