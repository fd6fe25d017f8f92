//! Whether it stays as it is while a realm grows.

use std::process::ExitCode;

use crate::figures::{Figures, Line};
use crate::rows::Law;

/// How much longer an operation may take at the largest size than at the smallest.
const SLOWER: f64 = 1.5;
/// What seeking a page may read beside the page (DESIGN.md, the cost ledger).
const SEEK: f64 = 30.0;

/// What is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judge {
    /// What cannot vary with the machine.
    Units,
    /// Times, too.
    UnitsAndTimes,
}

/// Tells of every operation that grows, and last how many do not.
pub(crate) fn tell(figures: &Figures, judge: Judge) -> ExitCode {
    let (mut passed, mut failed) = (0, 0);
    let mut check = |name: &str, complaint: Option<String>| match complaint {
        None => passed += 1,
        Some(complaint) => {
            failed += 1;
            println!("FAILED  {name}: {complaint}");
        }
    };
    for line in judged(figures) {
        check(line.row.name, grown(line));
        if judge == Judge::UnitsAndTimes {
            check(line.row.name, slower(line));
        }
    }
    println!("{passed} passed, {failed} failed");
    if failed == 0 && passed > 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The rows that stand for themselves.
pub(crate) fn judged(figures: &Figures) -> impl Iterator<Item = &Line> {
    let rows = figures.rows.iter();
    rows.filter(|line| line.row.law != Law::Unjudged)
}

/// What breaks the law of the row's units.
fn grown(line: &Line) -> Option<String> {
    let smallest = line.cells.first()?.units();
    if smallest.read <= 0.0 {
        return Some("its units were not seen".to_owned());
    }
    let broken = line.cells.iter().any(|cell| match line.row.law {
        Law::Flat => cell.units() != smallest,
        Law::Sought => cell.most_read() > smallest.read + SEEK || cell.units().write > 0.0,
        Law::Unjudged => false,
    });
    broken.then(|| {
        let shown = line.cells.iter().map(|cell| {
            let units = cell.units();
            format!(
                "{} + {} by {} calls (at most {})",
                units.read,
                units.write,
                units.calls,
                cell.most_read()
            )
        });
        let shown: Vec<String> = shown.collect();
        format!("its units grow: {}", shown.join(", "))
    })
}

fn slower(line: &Line) -> Option<String> {
    let slowdown = line.slowdown();
    (slowdown.is_nan() || slowdown > SLOWER)
        .then(|| format!("it takes {slowdown:.2} times as long"))
}
