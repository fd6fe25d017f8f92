//! What an AWS service's refusal means to the operator.

use std::error::Error as StdError;

use aws_sdk_cloudformation::error::{ProvideErrorMetadata, SdkError};

use crate::Failure;
use crate::serve::cause;

/// A call that failed: what it was for, and the IAM action it needs.
pub(super) fn refusal<E>(doing: &str, action: &str, error: &SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + StdError + 'static,
{
    let SdkError::ServiceError(service) = error else {
        return Failure::new(format!("{doing}: {}", cause(error)));
    };
    let code = service.err().code().unwrap_or("no code");
    let message = service.err().message().unwrap_or("no message");
    Failure::new(match code {
        "AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" => format!(
            "{doing}: these credentials may not; they need the action `{action}` ({message})"
        ),
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "UnrecognizedClientException" => format!(
            "{doing}: AWS does not accept these credentials, or no longer; sign in again or name others with `--aws-profile` ({message})"
        ),
        _ => format!("{doing}: {code}: {message}"),
    })
}
