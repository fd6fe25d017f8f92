//! Where AWS credentials and the region come from: the usual chain of
//! environment, profile, single sign-on, process, container, instance.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_cloudformation::config::{
    Credentials, ProvideCredentials as _, SharedCredentialsProvider,
};

use super::sign::Signer;
use crate::Failure;
use crate::serve::cause;
use crate::tls::https;

/// Credentials that were there when they were asked for, and a region.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    config: SdkConfig,
    region: Region,
    credentials: Credentials,
    provider: SharedCredentialsProvider,
}

impl Chain {
    /// Looks for both; what is named here goes before what the chain would find.
    ///
    /// # Errors
    /// When there are none, with what to do.
    pub(crate) async fn load(region: Option<&str>, profile: Option<&str>) -> Result<Self, Failure> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest()).http_client(https());
        if let Some(region) = region {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(profile) = profile {
            loader = loader.profile_name(profile);
        }
        let config = loader.load().await;
        let region = config.region().cloned().ok_or_else(|| {
            Failure::new("no AWS region; name it with `--region`, in AWS_REGION or in the profile")
        })?;
        let provider = config.credentials_provider().ok_or_else(|| {
            Failure::new("no AWS credentials: the chain that looks for them is switched off")
        })?;
        let credentials = provider.provide_credentials().await.map_err(|error| {
            Failure::new(format!(
                "no AWS credentials: {}; name a profile with `--aws-profile` or AWS_PROFILE (after `aws sso login` when it signs on so), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, which `aws configure export-credentials --format env` prints however you have signed in",
                cause(&error)
            ))
        })?;
        Ok(Self {
            region,
            credentials,
            provider,
            config,
        })
    }

    /// What SDK clients are made of.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    pub(crate) fn region(&self) -> &str {
        self.region.as_ref()
    }

    /// A signer of requests to a deployment in `region`, the chain's own when none is given.
    pub(crate) fn signer(&self, region: Option<String>) -> Signer {
        Signer::new(
            self.provider.clone(),
            self.credentials.clone(),
            region.unwrap_or_else(|| self.region().to_owned()),
        )
    }
}
