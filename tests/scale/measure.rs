//! The rounds: each operation at each size, what it costs and how long it takes.

use muster_tests::lean::Result;

use crate::figures::{Figures, Size};
use crate::places::Place;
use crate::progress::Progress;

/// Rounds that only warm caches.
const WARM_UP: usize = 1;

/// Asks all places, side by side.
pub(crate) async fn all(places: &mut [Place], rounds: usize) -> Result<Figures> {
    let sizes: Vec<Size> = places
        .iter()
        .map(|place| Size::of(&place.state.people))
        .collect();
    let first = places.first_mut();
    let rows = first.ok_or("there is no size")?.rows().await?;
    let mut figures = Figures::new(sizes, &rows);
    let progress = Progress::start("rounds".to_owned(), WARM_UP + rounds);
    for round in 0..WARM_UP + rounds {
        // Each is the first in its turn.
        let first = round % places.len();
        for (number, row) in rows.iter().enumerate() {
            for size in (first..places.len()).chain(0..first) {
                let place = places.get_mut(size).ok_or("there is no such size")?;
                place.state.round = round;
                let (units, time) = place.ask(row).await?;
                if round >= WARM_UP {
                    let figure = figures.at(number, size)?;
                    figure.units.push(units);
                    figure.times.push(time);
                }
            }
        }
        progress.advance(1);
    }
    progress.finish();
    Ok(figures)
}
