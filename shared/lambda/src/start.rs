//! What every function does before its first event, and how long an event may take.

use crate::clients::Clients;
use crate::log::{self, Log};
use crate::settings::Settings;
use scim::Cause;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Store;
use tokio::time::Instant;

/// How long the first connection to the table may take before the first event
/// is asked for; the event that follows makes its own otherwise.
const WARM_UP: Duration = Duration::from_secs(3);

/// Serves until Lambda ends the process; tells why when it cannot.
pub(crate) fn start<R>(serve: impl FnOnce(Settings, Clients, Arc<Log>) -> R) -> ExitCode
where
    R: Future<Output = Result<(), Cause>>,
{
    let variable = |name: &str| std::env::var(name).ok();
    let settings = match Settings::read(variable) {
        Ok(settings) => settings,
        Err(wrong) => {
            log::misconfigured(&wrong.to_string());
            return ExitCode::FAILURE;
        }
    };
    let clients = match Clients::new(&settings, variable) {
        Ok(clients) => clients,
        Err(wrong) => {
            log::misconfigured(&wrong.to_string());
            return ExitCode::FAILURE;
        }
    };
    let log = Log::install(&settings, variable);
    // An environment answers one event at a time: one thread is enough.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = match runtime {
        Ok(runtime) => runtime.block_on(serve(settings, clients, Arc::clone(&log))),
        Err(_) => Err("the operating system gives no event loop".into()),
    };
    match served {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            log.fatal("the function cannot start", cause);
            ExitCode::FAILURE
        }
    }
}

/// Opens the table's connection: a TLS handshake is what a cold start costs most.
pub(crate) async fn warm_up(store: &Store) {
    if let Err(error) = store.warm_up(Instant::now() + WARM_UP).await {
        let cause = error.cause().map(tracing::field::display);
        tracing::warn!(cause, "the table was not reached before the first event");
    }
}

/// How long it is until Lambda ends the invocation (AWS: Lambda runtime API,
/// `Lambda-Runtime-Deadline-Ms`, the date in Unix time milliseconds).
///
/// No invocation ends before its function has started: what lies there is no
/// date. `cargo lambda watch` sends 600000, meaning ten minutes.
pub(crate) fn time_left(
    deadline_ms: u64,
    now: SystemTime,
    started: SystemTime,
) -> Option<Duration> {
    let deadline = UNIX_EPOCH.checked_add(Duration::from_millis(deadline_ms))?;
    (deadline >= started).then(|| deadline.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::time_left;
    use std::time::{Duration, UNIX_EPOCH};

    /// At second 1,000 of a function that has started at second 900.
    #[track_caller]
    fn check(deadline_ms: u64, expected_ms: Option<u64>) {
        let at = |second| UNIX_EPOCH + Duration::from_secs(second);
        let left = time_left(deadline_ms, at(1_000), at(900));
        assert_eq!(
            left,
            expected_ms.map(Duration::from_millis),
            "{deadline_ms}"
        );
    }

    #[test]
    fn a_deadline_is_a_date_in_the_life_of_the_function() {
        check(1_029_000, Some(29_000));
        check(1_000_001, Some(1));
        check(1_000_000, Some(0));
        // It has been frozen for too long.
        check(999_999, Some(0));
        check(900_000, Some(0));
        check(899_999, None);
        check(600_000, None);
        check(0, None);
        check(u64::MAX, Some(u64::MAX - 1_000_000));
    }
}
