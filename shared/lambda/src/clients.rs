//! The SDK's clients, made once: one HTTP client, with rustls over ring, for both.
//!
//! The certificate authorities trusted are those of AWS's own endpoints, five of
//! them: to read the system's hundred and more takes longer than everything
//! else a function does before its first event.
//!
//! Lambda puts a function's credentials into its environment and replaces the
//! sandbox before they end, so no chain of providers is asked.

use crate::settings::{Misconfigured, Settings};
use aws_sdk_dynamodb::config::{
    BehaviorVersion, Credentials, Region, SharedCredentialsProvider, SharedHttpClient,
};
use aws_sdk_secretsmanager::config::timeout::TimeoutConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore, rustls_provider::CryptoMode};
use std::time::Duration;

/// Both services are near and answer in milliseconds.
const CONNECT: Duration = Duration::from_secs(1);
/// One attempt of Secrets Manager, whose client repeats by itself.
const SECRETS_ATTEMPT: Duration = Duration::from_secs(2);

/// Amazon Trust Services (<https://www.amazontrust.com/repository/>): "AWS services
/// use certificates issued by these roots".
const AMAZON_ROOTS: &[u8] = include_bytes!("amazon-roots.pem");

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
        let http = http(settings);
        let fips = variable("AWS_USE_FIPS_ENDPOINT").as_deref() == Some("true");
        Ok(Self {
            dynamodb: dynamodb(settings, credentials.clone(), http.clone(), fips),
            secrets_manager: secrets_manager(settings, credentials, http, fips),
        })
    }
}

fn http(settings: &Settings) -> SharedHttpClient {
    let builder = aws_smithy_http_client::Builder::new()
        .tls_provider(tls::Provider::Rustls(CryptoMode::Ring));
    let context = TlsContext::builder()
        .with_trust_store(trust(settings))
        .build();
    match context {
        Ok(context) => builder.tls_context(context).build_https(),
        // It is built of what was said above; the system's roots are good, too.
        Err(_) => builder.build_https(),
    }
}

/// Whom an endpoint must have its certificate from. One that an operator has
/// named, and those of the partition in China, have it from whomever the
/// system trusts.
fn trust(settings: &Settings) -> TrustStore {
    let named = [
        &settings.dynamodb_endpoint,
        &settings.secrets_manager_endpoint,
    ];
    let others = named
        .into_iter()
        .flatten()
        .any(|url| url.starts_with("https://"));
    if others || settings.region.starts_with("cn-") {
        TrustStore::default()
    } else {
        TrustStore::empty().with_pem_certificate(AMAZON_ROOTS)
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

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]
    use super::AMAZON_ROOTS;
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::digest::{SHA256, digest};

    /// SHA-256 of the certificates, as Amazon Trust Services publishes them.
    const FINGERPRINTS: [&str; 5] = [
        "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
        "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
        "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
        "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
        "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
    ];

    #[test]
    fn the_roots_are_amazons() {
        let text = std::str::from_utf8(AMAZON_ROOTS).unwrap();
        let found: Vec<String> = text
            .split("-----BEGIN CERTIFICATE-----")
            .skip(1)
            .map(|rest| {
                let body = rest.split("-----END").next().unwrap();
                let der = STANDARD.decode(body.split_whitespace().collect::<String>());
                let hash = digest(&SHA256, &der.unwrap());
                hash.as_ref()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect()
            })
            .collect();
        assert_eq!(found, FINGERPRINTS);
    }
}
