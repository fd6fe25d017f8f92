//! The pepper ring in Secrets Manager.

use aws_sdk_secretsmanager::Client;
use scim::Cause;
use service::{Fetching, PepperSource};

/// The stage of a secret's version that counts. Asked for by name: some
/// imitations answer an older one otherwise.
const CURRENT: &str = "AWSCURRENT";

/// One secret, the text of which is the ring.
#[derive(Debug)]
pub(crate) struct SecretRing {
    pub(crate) client: Client,
    /// Its name or ARN.
    pub(crate) secret: String,
}

impl PepperSource for SecretRing {
    fn fetch(&self) -> Fetching<'_> {
        Box::pin(async {
            let answer = self
                .client
                .get_secret_value()
                .secret_id(&self.secret)
                .version_stage(CURRENT)
                .send()
                .await
                .map_err(|error| store::aws_cause("Secrets Manager:", &error))?;
            let text = answer
                .secret_string()
                .ok_or("the secret of the peppers holds no text")?;
            // What stands in it must not be quoted, so its own error is dropped.
            serde_json::from_str(text).map_err(|_| Cause::from("the secret holds no pepper ring"))
        })
    }
}
