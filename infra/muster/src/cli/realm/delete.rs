//! `muster realm delete`: asked again and again until nothing is left.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Failure;
use crate::cli::consent::Consent;
use crate::cli::output::{self, Format, text};
use crate::cli::progress::Progress;
use crate::client::{AdminClient, Deletion, Removal};

/// The deployment waits for requests that were under way when the realm was
/// switched off; until then there may be nothing to remove.
const PAUSE: Duration = Duration::from_secs(1);

pub(super) async fn delete(
    client: &AdminClient,
    name: &str,
    consent: Consent,
    format: Format,
) -> Result<(), Failure> {
    let realm = client.realm(name).await?;
    consent.by_name(&question(name, &realm), name)?;
    let course = run(client, name).await.map_err(|failure| {
        Failure::new(format!(
            "{failure}; what is left goes when `muster realm delete {name}` is repeated"
        ))
    })?;
    match format {
        Format::Json => {
            output::print_json(&json!({ "deleted": name, "removed": course.seen.removed }));
        }
        Format::Text => output::print(&format!(
            "Realm {name} is deleted, and its name is free again"
        )),
    }
    Ok(())
}

async fn run(client: &AdminClient, name: &str) -> Result<Course, Failure> {
    let progress = Progress::bar("users and groups", 0);
    let mut course = Course::default();
    loop {
        match client.delete_realm(name).await? {
            // Absent: somebody else took the last of it.
            Removal::Done | Removal::Absent => return Ok(course),
            Removal::Goes(deletion) => {
                let pace = course.step(deletion);
                progress.of(course.whole());
                progress.at(course.gone());
                progress.show(&format!("({} items removed)", course.seen.removed));
                if pace == Pace::Waits {
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

fn question(name: &str, realm: &Value) -> String {
    format!(
        "Realm {name} ({}) is deleted with all of its users, groups, keys and events, and nothing brings them back; its URL answers 401 at once.",
        text(realm, "displayName")
    )
}

/// How a removal goes.
#[derive(Debug, Default)]
struct Course {
    seen: Deletion,
    /// The most users and groups that ever were left.
    most: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Moves,
    Waits,
}

impl Course {
    fn step(&mut self, deletion: Deletion) -> Pace {
        let moves = deletion.removed > self.seen.removed;
        self.seen = deletion;
        self.most = self.most.max(deletion.remaining);
        if moves { Pace::Moves } else { Pace::Waits }
    }

    fn whole(&self) -> usize {
        usize::try_from(self.most).unwrap_or(usize::MAX)
    }

    fn gone(&self) -> usize {
        let gone = self.most.saturating_sub(self.seen.remaining);
        usize::try_from(gone).unwrap_or(usize::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is() {
        let mut course = Course::default();
        for (removed, remaining, pace, gone, whole) in [
            (0, 500, Pace::Waits, 0, 500),
            (0, 500, Pace::Waits, 0, 500),
            (900, 300, Pace::Moves, 200, 500),
            // A create that was under way has still come.
            (910, 501, Pace::Moves, 0, 501),
            (2_000, 0, Pace::Moves, 501, 501),
            (2_000, 0, Pace::Waits, 501, 501),
            (2_400, 0, Pace::Moves, 501, 501),
        ] {
            let seen = course.step(Deletion { removed, remaining });
            assert_eq!(
                (seen, course.gone(), course.whole()),
                (pace, gone, whole),
                "{removed} {remaining}"
            );
        }
    }
}
