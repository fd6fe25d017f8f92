//! Scripts run against a server of their own and the model, step by step.

use super::compare::{at_rest, compare, members};
use super::generate::Generator;
use super::op::{Act, By, List, Page, Paging, Scope, Script, Step, Switch, Way};
use super::render::{Request, request, search};
use super::state::{Body, Expected, Hints, Life, Model};
use super::{Kind, hostile};
use crate::proof::invariants::look;
use crate::{Answer, Realm, Server};
use jiff::Timestamp;
use muster::embedded::Embedded;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// The two realms: the name of one is the beginning of the other's.
const NAMES: [&str; 2] = ["acme", "acme-2"];
/// How long a request may take before the server gives up, and so how long the end of a realm takes at least.
const PATIENCE: Duration = Duration::from_secs(20);

/// What was compared.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Census {
    pub operations: usize,
    pub streams: usize,
    /// By kind of operation: accepted, refused.
    pub kinds: BTreeMap<&'static str, (usize, usize)>,
    /// By status and scimType.
    pub answers: BTreeMap<String, usize>,
}

/// Where model and server part.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the words say it")]
pub struct Failure {
    pub step: usize,
    pub text: String,
}

impl Census {
    /// Adds another's.
    pub fn add(&mut self, other: &Self) {
        self.operations += other.operations;
        self.streams += other.streams;
        for (name, (accepted, refused)) in &other.kinds {
            let own = self.kinds.entry(name).or_default();
            *own = (own.0 + accepted, own.1 + refused);
        }
        for (name, n) in &other.answers {
            *self.answers.entry(name.clone()).or_default() += n;
        }
    }

    fn count(&mut self, name: &'static str, status: u16, scim_type: Option<&str>) {
        self.operations += 1;
        let own = self.kinds.entry(name).or_default();
        match status < 400 {
            true => own.0 += 1,
            false => own.1 += 1,
        }
        let answer = format!("{status} {}", scim_type.unwrap_or_default());
        *self.answers.entry(answer.trim().to_owned()).or_default() += 1;
    }

    /// The kinds of operations that were never accepted, or never refused.
    pub fn one_sided(&self) -> Vec<&'static str> {
        // What is refused whatever there is, and what is never refused.
        let exempt = ["hostile"];
        let sides = self.kinds.iter().filter(|(name, (accepted, refused))| {
            (*accepted == 0 || *refused == 0) && !exempt.contains(name)
        });
        sides.map(|(name, _)| *name).collect()
    }
}

/// A server, and the model of it.
#[derive(Debug)]
pub struct Bench {
    table: Embedded,
    server: Server,
    client: Realm,
    /// As it is by now.
    pub model: Model,
    /// What was compared so far.
    pub census: Census,
}

impl Bench {
    /// A new one.
    pub async fn new() -> Self {
        let table = Embedded::memory().unwrap();
        let server = Server::patient(table.clone(), PATIENCE);
        // A realm beside the two: its client sends every request.
        let client = Realm::create(&server, "beside").await;
        let bases: Vec<String> = NAMES.iter().map(|name| server.tenant_url(name)).collect();
        Self {
            model: Model::new(&bases),
            table,
            server,
            client,
            census: Census::default(),
        }
    }

    /// Does one step here and there, and compares.
    ///
    /// # Errors
    /// What differs, with the request and the answer.
    pub async fn step(&mut self, step: &Step) -> Result<(), String> {
        let resolved = self.model.resolved(step);
        let sent = Timestamp::now().as_millisecond();
        let (answer, pages) = self.send(&resolved).await?;
        let hints = Hints {
            between: (sent, Timestamp::now().as_millisecond()),
            ..hints(&resolved.act, &answer)
        };
        let expected = self.model.answer(&resolved, &hints);
        self.count(&resolved.act, &expected);
        let realm = &mut self.model.realms[step.realm];
        let compared = match (&expected.body, pages) {
            (Body::Page(page), Some(pages)) => members(page, 0, &pages, realm),
            _ => compare(&resolved.act, &expected, &answer, realm),
        };
        compared.map_err(|text| format!("{text}\n  {answer:?}"))
    }

    fn count(&mut self, act: &Act, expected: &Expected) {
        self.census
            .count(act.name(), expected.status, expected.scim_type);
        if let (Act::Bulk { operations, .. }, Body::Bulk(entries)) = (act, &expected.body) {
            for (operation, entry) in operations.iter().zip(entries) {
                self.census
                    .count(operation.act.name(), entry.status, entry.scim_type);
            }
        }
    }

    /// The answer; of a walk the first, and the resources of all pages.
    async fn send(&self, step: &Step) -> Result<(Answer, Option<Vec<Value>>), String> {
        match &step.act {
            Act::Walk(list, paging, count) => self.walk(step, list, *paging, *count).await,
            Act::DeleteRealm => self.end(step).await.map(|answer| (answer, None)),
            act => {
                let key = match act {
                    Act::RotateKey { label, .. } | Act::RevokeKey { label } => {
                        self.key(step.realm, label)
                    }
                    _ => String::new(),
                };
                let (name, other) = (NAMES[step.realm], NAMES[1 - step.realm]);
                let asked = request(act, name, other, &key);
                Ok((self.ask(step, &asked).await, None))
            }
        }
    }

    async fn ask(&self, step: &Step, asked: &Request) -> Answer {
        let admin = format!("{}/admin/v1/realms", self.server.origin());
        let call = match step.act.is_admin() {
            true => {
                let mut asked = asked.clone();
                let media = asked.body.as_ref().map(|_| "application/json".to_owned());
                asked
                    .headers
                    .extend(media.map(|media| ("content-type".to_owned(), media)));
                asked.call(&admin).by(self.server.operator())
            }
            false => {
                let call = asked.call(&self.model.realms[step.realm].base);
                match self.model.token(step) {
                    Some(token) => call.token(&token),
                    None => call,
                }
            }
        };
        self.client.send(call).await
    }

    /// The id of the key that an operator means.
    fn key(&self, realm: usize, label: &str) -> String {
        let mut keys = self.model.realms[realm].keys.iter().rev();
        let key = keys.find(|key| key.label == label && !key.id.is_empty());
        key.map_or("AAAAAAAAAAAA".to_owned(), |key| key.id.clone())
    }

    /// Page after page, until there is none (RFC 7644 section 3.4.2.4, RFC 9865 section 2).
    async fn walk(
        &self,
        step: &Step,
        list: &List,
        paging: Paging,
        count: u32,
    ) -> Result<(Answer, Option<Vec<Value>>), String> {
        let mut all = Vec::new();
        let mut cursor = Some(String::new());
        let mut first = None;
        for _ in 0..1_000 {
            let page = Page {
                start_index: (paging == Paging::Index)
                    .then(|| i64::try_from(all.len() + 1).unwrap()),
                count: Some(i64::from(count)),
            };
            let cursor_now = cursor.as_deref().filter(|_| paging == Paging::Cursor);
            let answer = self.ask(step, &search(list, page, cursor_now)).await;
            if answer.status != 200 {
                return match first {
                    None => Ok((answer, None)),
                    Some(_) => Err(format!("a later page: {answer:?}")),
                };
            }
            let body = answer.json();
            let shown = body["Resources"].as_array().cloned().unwrap_or_default();
            if shown.len() > usize::try_from(count).unwrap() {
                return Err(format!("a page is too long: {answer:?}"));
            }
            let more = !shown.is_empty();
            all.extend(shown);
            let next = body["nextCursor"].as_str().map(str::to_owned);
            let ends = match paging {
                Paging::Index => !more || body["totalResults"].as_u64() == Some(all.len() as u64),
                Paging::Cursor => next.is_none(),
            };
            cursor = next;
            first = first.or(Some(answer));
            if ends {
                return Ok((first.unwrap(), Some(all)));
            }
        }
        Err("the walk does not end".to_owned())
    }

    /// Until nothing is left of the realm: its name is refused meanwhile, and its key.
    async fn end(&self, step: &Step) -> Result<Answer, String> {
        let asked = |act: &Act| request(act, NAMES[step.realm], NAMES[1 - step.realm], "");
        loop {
            let answer = self.ask(step, &asked(&Act::DeleteRealm)).await;
            if answer.status != 202 {
                return Ok(answer);
            }
            let again = Step {
                act: Act::MakeRealm,
                ..step.clone()
            };
            let taken = self.ask(&again, &asked(&Act::MakeRealm)).await;
            let list = Step {
                act: Act::List(everything(), Page::default()),
                by: By::Main,
                ..step.clone()
            };
            let refused = self.ask(&list, &asked(&list.act)).await;
            if (taken.status, refused.status) != (409, 401) {
                return Err(format!("while it is deleted: {taken:?}, {refused:?}"));
            }
        }
    }

    /// Reads all of both realms back, and looks at the table.
    ///
    /// # Errors
    /// What differs.
    pub async fn close(&mut self) -> Result<(), String> {
        for (realm, name) in NAMES.into_iter().enumerate() {
            if self.model.realms[realm].life != Life::Absent {
                let by = By::Key("last".to_owned());
                let (label, scope) = ("last".to_owned(), Scope::Read);
                for act in [
                    Act::SwitchRealm(Switch::Enabled),
                    Act::MakeKey { label, scope },
                    Act::Walk(everything(), Paging::Index, 3),
                    Act::Walk(everything(), Paging::Cursor, 3),
                ] {
                    self.step(&Step {
                        realm,
                        by: by.clone(),
                        act,
                    })
                    .await?;
                }
            }
            let found = look(&self.table, name).await;
            at_rest(&self.model.realms[realm], &found)?;
        }
        Ok(())
    }
}

fn everything() -> List {
    List {
        kinds: Kind::ALL.to_vec(),
        way: Way::Get,
        filter: None,
        sort_by: None,
        order: super::op::Order::Ascending,
        show: super::op::Show::default(),
    }
}

/// What the answer tells that nobody else knows.
fn hints(act: &Act, answer: &Answer) -> Hints {
    let body: Value = serde_json::from_slice(&answer.bytes).unwrap_or_default();
    let last = |url: &str| url.rsplit('/').next().map(str::to_owned);
    let mut hints = Hints::default();
    match act {
        Act::Create { .. } => hints.id = last(answer.header("location")),
        Act::MakeKey { .. } | Act::RotateKey { .. } => {
            let text = |name: &str| body[name].as_str().map(str::to_owned);
            hints.key = text("id").zip(text("token"));
        }
        Act::Bulk { .. } => {
            for entry in body["Operations"].as_array().into_iter().flatten() {
                let id = entry["location"].as_str().and_then(last);
                if let (Some(name), Some(id)) = (entry["bulkId"].as_str(), id) {
                    hints.bulk.insert(name.to_owned(), id);
                }
            }
        }
        _ => {}
    }
    hints
}

/// Runs a script on a server of its own.
pub async fn replay(script: &Script) -> Result<Census, Failure> {
    let mut bench = Bench::new().await;
    let fails = |step: usize| move |text: String| Failure { step, text };
    for (place, step) in script.steps.iter().enumerate() {
        bench.step(step).await.map_err(fails(place))?;
    }
    bench.close().await.map_err(fails(script.steps.len()))?;
    bench.census.streams = 1;
    Ok(bench.census)
}

/// How a stream goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// Both realms live throughout.
    Even,
    /// One of them is deleted on the way, which takes a while, and made anew.
    WithAnEnd,
}

/// Makes up so many operations and runs them.
///
/// # Errors
/// The script up to where model and server part, and what differs.
pub async fn run(
    seed: u64,
    operations: usize,
    course: Course,
) -> Result<Census, (Script, Failure)> {
    let mut bench = Bench::new().await;
    let mut generator = Generator::new(seed);
    let mut script = Script {
        about: format!("seed {seed}"),
        steps: Vec::new(),
    };
    while script.steps.len() < operations {
        // Twice: the second time there is none.
        let half = operations / 2..operations / 2 + 2;
        let ends = course == Course::WithAnEnd && half.contains(&script.steps.len());
        let step = match ends {
            true => Step {
                realm: 0,
                by: By::Main,
                act: Act::DeleteRealm,
            },
            false => generator.step(&bench.model),
        };
        script.steps.push(step.clone());
        if let Err(text) = bench.step(&step).await {
            let step = script.steps.len() - 1;
            return Err((script, Failure { step, text }));
        }
    }
    let step = script.steps.len();
    if let Err(text) = bench.close().await {
        return Err((script, Failure { step, text }));
    }
    bench.census.streams = 1;
    Ok(bench.census)
}

/// How many hostile requests there are.
pub fn hostile_requests() -> usize {
    hostile::names().len()
}
