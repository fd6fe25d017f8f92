//! Secrets Manager with one secret, the pepper ring: GetSecretValue, for those
//! whose policy allows it. `tests/lambda/run` uses moto instead, whose idea of
//! the service is somebody else's.

use super::policy::Access;
use super::table::{Caller, answer, caller, error, stranger};
use super::usage::{Usage, Use};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

/// The secret's text; clones share it.
#[derive(Debug, Clone)]
pub struct Text(Arc<Mutex<String>>);

impl Text {
    /// A secret of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Arc::new(Mutex::new(text.into())))
    }

    /// Makes another text the current one.
    pub fn rotate(&self, text: impl Into<String>) {
        *self.0.lock().unwrap() = text.into();
    }

    fn current(&self) -> String {
        self.0.lock().unwrap().clone()
    }
}

/// The service.
#[derive(Debug)]
pub struct SecretService {
    /// The secret's ARN.
    pub arn: String,
    /// What is in it.
    pub text: Text,
    /// Who may call, by access key id.
    pub callers: Arc<BTreeMap<String, Caller>>,
    /// Where calls are noted.
    pub usage: Usage,
}

impl SecretService {
    /// Serves it until the task is ended.
    pub async fn serve(self, listener: TcpListener) {
        let router = Router::new().fallback(handle).with_state(Arc::new(self));
        let _ = axum::serve(listener, router).await;
    }

    async fn call(&self, request: Request) -> (u16, String) {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let Some(caller) = caller(&self.callers, "secretsmanager", &parts, &body) else {
            return stranger();
        };
        let target = parts.headers.get("x-amz-target");
        let target = target.map_or("", |target| target.to_str().unwrap());
        let operation = target.strip_prefix("secretsmanager.").unwrap_or_default();
        let asked: Value = serde_json::from_slice(&body).unwrap_or_default();
        let id = asked["SecretId"].as_str().unwrap_or_default();
        let action = format!("secretsmanager:{operation}");
        let used = Use {
            function: caller.principal.name.clone(),
            action: action.clone(),
            kind: id.to_owned(),
        };
        let access = Access {
            action: &action,
            resource: id,
            leading_keys: &[],
        };
        if !caller.policy.allows(&access) {
            let who = used.function.clone();
            self.usage.denied(used);
            let message = format!("{who} is not authorized to perform: {action} on resource: {id}");
            return error("AccessDeniedException", &message);
        }
        self.usage.allowed(used);
        if operation != "GetSecretValue" {
            return error(
                "UnknownOperationException",
                "this operation is not served here",
            );
        }
        // Without a stage AWS answers the current version and moto a stale one.
        if asked["VersionStage"] != "AWSCURRENT" {
            return error(
                "InvalidParameterException",
                "VersionStage must be AWSCURRENT",
            );
        }
        if id != self.arn {
            let message = "Secrets Manager can't find the specified secret.";
            return error("ResourceNotFoundException", message);
        }
        let value = json!({
            "ARN": self.arn,
            "Name": "pepper",
            "VersionId": "00000000-0000-0000-0000-000000000001",
            "SecretString": self.text.current(),
            "VersionStages": ["AWSCURRENT"],
            "CreatedDate": 1_767_225_600.0,
        });
        (200, value.to_string())
    }
}

async fn handle(State(service): State<Arc<SecretService>>, request: Request) -> Response<Body> {
    answer(service.call(request).await)
}
