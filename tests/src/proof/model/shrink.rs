//! A script that fails, made as short as it can be, and kept.

use super::op::{Script, Step};
use super::run::{Failure, replay};
use serde_json::Value;
use std::path::PathBuf;

/// How often a script is run on the way.
const RUNS: usize = 200;

/// A script being made shorter.
struct Shrinking {
    script: Script,
    failure: Failure,
    runs: usize,
}

impl Shrinking {
    /// Takes the candidate when it still fails.
    async fn tries(&mut self, steps: Vec<Step>) -> bool {
        if self.runs >= RUNS || steps == self.script.steps {
            return false;
        }
        self.runs += 1;
        let mut candidate = Script {
            about: self.script.about.clone(),
            steps,
        };
        let Err(failure) = replay(&candidate).await else {
            return false;
        };
        if nature(&failure) != nature(&self.failure) {
            return false;
        }
        candidate.steps.truncate(failure.step + 1);
        (self.script, self.failure) = (candidate, failure);
        true
    }

    /// Leaves out so many steps at a time.
    async fn leave_out(&mut self, size: usize) {
        let mut from = 0;
        while from < self.script.steps.len() {
            let mut steps = self.script.steps.clone();
            steps.drain(from..(from + size).min(steps.len()));
            if !self.tries(steps).await {
                from += size;
            }
        }
    }

    /// Leaves out what stands inside of steps: attributes, operations, parts of filters.
    async fn simplify(&mut self) {
        let mut place = 0;
        while place < self.script.steps.len() {
            let whole = serde_json::to_value(&self.script.steps[place]).unwrap();
            let mut taken = false;
            for smaller in smaller(&whole) {
                // What is nothing joined by `and`, nobody knows.
                let text = smaller.to_string();
                if ["{\"And\":[]}", "{\"Or\":[]}"]
                    .iter()
                    .any(|it| text.contains(it))
                {
                    continue;
                }
                let Ok(step) = serde_json::from_value::<Step>(smaller) else {
                    continue;
                };
                let mut steps = self.script.steps.clone();
                if steps[place] == step {
                    continue;
                }
                steps[place] = step;
                if self.tries(steps).await {
                    taken = true;
                    break;
                }
            }
            if !taken {
                place += 1;
            }
        }
    }
}

/// What a failure is about: a shorter script that fails otherwise shows something else.
fn nature(failure: &Failure) -> String {
    let line = failure.text.lines().next().unwrap_or_default();
    if line.starts_with("status") {
        return line.to_owned();
    }
    // Ids, places and times are other ones each time.
    let words = line
        .split(' ')
        .filter(|word| !word.contains(|c: char| c.is_ascii_digit()));
    words.take(6).collect::<Vec<_>>().join(" ")
}

/// Each value that has one entry less somewhere.
fn smaller(value: &Value) -> Vec<Value> {
    let mut found = Vec::new();
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                let mut less = object.clone();
                less.shift_remove(name);
                found.push(Value::Object(less));
                for inner in smaller(inner) {
                    let mut changed = object.clone();
                    changed.insert(name.clone(), inner);
                    found.push(Value::Object(changed));
                }
            }
        }
        Value::Array(items) => {
            for (place, inner) in items.iter().enumerate() {
                let mut less = items.clone();
                less.remove(place);
                found.push(Value::Array(less));
                for inner in smaller(inner) {
                    let mut changed = items.clone();
                    changed[place] = inner;
                    found.push(Value::Array(changed));
                }
            }
        }
        _ => {}
    }
    found
}

/// The shortest script found that still fails, and how: halves are left out, then
/// single steps, then what stands in them.
pub async fn shrink(script: Script, failure: Failure) -> (Script, Failure) {
    let mut shrinking = Shrinking {
        script,
        failure,
        runs: 0,
    };
    let cut = shrinking.failure.step + 1;
    shrinking.script.steps.truncate(cut);
    let mut size = shrinking.script.steps.len() / 2;
    while size > 1 {
        shrinking.leave_out(size).await;
        size /= 2;
    }
    loop {
        let before = shrinking.script.clone();
        shrinking.leave_out(1).await;
        shrinking.simplify().await;
        if shrinking.script == before {
            return (shrinking.script, shrinking.failure);
        }
    }
}

/// Makes it short and keeps it under `target/proof`; what to say of it.
pub async fn report(script: Script, failure: Failure) -> String {
    let about = script.about.clone();
    let (script, failure) = shrink(script, failure).await;
    let text = serde_json::to_string_pretty(&script).unwrap();
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/proof");
    let path = folder.join(format!("model-{}.json", about.replace(' ', "-")));
    let kept = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&path, &text));
    let place = match kept {
        Ok(()) => path.display().to_string(),
        Err(error) => format!("nowhere: {error}"),
    };
    format!(
        "{about}: model and server part at step {}: {}\n{text}\nkept: {place}",
        failure.step, failure.text
    )
}
