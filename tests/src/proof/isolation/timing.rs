//! How long a refusal takes, measured: two ways at a time, one after the other in turn.

use super::knocks::{Gate, Way};
use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt;
use std::time::{Duration, Instant};
use tower::ServiceExt;

/// Knocks so often in every way, the ways in turn and each time in another order, without a socket; how long each took.
pub async fn measure(gate: &Gate, samples: usize, seed: u64) -> Vec<(&Way, Vec<Duration>)> {
    let mut rng = fastrand::Rng::with_seed(seed);
    let ways = gate.ways.iter();
    let mut taken: Vec<(&Way, Vec<Duration>)> = ways.map(|way| (way, Vec::new())).collect();
    let mut order: Vec<usize> = (0..taken.len()).collect();
    for _ in 0..samples {
        rng.shuffle(&mut order);
        for n in &order {
            let (way, times) = &mut taken[*n];
            times.push(knock(gate, way).await);
        }
        gate.forget();
    }
    taken
}

async fn knock(gate: &Gate, way: &Way) -> Duration {
    let request = Request::get(format!("/realms/{}/scim/v2/Users", way.name))
        .header("authorization", format!("Bearer {}", way.token))
        .body(Body::empty())
        .unwrap();
    let router = gate.router.clone();
    let begun = Instant::now();
    let answer = router.oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 401, "{}", way.why);
    answer.into_body().collect().await.unwrap();
    begun.elapsed()
}

/// What two samples say of each other, in nanoseconds.
#[derive(Debug, Clone, Copy)]
pub struct Comparison {
    /// The median of the first.
    pub first: f64,
    /// The median of the second.
    pub second: f64,
    /// Of the second's median less the first's: nineteen of twenty resamplings lie between.
    pub interval: (f64, f64),
    /// Welch's t of the samples without their slowest twentieth.
    pub t: f64,
}

/// How often the medians are drawn anew.
const RESAMPLINGS: usize = 400;

/// Compares two samples.
pub fn compare(first: &[Duration], second: &[Duration], seed: u64) -> Comparison {
    let mut rng = fastrand::Rng::with_seed(seed);
    let [first, second] = [first, second].map(nanoseconds);
    let mut differences: Vec<f64> = (0..RESAMPLINGS)
        .map(|_| redrawn(&second, &mut rng) - redrawn(&first, &mut rng))
        .collect();
    differences.sort_by(f64::total_cmp);
    let at = |share: f64| differences[(share * (RESAMPLINGS - 1) as f64) as usize];
    Comparison {
        first: median(&first),
        second: median(&second),
        interval: (at(0.025), at(0.975)),
        t: welch(&first, &second),
    }
}

/// Sorted.
fn nanoseconds(sample: &[Duration]) -> Vec<f64> {
    let mut sorted: Vec<f64> = sample.iter().map(|time| time.as_nanos() as f64).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

fn median(sorted: &[f64]) -> f64 {
    sorted[sorted.len() / 2]
}

fn redrawn(sample: &[f64], rng: &mut fastrand::Rng) -> f64 {
    let mut drawn: Vec<f64> = (0..sample.len())
        .map(|_| sample[rng.usize(..sample.len())])
        .collect();
    let middle = drawn.len() / 2;
    *drawn.select_nth_unstable_by(middle, f64::total_cmp).1
}

fn welch(first: &[f64], second: &[f64]) -> f64 {
    let moments = |sample: &[f64]| {
        let kept = &sample[..sample.len() - sample.len() / 20];
        let n = kept.len() as f64;
        let mean = kept.iter().sum::<f64>() / n;
        let variance = kept.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
        (mean, variance / n)
    };
    let ((a, va), (b, vb)) = (moments(first), moments(second));
    (b - a) / (va + vb).sqrt()
}
