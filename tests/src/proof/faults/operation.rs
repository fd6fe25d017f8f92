//! An operation as a row of a table: what is asked, of which world, and what it
//! is answered with, at first and when it is asked again.

use super::world::World;
use serde_json::Value;
use service::{ROUTES, Route};

/// A request that is struck. In path and body `<name>` stands for what the world
/// calls so, `<realm>` and `<fresh>` for the realm's name and another one.
#[derive(Debug, Clone)]
pub struct Operation {
    /// What it does, in words.
    pub name: &'static str,
    /// Where it is asked.
    pub world: World,
    /// The method.
    pub method: &'static str,
    /// The path, below the Tenant URL unless it begins with `/admin/`.
    pub path: String,
    /// The body; null when there is none.
    pub body: Value,
    /// A header beside.
    pub header: Option<(&'static str, &'static str)>,
    /// A path that is read before; `<cursor>` is its `nextCursor`.
    pub before: Option<&'static str>,
    /// The status.
    pub status: u16,
    /// The status when it is asked again.
    pub again: u16,
    /// How many memberships it makes, or takes away; where that is said.
    pub memberships: Option<isize>,
    /// How it is judged.
    pub way: Way,
}

/// How an operation is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is done as a whole or not at all.
    Whole,
    /// It is several changes, each done as a whole or not at all, and goes on
    /// when it is repeated.
    Parts,
    /// It is several changes which build on one another: what was refused because
    /// another one failed stays refused.
    Chain,
    /// It deletes the realm, call by call.
    Sweep,
    /// It is the first use of its key.
    FirstUse,
    /// It reads more than its own realm, in a table of its own.
    AllRealms,
    /// It reads what moves with every request.
    Loose,
}

impl Operation {
    /// A row that is judged as a whole.
    pub fn new(
        name: &'static str,
        world: World,
        (method, path): (&'static str, &str),
        body: Value,
        (status, again): (u16, u16),
    ) -> Self {
        Self {
            name,
            world,
            method,
            path: path.to_owned(),
            body,
            header: None,
            before: None,
            status,
            again,
            memberships: None,
            way: Way::Whole,
        }
    }

    /// The same, judged so.
    #[must_use]
    pub fn judged(self, way: Way) -> Self {
        Self { way, ..self }
    }

    /// The same, which makes so many memberships, or takes so many away.
    #[must_use]
    pub fn moving(self, memberships: isize) -> Self {
        Self {
            memberships: Some(memberships),
            ..self
        }
    }

    /// The same after this path was read.
    #[must_use]
    pub fn after(self, path: &'static str) -> Self {
        Self {
            before: Some(path),
            ..self
        }
    }

    /// The same with a header.
    #[must_use]
    pub fn with(self, name: &'static str, value: &'static str) -> Self {
        Self {
            header: Some((name, value)),
            ..self
        }
    }

    /// Whether an administrator asks it.
    pub fn is_admin(&self) -> bool {
        self.path.starts_with("/admin/")
    }

    /// Whether it only reads.
    pub fn reads(&self) -> bool {
        self.method == "GET" || self.path.ends_with("/.search") || self.path.ends_with("/try")
    }

    /// The route that takes it: the first whose words are its own.
    pub fn route(&self) -> &'static Route {
        let path = self.path.split('?').next().unwrap_or_default();
        let path = match self.is_admin() {
            true => path.to_owned(),
            false => format!("/realms/<realm>/scim/v2{path}"),
        };
        let fits = |route: &&Route| {
            let (own, asked) = (route.path.split('/'), path.split('/'));
            route.method.as_str() == self.method
                && own.clone().count() == asked.clone().count()
                && own
                    .zip(asked)
                    .all(|(own, asked)| own == asked || own.starts_with('{'))
        };
        let route = ROUTES.iter().find(fits);
        route.unwrap_or_else(|| panic!("no route takes {} {path}", self.method))
    }
}
