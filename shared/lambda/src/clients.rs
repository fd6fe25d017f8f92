//! The SDK's clients, made once: one HTTP client, with rustls over ring, for both.
//!
//! Lambda puts a function's credentials into its environment and replaces the
//! sandbox before they end, so no chain of providers is asked.

use crate::settings::{Misconfigured, Settings};
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
};
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use std::time::Duration;

/// Both services are near and answer in milliseconds.
const CONNECT: Duration = Duration::from_secs(1);
/// One attempt of Secrets Manager, whose client repeats by itself.
const SECRETS_ATTEMPT: Duration = Duration::from_secs(2);

/// The clients of one process.
#[derive(Debug, Clone)]
pub(crate) struct Clients {
    pub(crate) dynamodb: aws_sdk_dynamodb::Client,
    pub(crate) secrets_manager: aws_sdk_secretsmanager::Client,
}

impl Clients {
    /// Opens nothing yet.
    pub(crate) fn new(
        settings: &Settings,
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, Misconfigured> {
        let needed = |name: &'static str| {
            variable(name).ok_or(Misconfigured {
                variable: name,
                expected: "set by AWS Lambda from the function's role",
            })
        };
        let credentials = SharedCredentialsProvider::new(Credentials::new(
            needed("AWS_ACCESS_KEY_ID")?,
            needed("AWS_SECRET_ACCESS_KEY")?,
            variable("AWS_SESSION_TOKEN"),
            None,
            "Lambda",
        ));
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let fips = variable("AWS_USE_FIPS_ENDPOINT").as_deref() == Some("true");
        Ok(Self {
            dynamodb: dynamodb(settings, credentials.clone(), http.clone(), fips),
            secrets_manager: secrets_manager(settings, credentials, http, fips),
        })
    }
}

fn dynamodb(
    settings: &Settings,
    credentials: SharedCredentialsProvider,
    http: SharedHttpClient,
    fips: bool,
) -> aws_sdk_dynamodb::Client {
    let mut config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        .http_client(http)
        .timeout_config(TimeoutConfig::builder().connect_timeout(CONNECT).build())
        .use_fips(fips);
    config.set_endpoint_url(settings.dynamodb_endpoint.clone());
    aws_sdk_dynamodb::Client::from_conf(config.build())
}

fn secrets_manager(
    settings: &Settings,
    credentials: SharedCredentialsProvider,
    http: SharedHttpClient,
    fips: bool,
) -> aws_sdk_secretsmanager::Client {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT)
        .operation_attempt_timeout(SECRETS_ATTEMPT)
        .build();
    let mut config = aws_sdk_secretsmanager::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(settings.region.clone()))
        .credentials_provider(credentials)
        .http_client(http)
        .timeout_config(timeouts)
        .use_fips(fips);
    config.set_endpoint_url(settings.secrets_manager_endpoint.clone());
    aws_sdk_secretsmanager::Client::from_conf(config.build())
}
