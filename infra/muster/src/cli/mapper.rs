//! `muster mapper`: SCIM attributes under the company's own names.

use std::path::{Path, PathBuf};

use auth::RealmName;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::aws::Aws;
use super::deployment::Deployment;
use super::files;
use super::output::{self, Column, Format, text};
use crate::Failure;

#[derive(Debug, Args)]
pub(super) struct Mapper {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List a realm's mappers.
    List {
        /// The realm.
        realm: RealmName,
    },
    /// Replace all of a realm's mappers by those of a file, as `muster mapper list --json` prints them.
    Set {
        /// The realm.
        realm: RealmName,
        /// The file; `-`: standard input.
        file: PathBuf,
    },
    /// Go back to the default mappers.
    Reset {
        /// The realm.
        realm: RealmName,
    },
    /// Show what becomes of a sample user; nothing is stored.
    Try {
        /// The realm.
        realm: RealmName,
        #[command(flatten)]
        sample: Sample,
        /// Try these mappers instead of the realm's.
        #[arg(long, value_name = "FILE")]
        mappers: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Sample {
    /// A file that holds a SCIM user.
    #[arg(long, value_name = "FILE")]
    user: Option<PathBuf>,
    /// The id of a member of the realm.
    #[arg(long, value_name = "ID")]
    member: Option<String>,
}

const COLUMNS: [Column; 5] = [
    ("NAME", |mapper| text(mapper, "name")),
    ("ATTRIBUTE", |mapper| text(mapper, "attribute")),
    ("PATH", |mapper| text(mapper, "path")),
    ("TYPE", |mapper| text(mapper, "type")),
    ("NEGATED", |mapper| text(mapper, "negate")),
];

impl Mapper {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        match self.command {
            Command::List { realm } => {
                let client = self.deployment.client(aws).await?;
                print_all(format, &client.mappers(realm.as_str()).await?);
            }
            Command::Set { realm, file } => {
                let mappers = read(&file)?;
                let client = self.deployment.client(aws).await?;
                print_all(format, &client.put_mappers(realm.as_str(), mappers).await?);
            }
            Command::Reset { realm } => {
                let client = self.deployment.client(aws).await?;
                client.reset_mappers(realm.as_str()).await?;
                match format {
                    Format::Json => output::print_json(&client.mappers(realm.as_str()).await?),
                    Format::Text => {
                        output::print(&format!("Realm {realm} has the default mappers again"));
                    }
                }
            }
            Command::Try {
                realm,
                sample,
                mappers,
            } => {
                let sample = sample.read(mappers.as_deref())?;
                let client = self.deployment.client(aws).await?;
                let mapped = client.try_mappers(realm.as_str(), sample).await?;
                match format {
                    Format::Json => output::print_json(&mapped),
                    Format::Text => output::print(&tried(&mapped)),
                }
            }
        }
        Ok(())
    }
}

impl Sample {
    fn read(self, mappers: Option<&Path>) -> Result<Value, Failure> {
        let mut sample = Map::new();
        if let Some(user) = self.user {
            sample.insert("user".to_owned(), files::read_json(&user)?);
        }
        if let Some(member) = self.member {
            sample.insert("member".to_owned(), json!(member));
        }
        if let Some(mappers) = mappers {
            sample.insert("mappers".to_owned(), read(mappers)?);
        }
        Ok(Value::Object(sample))
    }
}

/// Mappers of a file: a list, or what the API answers.
fn read(file: &Path) -> Result<Value, Failure> {
    match listed(files::read_json(file)?) {
        Some(mappers) => Ok(mappers),
        None => Err(Failure::new(format!(
            "`{}` holds no mappers: a list of {{name, attribute, path, type, negate}}, or an object with the list in `mappers`",
            file.display()
        ))),
    }
}

fn listed(mut value: Value) -> Option<Value> {
    let list = match &mut value {
        Value::Object(object) => object.remove("mappers")?,
        _ => value,
    };
    list.is_array().then_some(list)
}

fn print_all(format: Format, answer: &Value) {
    match format {
        Format::Json => output::print_json(answer),
        Format::Text => output::print(&all(answer)),
    }
}

fn all(answer: &Value) -> String {
    let list = answer.get("mappers").and_then(Value::as_array);
    let list = list.map(Vec::as_slice).unwrap_or_default();
    let whose = match answer.get("custom").and_then(Value::as_bool) {
        Some(true) => "These are the realm's own; `muster mapper reset` brings the defaults back.",
        _ => "These are the defaults; `muster mapper set` replaces them.",
    };
    format!("{}\n{whose}", output::table(&COLUMNS, list))
}

fn tried(answer: &Value) -> String {
    let profile = answer.get("profile").and_then(Value::as_object);
    let profile: Vec<(&str, String)> = profile
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), output::value(value)))
        .collect();
    let missing = text(answer, "missing");
    let missing = match missing.as_str() {
        "-" => String::new(),
        missing => format!("\nWithout a value: {missing}"),
    };
    format!("{}{missing}", output::fields(&profile))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_files_hold_mappers() {
        let one = json!([{"name": "a"}]);
        for (file, expected) in [
            (one.clone(), Some(one.clone())),
            (json!({"mappers": one, "custom": true}), Some(one.clone())),
            (json!({"mappers": {}}), None),
            (json!({"name": "a"}), None),
            (json!("a"), None),
        ] {
            assert_eq!(listed(file.clone()), expected, "{file}");
        }
    }

    #[test]
    fn mappers() {
        let answer = json!({"custom": true, "mappers": [
            {"name": "status", "attribute": "isSoftDeleted", "path": "active", "type": "Boolean", "negate": true},
            {"name": "loginName", "attribute": "userPrincipalName", "path": "userName", "type": "String"}]});
        insta::assert_snapshot!("list", all(&answer));
        let mapped = json!({
            "profile": {"loginName": "ada@example.com", "status": false, "manager": {"value": "26118915"}},
            "missing": ["surName", "tag"]});
        insta::assert_snapshot!("tried", tried(&mapped));
    }
}
