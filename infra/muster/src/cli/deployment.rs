//! Which deployment a command speaks to, and how it proves itself there.

use std::path::PathBuf;

use clap::Args;

use super::output::Format;
use crate::Failure;
use crate::client::AdminClient;

#[derive(Debug, Args)]
pub(super) struct Deployment {
    /// Base URL of the deployment.
    #[arg(
        long,
        global = true,
        env = "MUSTER_URL",
        default_value = "http://127.0.0.1:8080"
    )]
    url: String,
    /// File that holds the admin token; MUSTER_ADMIN_TOKEN, the token itself, goes before it.
    #[arg(
        long,
        global = true,
        env = "MUSTER_ADMIN_TOKEN_FILE",
        value_name = "FILE",
        default_value = ".muster/muster.db.admin-token"
    )]
    admin_token_file: PathBuf,
    /// Print the API's JSON.
    #[arg(long, global = true)]
    json: bool,
}

impl Deployment {
    pub(super) fn client(&self) -> Result<AdminClient, Failure> {
        // Not an option: other users of a machine see the options of a process.
        let token = match std::env::var("MUSTER_ADMIN_TOKEN") {
            Ok(token) if !token.is_empty() => token,
            _ => self.token_in_file()?,
        };
        AdminClient::new(&self.url, &token)
    }

    pub(super) fn format(&self) -> Format {
        if self.json {
            Format::Json
        } else {
            Format::Text
        }
    }

    fn token_in_file(&self) -> Result<String, Failure> {
        let file = &self.admin_token_file;
        std::fs::read_to_string(file).map_err(|error| {
            Failure::new(format!(
                "no admin token: `{}`: {error}; name its file with `--admin-token-file` or the token in MUSTER_ADMIN_TOKEN",
                file.display()
            ))
        })
    }
}
