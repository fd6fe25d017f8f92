//! Known histories: a register, and the specifications of the product's objects.

use muster_tests::proof::history::checker::{Spec, Timed, Verdict, check, least};
use muster_tests::proof::history::record::{Ask, By, Seen, View};
use muster_tests::proof::history::spec::document::Document;
use muster_tests::proof::history::spec::members::Group;
use muster_tests::proof::history::spec::names::Names;

/// A register that holds 0 at the beginning.
struct Register;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Do {
    Write(u8),
    Read(u8),
    /// Compare and set, with what came of it.
    Set(u8, u8, Option<bool>),
}

use Do::{Read, Set, Write};

impl Spec for Register {
    type Call = Do;
    type State = u8;

    fn initial(&self) -> u8 {
        0
    }

    fn is_look(call: &Do) -> bool {
        matches!(call, Read(_) | Set(_, _, Some(false)))
    }

    fn after(&self, state: &u8, call: &Do) -> Option<u8> {
        match *call {
            Write(value) => Some(value),
            Read(value) => (value == *state).then_some(*state),
            Set(from, to, done) if *state == from => (done != Some(false)).then_some(to),
            Set(_, _, done) => (done != Some(true)).then_some(*state),
        }
    }
}

/// Calls as rows of begin, end (0: never heard of) and what was done.
#[track_caller]
fn calls<C: Clone>(rows: &[(u64, u64, C)]) -> Vec<Timed<C>> {
    rows.iter()
        .map(|(begin, end, call)| Timed {
            call: call.clone(),
            begin: *begin,
            end: (*end > 0).then_some(*end),
        })
        .collect()
}

#[track_caller]
fn is<S: Spec>(spec: &S, rows: &[(u64, u64, S::Call)], expected: Verdict) {
    assert_eq!(check(spec, &calls(rows)), expected);
}

use Verdict::{Broken, Linearizable};

#[test]
fn a_register() {
    let is = |rows: &[(u64, u64, Do)], expected| is(&Register, rows, expected);
    is(&[], Linearizable);
    is(&[(1, 2, Write(1)), (3, 4, Read(1))], Linearizable);
    // A stale read.
    is(&[(1, 2, Write(1)), (3, 4, Read(0))], Broken);
    // At the same time, either is right.
    is(&[(1, 4, Write(1)), (2, 3, Read(0))], Linearizable);
    is(&[(1, 4, Write(1)), (2, 3, Read(1))], Linearizable);
    // New, then old: both within the write, but one after the other.
    is(
        &[(1, 8, Write(1)), (2, 3, Read(1)), (4, 5, Read(0))],
        Broken,
    );
    is(
        &[(1, 8, Write(1)), (2, 3, Read(0)), (4, 5, Read(1))],
        Linearizable,
    );
    // Two readers see two writes in different orders (Herlihy and Wing).
    is(
        &[
            (1, 20, Write(1)),
            (2, 20, Write(2)),
            (3, 4, Read(1)),
            (5, 6, Read(2)),
            (7, 8, Read(1)),
        ],
        Broken,
    );
    // Nobody wrote it.
    is(&[(1, 4, Write(1)), (2, 3, Read(2))], Broken);
}

#[test]
fn what_nobody_has_heard_of_may_have_been_done() {
    let is = |rows: &[(u64, u64, Do)], expected| is(&Register, rows, expected);
    is(&[(1, 0, Write(1)), (2, 3, Read(0))], Linearizable);
    is(&[(1, 0, Write(1)), (2, 3, Read(1))], Linearizable);
    // Late, but once.
    is(
        &[(1, 0, Write(1)), (2, 3, Read(0)), (9, 10, Read(1))],
        Linearizable,
    );
    is(
        &[
            (1, 0, Write(1)),
            (2, 3, Read(1)),
            (4, 5, Write(2)),
            (6, 7, Read(1)),
        ],
        Broken,
    );
    // Not before it began.
    is(&[(1, 2, Read(1)), (3, 0, Write(1))], Broken);
}

#[test]
fn of_two_that_compare_and_set_one_wins() {
    let is = |rows: &[(u64, u64, Do)], expected| is(&Register, rows, expected);
    let both = |first, second| [(1, 9, Set(0, 1, first)), (2, 9, Set(0, 2, second))];
    is(&both(Some(true), Some(false)), Linearizable);
    is(&both(Some(true), Some(true)), Broken);
    is(&both(Some(false), Some(false)), Broken);
    is(&both(Some(true), None), Linearizable);
}

#[test]
fn the_least_that_does_not_fit_is_shown() {
    let rows = [
        (1, 2, Write(7)),
        (3, 4, Read(7)),
        (5, 6, Write(1)),
        (7, 8, Read(1)),
        (9, 10, Read(7)),
        (11, 12, Write(3)),
        (13, 14, Read(0)),
    ];
    let misfit = least(&Register, &calls(&rows));
    let left: Vec<Do> = misfit.calls.iter().map(|timed| timed.call).collect();
    assert_eq!(left, [Write(7), Write(1), Read(7)]);
    assert_eq!(left[misfit.culprit], Read(7));
}

/// Begin, end, and a request with its answer.
type Row = (u64, u64, (Ask, Option<Seen>));

/// A user as it is shown.
fn user(tag: u16, name: u8, title: u32, version: u64) -> Option<Seen> {
    Some(Seen::User(View {
        tag,
        name,
        title,
        version,
    }))
}

#[test]
fn a_document() {
    let is = |rows: &[Row], expected| is(&Document(1), rows, expected);
    let made = (1, 2, (Ask::Create(1, 0), user(1, 0, 0, 1)));
    let to = |title, condition| Ask::Retitle(1, title, condition);
    let changed = |title, version| user(1, 0, title, version);
    // A lost update: two that name one version are both let in.
    let first = (3, 6, (to(5, Some(1)), changed(5, 2)));
    let refused = (4, 5, (to(6, Some(1)), Some(Seen::Moved)));
    is(&[made.clone(), first.clone(), refused], Linearizable);
    let both = (4, 5, (to(6, Some(1)), changed(6, 2)));
    is(&[made.clone(), first.clone(), both], Broken);
    // Of two that name none, the second may not have the first's version.
    let any = (3, 6, (to(5, None), changed(5, 2)));
    is(
        &[
            made.clone(),
            any.clone(),
            (4, 5, (to(6, None), changed(6, 3))),
        ],
        Linearizable,
    );
    is(
        &[made.clone(), any, (4, 5, (to(6, None), changed(6, 2)))],
        Broken,
    );
    // Nothing has changed, and 412.
    let refused = (3, 4, (to(6, Some(1)), Some(Seen::Moved)));
    is(&[made.clone(), refused], Broken);
    // Gone is gone.
    let gone = (3, 4, (Ask::Delete(1, None), Some(Seen::Done)));
    let missed = (5, 6, (Ask::Read(1), Some(Seen::Gone)));
    is(&[made.clone(), gone.clone(), missed], Linearizable);
    let risen = (5, 6, (to(7, None), changed(7, 2)));
    is(&[made.clone(), gone.clone(), risen], Broken);
    let twice = (5, 6, (Ask::Delete(1, None), Some(Seen::Done)));
    is(&[made, gone, twice], Broken);
}

#[test]
fn names() {
    let is = |rows: &[Row], expected| is(&Names, rows, expected);
    let made = |begin, end, tag| (begin, end, (Ask::Create(tag, 0), user(tag, 0, 0, 1)));
    let taken = |begin, end, tag| (begin, end, (Ask::Create(tag, 0), Some(Seen::Taken)));
    is(&[made(1, 4, 1), taken(2, 3, 2)], Linearizable);
    is(&[made(1, 4, 1), made(2, 3, 2)], Broken);
    is(&[taken(1, 2, 2), made(3, 4, 1)], Broken);
    // A rename frees the old name at the instant at which it takes the new one.
    let renamed = (5, 8, (Ask::Rename(1, 1), user(1, 1, 0, 2)));
    is(
        &[made(1, 2, 1), renamed.clone(), made(6, 7, 2)],
        Linearizable,
    );
    let nobody = |name| (Ask::Find(name), Some(Seen::Nobody));
    is(
        &[made(1, 2, 1), renamed.clone(), (6, 7, nobody(0))],
        Linearizable,
    );
    is(
        &[
            made(1, 2, 1),
            renamed,
            (6, 7, nobody(0)),
            (9, 10, nobody(1)),
        ],
        Broken,
    );
    let gone = (3, 4, (Ask::Delete(1, None), Some(Seen::Done)));
    is(&[made(1, 2, 1), gone.clone(), taken(5, 6, 2)], Broken);
    is(&[made(1, 2, 1), gone, made(5, 6, 2)], Linearizable);
}

#[test]
fn a_group() {
    let is = |rows: &[Row], expected| {
        is(
            &Group {
                group: 0,
                members: 0b001,
            },
            rows,
            expected,
        );
    };
    let done = Some(Seen::Done);
    let read = |begin, version, members| {
        let seen = Some(Seen::Group(version, members));
        (begin, begin + 1, (Ask::ReadGroup(0), seen))
    };
    let joined = (1, 4, (Ask::Join(0, 0b010), done.clone()));
    let fill = (2, 3, (Ask::Fill(0, 0b100, By::Patch, None), done.clone()));
    is(
        &[joined.clone(), fill.clone(), read(5, 2, 0b110)],
        Linearizable,
    );
    is(
        &[joined.clone(), fill.clone(), read(5, 2, 0b100)],
        Linearizable,
    );
    // A mixture.
    is(&[joined.clone(), fill.clone(), read(5, 2, 0b101)], Broken);
    // A tag that has not moved with the members.
    is(
        &[
            read(1, 2, 0b001),
            (3, 4, joined.clone().2),
            read(5, 2, 0b011),
        ],
        Broken,
    );
    // A change that changes nothing where it fits first does where it belongs.
    let join = |begin, end, some| (begin, end, (Ask::Join(0, some), Some(Seen::Done)));
    let leave = (2, 5, (Ask::Leave(0, 0b001), Some(Seen::Done)));
    is(&[leave, join(1, 6, 0b001), read(7, 3, 0b001)], Linearizable);
    // Whoever is deleted is no member, whoever comes last.
    let die = (2, 3, (Ask::DeleteMember(1), done));
    is(
        &[joined.clone(), die.clone(), read(5, 2, 0b001)],
        Linearizable,
    );
    is(&[joined, die, read(5, 2, 0b011)], Broken);
}
