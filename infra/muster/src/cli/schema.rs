//! `muster schema`: a realm's own extension schemas.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use auth::RealmName;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::aws::Aws;
use super::deployment::Deployment;
use super::files;
use super::output::{self, Column, Format, text};
use crate::Failure;
use crate::client::Stored;

#[derive(Debug, Args)]
pub(super) struct Schema {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List a realm's own schemas.
    List {
        /// The realm.
        realm: RealmName,
    },
    /// Show one schema and its attributes.
    Show {
        /// The realm.
        realm: RealmName,
        /// The schema's URN.
        urn: String,
    },
    /// Declare a schema, or change the one of that URN.
    ///
    /// From a file: JSON as `muster schema show --json` prints it, `id` being the URN. Or, for
    /// simple ones, in words: `muster schema add acme urn:example:2.0:User --attribute tag`.
    Add(Add),
    /// Take a schema's declaration back. Values that were stored by it stay where they are.
    Remove {
        /// The realm.
        realm: RealmName,
        /// The schema's URN.
        urn: String,
    },
}

#[derive(Debug, Args)]
struct Add {
    /// The realm.
    realm: RealmName,
    /// A file, `-` for standard input, or with `--attribute` the schema's URN.
    #[arg(value_name = "FILE|URN")]
    what: String,
    /// An attribute, `NAME[:TYPE][:multi]`; the type is `string` where none is said. May be repeated.
    #[arg(long, value_name = "NAME[:TYPE][:multi]")]
    attribute: Vec<Attribute>,
    /// What is extended, `User` or `Group` [default: User].
    #[arg(long, value_name = "TYPE", requires = "attribute", ignore_case = true)]
    resource_type: Option<Extended>,
    /// What the schema is called; without it by its URN.
    #[arg(long, requires = "attribute")]
    name: Option<String>,
    /// What it is for.
    #[arg(long, value_name = "TEXT", requires = "attribute")]
    description: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Extended {
    User,
    Group,
}

/// An attribute in words; what is not said is RFC 7643 section 7's default.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Attribute {
    name: String,
    kind: &'static str,
    plurality: Plurality,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plurality {
    Single,
    Multi,
}

/// The simple types of RFC 7643 section 2.3.
const TYPES: [&str; 7] = [
    "string",
    "boolean",
    "decimal",
    "integer",
    "dateTime",
    "reference",
    "binary",
];

const COLUMNS: [Column; 5] = [
    ("URN", |schema| text(schema, "id")),
    ("NAME", |schema| text(schema, "name")),
    ("EXTENDS", |schema| text(schema, "resourceType")),
    ("REQUIRED", |schema| text(schema, "required")),
    ("ATTRIBUTES", |schema| {
        let names = attributes(schema).iter();
        let names = names.map(|attribute| text(attribute, "name"));
        names.collect::<Vec<_>>().join(" ")
    }),
];

const ATTRIBUTES: [Column; 6] = [
    ("ATTRIBUTE", |attribute| text(attribute, "name")),
    ("TYPE", |attribute| text(attribute, "type")),
    ("MULTI", |attribute| text(attribute, "multiValued")),
    ("REQUIRED", |attribute| text(attribute, "required")),
    ("MUTABILITY", |attribute| text(attribute, "mutability")),
    ("DESCRIPTION", |attribute| text(attribute, "description")),
];

impl Schema {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        match self.command {
            Command::List { realm } => {
                let client = self.deployment.client(aws).await?;
                print_all(format, &realm, client.schemas(realm.as_str()).await?);
            }
            Command::Show { realm, urn } => {
                let client = self.deployment.client(aws).await?;
                let schema = client.schema(realm.as_str(), &urn).await?;
                match format {
                    Format::Json => output::print_json(&schema),
                    Format::Text => output::print(&one(&schema)),
                }
            }
            Command::Add(add) => {
                let (urn, schema) = add.read()?;
                let client = self.deployment.client(aws).await?;
                let (schema, stored) = client.put_schema(add.realm.as_str(), &urn, schema).await?;
                match (format, stored) {
                    (Format::Json, _) => output::print_json(&schema),
                    (Format::Text, Stored::New) => {
                        output::print(&format!("Realm {} declares {urn} from now on", add.realm))
                    }
                    (Format::Text, Stored::Changed) => {
                        output::print(&format!("{urn} of realm {} is changed", add.realm));
                    }
                }
                if let (Format::Text, Some(dropped)) = (format, dropped(&schema)) {
                    output::print(&dropped);
                }
            }
            Command::Remove { realm, urn } => {
                let client = self.deployment.client(aws).await?;
                client.delete_schema(realm.as_str(), &urn).await?;
                match format {
                    Format::Json => output::print_json(&json!({ "removed": urn })),
                    Format::Text => {
                        output::print(&format!("Realm {realm} declares {urn} no longer"));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Add {
    /// The URN and what is said of it.
    fn read(&self) -> Result<(String, Value), Failure> {
        if self.attribute.is_empty() {
            self.in_file()
        } else {
            Ok((self.what.clone(), self.in_words()))
        }
    }

    fn in_file(&self) -> Result<(String, Value), Failure> {
        if self.what.to_ascii_lowercase().starts_with("urn:") && !Path::new(&self.what).exists() {
            return Err(Failure::new(format!(
                "`{}` has no attributes; name each with `--attribute NAME`, or a file that defines the schema",
                self.what
            )));
        }
        let schema = files::read_json(&PathBuf::from(&self.what))?;
        let urn = schema.get("id").and_then(Value::as_str).ok_or_else(|| {
            Failure::new(format!(
                "`{}` does not say which schema it is; give it a member `id`, the URN",
                self.what
            ))
        })?;
        Ok((urn.to_owned(), schema))
    }

    fn in_words(&self) -> Value {
        let name = self.name.clone();
        let mut schema = json!({
            "name": name.unwrap_or_else(|| called(&self.what).to_owned()),
            "resourceType": match self.resource_type {
                None | Some(Extended::User) => "User",
                Some(Extended::Group) => "Group",
            },
            "attributes": self.attribute.iter().map(Attribute::definition).collect::<Vec<_>>(),
        });
        if let (Some(schema), Some(description)) = (schema.as_object_mut(), &self.description) {
            schema.insert("description".to_owned(), json!(description));
        }
        schema
    }
}

/// `Tags` of `urn:ietf:params:scim:schemas:extension:Tags:2.0:User`; of others the last word.
fn called(urn: &str) -> &str {
    let mut words = urn.split(':');
    let behind = words.find(|word| word.eq_ignore_ascii_case("extension"));
    let name = behind.and_then(|_| words.next());
    name.or_else(|| urn.rsplit(':').next()).unwrap_or(urn)
}

impl FromStr for Attribute {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split(':');
        let name = words.next().unwrap_or_default();
        if name.is_empty() {
            return Err("an attribute has a name".to_owned());
        }
        let mut attribute = Self {
            name: name.to_owned(),
            kind: "string",
            plurality: Plurality::Single,
        };
        for word in words {
            if word.eq_ignore_ascii_case("multi") {
                attribute.plurality = Plurality::Multi;
            } else {
                let kind = TYPES.iter().find(|kind| kind.eq_ignore_ascii_case(word));
                attribute.kind = kind.ok_or_else(|| {
                    format!("`{word}` is neither `multi` nor one of the types {}; complex attributes want a file", TYPES.join(", "))
                })?;
            }
        }
        Ok(attribute)
    }
}

impl Attribute {
    fn definition(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind,
            "multiValued": self.plurality == Plurality::Multi,
        })
    }
}

fn attributes(schema: &Value) -> &[Value] {
    let list = schema.get("attributes").and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}

fn one(schema: &Value) -> String {
    let fields = [
        ("Name", text(schema, "name")),
        ("Description", text(schema, "description")),
        ("Extends", text(schema, "resourceType")),
        ("Required", text(schema, "required")),
    ];
    let rows = with_subs(attributes(schema));
    format!(
        "{}\n{}\n\n{}",
        text(schema, "id"),
        output::fields(&fields),
        output::table(&ATTRIBUTES, &rows)
    )
}

/// Each attribute and behind it its sub-attributes, by their paths.
fn with_subs(attributes: &[Value]) -> Vec<Value> {
    let mut rows = Vec::new();
    for attribute in attributes {
        rows.push(attribute.clone());
        let subs = attribute.get("subAttributes").and_then(Value::as_array);
        for sub in subs.into_iter().flatten() {
            let mut row = sub.clone();
            let path = format!("{}.{}", text(attribute, "name"), text(sub, "name"));
            if let Some(row) = row.as_object_mut() {
                row.insert("name".to_owned(), json!(path));
            }
            rows.push(row);
        }
    }
    rows
}

/// What of it is accepted and not kept, since no answer may ever show it.
fn dropped(schema: &Value) -> Option<String> {
    let rows = with_subs(attributes(schema));
    let unkept =
        |row: &&Value| text(row, "mutability") == "writeOnly" || text(row, "returned") == "never";
    let names: Vec<String> = rows
        .iter()
        .filter(unkept)
        .map(|row| text(row, "name"))
        .collect();
    (!names.is_empty()).then(|| {
        format!(
            "Accepted and dropped, as passwords are, since they are writeOnly or never returned: {}",
            names.join(", ")
        )
    })
}

fn print_all(format: Format, realm: &RealmName, schemas: Vec<Value>) {
    match format {
        Format::Json => output::print_json(&json!({ "schemas": schemas })),
        Format::Text if schemas.is_empty() => output::print(&format!(
            "No schemas of its own. Declare one with: muster schema add {realm} FILE"
        )),
        Format::Text => output::print_table(&COLUMNS, &schemas),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<(&str, &str, Plurality)>) {
        let read: Option<Attribute> = text.parse().ok();
        let seen = read
            .as_ref()
            .map(|read| (read.name.as_str(), read.kind, read.plurality));
        assert_eq!(seen, expected, "{text}");
    }

    #[test]
    fn attributes_in_words() {
        check("tag", Some(("tag", "string", Plurality::Single)));
        check("tag:multi", Some(("tag", "string", Plurality::Multi)));
        check("age:INTEGER", Some(("age", "integer", Plurality::Single)));
        check(
            "since:datetime:multi",
            Some(("since", "dateTime", Plurality::Multi)),
        );
        check("tag:complex", None);
        check("tag:", None);
        check(":string", None);
        check("", None);
    }

    #[test]
    fn what_a_schema_is_called() {
        for (urn, name) in [
            (
                "urn:ietf:params:scim:schemas:extension:Tags:2.0:User",
                "Tags",
            ),
            ("urn:example:colours", "colours"),
            ("urn:a:extension", "extension"),
        ] {
            assert_eq!(called(urn), name);
        }
    }

    #[test]
    fn what_is_not_kept_is_said() {
        let schema = |mutability: &str, returned: &str| {
            let pin = json!({"name": "pin", "mutability": mutability, "returned": returned});
            json!({"attributes": [{"name": "desk", "subAttributes": [pin]}, pin]})
        };
        for (mutability, returned, expected) in [
            ("readWrite", "request", None),
            ("writeOnly", "never", Some("desk.pin, pin")),
            ("readWrite", "never", Some("desk.pin, pin")),
            ("writeOnly", "default", Some("desk.pin, pin")),
        ] {
            let said = dropped(&schema(mutability, returned));
            let names = said.as_deref().and_then(|said| said.rsplit_once(": "));
            assert_eq!(
                names.map(|(_, names)| names),
                expected,
                "{mutability} {returned}"
            );
        }
    }

    #[test]
    fn schemas() {
        let schema = json!({
            "id": "urn:ietf:params:scim:schemas:extension:Tags:2.0:User", "name": "Tags",
            "resourceType": "User", "required": false,
            "attributes": [
                {"name": "tag", "type": "string", "multiValued": true, "required": false,
                 "mutability": "readWrite", "description": "free words"},
                {"name": "desk", "type": "complex", "multiValued": false, "subAttributes": [
                    {"name": "floor", "type": "integer", "multiValued": false}]}
            ]
        });
        insta::assert_snapshot!("one", one(&schema));
        insta::assert_snapshot!("list", output::table(&COLUMNS, &[schema]));
    }
}
