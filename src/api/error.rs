//! Why a call fails, for callers; and the one match from that to a gRPC status.

use http::{HeaderMap, HeaderValue};
use tonic::{Code, Status};
use tonic_types::{BadRequest, ErrorDetail, ErrorInfo, FieldViolation, ResourceInfo, StatusExt as _};

use crate::{pb::ErrorReason, store};

/// The domain of every `google.rpc.ErrorInfo` that we send.
pub const DOMAIN: &str = "dossier";

/// Most bytes of details and of a message.
const MOST_DETAILS: usize = 3584;
const MOST_MESSAGE: usize = 768;

/// Why a call fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Fields are malformed: all of them.
    Fields(Vec<Violation>),
    /// The bytes are no message of the request's type.
    Malformed(String),
    /// The request is larger than this many bytes.
    TooLarge(usize),
    /// The token is none of ours, or was changed.
    TokenInvalid(GoesOn),
    /// The token belongs to another request.
    TokenMismatch(GoesOn),
    /// The revision of the token is no longer served.
    RevisionGone(GoesOn),
    /// A watch read so slowly that the revision it has seen is no longer served.
    WatchLagged,
    /// The server goes away.
    ShuttingDown,
    /// Not served yet, and why.
    NotImplemented(&'static str),
    /// The store's reason.
    Store(store::Error),
}

/// What a token goes on with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GoesOn {
    /// The pages of a list.
    Pages,
    /// The batches of an export.
    Batches,
    /// The changes of a watch.
    Changes,
}

impl GoesOn {
    /// The field that carries the token.
    const fn field(self) -> &'static str {
        match self {
            GoesOn::Pages => "page_token",
            GoesOn::Batches => "resume_token",
            GoesOn::Changes => "from_revision",
        }
    }

    /// What to do when its revision is gone.
    const fn anew(self) -> &'static str {
        match self {
            GoesOn::Pages | GoesOn::Batches => "start over without a token",
            GoesOn::Changes => "export the events anew, and watch from the revision of the export",
        }
    }

    /// What is wrong with a token that is none.
    const fn not_a_token(self) -> &'static str {
        match self {
            GoesOn::Pages => "is not a token of this service; send next_page_token of the page before, unchanged",
            GoesOn::Batches => {
                "is not a token of this service; send resume_token of the last batch that came, unchanged"
            }
            GoesOn::Changes => {
                "is neither a revision nor a token of this service; send the revision of an answer, or resume_token of the last \
                 message that came, unchanged"
            }
        }
    }

    /// The field as malformed, if the token is none.
    pub(super) fn violation(self) -> Violation {
        Violation { field: self.field().to_owned(), description: self.not_a_token().to_owned() }
    }
}

/// A malformed field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Its path, such as `filter.kinds[2]`.
    pub field: String,
    /// What is wrong, and what would be right.
    pub description: String,
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Error {
        Error::Store(error)
    }
}

impl Error {
    /// One malformed field.
    pub fn field(field: impl Into<String>, description: impl Into<String>) -> Error {
        Error::Fields(vec![Violation { field: field.into(), description: description.into() }])
    }

    /// The gRPC status: canonical code, reason, and what the caller can act on.
    pub fn into_status(self) -> Status {
        use store::Error as S;
        match self {
            Error::Fields(violations) => fields(violations),
            Error::Malformed(what) => {
                let message = format!("the request cannot be read: {what}");
                status(Code::InvalidArgument, ErrorReason::MalformedRequest, message, vec![])
            }
            Error::TooLarge(limit) => {
                let message = format!("the request is larger than {limit} bytes; send less at a time");
                status(Code::ResourceExhausted, ErrorReason::RequestTooLarge, message, vec![])
            }
            Error::TokenInvalid(of) => token(of, ErrorReason::PageTokenInvalid, of.not_a_token()),
            Error::TokenMismatch(of) => {
                let what = match of {
                    GoesOn::Pages => {
                        "belongs to another request; repeat the request that it came from, only page_size may change"
                    }
                    GoesOn::Batches | GoesOn::Changes => {
                        "belongs to another request; repeat the filter that it came from"
                    }
                };
                token(of, ErrorReason::PageTokenMismatch, what)
            }
            Error::RevisionGone(of) => {
                let message =
                    format!("the revision that {} is pinned to is no longer served; {}", of.field(), of.anew());
                status(Code::Aborted, ErrorReason::RevisionGone, message, vec![])
            }
            Error::WatchLagged => {
                let message = "the watch lagged behind: the revision that it has seen is no longer served; export the events anew, \
                               and watch from the revision of the export";
                status(Code::Aborted, ErrorReason::WatchLagged, message.to_owned(), vec![])
            }
            Error::ShuttingDown => {
                let message = "the server is stopping; go on with resume_token at another";
                status(Code::Unavailable, ErrorReason::ShuttingDown, message.to_owned(), vec![])
            }
            Error::NotImplemented(why) => {
                status(Code::Unimplemented, ErrorReason::NotImplemented, why.to_owned(), vec![])
            }
            Error::Store(S::Unknown(names)) => unknown(&names),
            Error::Store(S::NoLocation(name)) => {
                let message = format!("{name} has no point to search around; search around a place or a point");
                status(Code::FailedPrecondition, ErrorReason::NoLocation, message, vec![])
            }
            Error::Store(S::DeadlineExceeded) => {
                let message = "the deadline passed before the answer was complete; ask for less or wait longer";
                status(Code::DeadlineExceeded, ErrorReason::DeadlineExceeded, message.to_owned(), vec![])
            }
            Error::Store(S::Damaged(what)) => {
                tracing::error!(what, "damaged data");
                let message = "a part of the data that the answer needs is damaged; ask another server of the service";
                status(Code::DataLoss, ErrorReason::DataDamaged, message.to_owned(), vec![])
            }
        }
    }
}

/// A status of ours: every one carries its reason.
pub fn status(code: Code, reason: ErrorReason, message: String, details: Vec<ErrorDetail>) -> Status {
    let name = reason.as_str_name().trim_start_matches("ERROR_REASON_");
    let mut all = vec![ErrorDetail::ErrorInfo(ErrorInfo::new(name, DOMAIN, std::collections::HashMap::new()))];
    all.extend(details);
    Status::with_error_details_vec(code, message, all)
}

/// The trailers of an answer that is whole.
pub fn ok() -> HeaderMap {
    let mut trailers = HeaderMap::with_capacity(1);
    trailers.insert(Status::GRPC_STATUS, HeaderValue::from_static("0"));
    trailers
}

/// A status as trailers, for an answer that has begun.
pub fn trailers(status: &Status) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    // Fails only for texts that are no header values; ours are escaped.
    if status.add_header(&mut trailers).is_err() {
        trailers.insert(Status::GRPC_STATUS, i32::from(Code::Internal).into());
    }
    trailers
}

fn fields(violations: Vec<Violation>) -> Status {
    let message = joined(violations.iter().map(|Violation { field, description }| format!("{field}: {description}")));
    let size = |violation: &Violation| violation.field.len() + violation.description.len() + 8;
    let more = |n: usize| Violation { field: String::new(), description: format!("{n} more fields; mend these first") };
    let violations = bounded(violations, size, more);
    let violations: Vec<_> = violations.into_iter().map(|v| FieldViolation::new(v.field, v.description)).collect();
    let details = vec![ErrorDetail::BadRequest(BadRequest::new(violations))];
    status(Code::InvalidArgument, ErrorReason::InvalidField, message, details)
}

fn token(of: GoesOn, reason: ErrorReason, what: &str) -> Status {
    let violations = vec![FieldViolation::new(of.field(), what)];
    let details = vec![ErrorDetail::BadRequest(BadRequest::new(violations))];
    status(Code::InvalidArgument, reason, format!("{}: {what}", of.field()), details)
}

fn unknown(names: &[store::Unknown]) -> Status {
    let describe = |name: &store::Unknown| match (name.not_yet, name.near.as_slice()) {
        (Some(day), _) => format!("nothing was known of it on {day}; ask for a later as_of, or leave it out"),
        (None, []) => "nothing here has that name or one like it".to_owned(),
        (None, near) => format!("nothing here has that name; did you mean {}?", near.join(" or ")),
    };
    let message = joined(names.iter().map(|name| format!("{}: {}", name.name, describe(name))));
    let info =
        |name: &store::Unknown| ResourceInfo::new(name.collection.resource_type(), &name.name, "", describe(name));
    let size = |info: &ResourceInfo| info.resource_name.len() + info.description.len() + 80;
    let more = |n: usize| ResourceInfo::new("", "", "", format!("{n} more names; mend these first"));
    let details = bounded(names.iter().map(info).collect(), size, more);
    let details = details.into_iter().map(ErrorDetail::ResourceInfo).collect();
    status(Code::NotFound, ErrorReason::UnknownName, message, details)
}

/// As many details as every client can read: statuses travel in headers, of which gRPC clients take 8 KiB by default, and base64
/// adds a third. What is left out is counted.
fn bounded<T>(mut all: Vec<T>, size: impl Fn(&T) -> usize, more: impl Fn(usize) -> T) -> Vec<T> {
    let mut bytes = 0;
    let fit = all.iter().take_while(|detail| {
        bytes += size(detail);
        bytes <= MOST_DETAILS
    });
    let fit = fit.count().max(1);
    if fit < all.len() {
        let left = all.len() - fit;
        all.truncate(fit);
        all.push(more(left));
    }
    all
}

/// One message of several. It travels in a header too, percent-encoded, so only its start is made.
fn joined(parts: impl Iterator<Item = String>) -> String {
    let mut message = String::new();
    for part in parts {
        if !message.is_empty() {
            message.push_str("; ");
        }
        message.push_str(&part);
        if message.len() > MOST_MESSAGE {
            break;
        }
    }
    if message.len() > MOST_MESSAGE {
        let cut = message.floor_char_boundary(MOST_MESSAGE);
        message.truncate(cut);
        message.push_str(" ...");
    }
    message
}
