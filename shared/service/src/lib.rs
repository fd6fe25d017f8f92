//! HTTP in, HTTP out.
//!
//! A request is one straight line: [`route`] → realm → caller → read-only check
//! → media type → bounded body → JSON → operation → reply → response. The line
//! itself stands in [`call`]; [`front`] puts it behind an axum router, one for
//! each function and one for all of them, and survives what the line does not.
//! Nothing here knows Lambda, DynamoDB's items or the protocol's grammar.

mod accepted;
mod admin;
mod attention;
mod body;
mod bucket;
mod bulk;
mod call;
mod caller;
mod clients;
mod config;
mod content;
mod cursor;
mod discovery;
mod expiry;
mod front;
mod locate;
mod membership;
mod parameters;
mod part;
mod peppers;
mod preconditions;
mod query;
mod rate;
mod refusals;
mod resources;
mod respond;
mod route;
mod selection;
mod served;
mod service;
mod source;
mod timing;
mod transport;
mod usage;
mod walk;

pub use config::{Config, Limits};
pub use front::{admin, all, bulk, discovery, groups, refuse, search, users};
pub use peppers::{Fetching, PepperSource, Peppers};
pub use route::{AdminOperation, Function, Operation, ROUTES, Route};
pub use served::Served;
pub use service::{Administration, Service};
pub use transport::Transport;
