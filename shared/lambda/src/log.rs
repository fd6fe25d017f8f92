//! The log: one JSON object a line on standard output, in the field names of
//! Powertools for AWS Lambda, and in a request's line its metrics in CloudWatch's
//! embedded metric format.
//!
//! A request's line is made of a [`Served`], which can hold no value that a user
//! has chosen. Of other events only those of this project's own crates are
//! written: what libraries say may quote a request. A panic is told by its place.

mod line;
mod subscriber;

use crate::settings::Settings;
use jiff::Timestamp;
use lambda_http::Context;
use line::Line;
use service::Served;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The metric of a pepper ring that could not be read again; the event that
/// tells of it has a field of this name.
const PEPPER_REFRESH_FAILURES: &str = "pepper_refresh_failures";

/// What every line tells, and where the process is.
#[derive(Debug)]
pub(crate) struct Log {
    service: String,
    namespace: String,
    level: tracing::Level,
    function_name: String,
    function_memory_size: u64,
    /// Whether no request has been answered yet.
    cold: AtomicBool,
    /// The id of the invocation under way; an environment has one at a time.
    invocation: Mutex<Option<String>>,
}

impl Log {
    /// Makes this the log of the process: its tracing events and panics come here.
    pub(crate) fn install(
        settings: &Settings,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Arc<Self> {
        let log = Arc::new(Self {
            service: settings.service_name.clone(),
            namespace: settings.namespace.clone(),
            level: settings.level,
            function_name: variable("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default(),
            function_memory_size: variable("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
                .and_then(|size| size.parse().ok())
                .unwrap_or_default(),
            cold: AtomicBool::new(true),
            invocation: Mutex::new(None),
        });
        subscriber::install(&log);
        let of_panics = Arc::clone(&log);
        std::panic::set_hook(Box::new(move |panic| {
            let mut line = of_panics.line("CRITICAL", "the function panicked");
            if let Some(place) = panic.location() {
                line.set("location", format!("{}:{}", place.file(), place.line()));
            }
            line.write();
        }));
        log
    }

    /// Notes the invocation under way, for the lines that are written meanwhile.
    pub(crate) fn begin(&self, invocation: &Context) {
        *self.invocation() = Some(invocation.request_id.clone());
    }

    /// Writes the line of a request, with its metrics.
    pub(crate) fn request(
        &self,
        served: &Served,
        invocation: &Context,
        gateway_request_id: Option<&str>,
    ) {
        let level = if served.is_fault() { "ERROR" } else { "INFO" };
        let mut line = self.line(level, "request");
        line.set("function_arn", invocation.invoked_function_arn.as_str());
        if let Some(root) = invocation.xray_trace_id.as_deref().and_then(trace_root) {
            line.set("xray_trace_id", root);
        }
        if let Some(id) = gateway_request_id {
            line.set("correlation_id", id);
        }
        line.set("request_id", served.request_id.to_string());
        if let Some(realm) = &served.realm {
            line.set("realm", realm.as_str());
        }
        if let Some(key_id) = &served.key_id {
            line.set("key_id", key_id.as_str());
        }
        line.set("operation", served.operation);
        line.set("status", served.status);
        line.set("status_class", status_class(served.status));
        if let Some(scim_type) = served.scim_type {
            line.set("scim_type", scim_type);
        }
        if let Some(cause) = &served.cause {
            line.set("cause", cause.to_string());
        }
        line.set("rru", served.meter.read_units());
        line.set("wru", served.meter.write_units());
        line.set("store_calls", served.meter.calls());
        line.set("attempts", served.meter.attempts());
        let millis = served.duration.as_secs_f64() * 1_000.0;
        line.set("duration_ms", (millis * 1_000.0).round() / 1_000.0);
        line.metrics(
            &self.namespace,
            &["service", "operation", "status_class"],
            &[
                ("duration_ms", "Milliseconds"),
                ("rru", "Count"),
                ("wru", "Count"),
            ],
        );
        line.write();
        self.cold.store(false, Ordering::Relaxed);
    }

    /// Notes that nothing is under way.
    pub(crate) fn end(&self) {
        *self.invocation() = None;
    }

    /// Tells why the function cannot start.
    pub(crate) fn fatal(&self, message: &str, cause: impl ToString) {
        let mut line = self.line("CRITICAL", message);
        line.set("cause", cause.to_string());
        line.write();
    }

    /// A line with what all of them tell.
    fn line(&self, level: &str, message: &str) -> Line {
        let mut line = Line::new(level, message, Timestamp::now());
        line.set("service", self.service.as_str());
        line.set("cold_start", self.cold.load(Ordering::Relaxed));
        line.set("function_name", self.function_name.as_str());
        line.set("function_memory_size", self.function_memory_size);
        if let Some(id) = self.invocation().as_deref() {
            line.set("function_request_id", id);
        }
        line
    }

    fn invocation(&self) -> std::sync::MutexGuard<'_, Option<String>> {
        self.invocation
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tells why the function cannot start, before it knows what it is called.
pub(crate) fn misconfigured(message: &str) {
    Line::new("CRITICAL", message, Timestamp::now()).write();
}

fn status_class(status: u16) -> &'static str {
    match status {
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    }
}

/// The trace's own id in an X-Ray header: `Root=1-…;Parent=…;Sampled=1`.
fn trace_root(header: &str) -> Option<&str> {
    header
        .split(';')
        .find_map(|part| part.strip_prefix("Root="))
}
