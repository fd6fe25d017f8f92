//! Events of this project's own crates as lines. Spans are not kept.

use super::line::Line;
use super::{Log, PEPPER_REFRESH_FAILURES};
use std::fmt::Debug;
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What an event may tell beside numbers: none of these can hold a client's value.
const FIELDS: [&str; 5] = ["message", "kind", "cause", "pepper", "retry"];

/// The crates whose events are written: they log what their types let them.
const OWN: [&str; 5] = ["auth", "lambda", "scim", "service", "store"];

struct Lines(Arc<Log>);

pub(super) fn install(log: &Arc<Log>) {
    // Refused only when a process has a log already, which then stays.
    drop(tracing::subscriber::set_global_default(Lines(Arc::clone(
        log,
    ))));
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let krate = metadata.target().split("::").next().unwrap_or_default();
        metadata.is_event() && *metadata.level() <= self.0.level && OWN.contains(&krate)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.level.into())
    }

    fn event(&self, event: &Event<'_>) {
        let level = match *event.metadata().level() {
            tracing::Level::ERROR => "ERROR",
            tracing::Level::WARN => "WARN",
            tracing::Level::INFO => "INFO",
            _ => "DEBUG",
        };
        let mut fields = Fields {
            line: self.0.line(level, ""),
            counts_failure: false,
        };
        event.record(&mut fields);
        let Fields {
            mut line,
            counts_failure,
        } = fields;
        if counts_failure {
            let metric = (PEPPER_REFRESH_FAILURES, "Count");
            line.metrics(&self.0.namespace, &["service"], &[metric]);
        }
        line.write();
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }
    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Fields {
    line: Line,
    counts_failure: bool,
}

impl Visit for Fields {
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.counts_failure |= field.name() == PEPPER_REFRESH_FAILURES;
        self.line.set(field.name(), value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.line.set(field.name(), value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.line.set(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.line.set(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if FIELDS.contains(&field.name()) {
            self.line.set(field.name(), format!("{value:?}"));
        }
    }
}
