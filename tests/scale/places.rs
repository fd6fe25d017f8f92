//! A realm of one size behind its own server, and asking it.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use http::StatusCode;
use muster_tests::lean::message::read;
use muster_tests::lean::{Call, Connection, Result, Server, Target};
use serde_json::Value;

use crate::load::{Loaded, REALM};
use crate::rows::{Needs, ROWS, Row, State};

/// A realm of one size.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) state: State,
    scim: Connection,
    admin: Connection,
    /// Held for its end.
    _server: Server,
}

/// Read and write units.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Units {
    pub(crate) read: f64,
    pub(crate) write: f64,
}

impl Place {
    /// Starts `muster serve` over the data.
    pub(crate) async fn open(binary: &Path, loaded: Loaded) -> Result<Self> {
        let Loaded { data, people } = loaded;
        let server = Server::start(binary, &data)?;
        let url = format!("{}/realms/{REALM}/scim/v2", server.origin());
        let scim = Connection::open(&Target::new(&url, &people.token)?).await?;
        let token = std::fs::read_to_string(admin_token(&data))?;
        let admin = Target::new(server.origin(), token.trim())?;
        Ok(Self {
            state: State::new(people),
            scim,
            admin: Connection::open(&admin).await?,
            _server: server,
        })
    }

    /// The rows that the server can answer.
    pub(crate) async fn rows(&mut self) -> Result<Vec<&'static Row>> {
        let call = read("/ServiceProviderConfig".to_owned());
        let config: Value = serde_json::from_slice(&self.scim.send(call, StatusCode::OK).await?)?;
        let cursors = config.pointer("/pagination/cursor") == Some(&Value::Bool(true));
        let answered = |row: &&Row| match row.needs {
            Needs::Nothing => true,
            Needs::Cursors => cursors,
        };
        Ok(ROWS.iter().filter(answered).collect())
    }

    /// Sends one request; how long its answer took.
    pub(crate) async fn time(&mut self, row: &Row) -> Result<Duration> {
        let call = (row.call)(&self.state)?;
        let sent = Instant::now();
        let answer = self.scim.send(call, row.expected).await?;
        let took = sent.elapsed();
        (row.then)(&mut self.state, &answer)?;
        Ok(took)
    }

    /// Sends one request; what it has consumed, as the realm's usage shows.
    pub(crate) async fn meter(&mut self, row: &Row) -> Result<Units> {
        let before = self.used(row.operation).await?;
        self.time(row).await?;
        let after = self.used(row.operation).await?;
        Ok(Units {
            read: after.read - before.read,
            write: after.write - before.write,
        })
    }

    async fn used(&mut self, operation: &str) -> Result<Units> {
        let call = Call {
            media: "application/json",
            ..read(format!("/admin/v1/realms/{REALM}/usage"))
        };
        let answer: Value = serde_json::from_slice(&self.admin.send(call, StatusCode::OK).await?)?;
        let list = |of: &Value, name: &str| of.get(name).and_then(Value::as_array).cloned();
        let mut units = Units::default();
        for day in list(&answer, "days").unwrap_or_default() {
            for usage in list(&day, "operations").unwrap_or_default() {
                if usage.get("operation").and_then(Value::as_str) == Some(operation) {
                    let number = |name| usage.get(name).and_then(Value::as_f64).unwrap_or_default();
                    units.read += number("readUnits");
                    units.write += number("writeUnits");
                }
            }
        }
        Ok(units)
    }
}

/// Where the server has left the administrator's token.
fn admin_token(data: &Path) -> PathBuf {
    let mut name = data.as_os_str().to_owned();
    name.push(".admin-token");
    name.into()
}
