//! Where each call of the table asks what befalls it: every realm has a plan of
//! its own, so that many cases run side by side over one table.

use super::blow::{Blow, Strike};
use muster::embedded::{CallInfo, Fault};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::Notify;

/// The plan under this name holds for every realm that has none of its own.
pub const ANY: &str = "*";

/// What befalls the calls of each realm.
#[derive(Debug, Default)]
pub struct Desk {
    plans: Mutex<HashMap<String, Plan>>,
}

/// What befalls the calls of one realm, and what it has come to.
#[derive(Debug)]
struct Plan {
    strike: Strike,
    calls: Vec<String>,
    fired: usize,
    /// The call whose answer a dying process has not heard.
    unheard: Option<CallInfo>,
    dead: Arc<Notify>,
}

/// What a plan has come to.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The calls there were, by DynamoDB's names of them.
    pub calls: Vec<String>,
    /// How many of them were struck.
    pub fired: usize,
}

impl Desk {
    /// The hook of a table whose calls ask here.
    pub fn hook(self: &Arc<Self>) -> Arc<dyn Fn(&CallInfo) -> Fault + Send + Sync> {
        let desk = Arc::clone(self);
        Arc::new(move |call| desk.meet(call))
    }

    /// Plans what befalls a realm from now on; what is returned is told when a
    /// process has died of it.
    pub fn plan(&self, realm: &str, strike: Strike) -> Arc<Notify> {
        let dead = Arc::new(Notify::new());
        let plan = Plan {
            strike,
            calls: Vec::new(),
            fired: 0,
            unheard: None,
            dead: Arc::clone(&dead),
        };
        self.plans.lock().unwrap().insert(realm.to_owned(), plan);
        dead
    }

    /// Ends a plan.
    pub fn end(&self, realm: &str) -> Seen {
        let plan = self.plans.lock().unwrap().remove(realm);
        plan.as_ref().map(Plan::seen).unwrap_or_default()
    }

    /// What a plan has come to that goes on.
    pub fn seen(&self, realm: &str) -> Seen {
        let plans = self.plans.lock().unwrap();
        plans.get(realm).map(Plan::seen).unwrap_or_default()
    }

    fn meet(&self, call: &CallInfo) -> Fault {
        // What was used is summed in the process and written some time, by nobody's request.
        let usage = |pk: &str| pk.ends_with("#USE");
        if call.operation == "UpdateItem" && call.keys.iter().all(|key| usage(&key.pk)) {
            return Fault::None;
        }
        let realm = call.keys.iter().find_map(|key| realm_of(&key.pk));
        let mut plans = self.plans.lock().unwrap();
        let own = realm.filter(|realm| plans.contains_key(*realm));
        plans
            .get_mut(own.unwrap_or(ANY))
            .map_or(Fault::None, |plan| plan.meet(call))
    }
}

/// The realm whose item has this partition key. A realm that a case makes beside
/// its own has its name with an `x` behind.
fn realm_of(pk: &str) -> Option<&str> {
    let (realm, _) = pk.strip_prefix("R#")?.split_once('#')?;
    Some(realm.trim_end_matches('x'))
}

impl Plan {
    fn meet(&mut self, call: &CallInfo) -> Fault {
        self.calls.push(call.operation.clone());
        let n = self.calls.len();
        let blow = match &self.strike {
            Strike::Nothing => None,
            Strike::At(blows) => blows.iter().find(|(at, _)| *at == n).map(|(_, blow)| *blow),
            Strike::From(at, blow) => (n >= *at).then_some(*blow),
        };
        let Some(blow) = blow.filter(|blow| blow.befalls(&call.operation)) else {
            return self.after_death(call);
        };
        self.fired += 1;
        if blow.is_death() {
            return self.die(blow, call);
        }
        blow.fault()
    }

    /// What befalls a call that is not struck itself.
    fn after_death(&self, call: &CallInfo) -> Fault {
        if self.unheard.as_ref() == Some(call) {
            // It is sent again, so it was executed before.
            self.dead.notify_one();
        }
        match self.unheard {
            Some(_) => Blow::Death.fault(),
            None => Fault::None,
        }
    }

    fn die(&mut self, blow: Blow, call: &CallInfo) -> Fault {
        if blow == Blow::LastWords && self.unheard.is_none() {
            self.unheard = Some(call.clone());
            return Fault::LostAnswer;
        }
        self.dead.notify_one();
        Blow::Death.fault()
    }

    fn seen(&self) -> Seen {
        Seen {
            calls: self.calls.clone(),
            fired: self.fired,
        }
    }
}
