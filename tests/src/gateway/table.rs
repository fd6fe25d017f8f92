//! DynamoDB over HTTP: the embedded table, with its hooks, for every function
//! at one URL. A caller is told by the credentials that sign its requests.

use super::iam::{Principal, Signed, access_key_id};
use super::intrinsic::arn;
use super::policy::{Access, Policy};
use super::usage::{Usage, Use, kind};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::Response;
use muster::embedded::{CallInfo, Embedded};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::net::TcpListener;

/// What a caller is allowed.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Its credentials.
    pub principal: Principal,
    /// Its policy.
    pub policy: Policy,
}

/// The table's service.
#[derive(Debug)]
pub struct TableService {
    /// The table behind it.
    pub embedded: Embedded,
    /// Who may call, by access key id.
    pub callers: Arc<BTreeMap<String, Caller>>,
    /// Where calls are noted.
    pub usage: Usage,
}

impl TableService {
    /// Serves it until the task is ended.
    pub async fn serve(self, listener: TcpListener) {
        let router = Router::new().fallback(handle).with_state(Arc::new(self));
        let _ = axum::serve(listener, router).await;
    }

    async fn call(&self, request: Request) -> (u16, String) {
        let (parts, body) = request.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        let Some(caller) = caller(&self.callers, "dynamodb", &parts, &body) else {
            return stranger();
        };
        let target = parts.headers.get("x-amz-target");
        let target = target.map_or("", |target| target.to_str().unwrap());
        let operation = target
            .strip_prefix("DynamoDB_20120810.")
            .unwrap_or_default();
        let call = CallInfo::read(operation, &body);
        if let Err(denied) = self.authorise(caller, &call) {
            return denied;
        }
        // An injected fault that loses the answer ends this task, and its connection with it.
        self.embedded.call(operation, body).await.unwrap()
    }

    /// Each action with all its keys in the call: those of a transaction singly.
    fn authorise(&self, caller: &Caller, call: &CallInfo) -> Result<(), (u16, String)> {
        let mut actions: BTreeMap<(String, &str), Vec<&str>> = BTreeMap::new();
        for (action, key) in call.actions.iter().zip(&call.keys) {
            let access = (format!("dynamodb:{action}"), key.table.as_str());
            actions.entry(access).or_default().push(&key.pk);
        }
        if actions.is_empty() {
            actions.insert((format!("dynamodb:{}", call.operation), ""), Vec::new());
        }
        for ((action, table), leading_keys) in &actions {
            let resource = arn("dynamodb", &format!("table/{table}"));
            let allows = |leading_keys: &[&str]| {
                caller.policy.allows(&Access {
                    action,
                    resource: &resource,
                    leading_keys,
                })
            };
            let used = |pk: &&str| Use {
                function: caller.principal.name.clone(),
                action: action.clone(),
                kind: kind(pk),
            };
            if allows(leading_keys) {
                leading_keys
                    .iter()
                    .map(used)
                    .for_each(|it| self.usage.allowed(it));
                continue;
            }
            // Which of them it is; all, when each alone would be allowed.
            let mut denied: Vec<&str> = leading_keys.clone();
            denied.retain(|pk| !allows(&[pk]));
            let denied = if denied.is_empty() {
                leading_keys
            } else {
                &denied
            };
            denied.iter().map(used).for_each(|it| self.usage.denied(it));
            let who = &caller.principal.name;
            return Err(error(
                "AccessDeniedException",
                &format!("{who} is not authorized to perform: {action} on resource: {denied:?}"),
            ));
        }
        Ok(())
    }
}

async fn handle(State(service): State<Arc<TableService>>, request: Request) -> Response<Body> {
    answer(service.call(request).await)
}

/// An answer of AWS's JSON protocol.
pub fn answer((status, body): (u16, String)) -> Response<Body> {
    Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.0")
        .body(Body::from(body))
        .unwrap()
}

/// The answer to a request that nobody known here has signed.
pub fn stranger() -> (u16, String) {
    error(
        "UnrecognizedClientException",
        "The security token included in the request is invalid.",
    )
}

/// Whose request it is, when its signature says so.
pub fn caller<'a>(
    callers: &'a BTreeMap<String, Caller>,
    service: &str,
    parts: &axum::http::request::Parts,
    body: &[u8],
) -> Option<&'a Caller> {
    let caller = callers.get(access_key_id(&parts.headers)?)?;
    let signed = Signed {
        service,
        method: parts.method.as_str(),
        target: parts
            .uri
            .path_and_query()
            .map_or("/", |target| target.as_str()),
        headers: &parts.headers,
        body,
    };
    caller.principal.signed(&signed).then_some(caller)
}

/// An error of AWS's JSON protocol.
pub fn error(code: &str, message: &str) -> (u16, String) {
    let body = json!({"__type": format!("com.amazon.coral.service#{code}"), "message": message});
    (400, body.to_string())
}
