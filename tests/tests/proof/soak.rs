//! A short soak, a few ends under load, and an end that is asked for twice.

use muster_tests::lean::{Result, Scratch, Server, Signal, build};
use muster_tests::proof::soak::{
    Change, Endings, Known, Length, Level, Sample, Samples, User, Whose,
};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const SEED: u64 = 7;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mixed_load_meets_no_error_and_leaves_what_was_answered() -> Result<()> {
    let binary = build()?;
    let scratch = Scratch::beside(&binary, "soak")?;
    let level = Level {
        connections: 8,
        length: Length::Requests(2_500),
        seed: SEED,
        users: 160,
        realms: 3,
    };
    let data = scratch.path().join("muster.db");
    let outcome = level.run(&binary, &data, &|_| {}).await?;
    let checks = outcome.checks.iter();
    let complaints: Vec<_> = checks.filter(|it| it.complaint.is_some()).collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
    assert!(outcome.figures.requests() >= 2_500);
    let kinds = outcome.figures.kinds();
    assert!(kinds.len() >= 19, "every kind was sent: {kinds:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answered_write_outlives_the_server_however_it_ends() -> Result<()> {
    let binary = build()?;
    let scratch = Scratch::beside(&binary, "endings")?;
    let endings = Endings {
        connections: 8,
        rounds: 6,
        seed: SEED,
        realms: 2,
    };
    let data = scratch.path().join("muster.db");
    let ends = endings.run(&binary, &data, &|_| {}).await?;
    assert!(ends.complaints.is_empty(), "{:#?}", ends.complaints);
    Ok(())
}

/// A client that sends half a request holds the server, for no longer than it is patient.
#[test]
fn a_server_that_is_told_twice_does_not_wait_for_slow_clients() -> Result<()> {
    let binary = build()?;
    let scratch = Scratch::beside(&binary, "twice")?;
    for signals in [
        [Signal::Terminate, Signal::Terminate],
        [Signal::Interrupt, Signal::Terminate],
    ] {
        let mut server = Server::start(&binary, &scratch.path().join("muster.db"))?;
        let address = server.origin().trim_start_matches("http://").to_owned();
        let mut slow = TcpStream::connect(&address)?;
        slow.write_all(b"POST /realms/demo/scim/v2/Users HTTP/1.1\r\n")?;
        answered(&address)?;
        server.signal(signals[0])?;
        while TcpStream::connect(&address).is_ok() {
            std::thread::sleep(Duration::from_millis(1));
        }
        server.signal(signals[1])?;
        // By itself it would end with 0.
        assert_eq!(server.ended()?.code(), Some(1));
    }
    Ok(())
}

/// Whoever connected before is accepted when this has an answer.
fn answered(address: &str) -> Result<()> {
    let mut stream = TcpStream::connect(address)?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")?;
    stream.read_to_end(&mut Vec::new())?;
    Ok(())
}

fn user(id: &str, title: &str) -> User {
    User {
        id: id.to_owned(),
        title: title.to_owned(),
        ..User::default()
    }
}

/// Two users, one of them in the shared group.
fn known() -> Known {
    let mut known = Known::default();
    known.apply(Change::User(1, user("a", "first")));
    known.apply(Change::User(2, user("b", "first")));
    known.apply(Change::Join(Whose::Crowd, vec![1]));
    known
}

#[track_caller]
fn check(open: &[Change], shown: &[Change], differences: usize) {
    let mut server = known();
    for change in shown {
        server.apply(change.clone());
    }
    let (found, _) = known().settle(open.to_vec(), &server);
    assert_eq!(found.len(), differences, "{found:?}");
}

#[test]
fn a_lost_write_is_a_difference_and_an_open_one_is_done_or_not() {
    check(&[], &[], 0);
    let changed = Change::User(1, user("a", "second"));
    let changes = [
        (changed, 1),
        (Change::User(3, user("", "new")), 1),
        (Change::Join(Whose::Crowd, vec![2]), 1),
        (Change::Leave(Whose::Crowd, vec![1]), 1),
        // The user, and the membership.
        (Change::UserGone(1), 2),
    ];
    for (change, differences) in changes {
        let one = std::slice::from_ref(&change);
        check(&[], one, differences);
        check(one, &[], 0);
        check(one, one, 0);
    }
    // Half of it is neither.
    check(
        &[Change::Join(Whose::Crowd, vec![2, 3])],
        &[Change::Join(Whose::Crowd, vec![2])],
        1,
    );
}

#[test]
fn growing_memory_is_seen() {
    let of = |mebibytes: fn(u64) -> u64| {
        let samples = (0..40).map(|place| Sample {
            resident: mebibytes(place) * 1024,
            ..Sample::default()
        });
        Samples(samples.collect()).grown()
    };
    assert_eq!(of(|place| 60.min(20 + 10 * place)), None, "caches fill");
    assert_eq!(of(|place| 60 + place % 6), None, "noise");
    assert!(of(|place| 60 + place).is_some());
    assert!(of(|_| 0).is_some(), "nothing was seen");
}
