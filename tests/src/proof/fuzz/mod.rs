//! The laws of every input from outside: those of the parsers ([`laws`]), and
//! those that need the server, its gateway's events and its stream's.
//!
//! The same laws are driven by libFuzzer (`tests/fuzz/run`).

mod event;
mod page;
mod stream;

use laws::Target;

/// Events of the gateway. Fields between U+001E, in the order flag (`1`: the body is
/// in base64), method, path, query, body, header name, header value, stage,
/// authorization; or an event in JSON.
pub const EVENT: Target = Target {
    name: "event",
    law: event::law,
    words: event::WORDS,
};

/// Batches of the table's stream: JSON.
pub const STREAM: Target = Target {
    name: "stream",
    law: stream::law,
    words: stream::WORDS,
};

/// Cursors: how it is sealed, for which query, and what is sealed.
pub const PAGE: Target = Target {
    name: "page",
    law: page::law,
    words: page::WORDS,
};

/// Every target.
pub fn targets() -> Vec<Target> {
    let mut targets = laws::TARGETS.to_vec();
    targets.extend([EVENT, STREAM, PAGE]);
    targets
}
