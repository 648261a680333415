//! Counters of calls, by method and status, and of connections. Kept in the process; the page of metrics is made of them.

use std::{
    fmt,
    sync::OnceLock,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
    time::Duration,
};

use tonic::Code;

use super::{
    health::Health,
    rpcs::{Purpose, Rpcs},
    status,
};

/// How many codes gRPC has.
const CODES: usize = 17;

/// Seconds up to which durations are counted together; all others have a bucket of their own.
const BOUNDS: [f64; 15] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// Counters of one method.
#[derive(Debug, Default)]
struct Counters {
    by_code: [AtomicU64; CODES],
    took: Durations,
    bytes_received: AtomicU64,
    bytes_sent: AtomicU64,
}

/// Why a call is sent away that might have been answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shed {
    /// No place came free in time.
    Queue,
    /// Its turn came too late.
    Turn,
    /// The caller has no tokens left.
    Rate,
    /// There are too many watches.
    Watches,
    /// There are too many streams of health or reflection.
    Streams,
}

impl Shed {
    /// All, by their numbers.
    const ALL: [(Shed, &str); 5] = [
        (Shed::Queue, "queue"),
        (Shed::Turn, "turn"),
        (Shed::Rate, "rate"),
        (Shed::Watches, "watches"),
        (Shed::Streams, "streams"),
    ];
}

/// Why a connection is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// There are too many.
    Full,
    /// There are too many from its address.
    Address,
    /// TLS was not agreed on.
    Handshake,
}

impl Refused {
    /// All, by their numbers.
    const ALL: [(Refused, &str); 3] =
        [(Refused::Full, "full"), (Refused::Address, "address"), (Refused::Handshake, "handshake")];
}

/// Durations, counted by bounds.
#[derive(Debug, Default)]
struct Durations {
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
}

/// Seconds of all durations together, how many, and how many of them up to each bound and above the one before.
pub(super) type Histogram = (f64, u64, Vec<(f64, u64)>);

impl Durations {
    fn add(&self, time: Duration) {
        let seconds = time.as_secs_f64();
        let bucket = BOUNDS.iter().position(|bound| seconds <= *bound).unwrap_or(BOUNDS.len());
        if let Some(count) = self.buckets.get(bucket) {
            count.fetch_add(1, Relaxed);
        }
        self.micros.fetch_add(u64::try_from(time.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    fn histogram(&self) -> Histogram {
        let bounds = BOUNDS.iter().copied().chain([f64::INFINITY]);
        let buckets: Vec<(f64, u64)> =
            bounds.zip(&self.buckets).map(|(bound, count)| (bound, count.load(Relaxed))).collect();
        let count = buckets.iter().map(|(_, count)| count).sum();
        (self.micros.load(Relaxed) as f64 / 1e6, count, buckets)
    }
}

/// Tells whether the data that is served now is damaged.
pub(crate) type IsDamaged = Box<dyn Fn() -> bool + Send + Sync>;

/// Counters of all methods.
pub(crate) struct Metrics {
    /// One entry a method, and a last one for all unknown methods together.
    counters: Vec<Counters>,
    facts: Vec<bool>,
    in_flight: AtomicUsize,
    connections: AtomicUsize,
    accepted: AtomicU64,
    shed: [AtomicU64; Shed::ALL.len()],
    refused: [AtomicU64; Refused::ALL.len()],
    waited: Durations,
    /// What hears of damaged data.
    health: OnceLock<(Health, IsDamaged)>,
}

/// What was counted of a method.
#[derive(Debug)]
pub(super) struct Counts<'m>(&'m Counters);

impl Counts<'_> {
    /// The codes that calls ended with, by their names, and how many did.
    pub(super) fn codes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let codes =
            (0..).zip(&self.0.by_code).map(|(code, count)| (status::name(Code::from_i32(code)), count.load(Relaxed)));
        codes.filter(|(_, count)| *count > 0)
    }

    /// How long calls took.
    pub(super) fn durations(&self) -> Histogram {
        self.0.took.histogram()
    }

    /// Bytes of requests, and of answers.
    pub(super) fn bytes(&self) -> [u64; 2] {
        [self.0.bytes_received.load(Relaxed), self.0.bytes_sent.load(Relaxed)]
    }
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

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("in_flight", &self.in_flight).finish_non_exhaustive()
    }
}

impl Metrics {
    /// Zeroes for all methods.
    pub(super) fn new(rpcs: &Rpcs) -> Metrics {
        let facts = (0..rpcs.len()).map(|row| rpcs.get(row).is_some_and(|rpc| rpc.purpose == Purpose::Facts)).collect();
        Metrics {
            counters: (0..=rpcs.len()).map(|_| Counters::default()).collect(),
            facts,
            in_flight: AtomicUsize::new(0),
            connections: AtomicUsize::new(0),
            accepted: AtomicU64::new(0),
            shed: Default::default(),
            refused: Default::default(),
            waited: Durations::default(),
            health: OnceLock::new(),
        }
    }

    /// From now on the first answer of DATA_LOSS, of a call or at the end of a stream, ends readiness: if it is the data served
    /// now that `is_damaged`, and not a revision that was replaced.
    pub(super) fn tell(&self, health: &Health, is_damaged: IsDamaged) {
        self.health.get_or_init(|| (health.clone(), is_damaged));
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
        if let (Code::DataLoss, Some((health, is_damaged))) = (outcome.code, self.health.get())
            && is_damaged()
        {
            health.set_damaged();
        }
        let Some(counters) = self.counters(row) else { return };
        if let Some(count) = counters.by_code.get(i32::from(outcome.code) as usize) {
            count.fetch_add(1, Relaxed);
        }
        counters.took.add(outcome.took);
        counters.bytes_received.fetch_add(outcome.received, Relaxed);
        counters.bytes_sent.fetch_add(outcome.sent, Relaxed);
    }

    /// Calls for facts that are in flight: the ones that a shutdown waits for.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight.load(Relaxed)
    }

    /// A connection begins.
    pub(super) fn connect(&self) {
        self.accepted.fetch_add(1, Relaxed);
        self.connections.fetch_add(1, Relaxed);
    }

    /// A connection ended.
    pub(super) fn disconnect(&self) {
        self.connections.fetch_sub(1, Relaxed);
    }

    /// Connections that are open.
    pub(super) fn connections(&self) -> usize {
        self.connections.load(Relaxed)
    }

    /// Connections that were accepted.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted.load(Relaxed)
    }

    /// A call was sent away.
    pub(super) fn shed(&self, why: Shed) {
        if let Some(count) = self.shed.get(why as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// How many calls were sent away, by why.
    pub(super) fn shed_by_reason(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Shed::ALL.iter().zip(&self.shed).map(|((_, name), count)| (*name, count.load(Relaxed)))
    }

    /// A connection is not served.
    pub(super) fn refuse(&self, why: Refused) {
        if let Some(count) = self.refused.get(why as usize) {
            count.fetch_add(1, Relaxed);
        }
    }

    /// How many connections were not served, by why.
    pub(super) fn refused_by_reason(&self) -> impl Iterator<Item = (&'static str, u64)> {
        Refused::ALL.iter().zip(&self.refused).map(|((_, name), count)| (*name, count.load(Relaxed)))
    }

    /// A call for facts began so long after it came.
    pub(super) fn waited(&self, time: Duration) {
        self.waited.add(time);
    }

    /// How long calls waited until they began.
    pub(super) fn waits(&self) -> Histogram {
        self.waited.histogram()
    }

    /// What was counted of each method that was called, by its number; of unknown ones together by one that no method has.
    pub(super) fn rows(&self) -> impl Iterator<Item = (usize, Counts<'_>)> {
        let counted = self.counters.iter().enumerate().map(|(row, counters)| (row, Counts(counters)));
        counted.filter(|(_, counts)| counts.0.by_code.iter().any(|count| count.load(Relaxed) > 0))
    }

    /// How many calls of a method ended with a code.
    #[cfg(test)]
    pub(super) fn ended(&self, row: Option<usize>, code: Code) -> u64 {
        self.counters(row)
            .and_then(|counters| counters.by_code.get(i32::from(code) as usize))
            .map_or(0, |n| n.load(Relaxed))
    }
}
