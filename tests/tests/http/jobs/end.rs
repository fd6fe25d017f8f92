//! Processes that end, or stand still, at one of their calls of the table.

use super::place::{Place, Process};
use muster::embedded::{CallInfo, Fault};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{Notify, oneshot};

/// Longer than any test: who waits so long is dead.
const FOREVER: Duration = Duration::from_secs(86_400);
/// When nothing has been called for so long, a process whose call is not
/// answered has done what it can without the answer.
const QUIET: Duration = Duration::from_millis(15);

/// What befalls a process at one of its calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Blow {
    /// From that call on nothing is done any more. To be dead after a call is
    /// to be dead before the next.
    Death,
    /// That call alone is lost; those under way beside it go on. Then it is dead.
    Loss,
}

/// The end of a process.
#[derive(Clone)]
pub(super) struct Doom(Arc<Fate>);

struct Fate {
    blow: Blow,
    at: usize,
    calls: AtomicUsize,
    struck: Notify,
}

impl Doom {
    /// At the call with this number; the first is 0.
    pub(super) fn new(blow: Blow, at: usize) -> Self {
        Self(Arc::new(Fate {
            blow,
            at,
            calls: AtomicUsize::new(0),
            struck: Notify::new(),
        }))
    }

    /// What a call meets.
    pub(super) fn meet(&self) -> Fault {
        let call = self.0.calls.fetch_add(1, Ordering::SeqCst);
        let lost = match self.0.blow {
            Blow::Death => call >= self.0.at,
            Blow::Loss => call == self.0.at,
        };
        if !lost {
            return Fault::None;
        }
        self.0.struck.notify_one();
        Fault::Latency(FOREVER)
    }

    /// What work comes to that begins now; `None` when it ends before.
    pub(super) async fn befalls<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.0.calls.store(0, Ordering::SeqCst);
        tokio::select! {
            biased;
            () = self.is_dead() => None,
            done = work => Some(done),
        }
    }

    async fn is_dead(&self) {
        self.0.struck.notified().await;
        if self.0.blow == Blow::Death {
            return;
        }
        let mut seen = 0;
        while seen != self.calls() {
            seen = self.calls();
            tokio::time::sleep(QUIET).await;
        }
    }

    /// How many calls there were.
    pub(super) fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }
}

impl Place {
    /// Another process, and its end.
    pub(super) async fn doomed(&self, blow: Blow, at: usize) -> (Process, Doom) {
        let alive = Arc::new(Mutex::new(None::<Doom>));
        let asked = Arc::clone(&alive);
        let hook = move |_: &CallInfo| {
            let doom = asked.lock().unwrap().clone();
            doom.map_or(Fault::None, |doom| doom.meet())
        };
        let process = self.process_with(hook).await;
        let doom = Doom::new(blow, at);
        // What a process does when it starts does not count.
        *alive.lock().unwrap() = Some(doom.clone());
        (process, doom)
    }
}

/// What becomes of a process that stands still.
enum Order {
    GoOn,
    Die,
}

/// A process on a thread of its own that stands still, as a whole, before one of its calls.
pub(super) struct Frozen<T> {
    thread: JoinHandle<Option<T>>,
    order: mpsc::Sender<Order>,
}

/// Whether a call is the one that is meant; each is asked about once.
pub(super) type Which = Box<dyn FnMut(&CallInfo) -> bool + Send>;

impl<T: Send + 'static> Frozen<T> {
    /// Lets a process work until it comes to that call.
    pub(super) async fn at(
        place: &Place,
        which: Which,
        work: impl AsyncFnOnce(Process) -> T + Send + 'static,
    ) -> Self {
        let (order, orders) = mpsc::channel();
        let (arrived, arrival) = oneshot::channel();
        let (dead, died) = oneshot::channel();
        let stop = Mutex::new(Stop {
            which,
            once: Some((arrived, orders, dead)),
            is_dead: false,
        });
        let embedded = place.embedded.clone();
        let embedded = embedded.with_faults(Arc::new(move |call| stop.lock().unwrap().meet(call)));
        let realm = place.client.name.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread();
            let runtime = { runtime }.enable_all().build().unwrap();
            runtime.block_on(async {
                let work = async {
                    let process = Process::over(&embedded, &realm).await;
                    // The hook ends with the process.
                    drop(embedded);
                    work(process).await
                };
                tokio::select! {
                    biased;
                    Ok(()) = died => None,
                    done = work => Some(done),
                }
            })
        });
        arrival.await.expect("it never came to that call");
        Self { thread, order }
    }

    /// Lets it go on; what it comes to.
    pub(super) async fn goes_on(self) -> T {
        self.ends(Order::GoOn).await.expect("it is alive")
    }

    /// Lets it go on no more.
    pub(super) async fn dies(self) {
        assert!(self.ends(Order::Die).await.is_none(), "it is dead");
    }

    async fn ends(self, order: Order) -> Option<T> {
        self.order.send(order).unwrap();
        let ended = tokio::task::spawn_blocking(|| self.thread.join());
        ended.await.unwrap().unwrap()
    }
}

type Once = (
    oneshot::Sender<()>,
    mpsc::Receiver<Order>,
    oneshot::Sender<()>,
);

struct Stop {
    which: Which,
    once: Option<Once>,
    is_dead: bool,
}

impl Stop {
    fn meet(&mut self, call: &CallInfo) -> Fault {
        if self.is_dead {
            return Fault::Latency(FOREVER);
        }
        let Some((arrived, orders, dead)) = self.once.take_if(|_| (self.which)(call)) else {
            return Fault::None;
        };
        arrived.send(()).unwrap();
        match orders.recv() {
            Ok(Order::GoOn) => Fault::None,
            Ok(Order::Die) | Err(_) => {
                let _ = dead.send(());
                self.is_dead = true;
                Fault::Latency(FOREVER)
            }
        }
    }
}

/// The transaction that makes a change with a job true.
pub(super) fn commit() -> Which {
    transaction("JOB#", 1)
}

/// The n-th transaction that takes a chunk; the first is 1.
pub(super) fn chunk(n: usize) -> Which {
    transaction("CHUNK#", n)
}

fn transaction(of: &'static str, n: usize) -> Which {
    let mut seen = 0;
    Box::new(move |call| {
        let fits = call.operation == "TransactWriteItems" && names(call, of);
        seen += usize::from(fits);
        fits && seen == n
    })
}

/// The update by which a group forgets its job.
pub(super) fn forgetting() -> Which {
    Box::new(|call| {
        let key = call.keys.first();
        call.operation == "UpdateItem" && key.is_some_and(|key| key.pk.ends_with("#G"))
    })
}

/// The deletion of a job's record.
pub(super) fn closing() -> Which {
    Box::new(|call| call.operation == "BatchWriteItem" && names(call, "JOB#"))
}

fn names(call: &CallInfo, of: &str) -> bool {
    let sks = call.keys.iter().filter_map(|key| key.sk.as_ref());
    { sks }.any(|sk| sk.starts_with(of))
}
