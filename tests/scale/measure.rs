//! The rounds: first what each operation consumes, then how long it takes.

use muster_tests::lean::Result;

use crate::figures::{Figures, Size};
use crate::places::Place;
use crate::progress::Progress;
use crate::verdict::Judge;

/// How often each operation is metered at each size.
const METERED: usize = 5;
/// Rounds that only warm caches.
const WARM_UP: usize = 2;

/// Asks all places, side by side.
pub(crate) async fn all(places: &mut [Place], rounds: usize, judge: Judge) -> Result<Figures> {
    let sizes: Vec<Size> = places
        .iter()
        .map(|place| Size::of(&place.state.people))
        .collect();
    let first = places.first_mut();
    let rows = first.ok_or("there is no size")?.rows().await?;
    let mut figures = Figures::new(sizes, &rows);
    let timed = match judge {
        Judge::Units => 0,
        Judge::UnitsAndTimes => rounds,
    };
    let progress = Progress::start("rounds".to_owned(), WARM_UP + METERED + timed);
    for round in 0..WARM_UP + METERED + timed {
        for (number, row) in rows.iter().enumerate() {
            // Each is the first in its turn.
            let (before, after) =
                (0..places.len()).partition::<Vec<_>, _>(|n| *n < round % places.len());
            for size in after.into_iter().chain(before) {
                let place = places.get_mut(size).ok_or("there is no such size")?;
                place.state.round = round;
                let figure = figures.at(number, size)?;
                if round < WARM_UP {
                    place.time(row).await?;
                } else if round < WARM_UP + METERED {
                    figure.units.push(place.meter(row).await?);
                } else {
                    figure.times.push(place.time(row).await?);
                }
            }
        }
        progress.advance(1);
    }
    progress.finish();
    Ok(figures)
}
