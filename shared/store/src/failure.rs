//! Failures of the table's calls: what they mean, and whether to send again.

use crate::db::Item;
use crate::meter::Units;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::RequestId;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::CancellationReason;
use scim::{Cause, Error, ErrorKind};
use std::error::Error as StdError;

/// Why a transaction was not applied.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Conditions did not hold: for each action in order, whether its failed,
    /// with the item as it stood.
    Conditions(Vec<Option<FailedCondition>>),
    /// It breaks a rule of the table: how much one transaction may touch, for one.
    Invalid(Error),
    /// Anything else; nothing was applied.
    Error(Error),
}

/// An action whose condition failed.
#[derive(Debug, Default)]
pub(crate) struct FailedCondition {
    /// The item that the condition met; empty when there was none.
    pub(crate) item: Item,
}

pub(crate) enum Verdict {
    Again(Retry),
    Final(Error),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    Conflict,
    Throttled,
    Transport,
}

/// What an attempt came to in the end.
pub(crate) enum Failure<E> {
    /// A refusal the caller may know how to read.
    Sdk(SdkError<E>),
    Other(Error),
}

impl<E: ProvideErrorMetadata + StdError + Send + Sync + 'static> Failure<E> {
    pub(crate) fn into_error(self) -> Error {
        match self {
            Self::Sdk(error) => internal(cause(&error)),
            Self::Other(error) => error,
        }
    }
}

/// By this code an embedded table says what DynamoDB never has to: its disk is full
/// or fails, which does not get better while a request waits.
pub const UNUSABLE: &str = "TableUnusable";

const CONDITION_FAILED: &str = "ConditionalCheckFailed";
const INVALID: &str = "ValidationException";
/// The same as the reason of a cancellation.
const INVALID_REASON: &str = "ValidationError";

/// Whether to send again; `None` leaves the answer to the caller.
pub(crate) fn verdict<E: ProvideErrorMetadata + StdError + Send + Sync + 'static>(
    error: &SdkError<E>,
) -> Option<Verdict> {
    let code = match error {
        SdkError::ServiceError(service) => service.err().code().unwrap_or_default(),
        SdkError::ConstructionFailure(_) => {
            return Some(Verdict::Final(Error::new(
                ErrorKind::Internal,
                "a call of the table could not be built",
            )));
        }
        // The connection failed or the answer was lost: the call is safe to repeat.
        _ => return Some(Verdict::Again(Retry::Transport)),
    };
    match code {
        "ProvisionedThroughputExceededException"
        | "ThrottlingException"
        | "RequestLimitExceeded"
        | "LimitExceededException" => Some(Verdict::Again(Retry::Throttled)),
        "TransactionConflictException" | "TransactionInProgressException" => {
            Some(Verdict::Again(Retry::Conflict))
        }
        "InternalServerError" | "InternalServerErrorException" | "ServiceUnavailable" => {
            Some(Verdict::Again(Retry::Transport))
        }
        UNUSABLE => Some(Verdict::Final(Error::caused_by(
            ErrorKind::Unavailable,
            "the table cannot be used at present; try again later",
            cause(error),
        ))),
        "TransactionCanceledException" => cancelled(error),
        _ if error
            .raw_response()
            .is_some_and(|raw| raw.status().is_server_error()) =>
        {
            Some(Verdict::Again(Retry::Transport))
        }
        _ => None,
    }
}

/// A cancelled transaction is sent again when nothing but other transactions or throttling stood in its way.
fn cancelled<E: StdError + Send + Sync + 'static>(error: &SdkError<E>) -> Option<Verdict> {
    let SdkError::ServiceError(service) = error else {
        return None;
    };
    let error: &(dyn StdError + 'static) = service.err();
    let reasons = match error.downcast_ref::<TransactGetItemsError>() {
        Some(TransactGetItemsError::TransactionCanceledException(cancelled)) => {
            cancelled.cancellation_reasons().to_vec()
        }
        _ => error
            .downcast_ref::<TransactWriteItemsError>()
            .map(cancellation_reasons)?,
    };
    let codes = || reasons.iter().filter_map(CancellationReason::code);
    if codes().any(|code| code == CONDITION_FAILED) {
        None
    } else if codes().any(|code| code == "TransactionConflict") {
        Some(Verdict::Again(Retry::Conflict))
    } else if codes()
        .any(|code| matches!(code, "ThrottlingError" | "ProvisionedThroughputExceeded"))
    {
        Some(Verdict::Again(Retry::Throttled))
    } else {
        None
    }
}

/// The reasons of a cancelled transaction, aligned to its actions.
fn cancellation_reasons(error: &TransactWriteItemsError) -> Vec<CancellationReason> {
    match error {
        TransactWriteItemsError::TransactionCanceledException(cancelled) => {
            cancelled.cancellation_reasons().to_vec()
        }
        _ => Vec::new(),
    }
}

/// What a failure says of the transaction that met it.
pub(crate) fn refusal(failure: Failure<TransactWriteItemsError>) -> Refusal {
    let Failure::Sdk(SdkError::ServiceError(service)) = &failure else {
        return Refusal::Error(failure.into_error());
    };
    let reasons = cancellation_reasons(service.err());
    let is_among = |code| reasons.iter().any(|reason| reason.code() == Some(code));
    if is_among(CONDITION_FAILED) {
        Refusal::Conditions(reasons.into_iter().map(failed_condition).collect())
    } else if service.err().code() == Some(INVALID) || is_among(INVALID_REASON) {
        Refusal::Invalid(failure.into_error())
    } else {
        Refusal::Error(failure.into_error())
    }
}

fn failed_condition(reason: CancellationReason) -> Option<FailedCondition> {
    (reason.code() == Some(CONDITION_FAILED)).then(|| FailedCondition {
        item: reason.item.unwrap_or_default(),
    })
}

pub(crate) fn out_of_time(units: Units) -> Error {
    Error::new(
        ErrorKind::Unavailable,
        match units {
            Units::Read => "the table did not answer in time; try again",
            Units::Write => {
                "the table did not confirm the change in time; read the resource, then try again"
            }
        },
    )
}

pub(crate) fn internal(cause: impl Into<Cause>) -> Error {
    Error::caused_by(
        ErrorKind::Internal,
        "the server failed; try again, or report the request id",
        cause,
    )
}

/// An item that is not as this version writes items. What was met is data and
/// stays where it is.
pub(crate) fn unreadable<E>(_: E) -> Error {
    internal("an item of the table cannot be read")
}

/// A call that the SDK refuses to build.
pub(crate) fn unbuilt<E>(_: E) -> Error {
    internal("a call of the table could not be built")
}

/// What a failed call of DynamoDB may say in a log.
pub(crate) fn cause<E>(error: &SdkError<E>) -> Cause
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    aws_cause("DynamoDB:", error)
}

/// What a failed call of the AWS service `who` may say in a log. AWS's own
/// sentences are left out but for those that name nothing but what the
/// deployment is made of: a policy that is missing cannot be found without them.
pub fn aws_cause<E>(who: &'static str, error: &SdkError<E>) -> Cause
where
    E: ProvideErrorMetadata + StdError + Send + Sync + 'static,
{
    let words = match error {
        SdkError::ServiceError(service) => {
            let metadata = service.err().meta();
            let code = metadata.code().unwrap_or("UnknownError");
            let request = metadata.request_id().unwrap_or_default();
            let sentence = match code {
                "AccessDeniedException"
                | "ResourceNotFoundException"
                | "UnrecognizedClientException"
                | "ExpiredTokenException"
                | "KMSAccessDeniedException" => metadata.message().unwrap_or_default(),
                _ => "",
            };
            let mut words = vec![code, request];
            words.extend(sentence.split_whitespace());
            return Cause::with_codes(who, &words);
        }
        SdkError::TimeoutError(_) => "timed out",
        SdkError::DispatchFailure(failure) if failure.is_timeout() => "timed out",
        SdkError::DispatchFailure(failure) if failure.is_io() => "cannot be reached",
        SdkError::DispatchFailure(_) => "not asked: credentials, TLS or the endpoint are wrong",
        _ => "its answer cannot be read",
    };
    Cause::with_codes(who, &words.split(' ').collect::<Vec<_>>())
}
