//! Counters of calls, by method and status. Kept in the process; an exporter reads them from here.

use std::{
    sync::OnceLock,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    time::{Duration, Instant},
};

use tonic::Code;

use super::{
    health::Health,
    rpcs::{Purpose, Rpcs},
};

/// How many codes gRPC has.
const CODES: usize = 17;

/// Counters of one method.
#[derive(Debug, Default)]
struct Counters {
    by_code: [AtomicU64; CODES],
    micros: AtomicU64,
    bytes_received: AtomicU64,
    bytes_sent: AtomicU64,
}

/// Counters of all methods.
#[derive(Debug)]
pub(crate) struct Metrics {
    /// One entry a method, and a last one for all unknown methods together.
    counters: Vec<Counters>,
    facts: Vec<bool>,
    in_flight: AtomicUsize,
    /// What hears of damaged data.
    health: OnceLock<Health>,
}

/// What became of a call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// The status that the caller got; CANCELLED if the caller went away.
    pub(super) code: Code,
    /// From the head of the request to the end of the answer.
    pub(super) took: Duration,
    /// Bytes of the request's body.
    pub(super) received: u64,
    /// Bytes of the answer's body.
    pub(super) sent: u64,
}

impl Metrics {
    /// Zeroes for all methods.
    pub(super) fn new(rpcs: &Rpcs) -> Metrics {
        let facts = (0..rpcs.len()).map(|row| rpcs.get(row).is_some_and(|rpc| rpc.purpose == Purpose::Facts)).collect();
        Metrics {
            counters: (0..=rpcs.len()).map(|_| Counters::default()).collect(),
            facts,
            in_flight: AtomicUsize::new(0),
            health: OnceLock::new(),
        }
    }

    /// From now on the first answer of DATA_LOSS, of a call or at the end of a stream, ends readiness: a store tells of damage by
    /// its answers alone, so every make of store does alike.
    pub(super) fn tell(&self, health: &Health) {
        self.health.get_or_init(|| health.clone());
    }

    fn counters(&self, row: Option<usize>) -> Option<&Counters> {
        row.and_then(|row| self.counters.get(row)).or_else(|| self.counters.last())
    }

    fn is_facts(&self, row: Option<usize>) -> bool {
        row.and_then(|row| self.facts.get(row)).copied().unwrap_or(false)
    }

    /// A call begins.
    pub(super) fn begin(&self, row: Option<usize>) {
        if self.is_facts(row) {
            self.in_flight.fetch_add(1, Relaxed);
        }
    }

    /// A call ended: once for each that began.
    pub(super) fn end(&self, row: Option<usize>, outcome: &Outcome) {
        if self.is_facts(row) {
            self.in_flight.fetch_sub(1, Relaxed);
        }
        if let (Code::DataLoss, Some(health)) = (outcome.code, self.health.get()) {
            health.set_damaged(Instant::now().checked_sub(outcome.took).unwrap_or_else(Instant::now));
        }
        let Some(counters) = self.counters(row) else { return };
        if let Some(count) = counters.by_code.get(i32::from(outcome.code) as usize) {
            count.fetch_add(1, Relaxed);
        }
        counters.micros.fetch_add(u64::try_from(outcome.took.as_micros()).unwrap_or(u64::MAX), Relaxed);
        counters.bytes_received.fetch_add(outcome.received, Relaxed);
        counters.bytes_sent.fetch_add(outcome.sent, Relaxed);
    }

    /// Calls for facts that are in flight: the ones that a shutdown waits for.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// How many calls of a method ended with a code.
    #[cfg(test)]
    pub(super) fn ended(&self, row: Option<usize>, code: Code) -> u64 {
        self.counters(row)
            .and_then(|counters| counters.by_code.get(i32::from(code) as usize))
            .map_or(0, |n| n.load(Relaxed))
    }
}
