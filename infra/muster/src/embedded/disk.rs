//! Answers that wait until what they rest on is on the disk.
//!
//! The database appends to its log and does not wait. Here its log is brought
//! down to the disk, once for all the writes that have come together meanwhile,
//! and only then are they answered: with several clients a write costs a share
//! of a wait instead of a whole one, and the next calls are executed during it.

use std::fs::File;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Whether a call changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Reads,
    Writes,
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
    queue: mpsc::Sender<(Effect, Tell)>,
    waiting: Arc<AtomicUsize>,
}

impl Disk {
    pub(super) fn start(log: impl Log) -> io::Result<Self> {
        let (queue, answers) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let left = Arc::clone(&waiting);
        thread::Builder::new()
            .name("embedded-disk".to_owned())
            .spawn(move || tell_in_turn(log, &answers, &left))?;
        Ok(Self { queue, waiting })
    }

    /// Tells an answer when everything that was executed before it is safe. What was only read
    /// waits as well while a write does: it may show what is not on the disk yet.
    pub(super) fn tell(&self, effect: Effect, tell: Tell) {
        if effect == Effect::Reads && self.waiting.load(Ordering::Acquire) == 0 {
            tell(Safe::Yes);
            return;
        }
        self.waiting.fetch_add(1, Ordering::AcqRel);
        // The thread lives as long as this does.
        drop(self.queue.send((effect, tell)));
    }
}

fn tell_in_turn(
    mut log: impl Log,
    answers: &mpsc::Receiver<(Effect, Tell)>,
    waiting: &AtomicUsize,
) {
    let mut safe = Safe::Yes;
    while let Ok(first) = answers.recv() {
        let mut together = vec![first];
        together.extend(answers.try_iter());
        let written = together.iter().any(|(effect, _)| *effect == Effect::Writes);
        // What the system could not write it may take for written the next time:
        // after one failure nothing is believed any more.
        if written
            && safe == Safe::Yes
            && let Err(error) = log.sync()
        {
            tracing::error!(%error, "the data file cannot be written; stop the server and look at the disk");
            safe = Safe::No;
        }
        waiting.fetch_sub(together.len(), Ordering::AcqRel);
        for (_, tell) in together {
            tell(safe);
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
        fn call(&self, effect: Effect, name: &'static str) {
            let tell = self.tell.clone();
            let tell: Tell = Box::new(move |safe| tell.send((name, safe)).unwrap());
            self.disk.tell(effect, tell);
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

    #[test]
    fn a_write_is_told_when_it_is_on_the_disk_and_those_that_came_meanwhile_together() {
        let test = test();
        test.call(Effect::Reads, "a read");
        test.tells(&[("a read", Safe::Yes)]);
        test.call(Effect::Writes, "first");
        test.asked.recv().unwrap();
        test.call(Effect::Writes, "second");
        test.call(Effect::Reads, "what shows it");
        test.call(Effect::Writes, "third");
        test.silent();
        test.allow.send(Ok(())).unwrap();
        test.tells(&[("first", Safe::Yes)]);
        test.asked.recv().unwrap();
        test.silent();
        test.allow.send(Ok(())).unwrap();
        let yes = |name| (name, Safe::Yes);
        test.tells(&[yes("second"), yes("what shows it"), yes("third")]);
        assert!(test.asked.try_recv().is_err(), "once for both");
    }

    #[test]
    fn nothing_is_believed_after_the_disk_has_refused() {
        let test = test();
        test.call(Effect::Writes, "first");
        test.allow
            .send(Err(io::ErrorKind::StorageFull.into()))
            .unwrap();
        test.tells(&[("first", Safe::No)]);
        test.call(Effect::Writes, "second");
        test.tells(&[("second", Safe::No)]);
    }
}
