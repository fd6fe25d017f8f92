//! What clients ask and what they are answered, each with its instant on the one
//! clock of a round.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// Which user of a round, by the `externalId` that its creator gave it.
pub type Tag = u16;
/// Which of the few names.
pub type Name = u8;
/// Some of a round's members, a bit each.
pub type Members = u128;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// POST of a user of this name.
    Create(Tag, Name),
    /// GET by id.
    Read(Tag),
    /// `userName eq`.
    Find(Name),
    /// PUT of the whole user, perhaps with If-Match.
    Put(Tag, Name, u32, Option<u64>),
    /// PATCH of the title, perhaps with If-Match.
    Retitle(Tag, u32, Option<u64>),
    /// PATCH of the name.
    Rename(Tag, Name),
    /// DELETE of a user.
    Delete(Tag, Option<u64>),
    /// PATCH that adds members to a group.
    Join(usize, Members),
    /// PATCH that removes members from a group.
    Leave(usize, Members),
    /// PUT or PATCH that replaces all members of a group.
    Fill(usize, Members, By, Option<u64>),
    /// GET of a group with its members.
    ReadGroup(usize),
    /// `id eq … and members eq …`.
    IsIn(usize, usize),
    /// DELETE of a group.
    DeleteGroup(usize),
    /// GET of a member with its groups.
    ReadMember(usize),
    /// DELETE of a member.
    DeleteMember(usize),
}

/// Whether a request that is answered so changes nothing.
pub fn is_look(ask: &Ask, seen: Option<&Seen>) -> bool {
    let reads = matches!(
        ask,
        Ask::Read(_) | Ask::Find(_) | Ask::ReadGroup(_) | Ask::IsIn(..) | Ask::ReadMember(_)
    );
    reads || matches!(seen, Some(Seen::Gone | Seen::Taken | Seen::Moved))
}

/// Whether it also shows no version, which a later condition may name.
pub fn is_spare(ask: &Ask, seen: Option<&Seen>) -> bool {
    is_look(ask, seen) && !matches!(seen, Some(Seen::User(_) | Seen::Group(..)))
}

/// By which method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The whole group, answered with it.
    Put,
    /// One operation, answered with nothing.
    Patch,
}

/// What a client is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// A user.
    User(View),
    /// Nobody of that name; no such membership.
    Nobody,
    /// There is such a membership.
    Hit,
    /// It is done, and nothing is shown.
    Done,
    /// 404.
    Gone,
    /// 409: another has the name.
    Taken,
    /// 412.
    Moved,
    /// A group's version and members.
    Group(u64, Members),
    /// The groups a member is in, a bit each.
    Groups(u8),
}

/// A user as an answer shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Who it is.
    pub tag: Tag,
    /// What it is called.
    pub name: Name,
    /// Its title; 0 without one.
    pub title: u32,
    /// Its version.
    pub version: u64,
}

/// A request with its answer.
#[derive(Debug, Clone)]
pub struct Event {
    /// Who has asked.
    pub client: usize,
    /// What was asked.
    pub ask: Ask,
    /// When.
    pub begin: u64,
    /// The answer and when it was there. Without one nobody knows whether it was done.
    pub answer: Option<(Seen, u64)>,
}

/// The events of a round, and its clock.
#[derive(Debug, Default)]
pub struct Recorder {
    clock: AtomicU64,
    events: Mutex<Vec<Event>>,
}

impl Recorder {
    /// The next instant.
    pub fn now(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Records a request.
    pub fn tell(&self, event: Event) {
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        events.push(event);
    }

    /// All events by their begin.
    pub fn events(&self) -> Vec<Event> {
        let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        let mut events = events.clone();
        events.sort_by_key(|event| event.begin);
        events
    }
}
