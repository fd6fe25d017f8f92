//! The options by which a command reaches a table itself: a deployment's, one by
//! its name, or a local server's data file.

use std::path::PathBuf;

use aws_sdk_dynamodb::Client;
use clap::Args;

use super::aws::Aws;
use crate::Failure;
use crate::embedded::Embedded;
use crate::serve::Table;

/// What a table is called where nobody says otherwise.
const TABLE: &str = "muster";

#[derive(Debug, Args)]
pub(super) struct Reach {
    /// A local server's data file, which no server may have open [default: .muster/muster.db].
    #[arg(long, value_name = "FILE", conflicts_with = "dynamodb_endpoint")]
    data: Option<PathBuf>,
    /// A table by its name, such as one that a backup was restored to; with AWS credentials.
    #[arg(long, value_name = "NAME")]
    table: Option<String>,
    /// The DynamoDB that holds the table, when it is not AWS's own.
    #[arg(long, value_name = "URL", requires = "table")]
    dynamodb_endpoint: Option<String>,
}

impl Reach {
    /// The table, and its name.
    pub(super) async fn open(&self, aws: &Aws) -> Result<(Client, String), Failure> {
        match (aws.stack().await?, &self.table, &self.dynamodb_endpoint) {
            (Some(_), Some(table), _) => Err(Failure::new(format!(
                "`--stack` and `--table {table}` both name a table; leave one of them out (MUSTER_STACK counts too)"
            ))),
            (Some((chain, outputs)), None, _) => {
                Ok((Client::new(chain.config()), outputs.table_name))
            }
            (None, Some(table), Some(url)) => {
                let (client, _) = Table::Endpoint(url.clone()).open();
                Ok((client, table.clone()))
            }
            (None, Some(table), None) if self.data.is_none() => {
                let chain = aws.chain().await?;
                Ok((Client::new(chain.config()), table.clone()))
            }
            (None, table, _) => {
                let table = table.clone().unwrap_or_else(|| TABLE.to_owned());
                Ok((self.local()?, table))
            }
        }
    }

    fn local(&self) -> Result<Client, Failure> {
        let data = self.data.clone();
        let data = data.unwrap_or_else(|| PathBuf::from(".muster/muster.db"));
        // To open a file that is not there would make it.
        if !data.exists() {
            return Err(Failure::new(format!(
                "there is no data file `{}`; name one with `--data`, or a table with `--stack` or `--table`",
                data.display()
            )));
        }
        let embedded = Embedded::open(&data).map_err(|error| Failure::new(error.to_string()))?;
        Ok(embedded.client())
    }
}
