//! Errors of the server's own, as callers see them: a code, a reason of the contract, and nothing internal.

use std::time::Duration;

use http::HeaderMap;
use tonic::{Code, Status};
use tonic_types::{ErrorDetail, RequestInfo, RetryInfo};

use super::access::Scope;
use crate::{api::error, pb::ErrorReason};

/// The call took longer than the caller or the server allows.
pub(super) fn deadline_exceeded() -> Status {
    let text = "the deadline passed; allow more time or ask for less";
    with(Code::DeadlineExceeded, text, ErrorReason::DeadlineExceeded, vec![])
}

/// Nobody took what was on its way.
pub(super) fn reader_gone() -> Status {
    let text = "nothing of the stream was taken for too long; go on with the resume_token of the last batch";
    with(Code::DeadlineExceeded, text, ErrorReason::DeadlineExceeded, vec![])
}

/// Too many calls are in flight.
pub(super) fn overloaded() -> Status {
    let later = ErrorDetail::RetryInfo(RetryInfo::new(Some(Duration::from_secs(1))));
    let text = "too many calls are in flight; try again later";
    with(Code::ResourceExhausted, text, ErrorReason::Overloaded, vec![later])
}

/// The caller asked for more than it may in this time.
pub(super) fn rate_exceeded(wait: Duration) -> Status {
    let later = ErrorDetail::RetryInfo(RetryInfo::new(Some(wait)));
    let text = "more was asked for than this caller may in this time; try again later, or ask for less at once";
    with(Code::ResourceExhausted, text, ErrorReason::RateExceeded, vec![later])
}

/// Nobody knows who calls.
pub(super) fn unauthenticated() -> Status {
    let text = "say who you are: send a valid key or token as `authorization: Bearer ...`";
    with(Code::Unauthenticated, text, ErrorReason::Unauthenticated, vec![])
}

/// Who calls may not do this.
pub(super) fn permission_denied(needed: Scope) -> Status {
    let text = match needed {
        Scope::Read => "this needs the scope read",
        Scope::Export => "this needs the scope export",
        Scope::Admin => "this needs the scope admin",
    };
    with(Code::PermissionDenied, text, ErrorReason::PermissionDenied, vec![])
}

/// The header `grpc-timeout` is none.
pub(super) fn malformed_timeout() -> Status {
    let text = "grpc-timeout is malformed; write at most 8 digits and one of H M S m u n";
    with(Code::InvalidArgument, text, ErrorReason::MalformedRequest, vec![])
}

/// The server ends.
pub(super) fn stopping() -> Status {
    let text = "the server is stopping; ask another";
    with(Code::Unavailable, text, ErrorReason::ShuttingDown, vec![])
}

/// Nothing of this name is served.
pub(super) fn unknown_method() -> Status {
    let text = "no such method; ask reflection what this server has";
    with(Code::Unimplemented, text, ErrorReason::NotImplemented, vec![])
}

/// Our fault: whatever went wrong is in the log, beside the request id.
pub(super) fn internal(request_id: &str) -> Status {
    let id = ErrorDetail::RequestInfo(RequestInfo::new(request_id, ""));
    let text = "an error of the server; its log has it by the request id";
    with(Code::Internal, text, ErrorReason::Internal, vec![id])
}

fn with(code: Code, text: &str, reason: ErrorReason, details: Vec<ErrorDetail>) -> Status {
    error::status(code, reason, text.to_owned(), details)
}

/// The status in headers or trailers, if there is one.
pub(super) fn code_in(headers: &HeaderMap) -> Option<Code> {
    headers.get(Status::GRPC_STATUS).map(|value| Code::from_bytes(value.as_bytes()))
}

/// The name of a code as the gRPC documents write it.
pub(super) fn name(code: Code) -> &'static str {
    match code {
        Code::Ok => "OK",
        Code::Cancelled => "CANCELLED",
        Code::Unknown => "UNKNOWN",
        Code::InvalidArgument => "INVALID_ARGUMENT",
        Code::DeadlineExceeded => "DEADLINE_EXCEEDED",
        Code::NotFound => "NOT_FOUND",
        Code::AlreadyExists => "ALREADY_EXISTS",
        Code::PermissionDenied => "PERMISSION_DENIED",
        Code::ResourceExhausted => "RESOURCE_EXHAUSTED",
        Code::FailedPrecondition => "FAILED_PRECONDITION",
        Code::Aborted => "ABORTED",
        Code::OutOfRange => "OUT_OF_RANGE",
        Code::Unimplemented => "UNIMPLEMENTED",
        Code::Internal => "INTERNAL",
        Code::Unavailable => "UNAVAILABLE",
        Code::DataLoss => "DATA_LOSS",
        Code::Unauthenticated => "UNAUTHENTICATED",
    }
}
