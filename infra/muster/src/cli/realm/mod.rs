//! `muster realm`.

mod delete;
mod profiles;
mod settings;
mod show;
mod transfer;

use std::path::PathBuf;

use auth::RealmName;
use clap::{ArgGroup, Args, Subcommand};

use self::settings::Settings;
use self::show::{print_all, print_one};
use super::aws::Aws;
use super::consent::Consent;
use super::deployment::Deployment;
use super::output::{self, Format};
use crate::Failure;
use crate::client::{AdminClient, Switch};

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
        #[command(flatten)]
        settings: Settings,
    },
    /// List the realms.
    List,
    /// Show one realm, its settings and its Tenant URL.
    Show {
        /// The realm.
        name: RealmName,
    },
    /// Change what is said and nothing else.
    #[command(group = ArgGroup::new("change").args(settings::OPTIONS).required(true).multiple(true))]
    Update {
        /// The realm.
        name: RealmName,
        #[command(flatten)]
        settings: Settings,
        /// Only if it still is at this version, which `muster realm show` says.
        #[arg(long, value_name = "NUMBER")]
        if_version: Option<u64>,
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
    /// Delete a realm with all of its users, groups, keys and events.
    ///
    /// Its URL answers 401 at once. What is interrupted goes on when it is repeated.
    Delete {
        /// The realm.
        name: RealmName,
        #[command(flatten)]
        consent: Consent,
    },
    /// Let a deletion guard that has stopped deactivations and deletions start anew.
    Release {
        /// The realm.
        name: RealmName,
    },
    /// Write a realm with its users, groups and memberships as JSON Lines; keys are left out.
    Export {
        /// The realm.
        name: RealmName,
        /// The file, which is replaced; `-`: standard output.
        file: PathBuf,
    },
    /// Take in what an export has written, under the same or another name. Repeating it is harmless.
    Import {
        /// The realm it becomes.
        name: RealmName,
        /// The file; `-`: standard input.
        file: PathBuf,
        /// Read and check the file, and send nothing.
        #[arg(long)]
        dry_run: bool,
    },
    /// List the profiles a realm can have, or show what one of them tolerates.
    Profiles {
        /// A profile's name or alias.
        name: Option<String>,
    },
}

impl Realm {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let format = self.deployment.format();
        if let Command::Import {
            name,
            file,
            dry_run: true,
        } = &self.command
        {
            return transfer::dry_run(name.as_str(), file, format);
        }
        let client = self.deployment.client(aws).await?;
        self.command.run(&client, format).await
    }
}

impl Command {
    async fn run(self, client: &AdminClient, format: Format) -> Result<(), Failure> {
        let realm = match self {
            Self::Create { name, settings } => {
                let settings = settings.read();
                print_one(
                    format,
                    &client.create_realm(name.as_str(), &settings).await?,
                );
                if format == Format::Text {
                    output::print(&format!(
                        "Make a key with: muster key create {name} --name NAME"
                    ));
                }
                return Ok(());
            }
            Self::List => {
                print_all(format, client.realms().await?);
                return Ok(());
            }
            Self::Profiles { name } => {
                return profiles::print(format, &client.profiles().await?, name.as_deref());
            }
            Self::Delete { name, consent } => {
                return delete::delete(client, name.as_str(), consent, format).await;
            }
            Self::Export { name, file } => {
                return transfer::export(client, name.as_str(), &file, format).await;
            }
            Self::Import { name, file, .. } => {
                return transfer::import(client, name.as_str(), &file, format).await;
            }
            Self::Show { name } => client.realm(name.as_str()).await?,
            Self::Update {
                name,
                settings,
                if_version,
            } => {
                let (name, settings) = (name.as_str(), settings.read());
                match if_version {
                    None => client.update_realm(name, &settings).await?,
                    Some(at) => client.update_realm_at(name, at, &settings).await?,
                }
            }
            Self::Disable { name } => client.switch_realm(name.as_str(), Switch::Disabled).await?,
            Self::Enable { name } => client.switch_realm(name.as_str(), Switch::Enabled).await?,
            Self::Release { name } => client.release_guard(name.as_str()).await?,
        };
        print_one(format, &realm);
        Ok(())
    }
}
