//! `muster key`.

use auth::{KeyId, RealmName};
use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::aws::Aws;
use super::deployment::Deployment;
use super::output::{self, Column, Format, text};
use super::words::visible_ascii;
use crate::Failure;
use crate::client::{AdminClient, Expiry, NewKey, Rotation};

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
    /// Show one key; its secret is never shown.
    Show {
        /// The realm.
        realm: RealmName,
        /// The key's id, the twelve characters after `mst_` in its token.
        key: KeyId,
    },
    /// Make a key in another's place and show its token, once; the old one keeps working for a while.
    Rotate(Rotate),
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
    #[command(flatten)]
    end: End,
    /// A word of your own for this request: repeated with it, no second key is made.
    #[arg(long, value_name = "WORD", value_parser = visible_ascii)]
    idempotency_key: Option<String>,
}

#[derive(Debug, Args)]
struct Rotate {
    /// The realm.
    realm: RealmName,
    /// The id of the key to be replaced.
    key: KeyId,
    /// How long it keeps working, such as `7d`, the default; `0s` ends it now.
    #[arg(long, value_name = "SPAN")]
    overlap: Option<String>,
    /// What the new key is called; without it as the old one.
    #[arg(long)]
    name: Option<String>,
    #[command(flatten)]
    end: End,
}

#[derive(Debug, Args)]
struct End {
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
    ("STATE", |key| text(key, "state")),
    ("CREATED", |key| text(key, "created")),
    ("EXPIRES", |key| text(key, "expires")),
    ("LAST USED", |key| text(key, "lastUsed")),
];

impl Key {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        let client = self.deployment.client(aws).await?;
        match self.command {
            Command::Create(create) => print_made(format, &create.run(&client).await?),
            Command::List { realm } => {
                print_all(format, &realm, client.keys(realm.as_str()).await?);
            }
            Command::Show { realm, key } => {
                let shown = client.key(realm.as_str(), key.as_str()).await?;
                match format {
                    Format::Json => output::print_json(&shown),
                    Format::Text => output::print(&one(&realm, &shown)),
                }
            }
            Command::Rotate(rotate) => print_made(format, &rotate.run(&client).await?),
            Command::Revoke { realm, key } => {
                client.revoke_key(realm.as_str(), key.as_str()).await?;
                match format {
                    Format::Json => output::print_json(&json!({ "revoked": key.as_str() })),
                    Format::Text => {
                        output::print(&format!("Key {key} of realm {realm} is revoked"));
                    }
                }
            }
        }
        Ok(())
    }
}

impl Create {
    /// The key, and the realm's own address where an older deployment does not say it.
    async fn run(self, client: &AdminClient) -> Result<Made, Failure> {
        let realm = self.realm;
        let key = NewKey {
            name: self.name,
            scopes: self.scope,
            expiry: self.end.read(),
        };
        let key = match &self.idempotency_key {
            None => client.create_key(realm.as_str(), &key).await?,
            Some(word) => client.create_key_once(realm.as_str(), &key, word).await?,
        };
        Made::of(client, realm, key).await
    }
}

impl Rotate {
    async fn run(self, client: &AdminClient) -> Result<Made, Failure> {
        let rotation = Rotation {
            overlap: self.overlap,
            name: self.name,
            expiry: self.end.read(),
        };
        let (realm, key) = (self.realm, self.key.as_str());
        let key = client.rotate_key(realm.as_str(), key, &rotation).await?;
        Made::of(client, realm, key).await
    }
}

impl End {
    fn read(self) -> Option<Expiry> {
        match (self.expires_in, self.expires) {
            (Some(span), _) => Some(Expiry::In(span)),
            (None, Some(moment)) => Some(Expiry::At(moment)),
            (None, None) => None,
        }
    }
}

/// A key, its realm, and the two values that go to the identity provider.
#[derive(Debug)]
struct Made {
    realm: RealmName,
    key: Value,
    tenant_url: String,
}

impl Made {
    async fn of(client: &AdminClient, realm: RealmName, key: Value) -> Result<Self, Failure> {
        let said = key.get("tenantUrl").and_then(Value::as_str);
        let tenant_url = match said {
            Some(url) => output::harmless(url),
            None => text(&client.realm(realm.as_str()).await?, "tenantUrl"),
        };
        Ok(Self {
            realm,
            key,
            tenant_url,
        })
    }

    fn words(&self) -> String {
        let (realm, key) = (&self.realm, &self.key);
        let id = text(key, "id");
        let heading = format!(
            "Key {id} ({}) of realm {realm}, {}, expires {}",
            text(key, "name"),
            text(key, "scopes"),
            expires(key)
        );
        if key.get("token").is_none() {
            return format!(
                "{heading}\nThis request has made it before, and its token was shown then. Lost it? muster key rotate {realm} {id} --overlap 0s"
            );
        }
        let replaced = key.get("replaces").map(|old| replaced(key, old));
        format!(
            "{heading}\n  Tenant URL    {}\n  Secret Token  {}\nThe token is shown once: it is stored only as a keyed hash.{}\n{}",
            self.tenant_url,
            text(key, "token"),
            replaced.unwrap_or_default(),
            output::PASTE,
        )
    }
}

/// What becomes of the old key.
fn replaced(key: &Value, old: &Value) -> String {
    let moment = |of: &Value, name: &str| -> Option<Timestamp> {
        of.get(name).and_then(Value::as_str)?.parse().ok()
    };
    let id = text(old, "id");
    match (moment(old, "expires"), moment(key, "created")) {
        (Some(end), Some(now)) if end <= now => {
            format!("\nKey {id}, which it replaces, works no more: paste the new token now.")
        }
        _ => format!(
            "\nKey {id}, which it replaces, works until {}: paste the new token before.",
            expires(old)
        ),
    }
}

fn expires(key: &Value) -> String {
    match key.get("expires").and_then(Value::as_str) {
        Some(moment) => output::harmless(moment),
        None => "never".to_owned(),
    }
}

fn one(realm: &RealmName, key: &Value) -> String {
    let fields = [
        ("Name", text(key, "name")),
        ("Scopes", text(key, "scopes")),
        ("Pepper", text(key, "pepper")),
        ("Created", text(key, "created")),
        ("Created by", output::maker(key, "createdBy")),
        ("Expires", expires(key)),
        ("Last used", text(key, "lastUsed")),
        ("Revoked", text(key, "revoked")),
        ("Replaces", text(key, "replaces")),
    ];
    format!(
        "Key {} of realm {realm} is {}\n{}",
        text(key, "id"),
        text(key, "state"),
        output::fields(&fields)
    )
}

fn print_made(format: Format, made: &Made) {
    match format {
        Format::Json => output::print_json(&made.key),
        Format::Text => output::print(&made.words()),
    }
}

/// In the order in which they were made; the API's is that of their ids.
fn print_all(format: Format, realm: &RealmName, mut keys: Vec<Value>) {
    keys.sort_by_cached_key(|key| text(key, "created"));
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn a_key_as_it_is_made_replaced_and_asked_for_again() {
        let made = |more: Value| {
            let mut key = json!({"id": "0123456789ab", "name": "Entra ID", "scopes": ["scim"],
                "created": "2030-01-01T00:00:00Z", "state": "active", "pepper": "p1"});
            let more = more.as_object().cloned().unwrap();
            key.as_object_mut().unwrap().extend(more);
            Made {
                realm: "acme".parse().unwrap(),
                key,
                tenant_url: "https://h/realms/acme/scim/v2".to_owned(),
            }
        };
        let token = made(json!({"token": "mst_x"}));
        insta::assert_snapshot!("made", token.words());
        let rotated = made(json!({"token": "mst_x", "expires": "2030-06-01T00:00:00Z",
            "replaces": {"id": "ba9876543210", "expires": "2030-01-08T00:00:00Z"}}));
        insta::assert_snapshot!("rotated", rotated.words());
        let at_once = made(json!({"token": "mst_x",
            "replaces": {"id": "ba9876543210", "expires": "2030-01-01T00:00:00Z"}}));
        insta::assert_snapshot!("at_once", at_once.words());
        let again = made(json!({}));
        insta::assert_snapshot!("again", again.words());
        insta::assert_snapshot!("one", one(&again.realm, &again.key));
        insta::assert_snapshot!("keys", output::table(&COLUMNS, &[again.key]));
    }
}
