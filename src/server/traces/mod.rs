//! Traces: which calls are part of one (W3C Trace Context), and telling a collector of them (OTLP).
//!
//! A call's span is made when the call has ended, of what the log says of it: nothing is kept for it meanwhile.

#[cfg_attr(not(feature = "otlp"), path = "nobody.rs")]
mod collector;

use std::{
    num::NonZeroU64,
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Duration,
};

use collector::Collector;
use http::{HeaderMap, HeaderName};
use tonic::Code;

/// Carries the trace of the caller.
const PARENT: HeaderName = HeaderName::from_static("traceparent");

/// The span of a caller that a call belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Parent {
    trace: u128,
    span: u64,
    /// Whether the caller wants it recorded.
    is_sampled: bool,
}

impl Parent {
    /// Reads `traceparent`, version 00 or one that begins like it; nothing if there is none, or it is malformed.
    pub(crate) fn of(headers: &HeaderMap) -> Option<Parent> {
        let text = headers.get(PARENT)?.to_str().ok()?;
        let mut parts = text.split('-');
        let mut digits = |length: usize| {
            let part = parts.next().filter(|part| part.len() == length)?;
            let is_lower = part.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            u128::from_str_radix(part, 16).ok().filter(|_| is_lower)
        };
        let (version, trace, span, flags) = (digits(2)?, digits(32)?, digits(16)?, digits(2)?);
        let is_valid = version != 0xff && trace != 0 && span != 0 && (version > 0 || parts.next().is_none());
        is_valid.then_some(Parent { trace, span: span as u64, is_sampled: flags & 1 == 1 })
    }

    /// The trace, as logs name it.
    pub(crate) fn trace(self) -> String {
        format!("{:032x}", self.trace)
    }
}

/// What a span tells of a call.
#[derive(Debug)]
#[cfg_attr(not(feature = "otlp"), expect(dead_code, reason = "nobody is told"))]
pub(crate) struct Ended<'c> {
    /// `package.Service/Method`.
    pub(crate) name: &'c str,
    pub(crate) code: Code,
    pub(crate) took: Duration,
    pub(crate) id: &'c str,
    pub(crate) principal: Option<&'c str>,
    pub(crate) rows: u64,
    pub(crate) sent: u64,
}

/// Tells a collector of calls.
#[derive(Debug)]
pub struct Traces {
    /// Of calls whose callers do not say, one in so many is recorded.
    one_in: NonZeroU64,
    calls: AtomicU64,
    collector: Collector,
}

impl Traces {
    /// Calls are told to the collector at an address, `http://HOST:PORT`.
    pub fn to(endpoint: &str, one_in: NonZeroU64) -> Result<Traces, String> {
        Ok(Traces { one_in, calls: AtomicU64::new(0), collector: Collector::at(endpoint)? })
    }

    /// Whether a call is recorded: as its caller wants, or one in so many.
    pub(crate) fn records(&self, parent: Option<Parent>) -> bool {
        match parent {
            Some(parent) => parent.is_sampled,
            None => self.calls.fetch_add(1, Relaxed).is_multiple_of(self.one_in.get()),
        }
    }

    /// A call has ended.
    pub(crate) fn tell(&self, parent: Option<Parent>, call: &Ended<'_>) {
        self.collector.tell(parent, call);
    }

    /// Tells what has not been told yet.
    pub(crate) async fn flush(&self) {
        self.collector.flush().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parent(text: &str) -> Option<Parent> {
        let mut headers = HeaderMap::new();
        headers.insert(PARENT, text.parse().unwrap());
        Parent::of(&headers)
    }

    /// As W3C Trace Context writes it, and its own malformed examples.
    #[test]
    fn the_parent_is_read_as_the_recommendation_says() {
        let found = parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").unwrap();
        assert_eq!(found.trace(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!((found.span, found.is_sampled), (0x00f0_67aa_0ba9_02b7, true));
        assert!(!parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00").unwrap().is_sampled);
        assert!(parent("01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more").is_some());
        for malformed in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(parent(malformed), None, "{malformed}");
        }
    }
}
