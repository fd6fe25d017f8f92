//! Which stack a command is about, and whose AWS credentials it uses.

use clap::Args;

use crate::Failure;
use crate::stack::{Chain, Outputs};

#[derive(Debug, Args)]
#[command(next_help_heading = "A deployment on AWS")]
pub(super) struct Aws {
    /// The CloudFormation stack of a deployment; requests are signed with AWS credentials.
    #[arg(long, global = true, env = "MUSTER_STACK", value_name = "NAME")]
    stack: Option<String>,
    /// Its region, when the AWS environment or profile does not say.
    #[arg(long, global = true, value_name = "REGION")]
    region: Option<String>,
    /// The profile of the AWS configuration to take credentials from.
    #[arg(long, global = true, value_name = "NAME")]
    aws_profile: Option<String>,
}

/// The options above, for whoever has to say that they stand in the wrong place.
pub(super) const OPTIONS: [&str; 3] = ["stack", "region", "aws_profile"];

impl Aws {
    pub(super) async fn chain(&self) -> Result<Chain, Failure> {
        Chain::load(self.region.as_deref(), self.aws_profile.as_deref()).await
    }

    /// What the stack says of itself, when one is named.
    pub(super) async fn stack(&self) -> Result<Option<(Chain, Outputs)>, Failure> {
        let Some(name) = self.stack.as_deref().filter(|name| !name.is_empty()) else {
            return Ok(None);
        };
        let chain = self.chain().await?;
        let outputs = Outputs::of(&chain, name).await?;
        Ok(Some((chain, outputs)))
    }
}
