//! A realm of one size behind its own server, and asking it.

use std::path::Path;
use std::time::{Duration, Instant};

use http::StatusCode;
use muster_tests::lean::message::read;
use muster_tests::lean::{Connection, Result, Server, Target};
use serde_json::Value;

use crate::load::{Loaded, REALM};
use crate::rows::{Needs, ROWS, Row, State};

/// A realm of one size.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) state: State,
    scim: Connection,
    /// Held for its end.
    _server: Server,
}

/// What a request has cost.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Units {
    pub(crate) read: f64,
    pub(crate) write: f64,
    /// Calls of the table.
    pub(crate) calls: f64,
}

impl Place {
    /// Starts `muster serve` over the data.
    pub(crate) async fn open(binary: &Path, loaded: Loaded) -> Result<Self> {
        let Loaded { data, people } = loaded;
        let server = Server::start(binary, &data)?;
        let url = format!("{}/realms/{REALM}/scim/v2", server.origin());
        let target = Target::new(&url, &people.token)?.metered();
        Ok(Self {
            state: State::new(people),
            scim: Connection::open(&target).await?,
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

    /// Sends one request; what it has cost, and how long its answer took.
    pub(crate) async fn ask(&mut self, row: &Row) -> Result<(Units, Duration)> {
        let call = (row.call)(&self.state)?;
        let sent = Instant::now();
        let answer = self.scim.exchange(call).await?;
        let took = sent.elapsed();
        let answer = answer.is(row.expected);
        let answer = answer.map_err(|error| format!("{}: {error}", row.name))?;
        (row.then)(&mut self.state, &answer.body)?;
        let cost = answer.server_timing.as_ref();
        let cost = cost.and_then(|value| Units::read(value.to_str().ok()?));
        let cost = cost.ok_or("an answer does not say what it has cost")?;
        Ok((cost, took))
    }
}

impl Units {
    /// Reads them off a `Server-Timing` header.
    fn read(header: &str) -> Option<Self> {
        let of = |name: &str| {
            let mut metrics = header.split(',').map(str::trim);
            let value =
                metrics.find_map(|metric| metric.strip_prefix(name)?.strip_prefix(";desc="));
            value?.trim_matches('"').parse().ok()
        };
        Some(Self {
            read: of("read-units")?,
            write: of("write-units")?,
            calls: of("store-calls")?,
        })
    }
}
