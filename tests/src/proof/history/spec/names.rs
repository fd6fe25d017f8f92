//! The user names: each is held by one user or by none, like a mutex, and a user
//! holds one as long as it lives.

use crate::proof::history::checker::Spec;
use crate::proof::history::record::{Ask, Name, Seen, Tag, is_look, is_spare};

/// How many names there are.
pub const NAMES: usize = 5;

/// All names of a round.
#[derive(Debug)]
pub struct Names;

/// Who holds each.
pub type State = [Option<Tag>; NAMES];

impl Spec for Names {
    type Call = (Ask, Option<Seen>);
    type State = State;

    fn initial(&self) -> State {
        [None; NAMES]
    }

    fn is_look((ask, seen): &Self::Call) -> bool {
        is_look(ask, seen.as_ref())
    }

    fn is_spare((ask, seen): &Self::Call) -> bool {
        is_spare(ask, seen.as_ref())
    }

    fn after(&self, state: &State, (ask, seen): &Self::Call) -> Option<State> {
        match ask {
            Ask::Find(name) => {
                let holder = match seen {
                    Some(Seen::User(view)) if view.name == *name => Some(view.tag),
                    Some(Seen::Nobody) => None,
                    _ => return None,
                };
                (state[usize::from(*name)] == holder).then_some(*state)
            }
            Ask::Create(tag, name) => claim(state, *tag, *name, None, seen),
            Ask::Put(tag, name, ..) | Ask::Rename(tag, name) => {
                let held = holds(state, *tag);
                match (held, seen) {
                    (None, Some(Seen::Gone)) | (Some(_), Some(Seen::Moved)) => Some(*state),
                    (None, _) | (_, Some(Seen::Gone)) => None,
                    _ => claim(state, *tag, *name, held, seen),
                }
            }
            Ask::Read(tag) | Ask::Retitle(tag, ..) => match (holds(state, *tag), seen) {
                (Some(held), Some(Seen::User(view))) => (view.name == held).then_some(*state),
                (Some(_), Some(Seen::Moved) | None) | (None, Some(Seen::Gone) | None) => {
                    Some(*state)
                }
                _ => None,
            },
            Ask::Delete(tag, _) => match (holds(state, *tag), seen) {
                (Some(held), Some(Seen::Done) | None) => {
                    let mut state = *state;
                    state[usize::from(held)] = None;
                    Some(state)
                }
                (Some(_), Some(Seen::Moved)) | (None, Some(Seen::Gone)) => Some(*state),
                _ => None,
            },
            _ => None,
        }
    }
}

fn holds(state: &State, tag: Tag) -> Option<Name> {
    let at = state.iter().position(|holder| *holder == Some(tag))?;
    Name::try_from(at).ok()
}

/// The name goes to the user, whose other one is free from then on.
fn claim(
    state: &State,
    tag: Tag,
    name: Name,
    held: Option<Name>,
    seen: &Option<Seen>,
) -> Option<State> {
    let holder = state[usize::from(name)];
    let is_free = holder.is_none_or(|holder| holder == tag);
    match seen {
        Some(Seen::Taken) => return (!is_free).then_some(*state),
        Some(Seen::User(view)) if view.tag == tag && view.name == name => {}
        None => {}
        _ => return None,
    }
    is_free.then(|| {
        let mut state = *state;
        if let Some(held) = held {
            state[usize::from(held)] = None;
        }
        state[usize::from(name)] = Some(tag);
        state
    })
}
