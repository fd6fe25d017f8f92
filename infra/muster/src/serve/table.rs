//! The SDK client of the table a server runs on.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};

use super::options::Table;
use crate::embedded::Embedded;
use crate::tls::https;

impl Table {
    /// The client, and the embedded table when it is one: someone has to sweep it.
    pub(crate) fn open(self) -> (Client, Option<Embedded>) {
        match self {
            Self::Embedded(embedded) => (embedded.client(), Some(embedded)),
            Self::Endpoint(url) => (remote(url), None),
        }
    }
}

/// Credentials and region come from the AWS_* environment. Local imitations of
/// DynamoDB want some, but any.
fn remote(url: String) -> Client {
    let credentials = Credentials::new(
        environment("AWS_ACCESS_KEY_ID", "local"),
        environment("AWS_SECRET_ACCESS_KEY", "local"),
        std::env::var("AWS_SESSION_TOKEN").ok(),
        None,
        "environment",
    );
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(environment("AWS_REGION", "us-east-1")))
        .endpoint_url(url)
        .credentials_provider(credentials)
        .http_client(https())
        .build();
    Client::from_conf(config)
}

fn environment(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| default.to_owned())
}
