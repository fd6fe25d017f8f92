//! A server's line for every request, on whatever the tool's tracing writes to.

use axum::response::Response;
use service::Served;

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
