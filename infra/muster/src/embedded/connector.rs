//! The SDK's HTTP connector that is no HTTP: a request's `x-amz-target` and
//! body go to the engine, its answer comes back as the response. The hooks
//! are asked here, in the order fault, conflict, execution.

use std::fmt;

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;

use super::call::CallInfo;
use super::conflict::{self, Meeting};
use super::engine::{Answer, Engine};
use super::{Fault, Hooks, Sizes, size};

/// Every target of the DynamoDB API starts so.
const TARGET: &str = "DynamoDB_20120810.";

pub(super) struct Connector {
    engine: Engine,
    hooks: Hooks,
}

impl Connector {
    pub(super) fn new(engine: Engine, hooks: Hooks) -> Self {
        Self { engine, hooks }
    }
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let operation = target.strip_prefix(TARGET).unwrap_or_default().to_owned();
        let call = Call {
            engine: self.engine.clone(),
            operation,
            body: request.into_body(),
        };
        let hooks = self.hooks.clone();
        HttpConnectorFuture::new(async move { response(call.answer(&hooks).await?) })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

/// One call, whoever carries it here.
pub(super) struct Call {
    pub(super) engine: Engine,
    pub(super) operation: String,
    pub(super) body: SdkBody,
}

impl Call {
    pub(super) async fn answer(self, hooks: &Hooks) -> Result<Answer, ConnectorError> {
        if hooks.absent() {
            return Ok(self.execute().await);
        }
        self.hooked(hooks).await
    }

    async fn execute(&self) -> Answer {
        let body = self.body.bytes().unwrap_or_default();
        self.engine.execute(&self.operation, body).await
    }

    /// As the table does that has sizes and copies which lag behind.
    async fn execute_as_told(&self, info: &CallInfo, hooks: &Hooks) -> Answer {
        let body = self.body.bytes().unwrap_or_default();
        if hooks.sizes == Sizes::Stored
            && let Some(refusal) = size::refusal(&self.engine, info, body).await
        {
            return refusal;
        }
        let answer = self.execute().await;
        match &hooks.lag {
            Some(lag) => lag.answer(info, body, answer),
            None => answer,
        }
    }

    async fn hooked(self, hooks: &Hooks) -> Result<Answer, ConnectorError> {
        let info = CallInfo::read(&self.operation, self.body.bytes().unwrap_or_default());
        if let Some(log) = &hooks.log {
            log(&info);
        }
        let fault = hooks
            .fault
            .as_ref()
            .map_or(Fault::None, |fault| fault(&info));
        match fault {
            Fault::None | Fault::LostAnswer | Fault::LateAnswer(_) => {}
            Fault::ErrorBefore(code) => return Ok(Answer::error(code, "injected fault")),
            Fault::Conflict => {
                if let Some(refusal) = conflict::refusal(&info) {
                    return Ok(refusal);
                }
            }
            Fault::Latency(latency) => tokio::time::sleep(latency).await,
        }
        let answer = match hooks
            .in_flight
            .as_ref()
            .map(|in_flight| in_flight.enter(&info))
        {
            None | Some(Meeting::Free) => self.execute_as_told(&info, hooks).await,
            Some(Meeting::Refused(answer)) => answer,
            // As on AWS, what has been accepted runs to its end, also when
            // the client has stopped waiting: hence a task of its own.
            Some(Meeting::Holds(ticket)) => {
                let hooks = hooks.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(ticket.hold).await;
                    let answer = self.execute_as_told(&info, &hooks).await;
                    drop(ticket);
                    answer
                })
                .await
                .map_err(broken)?
            }
        };
        match fault {
            Fault::LostAnswer => Err(ConnectorError::io(
                "injected fault: the answer is lost".into(),
            )),
            Fault::LateAnswer(late) => {
                tokio::time::sleep(late).await;
                Ok(answer)
            }
            _ => Ok(answer),
        }
    }
}

fn response(answer: Answer) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(answer.status).map_err(broken)?;
    Ok(HttpResponse::new(status, SdkBody::from(answer.body)))
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> ConnectorError {
    ConnectorError::other(error.into(), None)
}
