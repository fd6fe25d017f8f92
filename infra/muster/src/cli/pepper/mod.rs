//! `muster pepper`.

mod usage;

use std::collections::BTreeMap;
use std::path::PathBuf;

use auth::PepperRing;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use self::usage::Usage;
use super::aws::Aws;
use super::consent::Consent;
use super::deployment::Deployment;
use super::output::{self, Column, Format, text};
use crate::Failure;
use crate::serve::{random, read_ring, replace_ring};
use crate::stack::{Held, Secret};

#[derive(Debug, Args)]
pub(super) struct Pepper {
    #[command(flatten)]
    deployment: Deployment,
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Args)]
struct Place {
    /// The secret in Secrets Manager that holds the ring; `--stack` knows it.
    #[arg(long, global = true, value_name = "ARN")]
    secret: Option<String>,
    /// The data file of a local server, which the ring stands beside.
    // By an id of its own: `serve` has one of that name, where it would be seen too.
    #[arg(
        id = "beside",
        long = "data",
        global = true,
        value_name = "FILE",
        default_value = ".muster/muster.db"
    )]
    data: PathBuf,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the peppers, and how many keys are hashed under each.
    List,
    /// Hash new keys under a new pepper. No key breaks: the old peppers stay.
    Rotate,
    /// Take a pepper out of the ring, once no key that could still work is hashed under it.
    Retire {
        /// The pepper's id, such as `p1`.
        id: String,
        #[command(flatten)]
        consent: Consent,
    },
}

/// Where the ring is, and the ring as it was read there.
enum Ring {
    Secret(Secret, Held),
    File(PathBuf, PepperRing),
}

const COLUMNS: [Column; 4] = [
    ("ID", |pepper| text(pepper, "id")),
    ("CURRENT", |pepper| text(pepper, "current")),
    ("KEYS", |pepper| text(pepper, "keys")),
    ("REVOKED OR EXPIRED", |pepper| {
        text(pepper, "revokedOrExpired")
    }),
];

impl Pepper {
    pub(super) async fn run(self, aws: &Aws) -> Result<(), Failure> {
        let ring = self.place.read(aws).await?;
        match &self.command {
            Command::List => self.list(aws, &ring).await,
            Command::Rotate => self.rotate(&ring).await,
            Command::Retire { id, consent } => self.retire(aws, &ring, id, *consent).await,
        }
    }

    async fn list(&self, aws: &Aws, ring: &Ring) -> Result<(), Failure> {
        let usage = self.usage(aws).await?;
        let rows = rows(ring.ring(), &usage);
        match self.deployment.format() {
            Format::Json => output::print_json(&json!({ "peppers": rows })),
            Format::Text => {
                output::print_table(&COLUMNS, &rows);
                for (id, used) in lost(ring.ring(), &usage) {
                    output::print(&format!(
                        "{} keys do not work: pepper {id} is not in the ring",
                        used.live()
                    ));
                }
            }
        }
        Ok(())
    }

    async fn rotate(&self, ring: &Ring) -> Result<(), Failure> {
        let (old, new) = (ring.ring(), ring.ring().rotated(random()?));
        ring.replace(&new).await?;
        match self.deployment.format() {
            Format::Json => output::print_json(&json!({ "current": new.current() })),
            Format::Text => output::print(&format!(
                "New keys are hashed under pepper {} from now on. Every key goes on working: {} stays.\nTo be rid of {}: make its clients other keys, revoke their old ones, then `muster pepper retire {}`;\n`muster pepper list` counts the keys that are left.",
                new.current(),
                old.current(),
                old.current(),
                old.current(),
            )),
        }
        Ok(())
    }

    async fn retire(
        &self,
        aws: &Aws,
        ring: &Ring,
        id: &str,
        consent: Consent,
    ) -> Result<(), Failure> {
        let left = ring
            .ring()
            .without(id)
            .map_err(|why| Failure::new(format!("pepper `{id}` cannot be retired: {why}")))?;
        let usage = self.usage(aws).await?;
        let used = usage.get(id).cloned().unwrap_or_default();
        if let Some(first) = used.first_live() {
            return Err(Failure::new(format!(
                "pepper `{id}` cannot be retired: {} keys that could still work are hashed under it, such as {first}; give their clients other keys and revoke these",
                used.live()
            )));
        }
        consent.to(&format!(
            "Retire pepper {id}? Its {} revoked or expired keys can never be made good again.",
            used.dead()
        ))?;
        ring.replace(&left).await?;
        match self.deployment.format() {
            Format::Json => output::print_json(&json!({ "retired": id })),
            Format::Text => output::print(&format!("Pepper {id} is retired")),
        }
        Ok(())
    }

    async fn usage(&self, aws: &Aws) -> Result<BTreeMap<String, Usage>, Failure> {
        usage::count(&self.deployment.client(aws).await?).await
    }
}

impl Place {
    async fn read(&self, aws: &Aws) -> Result<Ring, Failure> {
        let secret = match (&self.secret, aws.stack().await?) {
            (Some(id), Some((chain, _))) => Secret::new(&chain, id),
            (Some(id), None) => Secret::new(&aws.chain().await?, id),
            (None, Some((chain, outputs))) => Secret::new(&chain, &outputs.pepper_secret_arn),
            (None, None) => return Ok(Ring::File(self.data.clone(), read_ring(&self.data)?)),
        };
        let held = secret.read().await?;
        Ok(Ring::Secret(secret, held))
    }
}

impl Ring {
    fn ring(&self) -> &PepperRing {
        match self {
            Self::Secret(_, held) => &held.ring,
            Self::File(_, ring) => ring,
        }
    }

    /// Fails when the ring is no longer as it was read.
    async fn replace(&self, new: &PepperRing) -> Result<(), Failure> {
        match self {
            Self::Secret(secret, held) => secret.replace(held, new).await,
            Self::File(data, ring) => replace_ring(data, ring, new),
        }
    }
}

fn rows(ring: &PepperRing, usage: &BTreeMap<String, Usage>) -> Vec<Value> {
    let none = Usage::default();
    ring.ids()
        .map(|id| {
            let used = usage.get(id).unwrap_or(&none);
            json!({
                "id": id,
                "current": id == ring.current(),
                "keys": used.live(),
                "revokedOrExpired": used.dead(),
            })
        })
        .collect()
}

/// Peppers that keys need and the ring does not hold.
fn lost<'a>(
    ring: &'a PepperRing,
    usage: &'a BTreeMap<String, Usage>,
) -> impl Iterator<Item = (&'a String, &'a Usage)> {
    usage
        .iter()
        .filter(|(id, used)| used.live() > 0 && ring.ids().all(|known| known != *id))
}
