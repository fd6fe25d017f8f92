//! The whole deployment: the template's functions over a table and a secret,
//! behind an HTTP API, on ports of its own.

use super::binaries;
use super::function::{Failed, Function, Setup};
use super::http_api::HttpApi;
use super::iam::Principal;
use super::intrinsic::arn;
use super::log::Log;
use super::secret::{SecretService, Text};
use super::table::{Caller, TableService};
use super::template::Template;
use super::usage::Usage;
use muster::embedded::Embedded;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use store::Store;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Handle, Runtime};

/// The variables of the contract, and those the SDK reads its endpoints from.
const TABLE: &str = "MUSTER_TABLE";
const SECRET: &str = "MUSTER_PEPPER_SECRET";
const PUBLIC_URL: &str = "MUSTER_PUBLIC_URL";
const TABLE_URL: &str = "AWS_ENDPOINT_URL_DYNAMODB";
const SECRET_URL: &str = "AWS_ENDPOINT_URL_SECRETS_MANAGER";

/// A secret as the template generates it.
pub const GENERATED: &str =
    r#"{"current":"p1","p1":"Qk3v9ZtXw0RbYc7LhGf2NdSaJm5PeUo8TiKlVqCxBz1WnHr4Dy6EsMgAjFuIpOQw"}"#;

/// What may differ between deployments of the one template.
#[derive(Debug)]
pub struct Plan {
    /// The table, with whatever hooks.
    pub embedded: Embedded,
    /// The secret's text.
    pub secret: Text,
    /// Instances of a function at most.
    pub instances: usize,
    /// Variables beside the template's, or in their place.
    pub environment: Vec<(String, String)>,
}

impl Plan {
    /// A deployment over an empty table.
    pub fn fresh() -> Self {
        Self {
            embedded: Embedded::memory().unwrap(),
            secret: Text::new(GENERATED),
            instances: 6,
            environment: Vec::new(),
        }
    }

    /// With a variable beside the template's.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A deployment that runs.
pub struct Deployment {
    /// The template it is made of.
    pub template: Template,
    /// The table.
    pub embedded: Embedded,
    /// The secret.
    pub secret: Text,
    /// What the functions have done.
    pub usage: Usage,
    /// What they have printed.
    pub log: Log,
    /// Who may use the admin routes.
    pub operator: Principal,
    addr: SocketAddr,
    setups: BTreeMap<String, Setup>,
    functions: BTreeMap<String, Function>,
    runtime: Option<Runtime>,
}

impl Deployment {
    /// Builds the functions and starts everything. No instance runs yet.
    pub fn start(plan: Plan) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        // Whoever starts this may be in a runtime of its own, which must not be blocked on.
        let handle = runtime.handle().clone();
        let made = std::thread::spawn(move || handle.block_on(Self::make(plan)));
        let mut made = made.join().unwrap();
        made.runtime = Some(runtime);
        made
    }

    async fn make(plan: Plan) -> Self {
        let template = Template::read();
        let declared = template.functions();
        let binaries = binaries(
            &declared
                .iter()
                .map(|it| it.name.as_str())
                .collect::<Vec<_>>(),
        );
        let (api, tables, secrets) = (listen().await, listen().await, listen().await);
        let (usage, log, operator) = (Usage::default(), Log::default(), Principal::new("operator"));
        let addr = api.local_addr().unwrap();
        let given = [
            (PUBLIC_URL, format!("http://{addr}")),
            (
                TABLE_URL,
                format!("http://{}", tables.local_addr().unwrap()),
            ),
            (
                SECRET_URL,
                format!("http://{}", secrets.local_addr().unwrap()),
            ),
        ];
        let given = given.map(|(name, value)| (name.to_owned(), value));

        let mut callers = BTreeMap::new();
        let mut setups = BTreeMap::new();
        for declared in declared {
            let principal = Principal::new(&declared.name);
            let caller = Caller {
                principal: principal.clone(),
                policy: declared.policy.clone(),
            };
            callers.insert(principal.access_key_id().to_owned(), caller);
            let own = declared.environment.iter().cloned();
            let environment: BTreeMap<String, String> = own
                .chain(given.clone())
                .chain(plan.environment.clone())
                .collect();
            let setup = Setup {
                binary: binaries[&declared.name].clone(),
                principal,
                environment: environment.into_iter().collect(),
                instances: plan.instances,
                declared,
            };
            setups.insert(setup.declared.name.clone(), setup);
        }
        let callers = Arc::new(callers);

        let store = Store::new(plan.embedded.client(), variable(&setups, TABLE).as_str());
        store.create_table().await.unwrap();
        tokio::spawn(
            TableService {
                embedded: plan.embedded.clone(),
                callers: Arc::clone(&callers),
                usage: usage.clone(),
            }
            .serve(tables),
        );
        let id = variable(&setups, SECRET);
        let secret_arn = match id.strip_prefix("arn:") {
            Some(_) => id,
            None => arn("secretsmanager", &format!("secret:{id}")),
        };
        tokio::spawn(
            SecretService {
                arn: secret_arn,
                text: plan.secret.clone(),
                callers,
                usage: usage.clone(),
            }
            .serve(secrets),
        );

        let handle = Handle::current();
        let functions: BTreeMap<String, Function> = setups
            .iter()
            .map(|(name, setup)| {
                let function = Function::new(setup.clone(), log.clone(), handle.clone());
                (name.clone(), function)
            })
            .collect();
        let routes = setups.values().flat_map(|setup| {
            let function = &functions[&setup.declared.name];
            let routes = setup.declared.routes.iter();
            routes.map(|route| (route.clone(), function.clone()))
        });
        let http_api = HttpApi {
            routes: routes.collect(),
            operators: vec![operator.clone()],
        };
        tokio::spawn(http_api.serve(api));
        Self {
            template,
            embedded: plan.embedded,
            secret: plan.secret,
            usage,
            log,
            operator,
            addr,
            setups,
            functions,
            runtime: None,
        }
    }

    /// The socket the HTTP API listens on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What a function is run with.
    pub fn setup(&self, function: &str) -> &Setup {
        &self.setups[function]
    }

    /// A function.
    pub fn function(&self, name: &str) -> &Function {
        &self.functions[name]
    }

    /// The same function with other variables, those without a value left out:
    /// instances and a log of its own, the same table and secret.
    pub fn variant(&self, function: &str, changes: &[(&str, Option<&str>)]) -> (Function, Log) {
        let mut setup = self.setup(function).clone();
        for (name, value) in changes {
            setup.environment.retain(|(own, _)| own != name);
            let value = value.map(|value| ((*name).to_owned(), value.to_owned()));
            setup.environment.extend(value);
        }
        let runtime = self.runtime.as_ref().unwrap().handle().clone();
        let log = Log::default();
        (Function::new(setup, log.clone(), runtime), log)
    }

    /// Sends an event straight to a function, as the gateway would.
    ///
    /// # Errors
    /// When the function has no answer.
    pub async fn invoke(&self, function: &str, event: &Value) -> Result<Value, Failed> {
        let answer = self.functions[function]
            .invoke(event.to_string().into())
            .await?;
        Ok(serde_json::from_slice(&answer).unwrap())
    }
}

fn variable(setups: &BTreeMap<String, Setup>, name: &str) -> String {
    let mut values = setups.values().filter_map(|setup| {
        let mut all = setup.environment.iter();
        all.find(|(own, _)| own == name).map(|(_, value)| value)
    });
    let value = values.next();
    value
        .unwrap_or_else(|| panic!("the template sets no {name}"))
        .clone()
}

/// The functions are built once a process.
fn binaries(names: &[&str]) -> BTreeMap<String, PathBuf> {
    static BUILT: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    BUILT.get_or_init(|| binaries::build(names)).clone()
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

impl Drop for Deployment {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // The instances' processes end with their tasks.
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for Deployment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deployment")
            .field("addr", &self.addr)
            .finish_non_exhaustive()
    }
}
