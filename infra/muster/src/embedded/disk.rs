//! Answers that wait until what they rest on is on the disk.
//!
//! The database appends to its log and does not wait. Here its log is brought
//! down to the disk, once for all the writes that have come together meanwhile,
//! and only then are they answered: with several clients a write costs a share
//! of a wait instead of a whole one, and the next calls are executed during it.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Writes,
}

/// Where a call looks or writes, by hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Item { item: u64, partition: u64 },
    Partition(u64),
}

/// Whether what was written is on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Safe {
    Yes,
    /// The disk has refused.
    No,
}

/// Gives the answer to whoever waits for it.
pub(super) type Tell = Box<dyn FnOnce(Safe) + Send>;

/// What brings written things down: a file's log, or in a test something that can be watched.
pub(super) trait Log: Send + 'static {
    fn sync(&mut self) -> io::Result<()>;
}

impl Log for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// The answers that wait, and the thread that tells them.
pub(super) struct Disk {
    queue: mpsc::Sender<Waiting>,
    unsafe_places: Arc<Mutex<Written>>,
}

/// An answer that waits.
struct Waiting {
    effect: Effect,
    places: Vec<Place>,
    tell: Tell,
}

/// What is written and not known to be on the disk: how many writes wait for it, by item and by partition.
#[derive(Debug, Default)]
struct Written(HashMap<u64, usize>);

impl Written {
    fn has(&self, place: Place) -> bool {
        let (Place::Item { item: hash, .. } | Place::Partition(hash)) = place;
        self.0.contains_key(&hash)
    }

    fn enter(&mut self, place: Place) {
        for hash in hashes(place) {
            *self.0.entry(hash).or_default() += 1;
        }
    }

    fn leave(&mut self, place: Place) {
        for hash in hashes(place) {
            match self.0.get_mut(&hash) {
                Some(count) if *count > 1 => *count -= 1,
                _ => drop(self.0.remove(&hash)),
            }
        }
    }
}

fn hashes(place: Place) -> impl Iterator<Item = u64> {
    let (first, second) = match place {
        Place::Item { item, partition } => (item, Some(partition)),
        Place::Partition(partition) => (partition, None),
    };
    std::iter::once(first).chain(second)
}

impl Disk {
    pub(super) fn start(log: impl Log) -> io::Result<Self> {
        let (queue, answers) = mpsc::channel();
        let unsafe_places = Arc::new(Mutex::new(Written::default()));
        let left = Arc::clone(&unsafe_places);
        thread::Builder::new()
            .name("embedded-disk".to_owned())
            .spawn(move || tell_in_turn(log, &answers, &left))?;
        Ok(Self {
            queue,
            unsafe_places,
        })
    }

    /// Tells an answer when what it rests on is safe: a write when it is, and a read when
    /// everything is that was written before where it looked.
    pub(super) fn tell(&self, effect: Effect, places: Vec<Place>, tell: Tell) {
        let waits = match effect {
            Effect::Writes => {
                let mut written = lock(&self.unsafe_places);
                for place in &places {
                    written.enter(*place);
                }
                true
            }
            Effect::Reads => {
                let written = lock(&self.unsafe_places);
                places.iter().any(|place| written.has(*place))
            }
        };
        if !waits {
            tell(Safe::Yes);
            return;
        }
        // The thread lives as long as this does.
        drop(self.queue.send(Waiting {
            effect,
            places,
            tell,
        }));
    }
}

fn lock(written: &Mutex<Written>) -> MutexGuard<'_, Written> {
    // Nothing panics while it is held.
    written.lock().unwrap_or_else(PoisonError::into_inner)
}

fn tell_in_turn(
    mut log: impl Log,
    answers: &mpsc::Receiver<Waiting>,
    unsafe_places: &Mutex<Written>,
) {
    let mut safe = Safe::Yes;
    while let Ok(first) = answers.recv() {
        let mut together = vec![first];
        together.extend(answers.try_iter());
        let writes = || {
            let writes = together.iter();
            writes.filter(|waiting| waiting.effect == Effect::Writes)
        };
        // What the system could not write it may take for written the next time:
        // after one failure nothing is believed any more.
        if safe == Safe::Yes
            && writes().next().is_some()
            && let Err(error) = log.sync()
        {
            tracing::error!(%error, "the data file cannot be written; stop the server and look at the disk");
            safe = Safe::No;
        }
        if safe == Safe::Yes {
            let mut written = lock(unsafe_places);
            for place in writes().flat_map(|write| &write.places) {
                written.leave(*place);
            }
        }
        for waiting in together {
            (waiting.tell)(safe);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    /// A log that is brought down when the test says so.
    struct Watched {
        asked: Sender<()>,
        allowed: Receiver<io::Result<()>>,
    }

    impl Log for Watched {
        fn sync(&mut self) -> io::Result<()> {
            self.asked.send(()).unwrap();
            self.allowed.recv().unwrap()
        }
    }

    struct Test {
        disk: Disk,
        asked: Receiver<()>,
        allow: Sender<io::Result<()>>,
        told: Receiver<(&'static str, Safe)>,
        tell: Sender<(&'static str, Safe)>,
    }

    fn test() -> Test {
        let (asking, asked) = channel();
        let (allow, allowed) = channel();
        let (tell, told) = channel();
        let log = Watched {
            asked: asking,
            allowed,
        };
        Test {
            disk: Disk::start(log).unwrap(),
            asked,
            allow,
            told,
            tell,
        }
    }

    impl Test {
        fn call(&self, effect: Effect, place: Place, name: &'static str) {
            let tell = self.tell.clone();
            let tell: Tell = Box::new(move |safe| tell.send((name, safe)).unwrap());
            self.disk.tell(effect, vec![place], tell);
        }

        #[track_caller]
        fn silent(&self) {
            assert!(self.told.try_recv().is_err());
        }

        #[track_caller]
        fn tells(&self, expected: &[(&'static str, Safe)]) {
            let told: Vec<_> = expected.iter().map(|_| self.told.recv().unwrap()).collect();
            assert_eq!(told, expected);
        }
    }

    /// An item of the one partition.
    fn item(item: u64) -> Place {
        Place::Item { item, partition: 1 }
    }

    #[test]
    fn a_write_is_told_when_it_is_on_the_disk_and_those_that_came_meanwhile_together() {
        let test = test();
        test.call(Effect::Reads, item(2), "a read");
        test.tells(&[("a read", Safe::Yes)]);
        test.call(Effect::Writes, item(2), "first");
        test.asked.recv().unwrap();
        test.call(Effect::Writes, item(3), "second");
        test.call(Effect::Reads, item(3), "what shows it");
        test.call(Effect::Reads, Place::Partition(1), "what shows both");
        test.call(Effect::Writes, item(3), "third");
        test.silent();
        test.call(Effect::Reads, item(4), "another place");
        test.call(Effect::Reads, Place::Partition(5), "another partition");
        let yes = |name| (name, Safe::Yes);
        test.tells(&[yes("another place"), yes("another partition")]);
        test.allow.send(Ok(())).unwrap();
        test.tells(&[yes("first")]);
        test.asked.recv().unwrap();
        test.call(Effect::Reads, item(2), "what is safe by now");
        test.tells(&[yes("what is safe by now")]);
        test.silent();
        test.allow.send(Ok(())).unwrap();
        let together = ["second", "what shows it", "what shows both", "third"];
        test.tells(&together.map(yes));
        assert!(test.asked.try_recv().is_err(), "once for all");
        test.call(Effect::Reads, Place::Partition(1), "a read of all");
        test.tells(&[yes("a read of all")]);
    }

    #[test]
    fn nothing_is_believed_after_the_disk_has_refused() {
        let test = test();
        test.call(Effect::Writes, item(2), "first");
        test.allow
            .send(Err(io::ErrorKind::StorageFull.into()))
            .unwrap();
        test.tells(&[("first", Safe::No)]);
        test.call(Effect::Reads, item(2), "what was written");
        test.tells(&[("what was written", Safe::No)]);
        test.call(Effect::Writes, item(3), "second");
        test.tells(&[("second", Safe::No)]);
    }
}
