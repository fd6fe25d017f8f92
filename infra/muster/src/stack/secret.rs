//! The pepper ring in Secrets Manager.
//!
//! A new ring is put as a version that only the label AWSPENDING names, then
//! AWSCURRENT is moved to it from the version that was read. The move fails when
//! somebody else has moved AWSCURRENT meanwhile, so that of two rotations at once
//! one is refused, and no pepper under which a key may have been made is lost.
//! <https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html>

use auth::PepperRing;
use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueOutput;

use super::chain::Chain;
use super::refusal::refusal;
use crate::Failure;

/// The version whose ring counts.
const CURRENT: &str = "AWSCURRENT";
/// The version that is about to.
const PENDING: &str = "AWSPENDING";

/// The secret that holds the ring.
#[derive(Debug)]
pub(crate) struct Secret {
    client: Client,
    id: String,
}

/// A ring, and the version of the secret it was read from.
#[derive(Debug)]
pub(crate) struct Held {
    pub(crate) ring: PepperRing,
    version: String,
}

impl Secret {
    /// The secret of that name or ARN.
    pub(crate) fn new(chain: &Chain, id: &str) -> Self {
        Self {
            client: Client::new(chain.config()),
            id: id.to_owned(),
        }
    }

    /// The ring that counts.
    ///
    /// # Errors
    /// When the secret may not be read or holds no ring.
    pub(crate) async fn read(&self) -> Result<Held, Failure> {
        let secret = self.current().await?;
        // The error of a text that is no ring never repeats it.
        let ring = secret
            .secret_string()
            .and_then(|text| serde_json::from_str(text).ok());
        match (ring, secret.version_id) {
            (Some(ring), Some(version)) => Ok(Held { ring, version }),
            _ => Err(Failure::new(format!(
                "secret `{}` holds no pepper ring, which looks like {{\"current\":\"p1\",\"peppers\":{{\"p1\":…}}}}",
                self.id
            ))),
        }
    }

    /// Lets `ring` take the place of the one that was read.
    ///
    /// # Errors
    /// When somebody else has been quicker; nothing has changed then.
    pub(crate) async fn replace(&self, read: &Held, ring: &PepperRing) -> Result<(), Failure> {
        let text = serde_json::to_string(ring)
            .map_err(|_| Failure::new("the pepper ring cannot be written"))?;
        let token = version_id()?;
        let put = self
            .client
            .put_secret_value()
            .secret_id(&self.id)
            // Repeated with the same token, it is the same version.
            .client_request_token(&token)
            .secret_string(text)
            .version_stages(PENDING)
            .send()
            .await
            .map_err(|error| {
                refusal(
                    &self.cannot("be given a new version"),
                    "secretsmanager:PutSecretValue",
                    &error,
                )
            })?;
        let version = put.version_id.unwrap_or(token);
        let moved = self
            .client
            .update_secret_version_stage()
            .secret_id(&self.id)
            .version_stage(CURRENT)
            .remove_from_version_id(&read.version)
            .move_to_version_id(&version)
            .send()
            .await;
        let Err(error) = moved else {
            return Ok(());
        };
        // An answer may have been lost: the label itself tells.
        match self.current().await?.version_id {
            Some(current) if current == version => Ok(()),
            Some(current) if current != read.version => Err(Failure::new(format!(
                "{}: somebody else has changed it meanwhile; nothing was done, look at it with `muster pepper list` and try again",
                self.cannot("be changed")
            ))),
            _ => Err(refusal(
                &self.cannot("be changed"),
                "secretsmanager:UpdateSecretVersionStage",
                &error,
            )),
        }
    }

    async fn current(&self) -> Result<GetSecretValueOutput, Failure> {
        self.client
            .get_secret_value()
            .secret_id(&self.id)
            .version_stage(CURRENT)
            .send()
            .await
            .map_err(|error| {
                refusal(
                    &self.cannot("be read"),
                    "secretsmanager:GetSecretValue",
                    &error,
                )
            })
    }

    fn cannot(&self, what: &str) -> String {
        format!("secret `{}` cannot {what}", self.id)
    }
}

/// Secrets Manager takes the request's token for the id of the new version: 32
/// to 64 characters.
fn version_id() -> Result<String, Failure> {
    let random = crate::serve::random()?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}
