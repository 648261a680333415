//! What a question may cost: a deadline, and the price it has run up. Keeps long scans from holding a runtime.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use super::Error;

/// When an answer is worthless. Put by the server into the extensions of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub Instant);

/// What a question may still cost. A dropped call is cancelled at the next yield, with nothing to be told.
#[derive(Debug, Default)]
pub struct Budget {
    deadline: Option<Deadline>,
    spent: AtomicU64,
}

/// Rows looked at between two yields: some tens of microseconds of work by column.
const SLICE: u64 = 4096;

impl Budget {
    /// A budget that ends at a deadline, if there is one.
    pub fn new(deadline: Option<Deadline>) -> Budget {
        Budget { deadline, spent: AtomicU64::new(0) }
    }

    /// Looks at `rows` more rows. Yields to other calls each time a slice is used up, then stops if the deadline has passed.
    pub async fn spend(&self, rows: u64) -> Result<(), Error> {
        let before = self.spent.fetch_add(rows, Ordering::Relaxed);
        if before / SLICE == (before + rows) / SLICE {
            return Ok(());
        }
        self.turn().await
    }

    /// Yields to other calls, then stops if the deadline has passed.
    pub async fn turn(&self) -> Result<(), Error> {
        tokio::task::yield_now().await;
        match self.deadline {
            Some(Deadline(end)) if Instant::now() >= end => Err(Error::DeadlineExceeded),
            _ => Ok(()),
        }
    }

    /// Rows looked at so far: the price of the answer.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}
