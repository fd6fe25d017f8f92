//! A user's document: a register with a version, that is made once and ends for good.

use super::Version;
use crate::proof::history::checker::Spec;
use crate::proof::history::record::{Ask, Name, Seen, Tag, View, is_look, is_spare};

/// The document of one user.
#[derive(Debug)]
pub struct Document(pub Tag);

/// What it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It was not made yet.
    Unmade,
    /// What it is called, its title and its version.
    Holds(Name, u32, Version),
    /// It was deleted.
    Gone,
}

impl Spec for Document {
    type Call = (Ask, Option<Seen>);
    type State = State;

    fn initial(&self) -> State {
        State::Unmade
    }

    fn is_look((ask, seen): &Self::Call) -> bool {
        is_look(ask, seen.as_ref())
    }

    fn is_spare((ask, seen): &Self::Call) -> bool {
        is_spare(ask, seen.as_ref())
    }

    fn after(&self, state: &State, (ask, seen): &Self::Call) -> Option<State> {
        let made = match (state, ask) {
            (State::Unmade, Ask::Create(_, name)) => {
                return show(State::Holds(*name, 0, Version::new()), seen);
            }
            (State::Holds(..), _) => *state,
            (State::Gone, Ask::Create(..)) | (State::Unmade, _) => return None,
            (State::Gone, _) => return (*seen == Some(Seen::Gone)).then_some(State::Gone),
        };
        let State::Holds(name, title, version) = made else {
            return None;
        };
        // What is refused leaves all as it is.
        let condition = match ask {
            Ask::Put(.., condition) | Ask::Retitle(.., condition) | Ask::Delete(_, condition) => {
                *condition
            }
            _ => None,
        };
        match seen {
            Some(Seen::Moved) => return version.misses(condition).then_some(made),
            // The names are for another specification to judge.
            Some(Seen::Taken) => return version.meets(condition).then_some(made),
            Some(Seen::Gone) => return None,
            _ if !version.meets(condition) => return None,
            _ => {}
        }
        match ask {
            Ask::Read(_) | Ask::Find(_) => show(made, seen),
            Ask::Put(_, name, title, _) => show(changed(made, *name, *title), seen),
            Ask::Retitle(_, title, _) => show(changed(made, name, *title), seen),
            Ask::Rename(_, name) => show(changed(made, *name, title), seen),
            Ask::Delete(..) => Some(State::Gone),
            _ => None,
        }
    }
}

/// What changes nothing keeps the version.
fn changed(state: State, name: Name, title: u32) -> State {
    match state {
        State::Holds(old, was, version) if (old, was) != (name, title) => {
            State::Holds(name, title, version.moved())
        }
        other => other,
    }
}

/// After an answer has shown it; none, if it cannot look so.
fn show(state: State, seen: &Option<Seen>) -> Option<State> {
    match (state, seen) {
        (State::Holds(name, title, version), Some(Seen::User(view))) => {
            let View {
                name: shown,
                title: its,
                version: at,
                ..
            } = *view;
            ((shown, its) == (name, title))
                .then(|| version.shown(at))
                .flatten()
                .map(|version| State::Holds(name, title, version))
        }
        (state, None) => Some(state),
        _ => None,
    }
}
