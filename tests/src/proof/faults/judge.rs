//! Whether an operation that was struck has come to what it must come to.

use super::bench::{Bench, Place, State, Struck};
use super::blow::{Blow, Strike};
use super::desk::Seen;
use super::operation::{Operation, Way};
use super::run::Effort;
use crate::Answer;
use crate::json::unlike;
use serde_json::Value;

/// What an operation comes to when nothing is struck.
#[derive(Debug)]
pub struct Clean {
    /// Its calls of the table.
    pub calls: Vec<String>,
    answer: Value,
    before: State,
    after: State,
    /// When it is asked again.
    again: (Value, State),
}

/// What a case came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// All is as it must be; how many calls were struck.
    Survived(usize),
    /// There was no such call.
    Missed,
    /// It is not, and why.
    Broken(String),
}

impl Clean {
    /// Runs an operation without any fault.
    pub async fn run(bench: &Bench, operation: &Operation) -> Result<Self, String> {
        let place = bench.place(operation).await;
        let before = bench.state(&place, operation).await;
        let struck = bench.strike(&place, operation, Strike::Nothing).await;
        let answer = struck.answer.ok_or("it has died of nothing")?;
        let status = (answer.status, operation.status);
        equal(format!("{answer:?}: the status"), status)?;
        bench.finish(&place.realm.name).await?;
        let after = bench.state(&place, operation).await;
        let second = bench.ask(&place, operation).await;
        let status = (second.status, operation.again);
        equal(format!("{second:?}: the second status"), status)?;
        bench.finish(&place.realm.name).await?;
        let again = bench.state(&place, operation).await;
        let clean = Self {
            calls: struck.seen.calls,
            answer: place.face(&answer),
            before,
            after,
            again: (place.face(&second), again),
        };
        for state in [&clean.before, &clean.after, &clean.again.1] {
            if operation.way != Way::Sweep && !state.look.faults.is_empty() {
                return Err(format!("{:?}", state.look.faults));
            }
        }
        // What all runs do alike would not be seen by comparing them.
        if let Some(moves) = operation.memberships {
            let edges = |state: &State| isize::try_from(state.look.edges).unwrap();
            let moved = edges(&clean.after) - edges(&clean.before);
            equal("memberships".to_owned(), (moved, moves))?;
        }
        if operation.reads() && clean.delta(&clean.after) != 0 {
            return Err("what only reads has an event".to_owned());
        }
        Ok(clean)
    }

    fn delta(&self, state: &State) -> usize {
        state
            .look
            .writes()
            .saturating_sub(self.before.look.writes())
    }

    /// Strikes the operation in a realm of its own.
    pub async fn case(
        &self,
        bench: &Bench,
        operation: &Operation,
        strike: &Strike,
        effort: Effort,
    ) -> Verdict {
        let place = bench.place(operation).await;
        let struck = bench.strike(&place, operation, strike.clone()).await;
        if struck.seen.fired == 0 {
            return Verdict::Missed;
        }
        let fired = struck.seen.fired;
        let calls = calls(&struck.seen);
        let case = Case {
            clean: self,
            bench,
            operation,
            place: &place,
            effort,
        };
        match case.judge(struck, strike).await {
            Ok(()) => Verdict::Survived(fired),
            Err(why) => Verdict::Broken(format!("{why} ({calls}, realm {})", place.realm.name)),
        }
    }
}

fn calls(seen: &Seen) -> String {
    format!("calls {:?}", seen.calls)
}

/// A case that has been struck.
struct Case<'a> {
    clean: &'a Clean,
    bench: &'a Bench,
    operation: &'a Operation,
    place: &'a Place<'a>,
    effort: Effort,
}

/// What is expected of a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Before,
    After,
    Again,
}

impl Case<'_> {
    async fn judge(&self, struck: Struck, strike: &Strike) -> Result<(), String> {
        if self.operation.way == Way::Sweep {
            return self.judge_sweep(struck).await;
        }
        let answered = match &struck.answer {
            Some(answer) => {
                let like = self.is_like(answer, &self.clean.answer);
                match (strike, like) {
                    // Whatever passes is not seen.
                    (Strike::At(_) | Strike::Nothing, Err(why)) => return Err(why),
                    (Strike::From(..), Err(_)) if self.is_without_derived(answer) => true,
                    (Strike::From(..), Err(why)) => {
                        self.is_refusal(answer)
                            .map_err(|other| format!("{why}; {other}"))?;
                        false
                    }
                    (_, Ok(())) => true,
                }
            }
            None => false,
        };
        if answered {
            return self.is_at(Stage::After).await;
        }
        if matches!(self.operation.way, Way::Parts | Way::Chain) {
            return self.judge_parts().await;
        }
        let before = self.is_at(Stage::Before).await;
        let Err(why) = before else {
            self.asked_again(&self.clean.answer).await?;
            return self.is_at(Stage::After).await;
        };
        let may_be_done = match strike {
            Strike::From(_, blow) => blow.takes_effect() || blow.is_ending(),
            Strike::At(_) | Strike::Nothing => true,
        };
        if !may_be_done {
            return Err(format!(
                "it was refused, and the state is not as before: {why}"
            ));
        }
        let after = self.is_at(Stage::After).await;
        after.map_err(|other| format!("neither before ({why}) nor after ({other})"))?;
        self.asked_again(&self.clean.again.0).await?;
        self.is_at(Stage::Again).await
    }

    /// Some of its parts are done, some are not; the next time they are.
    async fn judge_parts(&self) -> Result<(), String> {
        let state = self.rested().await?;
        whole(&state)?;
        let answer = self.bench.ask(self.place, self.operation).await;
        let right = [self.operation.status, self.operation.again];
        if !right.contains(&answer.status) {
            return Err(format!("asked again: {answer:?}"));
        }
        let state = self.rested().await?;
        whole(&state)?;
        if self.operation.way == Way::Chain {
            return Ok(());
        }
        let differs = unlike(&self.clean.after.face, &state.face);
        differs.map_or(Ok(()), |why| Err(format!("asked again, the state: {why}")))
    }

    /// A realm that is being deleted: it goes on being deleted, and nothing is left.
    async fn judge_sweep(&self, struck: Struck) -> Result<(), String> {
        if let Some(answer) = struck.answer.filter(|answer| answer.status != 202) {
            self.is_refusal(&answer)?;
        }
        self.bench.delete(&self.place.realm.name).await?;
        let left = self.bench.left(self.place).await;
        match left.as_slice() {
            [] => Ok(()),
            left => Err(format!("left of the realm: {left:?}")),
        }
    }

    async fn rested(&self) -> Result<State, String> {
        self.bench.finish(&self.place.realm.name).await?;
        Ok(self.bench.state(self.place, self.operation).await)
    }

    /// Asks the process without faults.
    async fn asked_again(&self, expected: &Value) -> Result<(), String> {
        let answer = self.bench.ask(self.place, self.operation).await;
        let like = self.is_like(&answer, expected);
        like.map_err(|why| format!("asked again: {why}"))
    }

    fn is_like(&self, answer: &Answer, expected: &Value) -> Result<(), String> {
        let face = self.place.face(answer);
        let differs = match self.operation.way {
            Way::Loose | Way::AllRealms => (face[0] != expected[0]).then(|| "the status".into()),
            _ => unlike(expected, &face),
        };
        differs.map_or(Ok(()), |why: String| Err(format!("{why} in {answer:?}")))
    }

    /// That an answer tells of the change, and leaves out what would have had to be
    /// read for it afterwards: a whole attribute.
    fn is_without_derived(&self, answer: &Answer) -> bool {
        let mut expected = self.clean.answer.clone();
        for derived in ["groups", "members"] {
            if let Some(body) = expected[1].as_object_mut() {
                body.remove(derived);
            }
        }
        !self.operation.reads() && self.is_like(answer, &expected).is_ok()
    }

    /// That an answer says: not now.
    fn is_refusal(&self, answer: &Answer) -> Result<(), String> {
        let parts = matches!(self.operation.way, Way::Parts | Way::Chain);
        if parts && answer.status == self.operation.status {
            return Ok(());
        }
        let body = answer.json();
        let detail = body["detail"].as_str().unwrap_or_default();
        let error = match self.operation.is_admin() {
            true => {
                body["status"] == answer.status
                    && answer.header("content-type") == "application/problem+json"
            }
            false => {
                body["status"].as_str().map(str::parse) == Some(Ok(answer.status))
                    && body["schemas"][0] == crate::urn::ERROR
            }
        };
        let seconds = answer.header("retry-after").parse::<u32>();
        let right = matches!(answer.status, 429 | 503)
            && error
            && !detail.is_empty()
            && seconds.is_ok_and(|seconds| seconds > 0);
        right
            .then_some(())
            .ok_or_else(|| format!("no refusal for the moment: {answer:?}"))
    }

    async fn is_at(&self, stage: Stage) -> Result<(), String> {
        let expected = match stage {
            Stage::Before => &self.clean.before,
            Stage::After => &self.clean.after,
            Stage::Again => &self.clean.again.1,
        };
        if self.effort == Effort::Modest {
            self.bench.finish(&self.place.realm.name).await?;
            if self.bench.raw(self.place).await == expected.raw {
                return Ok(());
            }
        }
        let state = self.rested().await?;
        whole(&state)?;
        if let Some(why) = unlike(&expected.face, &state.face) {
            return Err(format!("{stage:?}: {why}"));
        }
        let events = (self.clean.delta(&state), self.clean.delta(expected));
        equal(format!("{stage:?}: events"), events)
    }
}

/// What holds of every state.
fn whole(state: &State) -> Result<(), String> {
    match state.look.faults.as_slice() {
        [] => Ok(()),
        faults => Err(format!("{faults:?}")),
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(
    what: String,
    (seen, expected): (T, T),
) -> Result<(), String> {
    match seen == expected {
        true => Ok(()),
        false => Err(format!("{what}: {seen:?}, expected {expected:?}")),
    }
}

impl Blow {
    /// Whether a process may have come any way before it.
    fn is_ending(self) -> bool {
        matches!(self, Self::Death | Self::LastWords)
    }
}
