//! Whether a history is linearizable: whether its calls, each at some instant
//! between its begin and its end, one after the other, are what a sequential
//! specification allows.
//!
//! The search is Wing and Gong's ("Testing and Verifying Concurrent Objects",
//! 1993) with Lowe's memory of what has been tried ("Testing for
//! linearizability", 2017). A call of which nobody knows whether it was done may
//! be done at any instant from its begin on, or never. A call that can change
//! nothing is placed as soon as it fits: that closes no way.

use std::collections::HashSet;
use std::hash::Hash;

/// Where the search gives up: no history of ours comes near it.
const MOST_STEPS: u64 = 20_000_000;

/// What an object may do, one call after the other.
pub trait Spec {
    /// A call together with what it was answered, if it was.
    type Call: Clone;
    /// What the object holds.
    type State: Clone + Eq + Hash;

    /// What it holds at the beginning.
    fn initial(&self) -> Self::State;

    /// The state after the call, if the call can be answered so in this state.
    fn after(&self, state: &Self::State, call: &Self::Call) -> Option<Self::State>;

    /// Whether the call, answered so, changes nothing in any state.
    fn is_look(call: &Self::Call) -> bool;

    /// Whether a misfit can be told without the call: it changes nothing, and
    /// shows nothing that another call leans on.
    fn is_spare(call: &Self::Call) -> bool {
        Self::is_look(call)
    }
}

/// A call and when it was under way.
#[derive(Debug, Clone)]
pub struct Timed<C> {
    /// The call.
    pub call: C,
    /// The instant at which it began.
    pub begin: u64,
    /// The instant at which its answer was there; none, if nobody knows whether it was done.
    pub end: Option<u64>,
}

/// What the search has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// There is an order.
    Linearizable,
    /// There is none.
    Broken,
    /// It has taken too long.
    Undecided,
}

/// Looks for an order.
pub fn check<S: Spec>(spec: &S, history: &[Timed<S::Call>]) -> Verdict {
    let mut search = Search {
        spec,
        history,
        seen: HashSet::new(),
        done: vec![0; history.len().div_ceil(64)],
        steps: 0,
    };
    match search.place(spec.initial()) {
        Some(true) => Verdict::Linearizable,
        Some(false) => Verdict::Broken,
        None => Verdict::Undecided,
    }
}

struct Search<'a, S: Spec> {
    spec: &'a S,
    history: &'a [Timed<S::Call>],
    /// What was placed and what came of it, each from where no order was found.
    seen: HashSet<(Vec<u64>, S::State)>,
    done: Vec<u64>,
    steps: u64,
}

impl<S: Spec> Search<'_, S> {
    /// Whether the calls that are left can be placed; none when that takes too long.
    fn place(&mut self, state: S::State) -> Option<bool> {
        let mut at_once = Vec::new();
        let found = loop {
            let (candidates, answered) = self.candidates();
            if !answered {
                return Some(true);
            }
            self.steps += 1;
            if self.steps > MOST_STEPS {
                return None;
            }
            let after: Vec<(usize, S::State)> = candidates
                .into_iter()
                .filter_map(|n| Some((n, self.spec.after(&state, &self.history[n].call)?)))
                .filter(|(n, after)| *after != state || self.history[*n].end.is_some())
                .collect();
            let same = after
                .iter()
                .find(|(n, after)| *after == state && S::is_look(&self.history[*n].call));
            if let Some((n, _)) = same {
                self.mark(*n);
                at_once.push(*n);
                continue;
            }
            if !self.seen.insert((self.done.clone(), state.clone())) {
                break false;
            }
            let mut found = false;
            for (n, after) in after {
                self.mark(n);
                if self.place(after)? {
                    found = true;
                    break;
                }
                self.mark(n);
            }
            break found;
        };
        if !found {
            for n in at_once {
                self.mark(n);
            }
        }
        Some(found)
    }

    /// The calls that may be next, those that ended first ahead of the others and
    /// those that nobody knows of last; and whether an answered one is left.
    fn candidates(&self) -> (Vec<usize>, bool) {
        let left = (0..self.history.len()).filter(|n| !self.is_done(*n));
        let horizon = left.clone().filter_map(|n| self.history[n].end).min();
        let mut candidates: Vec<usize> = left
            .filter(|n| horizon.is_none_or(|horizon| self.history[*n].begin < horizon))
            .collect();
        candidates.sort_by_key(|n| self.history[*n].end.unwrap_or(u64::MAX));
        (candidates, horizon.is_some())
    }

    fn is_done(&self, n: usize) -> bool {
        self.done[n / 64] & (1 << (n % 64)) != 0
    }

    /// Places the call, or takes it back.
    fn mark(&mut self, n: usize) {
        self.done[n / 64] ^= 1 << (n % 64);
    }
}

/// What is left of a history that has no order when all is taken away that the
/// contradiction does not need.
#[derive(Debug, Clone)]
pub struct Misfit<C> {
    /// The calls, by their begin.
    pub calls: Vec<Timed<C>>,
    /// Which of them could not be placed: without it, and whatever came after, there is an order.
    pub culprit: usize,
}

/// The least that cannot be placed of a history that is not linearizable.
pub fn least<S: Spec>(spec: &S, history: &[Timed<S::Call>]) -> Misfit<S::Call> {
    // A beginning of a linearizable history is linearizable: the first end at
    // which it is not is found by halving.
    let mut ends: Vec<u64> = history.iter().filter_map(|timed| timed.end).collect();
    ends.sort_unstable();
    let broken = |end: u64| check(spec, &until(history, end)) != Verdict::Linearizable;
    let first = ends
        .partition_point(|end| !broken(*end))
        .min(ends.len() - 1);
    let mut calls = until(history, ends[first]);
    calls.sort_by_key(|timed| timed.begin);
    let mut n = 0;
    while n < calls.len() {
        let timed = &calls[n];
        if S::is_spare(&timed.call) && timed.end != Some(ends[first]) {
            let mut fewer = calls.clone();
            fewer.remove(n);
            if check(spec, &fewer) == Verdict::Broken {
                calls = fewer;
                continue;
            }
        }
        n += 1;
    }
    let culprit = calls
        .iter()
        .position(|timed| timed.end == Some(ends[first]));
    Misfit {
        culprit: culprit.unwrap(),
        calls,
    }
}

/// What had begun until then; what had not ended is not known of.
fn until<C: Clone>(history: &[Timed<C>], instant: u64) -> Vec<Timed<C>> {
    let begun = history.iter().filter(|timed| timed.begin <= instant);
    begun
        .map(|timed| Timed {
            call: timed.call.clone(),
            begin: timed.begin,
            end: timed.end.filter(|end| *end <= instant),
        })
        .collect()
}
