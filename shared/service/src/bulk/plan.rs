//! In which order operations are done.
//!
//! First they are put in a row: in the given order, but each behind those that
//! create what it refers to. Where references run in a circle, some resource has
//! to be created without what it refers to, which is put into it afterwards: a
//! second step of its operation (RFC 7644 section 3.7.1). Then each step waits
//! for those before it in the row that it has something to do with, and for no
//! others: two steps when one changes what the other changes or names, or when
//! both give the same unique name.

use super::need::{Need, Thing};
use std::collections::{BTreeMap, BTreeSet};

/// The steps in their row.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Plan {
    pub(super) steps: Vec<Step>,
    /// By operation those of its references that it has to do without at first.
    pub(super) deferred: Vec<BTreeSet<usize>>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) operation: usize,
    pub(super) act: Act,
    /// The steps that come before it, by their place in the row.
    pub(super) after: BTreeSet<usize>,
}

/// Which part of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// All of it, but for deferred references.
    Perform,
    /// The deferred references.
    Complete,
}

impl Plan {
    pub(super) fn of(needs: &[Need]) -> Self {
        let Row { acts, deferred } = Row::of(needs);
        let mut last = Last::default();
        let steps = acts
            .into_iter()
            .enumerate()
            .filter_map(|(place, (operation, act))| {
                let need = needs.get(operation)?;
                let deferred = deferred.get(operation)?;
                Some(Step {
                    operation,
                    act,
                    after: last.follow(place, &part(need, deferred, act)),
                })
            })
            .collect();
        Self { steps, deferred }
    }
}

/// The part of an operation's needs that a step has.
fn part(need: &Need, deferred: &BTreeSet<usize>, act: Act) -> Need {
    let deferred: BTreeSet<Thing> = deferred.iter().copied().map(Thing::New).collect();
    let mut part = match act {
        Act::Perform => Need {
            mentions: &need.mentions - &deferred,
            ..need.clone()
        },
        Act::Complete => Need {
            target: need.target,
            mentions: deferred,
            ..Need::default()
        },
    };
    part.mentions.retain(|thing| Some(*thing) != need.target);
    part
}

/// The row, before it is known what has to wait for what.
struct Row {
    acts: Vec<(usize, Act)>,
    deferred: Vec<BTreeSet<usize>>,
}

/// How far an operation is on its way into the row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    Ahead,
    /// Waiting for what it refers to; so many wait for it.
    Waiting(usize),
    Placed,
}

impl Row {
    /// A walk in depth along the references, with a stack of its own: a chain of
    /// them may be as long as the request.
    fn of(needs: &[Need]) -> Self {
        let mut row = Self {
            acts: Vec::with_capacity(needs.len()),
            deferred: vec![BTreeSet::new(); needs.len()],
        };
        let mut marks = vec![Mark::Ahead; needs.len()];
        // By an operation those that are completed when it is placed.
        let mut completed: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut stack: Vec<(usize, Vec<usize>)> = Vec::new();
        let enter = |operation: usize| {
            let references = needs.get(operation).map(|need| &need.references);
            let next = references.into_iter().flatten().rev().copied().collect();
            (operation, next)
        };
        for first in 0..needs.len() {
            if marks.get(first) == Some(&Mark::Ahead) {
                set(&mut marks, first, Mark::Waiting(0));
                stack.push(enter(first));
            }
            while let Some((operation, next)) = stack.last_mut() {
                let operation = *operation;
                let Some(reference) = next.pop() else {
                    stack.pop();
                    set(&mut marks, operation, Mark::Placed);
                    row.place(operation, &marks, &mut completed, stack.as_slice());
                    continue;
                };
                match marks.get(reference) {
                    Some(Mark::Ahead) => {
                        set(&mut marks, reference, Mark::Waiting(stack.len()));
                        stack.push(enter(reference));
                    }
                    // A circle: what it refers to waits for it.
                    Some(Mark::Waiting(_)) => {
                        if let Some(deferred) = row.deferred.get_mut(operation) {
                            deferred.insert(reference);
                        }
                    }
                    Some(Mark::Placed) | None => {}
                }
            }
        }
        row
    }

    /// Places an operation, and completes those that waited for it last.
    fn place(
        &mut self,
        operation: usize,
        marks: &[Mark],
        completed: &mut BTreeMap<usize, Vec<usize>>,
        stack: &[(usize, Vec<usize>)],
    ) {
        self.acts.push((operation, Act::Perform));
        let deferred = self.deferred.get(operation);
        if deferred.is_some_and(|deferred| !deferred.is_empty()) {
            // Of those that still wait, the one that is placed last.
            let depths = deferred.into_iter().flatten().filter_map(|reference| {
                match marks.get(*reference) {
                    Some(Mark::Waiting(depth)) => Some(*depth),
                    _ => None,
                }
            });
            let last = depths.min().and_then(|depth| stack.get(depth));
            let last = last.map_or(operation, |(last, _)| *last);
            completed.entry(last).or_default().push(operation);
        }
        let now = completed.remove(&operation).unwrap_or_default();
        self.acts
            .extend(now.into_iter().map(|operation| (operation, Act::Complete)));
    }
}

fn set(marks: &mut [Mark], operation: usize, to: Mark) {
    if let Some(mark) = marks.get_mut(operation) {
        *mark = to;
    }
}

/// The last steps so far that had to do with something.
#[derive(Default)]
struct Last {
    changed: BTreeMap<Thing, usize>,
    /// Since it was changed.
    named: BTreeMap<Thing, Vec<usize>>,
    given: BTreeMap<(store::Kind, String), usize>,
}

impl Last {
    /// The steps that a step with these needs has to wait for.
    fn follow(&mut self, place: usize, need: &Need) -> BTreeSet<usize> {
        let mut after = BTreeSet::new();
        for thing in &need.mentions {
            after.extend(self.changed.get(thing));
            self.named.entry(*thing).or_default().push(place);
        }
        if let Some(target) = need.target {
            after.extend(self.changed.insert(target, place));
            after.extend(self.named.remove(&target).into_iter().flatten());
        }
        for name in &need.names {
            after.extend(self.given.insert(name.clone(), place));
        }
        after
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::{Act, Need, Plan, Thing};
    use proptest::prelude::{Strategy, prop, proptest};
    use store::Kind;

    /// A POST that refers to those.
    fn creates(at: usize, references: &[usize]) -> Need {
        Need {
            references: references.iter().copied().collect(),
            target: Some(Thing::New(at)),
            mentions: references.iter().copied().map(Thing::New).collect(),
            ..Need::default()
        }
    }

    /// A change of a stored resource that names others.
    fn changes(id: u8, mentions: &[Thing]) -> Need {
        let references = mentions.iter().filter_map(|thing| match thing {
            Thing::New(at) => Some(*at),
            Thing::Stored(_) => None,
        });
        Need {
            references: references.collect(),
            target: Some(stored(id)),
            mentions: mentions.iter().copied().collect(),
            ..Need::default()
        }
    }

    fn stored(id: u8) -> Thing {
        Thing::Stored(store::ResourceId::from_random([id; 16]))
    }

    /// `1` performs operation 1, `1+` completes it; in brackets the places it comes after.
    fn shown(plan: &Plan) -> String {
        let steps = plan.steps.iter().map(|step| {
            let act = match step.act {
                Act::Perform => "",
                Act::Complete => "+",
            };
            let after: Vec<String> = step.after.iter().map(ToString::to_string).collect();
            format!("{}{act}[{}]", step.operation, after.join(","))
        });
        steps.collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(needs: &[Need], expected: &str) {
        assert_eq!(shown(&Plan::of(needs)), expected, "{needs:?}");
    }

    #[test]
    fn references_decide_the_row_and_the_given_order_the_rest() {
        check(&[], "");
        check(&[creates(0, &[]), creates(1, &[])], "0[] 1[]");
        // Backward, forward, in a chain.
        check(&[creates(0, &[]), creates(1, &[0])], "0[] 1[0]");
        check(&[creates(0, &[1]), creates(1, &[])], "1[] 0[0]");
        check(
            &[creates(0, &[1]), creates(1, &[2]), creates(2, &[])],
            "2[] 1[0] 0[1]",
        );
    }

    #[test]
    fn a_circle_is_closed_by_a_second_step() {
        check(&[creates(0, &[0])], "0[] 0+[0]");
        check(&[creates(0, &[1]), creates(1, &[0])], "1[] 0[0] 1+[0,1]");
        check(
            &[creates(0, &[1]), creates(1, &[2]), creates(2, &[0])],
            "2[] 1[0] 0[1] 2+[0,1,2]",
        );
        // Two circles through one resource.
        check(
            &[creates(0, &[1, 2]), creates(1, &[0]), creates(2, &[0])],
            "1[] 2[] 0[0,1] 1+[0,2] 2+[1,2]",
        );
        // Everybody knows everybody.
        check(
            &[
                creates(0, &[1, 2]),
                creates(1, &[0, 2]),
                creates(2, &[0, 1]),
            ],
            "2[] 1[0] 0[0,1] 2+[0,1,2] 1+[1,2,3]",
        );
        // What changes one of them comes after the circle is closed.
        check(
            &[
                Need {
                    target: Some(Thing::New(2)),
                    ..creates(0, &[2])
                },
                creates(1, &[2]),
                creates(2, &[1]),
            ],
            "1[] 2[0] 1+[0,1] 0[1,2]",
        );
    }

    #[test]
    fn what_has_to_do_with_each_other_keeps_its_order() {
        // One resource.
        check(
            &[changes(1, &[]), changes(1, &[]), changes(2, &[])],
            "0[] 1[0] 2[]",
        );
        // Named by one and changed by the other, either way.
        check(&[changes(1, &[stored(2)]), changes(2, &[])], "0[] 1[0]");
        check(&[changes(2, &[]), changes(1, &[stored(2)])], "0[] 1[0]");
        // Named by both, changed by none.
        check(
            &[changes(1, &[stored(3)]), changes(2, &[stored(3)])],
            "0[] 1[]",
        );
        // One name, of one kind.
        let named = |at: usize, kind: Kind, name: &str| Need {
            names: [(kind, name.to_owned())].into(),
            ..creates(at, &[])
        };
        check(
            &[named(0, Kind::User, "a"), named(1, Kind::User, "a")],
            "0[] 1[0]",
        );
        check(
            &[named(0, Kind::User, "a"), named(1, Kind::Group, "a")],
            "0[] 1[]",
        );
    }

    fn any_needs() -> impl Strategy<Value = Vec<Need>> {
        (1..12_usize).prop_flat_map(|count| {
            let references = prop::collection::btree_set(0..count, 0..4);
            let one = (references, prop::option::of(0..4_u8));
            prop::collection::vec(one, count).prop_map(|drawn| {
                let posts = |at: &usize| drawn[*at].1.is_none();
                let needs = drawn.iter().enumerate().map(|(at, (references, id))| {
                    // Only what is created is referred to.
                    let to: Vec<usize> = references.iter().copied().filter(posts).collect();
                    match id {
                        None => creates(at, &to),
                        Some(id) => {
                            changes(*id, &to.into_iter().map(Thing::New).collect::<Vec<_>>())
                        }
                    }
                });
                needs.collect()
            })
        })
    }

    proptest! {
        /// Every operation is performed once and completed once where something
        /// was deferred; nothing waits for what comes later; and each finds what it
        /// refers to, at once or when it is completed.
        #[test]
        fn a_plan_does_everything_in_an_order_there_is(needs in any_needs()) {
            let plan = Plan::of(&needs);
            let mut performed = vec![None; needs.len()];
            let mut completed = vec![None; needs.len()];
            for (place, step) in plan.steps.iter().enumerate() {
                assert!(step.after.iter().all(|before| *before < place));
                let mark = match step.act {
                    Act::Perform => &mut performed,
                    Act::Complete => &mut completed,
                };
                assert_eq!(mark[step.operation].replace(place), None);
            }
            for (operation, need) in needs.iter().enumerate() {
                let deferred = &plan.deferred[operation];
                let place = performed[operation].unwrap();
                assert_eq!(completed[operation].is_some(), !deferred.is_empty());
                for reference in &need.references {
                    let made = performed[*reference].unwrap();
                    let wanted = if deferred.contains(reference) {
                        completed[operation].unwrap()
                    } else {
                        place
                    };
                    assert!(made < wanted || *reference == operation, "{operation} {reference}");
                }
            }
        }
    }
}
