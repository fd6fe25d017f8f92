//! Signature Version 4 on requests to a deployment's admin API.
//!
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudformation::config::{
    Credentials, ProvideCredentials as _, SharedCredentialsProvider,
};
use aws_sigv4::http_request::{
    PayloadChecksumKind, SignableBody, SignableRequest, SigningSettings, sign,
};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use reqwest::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::sync::Mutex;

use crate::Failure;
use crate::serve::cause;

/// API Gateway's name in a signature.
const SERVICE: &str = "execute-api";
/// Credentials are asked for anew when they end this soon.
const MARGIN: Duration = Duration::from_secs(60);

/// Signs with the operator's credentials.
pub(crate) struct Signer {
    provider: SharedCredentialsProvider,
    /// Kept: the chain would ask AWS for new ones at every request.
    credentials: Mutex<Credentials>,
    region: String,
}

impl Signer {
    pub(super) fn new(
        provider: SharedCredentialsProvider,
        credentials: Credentials,
        region: String,
    ) -> Self {
        Self {
            provider,
            credentials: Mutex::new(credentials),
            region,
        }
    }

    pub(crate) fn region(&self) -> &str {
        &self.region
    }

    /// The headers that prove a request whose only other header is its JSON's
    /// Content-Type, when it has a body.
    ///
    /// # Errors
    /// When the credentials have ended and there are no new ones.
    pub(crate) async fn headers(
        &self,
        method: &Method,
        url: &Url,
        body: Option<&[u8]>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, Failure> {
        let identity: Identity = self.credentials().await?.into();
        let mut settings = SigningSettings::default();
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let params = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .map_err(|error| unsigned(&error))?
            .into();
        let kind = body.map(|_| (CONTENT_TYPE.as_str(), "application/json"));
        let request = SignableRequest::new(
            method.as_str(),
            url.as_str(),
            kind.into_iter(),
            SignableBody::Bytes(body.unwrap_or_default()),
        )
        .map_err(|error| unsigned(&error))?;
        let (instructions, _) = sign(request, &params)
            .map_err(|error| unsigned(&error))?
            .into_parts();
        instructions
            .headers()
            .map(|(name, value)| {
                let name: HeaderName = name.parse().map_err(|error| unsigned(&error))?;
                let mut value = HeaderValue::from_str(value).map_err(|error| unsigned(&error))?;
                value.set_sensitive(true);
                Ok((name, value))
            })
            .collect()
    }

    async fn credentials(&self) -> Result<Credentials, Failure> {
        let mut kept = self.credentials.lock().await;
        let soon = SystemTime::now() + MARGIN;
        if kept.expiry().is_some_and(|end| end <= soon) {
            *kept = self.provider.provide_credentials().await.map_err(|error| {
                Failure::new(format!(
                    "the AWS credentials have ended and there are no new ones: {}",
                    cause(&error)
                ))
            })?;
        }
        Ok(kept.clone())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

fn unsigned(error: &(dyn std::error::Error + 'static)) -> Failure {
    Failure::new(format!("the request cannot be signed: {}", cause(error)))
}
