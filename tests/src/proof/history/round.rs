//! One round: a realm of its own, clients that work in it at the same time while
//! the table fails, and the judgement of what they have seen.

use super::client::{World, group_name};
use super::faults::{Counts, Faulty};
use super::project::{Judgement, judge};
use super::record::{Ask, By, Event, Members, Recorder, Tag};
use super::spec::names::NAMES;
use crate::{Realm, Server};
use fastrand::Rng;
use futures_util::StreamExt;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, AtomicU32, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// A request's time: enough, however slow the machine is.
const BUDGET: Duration = Duration::from_secs(25);
/// Of a hundred requests so many are not waited for.
const UNHEARD: u8 = 4;

/// For so many requests the clients are after one member.
const FOCUS: usize = 15;

/// What the clients of a round are after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aim {
    /// Users who want the same few names.
    Names,
    /// Groups whose members come, go and are deleted, each change one transaction.
    Members,
    /// Groups of which more change than one transaction holds, by jobs.
    Jobs,
}

impl Aim {
    /// What the nth round is after.
    pub fn of_round(round: usize) -> Self {
        [
            Self::Names,
            Self::Members,
            Self::Names,
            Self::Members,
            Self::Jobs,
        ][round % 5]
    }

    fn requests(self) -> usize {
        match self {
            Self::Names | Self::Members => 22,
            Self::Jobs => 8,
        }
    }

    /// How many can be members; and the groups with those that are at the begin.
    fn setting(self) -> (usize, Vec<Members>) {
        match self {
            Self::Names => (0, Vec::new()),
            Self::Members => (12, vec![0, 0b1111, 0xFFF]),
            Self::Jobs => (POOL, vec![0, LOWER]),
        }
    }
}

/// How many can be members of big groups, and halves of them.
const POOL: usize = 112;
const LOWER: Members = (1 << (POOL / 2)) - 1;
const UPPER: Members = LOWER << (POOL / 2);

/// A server whose table fails by chance.
#[derive(Debug)]
pub struct Bench {
    server: Server,
    faulty: Faulty,
    seed: u64,
    clients: usize,
}

/// What rounds have come to.
#[derive(Debug, Default)]
pub struct Report {
    /// How many rounds there were.
    pub rounds: usize,
    /// How many requests.
    pub requests: usize,
    /// How many of them nobody knows whether they were done.
    pub unknown: usize,
    /// What was judged.
    pub judgement: Judgement,
    /// What went wrong in the table.
    pub counts: Counts,
    /// What else must not be, in words.
    pub faults: Vec<String>,
}

impl Report {
    /// What is wrong; empty, if nothing is.
    pub fn failures(&self) -> Vec<&String> {
        let judged = &self.judgement;
        let all = judged.broken.iter().chain(&judged.undecided);
        all.chain(&self.faults).collect()
    }

    /// The figures in a line.
    pub fn line(&self) -> String {
        let Counts {
            calls,
            errors,
            lost,
            slow,
            again,
        } = self.counts;
        format!(
            "{} rounds, {} requests ({} of them open), {} histories of {} calls; {calls} calls of \
             the table: {errors} errors, {lost} lost answers, {slow} slow, {again} transactions sent again",
            self.rounds,
            self.requests,
            self.unknown,
            self.judgement.histories,
            self.judgement.calls,
        )
    }

    /// Both together.
    pub fn absorb(&mut self, other: Self) {
        self.rounds += other.rounds;
        self.requests += other.requests;
        self.unknown += other.unknown;
        self.judgement.absorb(other.judgement);
        self.counts = self.counts.and(other.counts);
        self.faults.extend(other.faults);
    }
}

impl Bench {
    /// A server over a table whose faults the seed chooses, for so many clients.
    pub fn new(seed: u64, clients: usize) -> Self {
        let faulty = Faulty::new(seed);
        let server = Server::patient(faulty.table.clone(), BUDGET);
        faulty.on();
        Self {
            server,
            faulty,
            seed,
            clients,
        }
    }

    /// Runs these rounds, so many at a time, and hands each to `tell`.
    pub async fn rounds(
        &self,
        rounds: Range<usize>,
        at_a_time: usize,
        mut tell: impl FnMut(&Report),
    ) -> Report {
        let mut report = Report::default();
        let mut running = futures_util::stream::iter(rounds)
            .map(|round| self.round(round))
            .buffer_unordered(at_a_time);
        while let Some(round) = running.next().await {
            report.absorb(round);
            tell(&report);
        }
        report.counts = self.faulty.counts();
        report
    }

    /// Runs the nth round.
    pub async fn round(&self, round: usize) -> Report {
        let aim = Aim::of_round(round);
        let name = format!("round-{round}");
        let realm = Realm::create(&self.server, &name).await;
        let (pool, groups) = aim.setting();
        let world = settle(realm, pool, &groups).await;
        let mut faults = Vec::new();
        let shared = Arc::new(Shared {
            world,
            recorder: Recorder::default(),
            tags: AtomicU16::new(1),
            titles: AtomicU32::new(1),
            asked: AtomicUsize::new(0),
            aim,
        });
        let mut clients = JoinSet::new();
        for client in 0..self.clients {
            let of_all = self.seed.wrapping_mul(1_000_003).wrapping_add(round as u64);
            let rng = Rng::with_seed(of_all.wrapping_mul(1_009).wrapping_add(client as u64));
            clients.spawn(work(shared.clone(), client, rng));
        }
        while let Some(client) = clients.join_next().await {
            faults.extend(client.unwrap());
        }
        let mut events = shared.recorder.events();
        events.extend(self.afterwards(&shared, &mut faults).await);
        faults.extend(self.faulty.broken(&name).await);
        Report {
            rounds: 1,
            requests: events.len(),
            unknown: events.iter().filter(|event| event.answer.is_none()).count(),
            judgement: judge(&events, &groups),
            counts: Counts::default(),
            faults: faults
                .into_iter()
                .map(|fault| format!("round {round}: {fault}"))
                .collect(),
        }
    }

    /// Everything is looked at once more: what was done must be there for good.
    async fn afterwards(&self, shared: &Shared, faults: &mut Vec<String>) -> Vec<Event> {
        let world = &shared.world;
        let mut asks: Vec<Ask> = world.known().into_iter().map(Ask::Read).collect();
        if shared.aim == Aim::Names {
            asks.extend((0..NAMES as u8).map(Ask::Find));
        }
        asks.extend((0..world.groups.len()).map(Ask::ReadGroup));
        asks.extend((0..world.members.len()).map(Ask::ReadMember));
        let mut events = Vec::with_capacity(asks.len());
        for ask in asks {
            let begin = shared.recorder.now();
            let answer = world.ask(&ask).await;
            let end = shared.recorder.now();
            match answer {
                Ok(seen) => events.push(Event {
                    client: self.clients,
                    ask,
                    begin,
                    answer: seen.map(|seen| (seen, end)),
                }),
                Err(fault) => faults.push(fault),
            }
        }
        events
    }
}

/// What the clients of a round share.
struct Shared {
    world: World,
    recorder: Recorder,
    tags: AtomicU16,
    titles: AtomicU32,
    asked: AtomicUsize,
    aim: Aim,
}

/// Makes those who can be members, and the groups.
async fn settle(realm: Realm, pool: usize, groups: &[Members]) -> World {
    let mut makers = JoinSet::new();
    for n in 0..pool {
        let realm = realm.clone();
        makers.spawn(async move { (n, realm.user(&format!("member-{n}")).await) });
    }
    let mut members = vec![String::new(); pool];
    for (n, id) in makers.join_all().await {
        members[n] = id;
    }
    let mut ids = Vec::new();
    for (n, of_it) in groups.iter().enumerate() {
        let there = members.iter().enumerate();
        let there: Vec<&str> = there
            .filter(|(member, _)| of_it & (1 << member) != 0)
            .map(|(_, id)| id.as_str())
            .collect();
        ids.push(realm.group(&group_name(n), &there).await);
    }
    World::new(realm, members, ids)
}

/// What one client does; what it saw that must not be.
async fn work(shared: Arc<Shared>, client: usize, mut rng: Rng) -> Vec<String> {
    let mut faults = Vec::new();
    let mut unheard: JoinSet<Result<(), String>> = JoinSet::new();
    for _ in 0..shared.aim.requests() {
        let ask = shared.next(&mut rng);
        let begin = shared.recorder.now();
        if rng.u8(..100) < UNHEARD {
            let (shared, ask) = (shared.clone(), ask.clone());
            shared.clone().recorder.tell(Event {
                client,
                ask: ask.clone(),
                begin,
                answer: None,
            });
            unheard.spawn(async move { shared.world.ask_unheard(&ask).await });
            continue;
        }
        match shared.world.ask(&ask).await {
            Ok(seen) => {
                let end = shared.recorder.now();
                shared.recorder.tell(Event {
                    client,
                    ask,
                    begin,
                    answer: seen.map(|seen| (seen, end)),
                });
            }
            Err(fault) => faults.push(fault),
        }
    }
    for answer in unheard.join_all().await {
        faults.extend(answer.err());
    }
    faults
}

impl Shared {
    fn next(&self, rng: &mut Rng) -> Ask {
        match self.aim {
            Aim::Names => self.of_users(rng),
            Aim::Members => self.of_members(rng),
            Aim::Jobs => self.of_many(rng),
        }
    }

    fn of_users(&self, rng: &mut Rng) -> Ask {
        let name = rng.u8(..NAMES as u8);
        let known = self.world.known();
        // Mostly those who may be alive.
        let recent = &known[known.len().saturating_sub(7)..];
        let Some(tag) = rng.choice(recent).copied() else {
            return Ask::Create(self.tag(), name);
        };
        let condition = (rng.u8(..4) == 0)
            .then(|| self.world.version_of(tag))
            .flatten();
        match rng.u8(..100) {
            0..18 => Ask::Create(self.tag(), name),
            18..30 => Ask::Read(tag),
            30..55 => Ask::Find(name),
            55..66 => Ask::Put(tag, name, self.title(), condition),
            66..78 => Ask::Retitle(tag, self.title(), condition),
            78..88 => Ask::Rename(tag, name),
            _ => Ask::Delete(tag, condition),
        }
    }

    fn of_members(&self, rng: &mut Rng) -> Ask {
        let group = rng.usize(..self.world.groups.len());
        // All clients are after the same member for a while: it comes, and goes for good.
        let pool = self.world.members.len();
        let focus = self.asked.fetch_add(1, Ordering::SeqCst) / FOCUS % pool;
        let member = match rng.u8(..10) {
            0..6 => focus,
            _ => rng.usize(..pool),
        };
        let mut some = 1 << member;
        for _ in 0..rng.u8(..3) {
            some |= 1 << rng.usize(..self.world.members.len());
        }
        match rng.u16(..1_000) {
            0..280 => Ask::Join(group, some),
            280..430 => Ask::Leave(group, some),
            430..540 => {
                let all = rng.u128(..) & 0xFFF;
                self.fill(rng, group, all)
            }
            540..690 => Ask::ReadGroup(group),
            690..830 => Ask::IsIn(group, member),
            830..905 => Ask::ReadMember(member),
            905..995 => Ask::DeleteMember(focus),
            _ => Ask::DeleteGroup(group),
        }
    }

    fn of_many(&self, rng: &mut Rng) -> Ask {
        let group = rng.usize(..self.world.groups.len());
        let member = rng.usize(..POOL);
        let many = match rng.u8(..4) {
            0 => LOWER,
            1 => UPPER,
            2 => LOWER | UPPER,
            _ => rng.u128(..) & (LOWER | UPPER),
        };
        match rng.u8(..100) {
            0..15 => self.fill(rng, group, many),
            15..20 => Ask::Join(group, many),
            20..25 => Ask::Leave(group, many),
            25..35 => Ask::Join(group, 1 << member),
            35..42 => Ask::Leave(group, 1 << member),
            42..72 => Ask::ReadGroup(group),
            _ => Ask::IsIn(group, member),
        }
    }

    fn fill(&self, rng: &mut Rng, group: usize, all: Members) -> Ask {
        let by = if rng.bool() { By::Put } else { By::Patch };
        let condition = (rng.u8(..4) == 0)
            .then(|| self.world.version_of_group(group))
            .flatten();
        Ask::Fill(group, all, by, condition)
    }

    fn tag(&self) -> Tag {
        self.tags.fetch_add(1, Ordering::SeqCst)
    }

    fn title(&self) -> u32 {
        self.titles.fetch_add(1, Ordering::SeqCst)
    }
}
