//! Which deployment a command speaks to, and how it proves itself there.

use std::path::PathBuf;

use clap::Args;

use super::aws::Aws;
use super::output::Format;
use crate::Failure;
use crate::client::AdminClient;

/// Where `muster serve` listens when it is told nothing else.
const LOCAL: &str = "http://127.0.0.1:8080";

#[derive(Debug, Args)]
#[command(next_help_heading = "The deployment, and how its answers are shown")]
pub(super) struct Deployment {
    /// Base URL of the deployment [default: http://127.0.0.1:8080].
    #[arg(long, global = true, env = "MUSTER_URL")]
    url: Option<String>,
    /// Sign requests to `--url` with AWS credentials: a deployment whose stack cannot be described.
    #[arg(long, global = true)]
    sigv4: bool,
    /// File that holds a local server's admin token; MUSTER_ADMIN_TOKEN, the token itself, goes before it.
    #[arg(
        long,
        global = true,
        env = "MUSTER_ADMIN_TOKEN_FILE",
        value_name = "FILE",
        default_value = ".muster/muster.db.admin-token"
    )]
    admin_token_file: PathBuf,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

impl Deployment {
    pub(super) async fn client(&self, aws: &Aws) -> Result<AdminClient, Failure> {
        match (aws.stack().await?, &self.url) {
            (Some(_), Some(url)) => Err(Failure::new(format!(
                "`--stack` and the URL `{url}` both name a deployment; leave one of them out (MUSTER_STACK and MUSTER_URL count too)"
            ))),
            (Some((chain, outputs)), None) => {
                AdminClient::signed(&outputs.admin_url, chain.signer(Some(outputs.region)))
            }
            (None, Some(url)) if self.sigv4 => {
                AdminClient::signed(url, aws.chain().await?.signer(None))
            }
            (None, None) if self.sigv4 => Err(Failure::new(
                "`--sigv4` needs the URL of the deployment; name it with `--url`, or its stack with `--stack`",
            )),
            (None, url) => AdminClient::new(url.as_deref().unwrap_or(LOCAL), &self.admin_token()?),
        }
    }

    pub(super) fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Text
        }
    }

    fn admin_token(&self) -> Result<String, Failure> {
        // Not an option: other users of a machine see the options of a process.
        match std::env::var("MUSTER_ADMIN_TOKEN") {
            Ok(token) if !token.is_empty() => Ok(token),
            _ => self.token_in_file(),
        }
    }

    fn token_in_file(&self) -> Result<String, Failure> {
        let file = &self.admin_token_file;
        std::fs::read_to_string(file).map_err(|error| {
            Failure::new(format!(
                "no admin token: `{}`: {error}; name its file with `--admin-token-file`, the token in MUSTER_ADMIN_TOKEN, or a deployment on AWS with `--stack`",
                file.display()
            ))
        })
    }
}
