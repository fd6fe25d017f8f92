//! What a stack says of itself.

use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::ProvideErrorMetadata as _;
use aws_sdk_cloudformation::types::Stack;

use super::chain::Chain;
use super::refusal::refusal;
use crate::Failure;

/// The outputs of a stack made from `infra/template.yaml`.
#[derive(Debug, Clone)]
pub(crate) struct Outputs {
    /// The base URL of the admin API.
    pub(crate) admin_url: String,
    /// The table.
    pub(crate) table_name: String,
    /// The secret with the peppers.
    pub(crate) pepper_secret_arn: String,
    /// Where all of it is.
    pub(crate) region: String,
}

impl Outputs {
    /// Those of the stack of that name (DescribeStacks).
    ///
    /// # Errors
    /// When it is not there, may not be described, or is not Muster's.
    pub(crate) async fn of(chain: &Chain, name: &str) -> Result<Self, Failure> {
        let described = Client::new(chain.config())
            .describe_stacks()
            .stack_name(name)
            .send()
            .await;
        let region = chain.region();
        let stacks = match described {
            Ok(described) => described.stacks.unwrap_or_default(),
            // CloudFormation has no code of its own for it.
            Err(error)
                if error.code() == Some("ValidationError")
                    && error
                        .message()
                        .is_some_and(|m| m.contains("does not exist")) =>
            {
                Vec::new()
            }
            Err(error) => {
                let failure = refusal(
                    &format!("stack `{name}` in `{region}` cannot be described"),
                    "cloudformation:DescribeStacks",
                    &error,
                );
                return Err(Failure::new(format!(
                    "{failure}; a deployment can also be named by `--url URL --sigv4`"
                )));
            }
        };
        let stack = stacks.first().ok_or_else(|| {
            Failure::new(format!(
                "there is no stack `{name}` in `{region}`; name its region with `--region`, its account with `--aws-profile`"
            ))
        })?;
        Ok(Self {
            // The public URL, unless a proxy stands there: another host name breaks the signature.
            admin_url: output(stack, name, "AdminUrl")
                .or_else(|_| output(stack, name, "ApiUrl"))?,
            table_name: output(stack, name, "TableName")?,
            pepper_secret_arn: output(stack, name, "PepperSecretArn")?,
            region: output(stack, name, "Region")?,
        })
    }
}

fn output(stack: &Stack, name: &str, key: &str) -> Result<String, Failure> {
    let value = stack
        .outputs()
        .iter()
        .find(|output| output.output_key() == Some(key))
        .and_then(|output| output.output_value());
    value.map(str::to_owned).ok_or_else(|| {
        let status = stack
            .stack_status()
            .map_or("no status", |status| status.as_str());
        Failure::new(format!(
            "stack `{name}` ({status}) has no output `{key}`: is it Muster's, and deployed whole?"
        ))
    })
}
