//! Two servers in turn: A B, B A, A B and so on, in slices so short that a noisy neighbour hits both.

use std::{fmt, rc::Rc, time::Duration};

use crate::{
    driver::{Driver, Load, Outcome},
    server::Server,
};

/// A slice.
const SLICE: Duration = Duration::from_millis(500);

/// A server with what is asked of it.
pub(crate) struct Side {
    server: Server,
    driver: Driver,
    load: Rc<Load>,
}

/// One slice: microseconds of processor a request, and requests a second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Slice {
    /// Microseconds of processor a request.
    pub(crate) cpu: f64,
    /// Requests a second.
    pub(crate) rate: f64,
}

/// One who takes turns with another.
pub(crate) trait Turn {
    /// Warms pages, connections and the allocator's own memory.
    fn warm(&self);
    /// One slice.
    fn slice(&self) -> Slice;
}

/// A median with its quartiles.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Spread {
    /// A quarter is below.
    pub(crate) low: f64,
    /// Half is below.
    pub(crate) middle: f64,
    /// A quarter is above.
    pub(crate) high: f64,
}

/// How two servers compare.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Compared {
    /// What the other one takes of the processor for each part that ours takes: 1 is as good, less is worse.
    pub(crate) cpu: Spread,
    /// Requests of ours for each of the other's.
    pub(crate) rate: Spread,
    /// Microseconds of processor a request, ours.
    pub(crate) ours: f64,
    /// The other's.
    pub(crate) other: f64,
}

impl Side {
    /// The number of the server's process.
    pub(crate) fn process(&self) -> u32 {
        self.server.process()
    }

    /// Connects to a server.
    pub(crate) fn new(server: Server, load: Load) -> Side {
        let driver = Driver::to(server.port);
        Side { server, driver, load: Rc::new(load) }
    }

    /// Asks for so long; a wrong answer ends it all.
    pub(crate) fn ask(&self, time: Duration) -> (f64, Outcome) {
        let before = self.server.used();
        let outcome = self.driver.drive(&self.load, time);
        let used = (self.server.used() - before) as f64 / 1e3;
        assert!(outcome.wrong.is_empty(), "wrong answers to {}: {:#?}", self.load.path, outcome.wrong);
        assert!(outcome.right > 0, "no answer to {}", self.load.path);
        (used / outcome.right as f64, outcome)
    }
}

impl Turn for Side {
    fn warm(&self) {
        let _ = self.ask(4 * SLICE);
    }

    fn slice(&self) -> Slice {
        let (cpu, outcome) = self.ask(SLICE);
        Slice { cpu, rate: outcome.right as f64 / outcome.took }
    }
}

impl Spread {
    /// Of figures in any order.
    pub(crate) fn of(mut figures: Vec<f64>) -> Spread {
        figures.sort_by(f64::total_cmp);
        let at = |share: f64| figures[((figures.len() - 1) as f64 * share).round() as usize];
        Spread { low: at(0.25), middle: at(0.5), high: at(0.75) }
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} [{:.2}..{:.2}]", self.middle, self.low, self.high)
    }
}

/// Compares two servers over so many pairs.
pub(crate) fn compare(ours: &dyn Turn, other: &dyn Turn, pairs: usize) -> Compared {
    ours.warm();
    other.warm();
    let slices: Vec<(Slice, Slice)> = (0..pairs)
        .map(|pair| {
            if pair % 2 == 0 {
                (ours.slice(), other.slice())
            } else {
                let other = other.slice();
                (ours.slice(), other)
            }
        })
        .collect();
    let each = |figure: fn(&Slice, &Slice) -> f64| {
        Spread::of(slices.iter().map(|(ours, other)| figure(ours, other)).collect())
    };
    Compared {
        cpu: each(|ours, other| other.cpu / ours.cpu),
        rate: each(|ours, other| ours.rate / other.rate),
        ours: each(|ours, _| ours.cpu).middle,
        other: each(|_, other| other.cpu).middle,
    }
}
