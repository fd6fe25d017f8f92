//! `muster realm`.

use auth::RealmName;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::aws::Aws;
use super::deployment::Deployment;
use super::output::{self, Column, Format, text};
use crate::Failure;
use crate::client::Switch;

#[derive(Debug, Args)]
pub(super) struct Realm {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a realm.
    Create {
        /// Letters, digits and hyphens; part of its URL for ever.
        name: RealmName,
        /// What people call it.
        #[arg(long, value_name = "TEXT")]
        display_name: Option<String>,
    },
    /// List the realms.
    List,
    /// Show one realm and its Tenant URL.
    Show {
        /// The realm.
        name: RealmName,
    },
    /// Answer every request of a realm's keys with 403 from now on.
    Disable {
        /// The realm.
        name: RealmName,
    },
    /// Undo a disable.
    Enable {
        /// The realm.
        name: RealmName,
    },
}

const COLUMNS: [Column; 5] = [
    ("NAME", |realm| text(realm, "name")),
    ("STATE", |realm| text(realm, "state")),
    ("DISPLAY NAME", |realm| text(realm, "displayName")),
    ("CREATED", |realm| text(realm, "created")),
    ("TENANT URL", |realm| text(realm, "tenantUrl")),
];

impl Realm {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        let client = self.deployment.client(aws).await?;
        match self.command {
            Command::Create { name, display_name } => {
                let realm = client
                    .create_realm(name.as_str(), display_name.as_deref())
                    .await?;
                print_one(format, &realm);
                if format == Format::Text {
                    output::print(&format!(
                        "Make a key with: muster key create {name} --name NAME"
                    ));
                }
            }
            Command::List => print_all(format, client.realms().await?),
            Command::Show { name } => print_one(format, &client.realm(name.as_str()).await?),
            Command::Disable { name } => {
                print_one(
                    format,
                    &client.switch_realm(name.as_str(), Switch::Disabled).await?,
                );
            }
            Command::Enable { name } => {
                print_one(
                    format,
                    &client.switch_realm(name.as_str(), Switch::Enabled).await?,
                );
            }
        }
        Ok(())
    }
}

fn print_all(format: Format, realms: Vec<Value>) {
    match format {
        Format::Json => output::print_json(&json!({ "realms": realms })),
        Format::Text if realms.is_empty() => {
            output::print("No realms. Make one with: muster realm create NAME");
        }
        Format::Text => output::print_table(&COLUMNS, &realms),
    }
}

fn print_one(format: Format, realm: &Value) {
    match format {
        Format::Json => output::print_json(realm),
        Format::Text => output::print(&format!(
            "Realm {} is {}\n  Display name  {}\n  Created       {}\n  Tenant URL    {}",
            text(realm, "name"),
            text(realm, "state"),
            text(realm, "displayName"),
            text(realm, "created"),
            text(realm, "tenantUrl"),
        )),
    }
}
