//! Random requests, made up one by one with the model in view, so that most of
//! them meet something.

mod bodies;
mod patches;
mod searches;

use super::Kind;
use super::hostile;
use super::op::{Act, BulkOp, By, Overlap, Page, Paging, Scope, Show, Step, Switch, Tag, When};
use super::pools::{GROUP_LABELS, KEYS, SHOWN, USER_LABELS};
use super::state::{Life, Model};
use fastrand::Rng;

/// Makes requests up.
#[derive(Debug)]
pub struct Generator {
    rng: Rng,
}

impl Generator {
    /// The same requests for the same seed, as long as they are answered the same.
    pub fn new(seed: u64) -> Self {
        let rng = Rng::with_seed(seed);
        Self { rng }
    }

    /// The next request.
    pub fn step(&mut self, model: &Model) -> Step {
        let realm = usize::from(self.one_in(3));
        let act = self
            .needed(model, realm)
            .unwrap_or_else(|| self.act(model, realm));
        Step {
            realm,
            by: self.by(&act),
            act,
        }
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.rng.usize(0..n) == 0
    }

    fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.rng.usize(0..of.len())]
    }

    /// What a realm lacks before anything can be asked of it, most of the time.
    fn needed(&mut self, model: &Model, realm: usize) -> Option<Act> {
        let it = &model.realms[realm];
        let works = |label: &str| {
            let key = it.keys.iter().rev().find(|key| key.label == label);
            key.is_some_and(|key| key.works)
        };
        let act = match it.life {
            // What there is not cannot be changed.
            Life::Absent if self.one_in(6) => Act::SwitchRealm(Switch::Enabled),
            Life::Absent if self.one_in(6) => Act::MakeKey {
                label: "k1".to_owned(),
                scope: Scope::All,
            },
            Life::Absent | Life::Disabled if self.one_in(4) => self.administer(),
            Life::Disabled if self.one_in(4) => Act::MakeRealm,
            Life::Absent => Act::MakeRealm,
            Life::Disabled => Act::SwitchRealm(Switch::Enabled),
            Life::Enabled if !works("main") => Act::MakeKey {
                label: "main".to_owned(),
                scope: Scope::All,
            },
            Life::Enabled if !works("reader") => Act::MakeKey {
                label: "reader".to_owned(),
                scope: Scope::Read,
            },
            Life::Enabled => return None,
        };
        (!self.one_in(4)).then_some(act)
    }

    fn by(&mut self, act: &Act) -> By {
        let key = self.pick(KEYS).to_owned();
        match self.rng.usize(0..40) {
            _ if act.is_admin() => By::Main,
            0 => By::Nobody,
            1 => By::Garbage(
                self.pick(&["x", "mst_", "mst_aaaaaaaaaaaa_b", "é", ""])
                    .to_owned(),
            ),
            2 => By::Foreign(key),
            3 => By::Former(key),
            // How a request that fits no route is refused to a key for reading, nobody says.
            4..=7 if !matches!(act, Act::Hostile(_)) => By::Key(key),
            _ => By::Main,
        }
    }

    fn act(&mut self, model: &Model, realm: usize) -> Act {
        match self.rng.usize(0..100) {
            0..=13 => self.create(model, realm, Kind::User),
            14..=21 => self.create(model, realm, Kind::Group),
            22..=29 => {
                let (kind, id) = self.target(model, realm);
                let (show, when) = (self.show(), self.when());
                Act::Get {
                    kind,
                    id,
                    show,
                    when,
                }
            }
            30..=37 => self.put(model, realm),
            38..=60 => self.patch(model, realm),
            61..=64 => {
                let (kind, id) = self.target(model, realm);
                let when = self.when();
                Act::Delete { kind, id, when }
            }
            65..=78 => {
                let page = Page {
                    start_index: self.one_in(3).then(|| self.rng.i64(-1..9)),
                    count: self.one_in(3).then(|| self.rng.i64(-1..6)),
                };
                Act::List(self.list(model, realm), page)
            }
            79..=82 => {
                let list = self.list(model, realm);
                let paging = match self.rng.bool() {
                    true => Paging::Index,
                    false => Paging::Cursor,
                };
                Act::Walk(list, paging, self.rng.u32(1..5))
            }
            83..=87 => self.bulk(model, realm),
            88..=92 => Act::Hostile(self.pick(&hostile::names()).to_owned()),
            _ => self.administer(),
        }
    }

    fn administer(&mut self) -> Act {
        let label = self.pick(KEYS).to_owned();
        let scope = match label.as_str() {
            "reader" => Scope::Read,
            _ => Scope::All,
        };
        match self.rng.usize(0..10) {
            0 => Act::SwitchRealm(Switch::Disabled),
            1 => Act::SwitchRealm(Switch::Enabled),
            2 => Act::MakeRealm,
            3 | 4 => Act::MakeKey { label, scope },
            5..=7 => Act::RotateKey {
                new: label.clone(),
                label,
                old: match self.rng.bool() {
                    true => Overlap::WorksOn,
                    false => Overlap::Ends,
                },
            },
            _ => Act::RevokeKey { label },
        }
    }

    fn labels(kind: Kind) -> &'static [&'static str] {
        match kind {
            Kind::User => &USER_LABELS,
            Kind::Group => &GROUP_LABELS,
        }
    }

    /// The labels of a realm: those of the two are different ones.
    fn label(realm: usize, name: &str) -> String {
        format!("{}{name}", ["a", "b"][realm])
    }

    fn lives(model: &Model, realm: usize, label: &str) -> bool {
        let id = model.labels.get(label);
        id.is_some_and(|id| model.realms[realm].resources.contains_key(id))
    }

    /// The label of some resource, of which most are there.
    fn any(&mut self, model: &Model, realm: usize, kind: Kind) -> String {
        let alive: Vec<String> = Self::labels(kind)
            .iter()
            .map(|name| Self::label(realm, name))
            .filter(|label| Self::lives(model, realm, label))
            .collect();
        let name = self.pick(Self::labels(kind));
        match self.rng.usize(0..12) {
            // Another realm's, one of the other kind's, perhaps a dead one.
            0 => format!("@{}", Self::label(1 - realm, name)),
            1 => format!("@{}", Self::label(realm, name)),
            _ if alive.is_empty() => format!("@{}", Self::label(realm, name)),
            _ => format!("@{}", alive[self.rng.usize(0..alive.len())]),
        }
    }

    fn kind(&mut self) -> Kind {
        match self.rng.usize(0..5) {
            0..=2 => Kind::User,
            _ => Kind::Group,
        }
    }

    fn target(&mut self, model: &Model, realm: usize) -> (Kind, String) {
        let kind = self.kind();
        match self.rng.usize(0..30) {
            0 => (kind, self.pick(&["unknown", "__proto__", "-"]).to_owned()),
            1 => (kind, self.any(model, realm, Kind::Group)),
            _ => (kind, self.any(model, realm, kind)),
        }
    }

    /// A label that nobody bears, for somebody new.
    fn free(&mut self, model: &Model, realm: usize, kind: Kind) -> Option<String> {
        let mut free: Vec<String> = Self::labels(kind)
            .iter()
            .map(|name| Self::label(realm, name))
            .filter(|label| !Self::lives(model, realm, label))
            .collect();
        let at = self.rng.usize(0..free.len().max(1));
        (!free.is_empty()).then(|| free.swap_remove(at))
    }

    fn create(&mut self, model: &Model, realm: usize, kind: Kind) -> Act {
        let Some(label) = self.free(model, realm, kind) else {
            // Full: somebody has to go.
            let id = self.any(model, realm, kind);
            let when = When::default();
            return Act::Delete { kind, id, when };
        };
        let body = self.body(model, realm, kind);
        let show = self.show();
        Act::Create {
            kind,
            label,
            body,
            show,
        }
    }

    fn put(&mut self, model: &Model, realm: usize) -> Act {
        let (kind, id) = self.target(model, realm);
        let body = self.body(model, realm, kind);
        let (show, when) = (self.show(), self.when());
        Act::Put {
            kind,
            id,
            body,
            show,
            when,
        }
    }

    fn show(&mut self) -> Show {
        let mut names = || -> Vec<String> {
            let count = self.rng.usize(1..4);
            let mut name = |_| match self.one_in(8) {
                true => super::pools::enterprise("department"),
                false => self.pick(SHOWN).to_owned(),
            };
            (0..count).map(&mut name).collect()
        };
        let (attributes, excluded) = (names(), names());
        match self.rng.usize(0..8) {
            0 => Show {
                attributes,
                excluded: Vec::new(),
            },
            1 => Show {
                attributes: Vec::new(),
                excluded,
            },
            2 if self.one_in(3) => Show {
                attributes,
                excluded,
            },
            _ => Show::default(),
        }
    }

    fn when(&mut self) -> When {
        let tag = match self.rng.usize(0..6) {
            0..=2 => Tag::Current,
            3 => Tag::Moved,
            4 => Tag::Stale,
            _ => Tag::Text(
                self.pick(&["*", "\"nonsense\"", "W/\"x\"", "W/\"99.0\""])
                    .to_owned(),
            ),
        };
        match self.rng.usize(0..10) {
            0 => When {
                matches: Some(tag),
                none_matches: None,
            },
            1 => When {
                matches: None,
                none_matches: Some(tag),
            },
            _ => When::default(),
        }
    }

    /// A bulk request. Its operations give different names and change different
    /// resources, or come in the order in which they have to be done anyway: what
    /// they come to does not hang on which of them are done side by side.
    fn bulk(&mut self, model: &Model, realm: usize) -> Act {
        let mut operations = Vec::new();
        let deletes = self.one_in(3);
        let count = self.rng.usize(1..6);
        for n in 0..count {
            let name = format!("n{n}");
            let act = match self.rng.usize(0..4) {
                0 | 1 if !deletes => self.bulk_create(model, realm, n),
                2 if deletes => {
                    let kind = self.kind();
                    let id = self.any(model, realm, kind);
                    let when = When::default();
                    Act::Delete { kind, id, when }
                }
                _ => self.bulk_patch(model, realm),
            };
            let bulk_id = matches!(act, Act::Create { .. }).then_some(name);
            operations.push(BulkOp { bulk_id, act });
        }
        let most = self.rng.usize(1..3);
        // Which of them an end leaves out is said for a row without references forward.
        let forward = operations.iter().enumerate().any(|(place, operation)| {
            let names = super::state::references(&serde_json::to_value(&operation.act).unwrap());
            let behind = operations.iter().skip(place);
            behind
                .filter_map(|it| it.bulk_id.as_ref())
                .any(|name| names.contains(name))
        });
        let ends = self.one_in(4) && !forward;
        Act::Bulk {
            fail_on_errors: ends.then_some(most),
            operations,
        }
    }
}
