//! `muster key`.

use auth::{KeyId, RealmName};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::aws::Aws;
use super::deployment::Deployment;
use super::output::{self, Column, Format, text};
use crate::Failure;
use crate::client::{Expiry, NewKey};

#[derive(Debug, Args)]
pub(super) struct Key {
    #[command(flatten)]
    deployment: Deployment,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a key and show its token, once.
    Create(Create),
    /// List a realm's keys; their secrets are never shown.
    List {
        /// The realm.
        realm: RealmName,
    },
    /// Revoke a key for good: the next request with it is answered with 401.
    Revoke {
        /// The realm.
        realm: RealmName,
        /// The key's id, the twelve characters after `mst_` in its token.
        key: KeyId,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// The realm.
    realm: RealmName,
    /// What the key is called in lists, such as the client that will hold it.
    #[arg(long)]
    name: String,
    /// What it may do: `scim` (everything, the default) or `scim:read`.
    #[arg(long, value_parser = ["scim", "scim:read"])]
    scope: Vec<String>,
    /// How long it works, such as `90d`.
    #[arg(long, value_name = "SPAN", conflicts_with = "expires")]
    expires_in: Option<String>,
    /// Until when it works, in RFC 3339.
    #[arg(long, value_name = "MOMENT")]
    expires: Option<String>,
}

const COLUMNS: [Column; 8] = [
    ("ID", |key| text(key, "id")),
    ("NAME", |key| text(key, "name")),
    ("SCOPES", |key| text(key, "scopes")),
    ("PEPPER", |key| text(key, "pepper")),
    ("CREATED", |key| text(key, "created")),
    ("EXPIRES", |key| text(key, "expires")),
    ("LAST USED", |key| text(key, "lastUsed")),
    ("REVOKED", |key| text(key, "revoked")),
];

impl Key {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        match self.command {
            Command::Create(create) => {
                let client = self.deployment.client(aws).await?;
                let of = client.realm(create.realm.as_str()).await?;
                let made = client
                    .create_key(create.realm.as_str(), &create.key())
                    .await?;
                print_made(format, &of, &made);
            }
            Command::List { realm } => {
                let client = self.deployment.client(aws).await?;
                print_all(format, &realm, client.keys(realm.as_str()).await?);
            }
            Command::Revoke { realm, key } => {
                let client = self.deployment.client(aws).await?;
                client.revoke_key(realm.as_str(), key.as_str()).await?;
                if format == Format::Text {
                    output::print(&format!("Key {key} of realm {realm} is revoked"));
                }
            }
        }
        Ok(())
    }
}

impl Create {
    fn key(&self) -> NewKey {
        let expiry = match (&self.expires_in, &self.expires) {
            (Some(span), _) => Some(Expiry::In(span.clone())),
            (None, Some(moment)) => Some(Expiry::At(moment.clone())),
            (None, None) => None,
        };
        NewKey {
            name: self.name.clone(),
            scopes: self.scope.clone(),
            expiry,
        }
    }
}

fn print_made(format: Format, realm: &Value, key: &Value) {
    match format {
        Format::Json => output::print_json(key),
        Format::Text => output::print(&format!(
            "Key {} ({}) of realm {}, {}, expires {}\n  Tenant URL    {}\n  Secret Token  {}\nThe token is shown once: it is stored only as a keyed hash.\n{}",
            text(key, "id"),
            text(key, "name"),
            text(realm, "name"),
            text(key, "scopes"),
            key.get("expires")
                .and_then(Value::as_str)
                .unwrap_or("never"),
            text(realm, "tenantUrl"),
            text(key, "token"),
            output::PASTE,
        )),
    }
}

fn print_all(format: Format, realm: &RealmName, keys: Vec<Value>) {
    match format {
        Format::Json => output::print_json(&json!({ "keys": keys })),
        Format::Text if keys.is_empty() => {
            output::print(&format!(
                "No keys. Make one with: muster key create {realm} --name NAME"
            ));
        }
        Format::Text => output::print_table(&COLUMNS, &keys),
    }
}
