//! Identity policies, evaluated as IAM does as far as the template goes: what
//! is written in one and not known here ends the test instead of being ignored.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>

use serde_json::Value;
use std::fmt;

/// The statements that speak of one caller.
#[derive(Debug, Clone, Default)]
pub struct Policy(Vec<Statement>);

#[derive(Debug, Clone)]
struct Statement {
    sid: String,
    effect: Effect,
    actions: Vec<String>,
    resources: Vec<String>,
    leading_keys: Option<Vec<String>>,
    /// A `Null` condition: without partition keys in the request it does not hold.
    needs_keys: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// One action on a resource, with the partition keys in the request.
#[derive(Debug, Clone)]
pub struct Access<'a> {
    /// `dynamodb:PutItem`.
    pub action: &'a str,
    /// The resource's ARN.
    pub resource: &'a str,
    /// `dynamodb:LeadingKeys`.
    pub leading_keys: &'a [&'a str],
}

/// An action with one pattern of partition keys: what an allowing statement is a product of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// The statement's name.
    pub sid: String,
    /// `dynamodb:PutItem`.
    pub action: String,
    /// A pattern of `dynamodb:LeadingKeys`, or of resources where there is none.
    pub pattern: String,
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} on {} ({})", self.action, self.pattern, self.sid)
    }
}

impl Policy {
    /// Adds the statements of a policy document.
    pub fn add(&mut self, document: &Value) {
        let statements = &document["Statement"];
        assert!(
            !statements.is_null(),
            "a policy without statements: {document}"
        );
        self.0.extend(each(statements).iter().map(Statement::read));
    }

    /// Whether the caller may. Of several partition keys one statement must
    /// allow all: they are one request context.
    pub fn allows(&self, access: &Access<'_>) -> bool {
        let covers = |effect| {
            self.0
                .iter()
                .any(|statement| statement.effect == effect && statement.covers(access))
        };
        covers(Effect::Allow) && !covers(Effect::Deny)
    }

    /// Everything that is allowed in a service, singly.
    pub fn grants(&self, service: &str) -> Vec<Grant> {
        let mut grants = Vec::new();
        for statement in self.0.iter().filter(|it| it.effect == Effect::Allow) {
            let patterns = statement
                .leading_keys
                .as_ref()
                .unwrap_or(&statement.resources);
            for action in &statement.actions {
                if action.split(':').next() == Some(service) {
                    grants.extend(patterns.iter().map(|pattern| Grant {
                        sid: statement.sid.clone(),
                        action: action.clone(),
                        pattern: pattern.clone(),
                    }));
                }
            }
        }
        grants.sort();
        grants
    }
}

impl Statement {
    fn read(statement: &Value) -> Self {
        for name in statement.as_object().unwrap().keys() {
            let known = ["Sid", "Effect", "Action", "Resource", "Condition"];
            assert!(known.contains(&name.as_str()), "`{name}` is not known here");
        }
        let (mut leading_keys, mut needs_keys) = (None, false);
        let conditions = statement["Condition"].as_object();
        for (operator, test) in conditions.into_iter().flatten() {
            for (key, values) in test.as_object().unwrap() {
                match (operator.as_str(), key.as_str()) {
                    (
                        "ForAllValues:StringLike" | "ForAllValues:StringEquals",
                        "dynamodb:LeadingKeys",
                    ) => leading_keys = Some(texts(values)),
                    ("Null", "dynamodb:LeadingKeys") => {
                        assert!(texts(values) == ["false"], "{statement}");
                        needs_keys = true;
                    }
                    _ => panic!("the condition `{operator}` of `{key}` is not known here"),
                }
            }
        }
        Self {
            sid: statement["Sid"].as_str().unwrap_or("no Sid").to_owned(),
            effect: match statement["Effect"].as_str() {
                Some("Allow") => Effect::Allow,
                Some("Deny") => Effect::Deny,
                _ => panic!("{statement} has no effect"),
            },
            actions: texts(&statement["Action"]),
            resources: texts(&statement["Resource"]),
            leading_keys,
            needs_keys,
        }
    }

    fn covers(&self, access: &Access<'_>) -> bool {
        let any = |patterns: &[String], text: &str| patterns.iter().any(|it| like(it, text));
        any(&self.actions, access.action)
            && any(&self.resources, access.resource)
            && !(self.needs_keys && access.leading_keys.is_empty())
            && self
                .leading_keys
                .as_ref()
                .is_none_or(|patterns| access.leading_keys.iter().all(|key| any(patterns, key)))
    }
}

/// IAM's wildcards: `*` for any text, `?` for any character.
pub fn like(pattern: &str, text: &str) -> bool {
    let (mut pattern, mut text) = (pattern.chars(), text.chars());
    match pattern.next() {
        None => text.next().is_none(),
        Some('*') => {
            like(pattern.as_str(), text.as_str())
                || text.next().is_some() && like(&format!("*{}", pattern.as_str()), text.as_str())
        }
        Some(one) => {
            let other = text.next();
            other.is_some_and(|it| one == '?' || one == it) && like(pattern.as_str(), text.as_str())
        }
    }
}

fn each(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        one => std::slice::from_ref(one),
    }
}

fn texts(value: &Value) -> Vec<String> {
    each(value)
        .iter()
        .map(|text| match text {
            Value::String(text) => text.clone(),
            Value::Bool(it) => it.to_string(),
            other => panic!("{other} is no text"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Access, Policy, like};
    use serde_json::json;

    #[test]
    fn wildcards_match_as_in_iam() {
        for (pattern, text, matches) in [
            ("R#*#U", "R#acme#U", true),
            ("R#*#U", "R#acme#UQ", false),
            ("R#*#REALM", "R##REALM", true),
            ("R#*#M#*", "R#acme#M#1", true),
            ("R#*#M#*", "R#acme#M", false),
            ("REALMS", "REALMS", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "", true),
        ] {
            assert_eq!(like(pattern, text), matches, "{pattern} {text}");
        }
    }

    #[test]
    fn a_statement_must_cover_the_whole_request() {
        let mut policy = Policy::default();
        policy.add(&json!({"Statement": [
            {"Sid": "A", "Effect": "Allow", "Action": ["d:Get", "d:Put"], "Resource": "table",
             "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["R#*#A", "R#*#B"]},
                           "Null": {"dynamodb:LeadingKeys": "false"}}},
            {"Sid": "B", "Effect": "Allow", "Action": "d:Get", "Resource": "table",
             "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": "R#*#C"}}},
            {"Sid": "C", "Effect": "Deny", "Action": "d:*", "Resource": "table",
             "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": "R#x#A"},
                           "Null": {"dynamodb:LeadingKeys": false}}},
        ]}));
        let rows: [(&str, &str, &[&str], bool); 8] = [
            ("d:Get", "table", &["R#1#A"], true),
            ("d:Get", "table", &["R#1#A", "R#2#B"], true),
            ("d:Get", "table", &["R#1#A", "R#1#C"], false),
            ("d:Put", "table", &["R#1#C"], false),
            ("d:Get", "other", &["R#1#A"], false),
            ("d:Delete", "table", &["R#1#A"], false),
            ("d:Put", "table", &[], false),
            ("d:Get", "table", &["R#x#A"], false),
        ];
        for (action, resource, leading_keys, allowed) in rows {
            let access = Access {
                action,
                resource,
                leading_keys,
            };
            assert_eq!(policy.allows(&access), allowed, "{access:?}");
        }
        let grants: Vec<String> = policy.grants("d").iter().map(ToString::to_string).collect();
        assert_eq!(grants.len(), 5);
        assert_eq!(grants[0], "d:Get on R#*#A (A)");
    }
}
