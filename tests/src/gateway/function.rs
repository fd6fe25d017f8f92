//! A function as Lambda runs it: an instance for each event under way, started
//! when all others are busy, kept for the next one.

use super::REGION;
use super::iam::Principal;
use super::instance::{self, Instance};
use super::log::Log;
use super::template::Declared;
use axum::body::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// What a function is run with.
#[derive(Debug, Clone)]
pub struct Setup {
    /// What the template says of it.
    pub declared: Declared,
    /// Its binary.
    pub binary: PathBuf,
    /// Whose credentials it is given.
    pub principal: Principal,
    /// Every environment variable but those Lambda sets.
    pub environment: Vec<(String, String)>,
    /// Instances at most.
    pub instances: usize,
}

/// An event on its way to an instance.
#[derive(Debug)]
pub struct Invocation {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub request_id: String,
    /// `Lambda-Runtime-Deadline-Ms`.
    pub deadline_ms: i64,
    /// `Lambda-Runtime-Trace-Id`.
    pub trace_id: String,
    /// The event.
    pub event: Bytes,
    /// Where its answer goes.
    pub answer: oneshot::Sender<Result<Bytes, Failed>>,
}

/// Why an invocation has no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failed {
    /// The event is larger than Lambda takes.
    TooLarge,
    /// The function's own error, its end, or an answer that Lambda refuses.
    Function(Value),
    /// Longer than the function's timeout.
    TimedOut,
}

/// Lambda takes 6 MB and some for an event and for an answer.
pub const PAYLOAD: usize = 6_291_556;

/// A function; clones share it.
#[derive(Debug, Clone)]
pub struct Function(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    setup: Setup,
    log: Log,
    queue: mpsc::UnboundedSender<Invocation>,
    waiting: instance::Queue,
    under_way: AtomicUsize,
    answered: Mutex<Vec<String>>,
    instances: Mutex<Vec<Instance>>,
    runtime: Handle,
}

impl Function {
    /// The function without an instance yet. Its instances live on this runtime.
    pub fn new(setup: Setup, log: Log, runtime: Handle) -> Self {
        let (queue, waiting) = mpsc::unbounded_channel();
        Self(Arc::new(Inner {
            setup,
            log,
            queue,
            waiting: Arc::new(tokio::sync::Mutex::new(waiting)),
            under_way: AtomicUsize::new(0),
            answered: Mutex::default(),
            instances: Mutex::default(),
            runtime,
        }))
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.0.setup.declared.name
    }

    /// How many instances there have been.
    pub fn instances(&self) -> usize {
        self.0.instances.lock().unwrap().len()
    }

    /// The request ids of the invocations it has answered.
    pub fn answered(&self) -> Vec<String> {
        self.0.answered.lock().unwrap().clone()
    }

    /// What it has printed last.
    pub fn last_lines(&self) -> Vec<String> {
        let mut lines = self.0.log.lines();
        lines.retain(|line| line.function == self.name());
        let last = lines.len().saturating_sub(3);
        lines.drain(last..).map(|line| line.text).collect()
    }

    /// Invokes it and waits for the answer.
    ///
    /// # Errors
    /// When there is none.
    pub async fn invoke(&self, event: Bytes) -> Result<Bytes, Failed> {
        if event.len() > PAYLOAD {
            return Err(Failed::TooLarge);
        }
        let timeout = self.0.setup.declared.timeout;
        let (answer, answered) = oneshot::channel();
        let request_id = Uuid::new_v4().to_string();
        let invocation = Invocation {
            request_id: request_id.clone(),
            deadline_ms: (Timestamp::now() + timeout).as_millisecond(),
            trace_id: trace_id(),
            event,
            answer,
        };
        let busy = self.0.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        let inner = Arc::clone(&self.0);
        let running = self.0.runtime.spawn(async move {
            inner.grow(busy).await;
            inner.queue.send(invocation).unwrap();
            tokio::time::timeout(timeout, answered).await
        });
        let answer = running.await.unwrap();
        self.0.under_way.fetch_sub(1, Ordering::SeqCst);
        match answer {
            Ok(Ok(answer)) => {
                self.0.answered.lock().unwrap().push(request_id);
                answer
            }
            // Its instance has ended.
            Ok(Err(_)) => Err(Failed::Function(json!({"errorType": "Runtime.ExitError"}))),
            Err(_) => {
                // Lambda ends an instance that takes too long.
                for instance in self.0.instances.lock().unwrap().iter() {
                    instance.end_if_at(&request_id);
                }
                Err(Failed::TimedOut)
            }
        }
    }
}

impl Inner {
    /// Starts an instance when the ones there are busy.
    async fn grow(&self, busy: usize) {
        let running = {
            let instances = self.instances.lock().unwrap();
            instances.iter().filter(|it| it.runs()).count()
        };
        if running < busy && running < self.setup.instances {
            let instance =
                Instance::start(&self.setup, Arc::clone(&self.waiting), self.log.clone()).await;
            self.instances.lock().unwrap().push(instance);
        }
    }
}

impl Setup {
    /// The environment as Lambda makes it, for an instance with this Runtime API.
    pub fn variables(&self, runtime_api: &str) -> Vec<(String, String)> {
        let name = format!("muster-{}", self.declared.name);
        let memory = self.declared.memory.to_string();
        let group = format!("/aws/lambda/{name}");
        let lambda = [
            ("AWS_LAMBDA_RUNTIME_API", runtime_api),
            ("AWS_LAMBDA_FUNCTION_NAME", &name),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &memory),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &group),
            (
                "AWS_LAMBDA_LOG_STREAM_NAME",
                "2026/01/01/[1]0123456789abcdef",
            ),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", self.principal.access_key_id()),
            ("AWS_SECRET_ACCESS_KEY", self.principal.secret_access_key()),
            ("AWS_SESSION_TOKEN", self.principal.session_token()),
            ("_HANDLER", "bootstrap"),
            ("LAMBDA_TASK_ROOT", "/var/task"),
            ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
            ("LANG", "en_US.UTF-8"),
            ("TZ", ":UTC"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ];
        let lambda = lambda.map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.environment.iter().cloned().chain(lambda).collect()
    }

    /// The ARN of the alias that is invoked.
    pub fn arn(&self) -> String {
        super::intrinsic::arn(
            "lambda",
            &format!("function:muster-{}:live", self.declared.name),
        )
    }
}

/// As Lambda sends it: the root's id begins with the time in hexadecimal.
fn trace_id() -> String {
    let seconds = Timestamp::now().as_second();
    let random = Uuid::new_v4().simple().to_string();
    format!(
        "Root=1-{seconds:08x}-{};Parent={};Sampled=0",
        &random[..24],
        &random[..16]
    )
}
