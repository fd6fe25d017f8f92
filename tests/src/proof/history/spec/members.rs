//! A group: the set of its members, with a version that moves when the set does.

use super::Version;
use crate::proof::history::checker::Spec;
use crate::proof::history::record::{Ask, Members, Seen, is_look, is_spare};

/// One group, which had these members at the beginning.
#[derive(Debug)]
pub struct Group {
    /// Which.
    pub group: usize,
    /// Its members.
    pub members: Members,
}

/// What it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct State {
    /// None, once it was deleted.
    members: Option<(Members, Version)>,
    /// Who was deleted.
    dead: Members,
}

impl Spec for Group {
    type Call = (Ask, Option<Seen>);
    type State = State;

    fn initial(&self) -> State {
        State {
            members: Some((self.members, Version::new())),
            dead: 0,
        }
    }

    fn is_look((ask, seen): &Self::Call) -> bool {
        is_look(ask, seen.as_ref())
    }

    fn is_spare((ask, seen): &Self::Call) -> bool {
        is_spare(ask, seen.as_ref())
    }

    fn after(&self, state: &State, (ask, seen): &Self::Call) -> Option<State> {
        // A member may go whether the group is there or not.
        match ask {
            Ask::DeleteMember(member) => return die(state, 1 << member, seen),
            Ask::ReadMember(member) => {
                let dead = state.dead & (1 << member) != 0;
                return match seen {
                    Some(Seen::Gone) => dead.then_some(*state),
                    Some(Seen::Groups(groups)) => {
                        let shown = groups & (1 << self.group) != 0;
                        let is_in = state
                            .members
                            .is_some_and(|(members, _)| members & (1 << member) != 0);
                        (!dead && shown == is_in).then_some(*state)
                    }
                    _ => Some(*state),
                };
            }
            _ => {}
        }
        let Some((members, version)) = state.members else {
            let is_seen = match ask {
                Ask::IsIn(..) => Seen::Nobody,
                _ => Seen::Gone,
            };
            return (*seen == Some(is_seen)).then_some(*state);
        };
        let with = |(members, version)| State {
            members: Some((members, version)),
            ..*state
        };
        match (ask, seen) {
            (Ask::Join(_, some), Some(Seen::Done) | None) => Some(with(change(
                members,
                members | (some & !state.dead),
                version,
            ))),
            (Ask::Leave(_, some), Some(Seen::Done) | None) => {
                Some(with(change(members, members & !some, version)))
            }
            (Ask::Fill(.., condition), Some(Seen::Moved)) => {
                version.misses(*condition).then_some(*state)
            }
            (Ask::Fill(_, all, _, condition), seen) => {
                if !version.meets(*condition) {
                    return None;
                }
                let (after, version) = change(members, all & !state.dead, version);
                match seen {
                    Some(Seen::Done) | None => Some(with((after, version))),
                    Some(Seen::Group(at, shown)) if *shown == after => {
                        Some(with((after, version.shown(*at)?)))
                    }
                    _ => None,
                }
            }
            (Ask::ReadGroup(_), Some(Seen::Group(at, shown))) => (*shown == members)
                .then(|| version.shown(*at))
                .flatten()
                .map(|version| with((members, version))),
            (Ask::IsIn(_, member), Some(seen @ (Seen::Hit | Seen::Nobody))) => {
                let is_in = members & (1 << member) != 0;
                (is_in == (*seen == Seen::Hit)).then_some(*state)
            }
            (Ask::DeleteGroup(_), Some(Seen::Done) | None) => Some(State {
                members: None,
                ..*state
            }),
            _ => None,
        }
    }
}

fn change(before: Members, after: Members, version: Version) -> (Members, Version) {
    if before == after {
        (before, version)
    } else {
        (after, version.moved())
    }
}

fn die(state: &State, member: Members, seen: &Option<Seen>) -> Option<State> {
    let dead = state.dead & member != 0;
    match seen {
        Some(Seen::Gone) => dead.then_some(*state),
        Some(Seen::Done) | None if !dead => Some(State {
            members: state
                .members
                .map(|(members, version)| change(members, members & !member, version)),
            dead: state.dead | member,
        }),
        _ => None,
    }
}
