//! A server's line for every request, on whatever the tool's tracing writes to.
//! A panic is told by its place: what it says may quote a person's data.

use axum::response::Response;
use service::Served;

/// Makes the process tell its panics so.
pub(crate) fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        let location = panic.location().map(tracing::field::display);
        tracing::error!(location, "the server panicked");
    }));
}

/// Writes the line of a request that is answered.
pub(super) async fn line(response: Response) -> Response {
    let Some(served) = response.extensions().get::<Served>() else {
        return response;
    };
    let Served {
        request_id,
        operation,
        status,
        scim_type,
        ..
    } = served;
    let realm = served.realm.as_ref().map(tracing::field::display);
    let key_id = served.key_id.as_ref().map(tracing::field::display);
    if served.is_fault() {
        let cause = served.cause.as_ref().map(tracing::field::display);
        tracing::error!(%request_id, operation, status, cause, "request failed");
    }
    tracing::info!(
        %request_id,
        operation,
        status,
        scim_type,
        realm,
        key_id,
        rru = served.meter.read_units(),
        wru = served.meter.write_units(),
        store_calls = served.meter.calls(),
        attempts = served.meter.attempts(),
        duration_ms = served.duration.as_millis(),
        "request"
    );
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests fail by panicking")]

    use std::io::Write;
    use std::sync::{Arc, Mutex};

    use super::panics;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let before = std::panic::take_hook();
        panics();
        let ended = tracing::subscriber::with_default(subscriber, || {
            std::panic::catch_unwind(|| panic!("ada@example.net"))
        });
        std::panic::set_hook(before);
        assert!(ended.is_err());
        let told = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(told.contains("the server panicked"), "{told}");
        assert!(told.contains("serve/log.rs:"), "{told}");
        assert!(!told.contains("ada"), "{told}");
    }
}
