//! The life of a function behind the gateway: each event on its way through.

use crate::answer::answer;
use crate::clients::Clients;
use crate::event::{Adapter, Arrived, Event};
use crate::log::Log;
use crate::peppers::SecretRing;
use crate::settings::Settings;
use crate::start::{start, time_left, warm_up};
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
use std::time::SystemTime;
use store::Store;
use tokio::time::Instant;

/// The whole of a function's `main`: serves `router` until Lambda ends the process.
pub fn main(router: fn(Arc<Service>) -> Router) -> ExitCode {
    start(|settings, clients, log| serve(router, settings, clients, log))
}

async fn serve(
    router: fn(Arc<Service>) -> Router,
    settings: Settings,
    clients: Clients,
    log: Arc<Log>,
) -> Result<(), Cause> {
    let started = SystemTime::now();
    let store = Store::new(clients.dynamodb, settings.table.as_str());
    let peppers = Peppers::load(SecretRing {
        client: clients.secrets_manager,
        secret: settings.pepper_secret,
    });
    // Side by side: each waits for a handshake of its own.
    let (peppers, ()) = tokio::join!(peppers, warm_up(&store));
    let function = Arc::new(Function {
        started,
        adapter: Adapter::new(settings.service.public_url.as_deref()),
        router: router(Service::new(
            store,
            peppers?,
            Administration::Iam,
            settings.service,
        )),
        log,
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
        self.log.end();
        answer
    }
}
