//! From what a round has recorded to the histories of its objects, their
//! judgement, and the table that shows one which has no order.

use super::checker::{Misfit, Spec, Timed, Verdict, check, least};
use super::record::{Ask, Event, Members, Seen, Tag, is_look};
use super::spec::document::Document;
use super::spec::members::Group;
use super::spec::names::Names;
use std::collections::BTreeSet;
use std::fmt::Write;

type Call = (Ask, Option<Seen>);

/// What was judged, and what was found.
#[derive(Debug, Default, Clone)]
pub struct Judgement {
    /// How many histories there were.
    pub histories: usize,
    /// How many calls stand in them.
    pub calls: usize,
    /// Those without an order, each as a table.
    pub broken: Vec<String>,
    /// Those that could not be decided.
    pub undecided: Vec<String>,
}

/// Judges the histories of a round, whose groups had these members at its begin.
pub fn judge(events: &[Event], groups: &[Members]) -> Judgement {
    let mut judgement = Judgement::default();
    let tags: BTreeSet<Tag> = events.iter().filter_map(user).collect();
    for tag in tags {
        let of_it = select(events, |event| user(event) == Some(tag));
        judgement.add(&format!("user {tag}"), &Document(tag), &of_it);
    }
    let named = select(events, is_of_names);
    if !named.is_empty() {
        judgement.add("the names", &Names, &named);
    }
    for (group, members) in groups.iter().enumerate() {
        let of_it = select(events, |event| is_of_group(&event.ask, group));
        let spec = Group {
            group,
            members: *members,
        };
        judgement.add(&format!("group {group}"), &spec, &of_it);
    }
    judgement
}

impl Judgement {
    fn add<S: Spec<Call = Call>>(&mut self, name: &str, spec: &S, history: &[Timed<Call>]) {
        self.histories += 1;
        self.calls += history.len();
        match check(spec, history) {
            Verdict::Linearizable => {}
            Verdict::Undecided => self.undecided.push(name.to_owned()),
            Verdict::Broken => self.broken.push(table(name, &least(spec, history))),
        }
    }

    /// Both together.
    pub fn absorb(&mut self, other: Self) {
        self.histories += other.histories;
        self.calls += other.calls;
        self.broken.extend(other.broken);
        self.undecided.extend(other.undecided);
    }
}

fn select(events: &[Event], which: impl Fn(&Event) -> bool) -> Vec<Timed<Call>> {
    // A look of which nobody has heard says nothing.
    let events = events
        .iter()
        .filter(|event| event.answer.is_some() || !is_look(&event.ask, None));
    events
        .filter(|event| which(event))
        .map(|event| Timed {
            call: (
                event.ask.clone(),
                event.answer.as_ref().map(|(seen, _)| seen.clone()),
            ),
            begin: event.begin,
            end: event.answer.as_ref().map(|(_, end)| *end),
        })
        .collect()
}

/// Whose document a request is about. A creation that was refused has made none.
fn user(event: &Event) -> Option<Tag> {
    let seen = event.answer.as_ref().map(|(seen, _)| seen);
    match &event.ask {
        Ask::Create(..) if seen == Some(&Seen::Taken) => None,
        Ask::Create(tag, _)
        | Ask::Read(tag)
        | Ask::Put(tag, ..)
        | Ask::Retitle(tag, ..)
        | Ask::Rename(tag, _)
        | Ask::Delete(tag, _) => Some(*tag),
        Ask::Find(_) => match seen {
            Some(Seen::User(view)) => Some(view.tag),
            _ => None,
        },
        _ => None,
    }
}

fn is_of_names(event: &Event) -> bool {
    matches!(event.ask, Ask::Find(_) | Ask::Create(..)) || user(event).is_some()
}

fn is_of_group(ask: &Ask, of: usize) -> bool {
    match ask {
        Ask::Join(group, _)
        | Ask::Leave(group, _)
        | Ask::Fill(group, ..)
        | Ask::ReadGroup(group)
        | Ask::IsIn(group, _)
        | Ask::DeleteGroup(group) => *group == of,
        Ask::ReadMember(_) | Ask::DeleteMember(_) => true,
        _ => false,
    }
}

/// How many calls before the one that has no place are shown.
const SHOWN: usize = 40;

/// What could not be placed, and what was under way and before.
fn table(name: &str, misfit: &Misfit<Call>) -> String {
    let mut text = format!("{name}: no order of these calls explains the one marked\n");
    let calls = &misfit.calls;
    let first = misfit.culprit.saturating_sub(SHOWN);
    if first > 0 {
        let _ = writeln!(text, "  … {first} before");
    }
    for (n, timed) in calls.iter().enumerate().skip(first) {
        let mark = if n == misfit.culprit { "→" } else { " " };
        let (ask, seen) = &timed.call;
        let (end, seen) = match (timed.end, seen) {
            (Some(end), Some(seen)) => (end.to_string(), format!("{seen:?}")),
            _ => ("?".to_owned(), "not known then".to_owned()),
        };
        let _ = writeln!(text, "{mark} {:>6} – {end:<6} {ask:?}: {seen}", timed.begin);
    }
    text
}
