//! What was measured, by operation and size.

use std::time::Duration;

use muster_tests::lean::Result;

use crate::load::People;
use crate::places::Units;
use crate::rows::Row;

/// Everything that was measured.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) sizes: Vec<Size>,
    pub(crate) rows: Vec<Line>,
}

/// A size, and how long it took to get there from the one before.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) users: usize,
    pub(crate) members: usize,
    pub(crate) users_took: f64,
    pub(crate) members_took: f64,
}

/// An operation at all sizes.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) row: &'static Row,
    pub(crate) cells: Vec<Cell>,
}

/// An operation at one size.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cell {
    pub(crate) units: Vec<Units>,
    pub(crate) times: Vec<Duration>,
}

impl Size {
    pub(crate) fn of(people: &People) -> Self {
        Self {
            users: people.users,
            members: people.group_of,
            users_took: people.users_took,
            members_took: people.members_took,
        }
    }
}

impl Figures {
    pub(crate) fn new(sizes: Vec<Size>, rows: &[&'static Row]) -> Self {
        let line = |row: &&'static Row| Line {
            row,
            cells: vec![Cell::default(); sizes.len()],
        };
        Self {
            rows: rows.iter().map(line).collect(),
            sizes,
        }
    }

    /// The cell of a row at a size.
    pub(crate) fn at(&mut self, row: usize, size: usize) -> Result<&mut Cell> {
        let line = self.rows.get_mut(row).ok_or("there is no such row")?;
        Ok(line.cells.get_mut(size).ok_or("there is no such size")?)
    }
}

impl Line {
    /// The median time at the largest size against that at the smallest.
    pub(crate) fn slowdown(&self) -> f64 {
        let of = |cell: Option<&Cell>| cell.map(Cell::milliseconds).unwrap_or_default();
        of(self.cells.last()) / of(self.cells.first())
    }
}

impl Cell {
    /// The median of what it has consumed.
    pub(crate) fn units(&self) -> Units {
        Units {
            read: median(self.units.iter().map(|units| units.read)),
            write: median(self.units.iter().map(|units| units.write)),
            calls: median(self.units.iter().map(|units| units.calls)),
        }
    }

    /// The most that it has read.
    pub(crate) fn most_read(&self) -> f64 {
        self.units
            .iter()
            .map(|units| units.read)
            .fold(0.0, f64::max)
    }

    /// The median of its times.
    pub(crate) fn milliseconds(&self) -> f64 {
        median(self.times.iter().map(Duration::as_secs_f64)) * 1e3
    }
}

/// The middle one, the lower of two; zero of none.
fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let middle = values.len().saturating_sub(1) / 2;
    values.get(middle).copied().unwrap_or_default()
}
