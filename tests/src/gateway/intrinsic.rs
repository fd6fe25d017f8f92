//! YAML with CloudFormation's tags as JSON, and the intrinsic functions
//! evaluated as a deployment with default parameters would be.
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use super::{ACCOUNT, REGION};
use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

/// The document in its long form: `!Ref X` is `{"Ref": "X"}`, `!Sub x` is `{"Fn::Sub": "x"}`.
pub fn parse(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(documents.len(), 1, "a template is one document");
    plain(&documents[0])
}

fn plain(node: &Yaml<'_>) -> Value {
    match node {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(value)) => json!(value),
        Yaml::Value(Scalar::Integer(value)) => json!(value),
        Yaml::Value(Scalar::FloatingPoint(value)) => json!(value.into_inner()),
        Yaml::Value(Scalar::String(value)) => json!(value),
        Yaml::Sequence(nodes) => nodes.iter().map(plain).collect(),
        Yaml::Mapping(members) => members
            .iter()
            .map(|(name, value)| (key(name), plain(value)))
            .collect(),
        Yaml::Tagged(tag, value) => {
            let name = match tag.suffix.as_str() {
                name @ ("Ref" | "Condition") => name.to_owned(),
                name => format!("Fn::{name}"),
            };
            json!({ name: plain(value) })
        }
        other => panic!("a template cannot hold {other:?}"),
    }
}

fn key(name: &Yaml<'_>) -> String {
    match plain(name) {
        Value::String(name) => name,
        // `2012-10-17: …` or a number as a key of a mapping.
        other => other.to_string(),
    }
}

/// A template whose functions are to be evaluated.
#[derive(Debug)]
pub struct Evaluation<'a> {
    template: &'a Value,
}

impl<'a> Evaluation<'a> {
    /// Of this template, with the parameters' defaults.
    pub fn new(template: &'a Value) -> Self {
        Self { template }
    }

    /// The value with every function in it evaluated; none for `AWS::NoValue`.
    pub fn value(&self, value: &Value) -> Option<Value> {
        match value {
            Value::Array(values) => Some(values.iter().filter_map(|it| self.value(it)).collect()),
            Value::Object(members) => match function(members) {
                Some((name, argument)) => self.call(name, argument),
                None => Some(
                    members
                        .iter()
                        .filter_map(|(name, value)| Some((name.clone(), self.value(value)?)))
                        .collect::<Map<String, Value>>()
                        .into(),
                ),
            },
            plain => Some(plain.clone()),
        }
    }

    fn text(&self, value: &Value) -> String {
        match self.value(value) {
            Some(Value::String(text)) => text,
            Some(other) => other.to_string(),
            None => panic!("{value} has no value"),
        }
    }

    fn call(&self, name: &str, argument: &Value) -> Option<Value> {
        match (name, argument) {
            ("Ref", Value::String(name)) => self.reference(name),
            ("Fn::GetAtt", Value::String(path)) => {
                let (id, attribute) = path.split_once('.').unwrap();
                Some(self.attribute(id, attribute))
            }
            ("Fn::GetAtt", Value::Array(path)) => {
                Some(self.attribute(&self.text(&path[0]), &self.text(&path[1])))
            }
            ("Fn::Sub", Value::String(text)) => Some(self.substitute(text, &Value::Null)),
            ("Fn::Sub", Value::Array(pair)) => {
                Some(self.substitute(pair[0].as_str().unwrap(), &pair[1]))
            }
            ("Fn::If", Value::Array(three)) => {
                let branch = if self.condition(three[0].as_str().unwrap()) {
                    1
                } else {
                    2
                };
                self.value(&three[branch])
            }
            ("Fn::Join", Value::Array(pair)) => {
                let parts = self.value(&pair[1]).unwrap();
                let parts: Vec<&str> = parts
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|part| part.as_str().unwrap())
                    .collect();
                Some(json!(parts.join(pair[0].as_str().unwrap())))
            }
            ("Fn::Split", Value::Array(pair)) => {
                let text = self.text(&pair[1]);
                Some(text.split(pair[0].as_str().unwrap()).collect())
            }
            ("Fn::Select", Value::Array(pair)) => {
                let index: usize = self.text(&pair[0]).parse().unwrap();
                self.value(&pair[1])?.get(index).cloned()
            }
            ("Fn::FindInMap", Value::Array(path)) => {
                let mut at = &self.template["Mappings"];
                for step in path {
                    at = &at[self.text(step)];
                }
                self.value(at)
            }
            _ => Some(json!(self.holds(name, argument))),
        }
    }

    fn condition(&self, name: &str) -> bool {
        let condition = &self.template["Conditions"][name];
        let (function, argument) = condition
            .as_object()
            .and_then(function)
            .unwrap_or_else(|| panic!("no condition is called `{name}`"));
        self.holds(function, argument)
    }

    fn holds(&self, function: &str, argument: &Value) -> bool {
        let each = || {
            let parts = argument.as_array().unwrap().iter();
            parts.map(|part| self.value(part).unwrap() == true)
        };
        match function {
            "Condition" => self.condition(argument.as_str().unwrap()),
            "Fn::Equals" => self.value(&argument[0]) == self.value(&argument[1]),
            "Fn::Not" => !each().any(|it| it),
            "Fn::And" => each().all(|it| it),
            "Fn::Or" => each().any(|it| it),
            _ => panic!("the function `{function}` is not known here"),
        }
    }

    fn reference(&self, name: &str) -> Option<Value> {
        let pseudo = match name {
            "AWS::NoValue" => return None,
            "AWS::Region" => REGION,
            "AWS::AccountId" => ACCOUNT,
            "AWS::Partition" => "aws",
            "AWS::StackName" => "muster",
            "AWS::URLSuffix" => "amazonaws.com",
            "AWS::StackId" => "arn:aws:cloudformation:eu-central-1:123456789012:stack/muster/1",
            _ => "",
        };
        if !pseudo.is_empty() {
            return Some(json!(pseudo));
        }
        let parameter = &self.template["Parameters"][name];
        if parameter.is_object() {
            // CloudFormation compares and substitutes parameters as texts.
            return Some(match &parameter["Default"] {
                Value::String(text) => json!(text),
                Value::Null => json!(""),
                other => json!(other.to_string()),
            });
        }
        // SAM's own: the alias that AutoPublishAlias makes.
        if let Some(function) = name.strip_suffix(".Alias") {
            assert_eq!(self.kind(function), "AWS::Serverless::Function");
            return Some(json!(arn("lambda", &format!("function:{function}:live"))));
        }
        Some(json!(match self.kind(name) {
            // A secret's Ref is its ARN, other resources' is their name.
            "AWS::SecretsManager::Secret" => arn("secretsmanager", &format!("secret:{name}")),
            _ => name.to_owned(),
        }))
    }

    fn attribute(&self, id: &str, attribute: &str) -> Value {
        json!(match (self.kind(id), attribute) {
            ("AWS::DynamoDB::Table", "Arn") => arn("dynamodb", &format!("table/{id}")),
            ("AWS::Logs::LogGroup", "Arn") => arn("logs", &format!("log-group:{id}:*")),
            ("AWS::SecretsManager::Secret", "Id") => arn("secretsmanager", &format!("secret:{id}")),
            _ => format!("{id}.{attribute}"),
        })
    }

    fn kind(&self, id: &str) -> &str {
        self.template["Resources"][id]["Type"]
            .as_str()
            .unwrap_or_else(|| panic!("nothing is called `{id}`"))
    }

    fn substitute(&self, text: &str, variables: &Value) -> Value {
        let mut rest = text;
        let mut whole = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            whole.push_str(before);
            let (name, after) = after.split_once('}').unwrap();
            rest = after;
            if let Some(literal) = name.strip_prefix('!') {
                whole.push_str(&format!("${{{literal}}}"));
            } else if !variables[name].is_null() {
                whole.push_str(&self.text(&variables[name]));
            } else if let Some((id, attribute)) = name.split_once('.') {
                whole.push_str(self.attribute(id, attribute).as_str().unwrap());
            } else {
                whole.push_str(&self.text(&json!({ "Ref": name })));
            }
        }
        whole.push_str(rest);
        json!(whole)
    }
}

/// The ARN of something in the account and region of this deployment.
pub fn arn(service: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

/// The function an object calls, when it does.
fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = members.iter().next()?;
    let calls = members.len() == 1
        && (name.starts_with("Fn::")
            || name == "Ref"
            // `Condition` is also a member of statements and of resources.
            || name == "Condition" && argument.is_string());
    calls.then_some((name.as_str(), argument))
}

#[cfg(test)]
mod tests {
    use super::{Evaluation, parse};
    use serde_json::json;

    #[test]
    fn functions_are_evaluated_with_the_defaults() {
        let template = parse(
            "
Parameters:
  Domain: {Type: String, Default: ''}
  Size: {Type: Number, Default: 256}
Conditions:
  HasDomain: !Not [!Equals [!Ref Domain, '']]
  Both: !And [!Condition HasDomain, !Equals ['a', 'a']]
  Either: !Or [!Condition HasDomain, !Equals ['a', 'a']]
Resources:
  Table: {Type: 'AWS::DynamoDB::Table'}
  Secret: {Type: 'AWS::SecretsManager::Secret'}
  Function: {Type: 'AWS::Serverless::Function'}
Rows:
  - [!Ref Table, Table]
  - [!Ref Size, '256']
  - [!GetAtt Table.Arn, 'arn:aws:dynamodb:eu-central-1:123456789012:table/Table']
  - [!Ref Secret, 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:Secret']
  - [!Ref Function.Alias, 'arn:aws:lambda:eu-central-1:123456789012:function:Function:live']
  - [!Sub 'x-${Table}-${!Table}-${AWS::Region}', 'x-Table-${Table}-eu-central-1']
  - [!Sub ['${A}/${Size}', {A: !Ref Table}], 'Table/256']
  - [!If [HasDomain, 1, 2], 2]
  - [!If [Both, 1, 2], 2]
  - [!If [Either, 1, 2], 1]
  - [{a: !If [HasDomain, 1, !Ref 'AWS::NoValue'], b: 1}, {b: 1}]
  - [!Join [':', [a, !Ref Table]], 'a:Table']
  - [!Select [1, !Split [',', 'a,b']], b]
",
        );
        let evaluation = Evaluation::new(&template);
        for row in template["Rows"].as_array().unwrap() {
            assert_eq!(evaluation.value(&row[0]).unwrap(), row[1], "{row}");
        }
        assert_eq!(
            parse("a: !GetAtt [X, Arn]"),
            json!({"a": {"Fn::GetAtt": ["X", "Arn"]}})
        );
    }
}
