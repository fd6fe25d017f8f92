//! A function's life: its start, and each event on its way through.

use crate::answer::answer;
use crate::clients::Clients;
use crate::event::{Adapter, Arrived, Event};
use crate::log::{self, Log};
use crate::peppers::SecretRing;
use crate::settings::Settings;
use axum::Router;
use lambda_http::aws_lambda_events::apigw::ApiGatewayV2httpResponse;
use lambda_http::http::Method;
use lambda_http::lambda_runtime;
use lambda_http::tower::ServiceExt;
use lambda_http::{LambdaEvent, service_fn};
use scim::Cause;
use service::{Administration, Peppers, Served, Service};
use std::convert::Infallible;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use store::Store;
use tokio::time::Instant;

/// How long the first connection to the table may take before the first event
/// is asked for; the event that follows makes its own otherwise.
const WARM_UP: Duration = Duration::from_secs(3);

/// The whole of a function's `main`: serves `router` until Lambda ends the process.
pub fn main(router: fn(Arc<Service>) -> Router) -> ExitCode {
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
        Ok(runtime) => runtime.block_on(serve(router, settings, clients, &log)),
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

async fn serve(
    router: fn(Arc<Service>) -> Router,
    settings: Settings,
    clients: Clients,
    log: &Arc<Log>,
) -> Result<(), Cause> {
    let started = SystemTime::now();
    let store = Store::new(clients.dynamodb, settings.table.as_str());
    let peppers = Peppers::load(SecretRing {
        client: clients.secrets_manager,
        secret: settings.pepper_secret,
    });
    // Side by side: a TLS handshake each is what a cold start costs most.
    let (peppers, warm) = tokio::join!(peppers, store.warm_up(Instant::now() + WARM_UP));
    if let Err(error) = warm {
        let cause = error.cause().map(tracing::field::display);
        tracing::warn!(cause, "the table was not reached before the first event");
    }
    let function = Arc::new(Function {
        started,
        adapter: Adapter::new(settings.service.public_url.as_deref()),
        router: router(Service::new(
            store,
            peppers?,
            Administration::Iam,
            settings.service,
        )),
        log: Arc::clone(log),
    });
    lambda_runtime::Runtime::new(service_fn(move |event: LambdaEvent<Event>| {
        let function = Arc::clone(&function);
        async move { Ok::<_, Infallible>(function.invoke(event).await) }
    }))
    .run()
    .await
    .map_err(|_| "the runtime API cannot be reached".into())
}

/// A started function.
struct Function {
    started: SystemTime,
    adapter: Adapter,
    router: Router,
    log: Arc<Log>,
}

impl Function {
    async fn invoke(&self, event: LambdaEvent<Event>) -> ApiGatewayV2httpResponse {
        let LambdaEvent { payload, context } = event;
        self.log.begin(&context);
        let deadline = time_left(context.deadline, SystemTime::now(), self.started)
            .and_then(|left| Instant::now().checked_add(left));
        let (response, method, gateway_request_id) = match self.adapter.request(payload, deadline) {
            Ok(Arrived {
                request,
                gateway_request_id,
            }) => {
                let method = request.method().clone();
                let Ok(response) = self.router.clone().oneshot(request).await;
                (response, method, gateway_request_id)
            }
            Err(error) => (service::refuse(&error), Method::GET, None),
        };
        let served = response.extensions().get::<Served>().cloned();
        let answer = answer(response, &method).await;
        if let Some(served) = served {
            self.log
                .request(&served, &context, gateway_request_id.as_deref());
        }
        answer
    }
}

/// How long it is until Lambda ends the invocation (AWS: Lambda runtime API,
/// `Lambda-Runtime-Deadline-Ms`, the date in Unix time milliseconds).
///
/// No invocation ends before its function has started: what lies there is no
/// date. `cargo lambda watch` sends 600000, meaning ten minutes.
fn time_left(deadline_ms: u64, now: SystemTime, started: SystemTime) -> Option<Duration> {
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
