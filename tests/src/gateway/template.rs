//! What `infra/template.yaml` declares: functions, routes, the table. Read as
//! a deployment with default parameters would have it.

use super::intrinsic::{Evaluation, parse};
use super::policy::Policy;
use super::routing::{Authorizer, Route};
use serde_json::{Map, Value};
use std::path::PathBuf;
use std::time::Duration;

/// The evaluated template.
#[derive(Debug, Clone)]
pub struct Template {
    resources: Map<String, Value>,
}

/// A function as the template declares it.
#[derive(Debug, Clone)]
pub struct Declared {
    /// Its package, which is its binary's name.
    pub name: String,
    /// Its logical id.
    pub id: String,
    /// What HTTP API sends to it.
    pub routes: Vec<Route>,
    /// What it may do.
    pub policy: Policy,
    /// Its environment variables.
    pub environment: Vec<(String, String)>,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Megabytes.
    pub memory: u64,
}

impl Template {
    /// The project's template.
    pub fn read() -> Self {
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../infra/template.yaml");
        let text = std::fs::read_to_string(&path)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self::from_text(&text)
    }

    /// A template in YAML.
    pub fn from_text(text: &str) -> Self {
        let raw = parse(text);
        let evaluation = Evaluation::new(&raw);
        let globals = evaluation.value(&raw["Globals"]).unwrap_or_default();
        let mut resources = Map::new();
        for (id, resource) in raw["Resources"].as_object().unwrap() {
            let condition = &resource["Condition"];
            let condition = serde_json::json!({"Fn::If": [condition, true, false]});
            if resource["Condition"].is_string()
                && evaluation.value(&condition) != Some(true.into())
            {
                continue;
            }
            let mut evaluated = resource.clone();
            let properties = evaluation
                .value(&resource["Properties"])
                .unwrap_or_default();
            evaluated["Properties"] = match resource["Type"].as_str().unwrap() {
                "AWS::Serverless::Function" => merged(&globals["Function"], properties),
                "AWS::Serverless::HttpApi" => merged(&globals["HttpApi"], properties),
                _ => properties,
            };
            resources.insert(id.clone(), evaluated);
        }
        Self { resources }
    }

    /// The properties of the resources of a type, by logical id.
    pub fn of_type(&self, kind: &str) -> impl Iterator<Item = (&str, &Value)> {
        self.resources
            .iter()
            .filter(move |(_, resource)| resource["Type"] == kind)
            .map(|(id, resource)| (id.as_str(), &resource["Properties"]))
    }

    /// The properties of the one resource of a type.
    #[track_caller]
    pub fn the(&self, kind: &str) -> (&str, &Value) {
        let mut all = self.of_type(kind);
        match (all.next(), all.next()) {
            (Some(one), None) => one,
            (None, _) => panic!("the template has no {kind}"),
            (Some(_), Some(_)) => panic!("the template has more than one {kind}"),
        }
    }

    /// Every function.
    pub fn functions(&self) -> Vec<Declared> {
        self.of_type("AWS::Serverless::Function")
            .map(|(id, properties)| self.function(id, properties))
            .collect()
    }

    fn function(&self, id: &str, properties: &Value) -> Declared {
        let code = properties["CodeUri"].as_str().unwrap();
        let variables = properties["Environment"]["Variables"].as_object();
        Declared {
            name: code
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned(),
            id: id.to_owned(),
            routes: self.routes(properties),
            policy: self.policy(properties),
            environment: variables
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), text(value)))
                .collect(),
            timeout: Duration::from_secs(number(&properties["Timeout"])),
            memory: number(&properties["MemorySize"]),
        }
    }

    /// The `HttpApi` events of a function; SAM makes `$default` of one without a path.
    fn routes(&self, properties: &Value) -> Vec<Route> {
        let (_, api) = self.the("AWS::Serverless::HttpApi");
        let events = properties["Events"].as_object();
        events
            .into_iter()
            .flat_map(Map::values)
            .filter(|event| event["Type"] == "HttpApi")
            .map(|event| {
                let event = &event["Properties"];
                let default = &api["Auth"]["DefaultAuthorizer"];
                let authorizer = match (event["Auth"]["Authorizer"].as_str(), default.as_str()) {
                    (Some("AWS_IAM"), _) | (None, Some("AWS_IAM")) => Authorizer::AwsIam,
                    (None | Some("NONE"), _) => Authorizer::None,
                    (Some(other), _) => panic!("the authorizer `{other}` is not known here"),
                };
                Route::new(
                    event["Method"].as_str().unwrap_or("ANY"),
                    event["Path"].as_str().unwrap_or("$default"),
                    authorizer,
                )
            })
            .collect()
    }

    /// The statements of the function's own policies, and of its role where it names one.
    fn policy(&self, properties: &Value) -> Policy {
        let mut policy = Policy::default();
        for document in list(&properties["Policies"]) {
            policy.add(document);
        }
        if let Some(role) = properties["Role"].as_str() {
            let id = role.split('.').next().unwrap();
            let role = &self.resources[id]["Properties"];
            for document in list(&role["Policies"]) {
                policy.add(&document["PolicyDocument"]);
            }
        }
        policy
    }
}

/// SAM's globals: objects are merged, lists are joined, the rest is overridden.
fn merged(global: &Value, own: Value) -> Value {
    match (global, own) {
        (Value::Object(global), Value::Object(own)) => {
            let mut all = global.clone();
            for (name, value) in own {
                let value = merged(global.get(&name).unwrap_or(&Value::Null), value);
                all.insert(name, value);
            }
            Value::Object(all)
        }
        (Value::Array(global), Value::Array(own)) => global.iter().cloned().chain(own).collect(),
        (global, Value::Null) => global.clone(),
        (_, own) => own,
    }
}

fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

fn number(value: &Value) -> u64 {
    text(value)
        .parse()
        .unwrap_or_else(|_| panic!("{value} is no number"))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
