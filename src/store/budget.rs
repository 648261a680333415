//! What a question may cost: a deadline, and the price it has run up. Keeps long scans from holding a runtime.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use super::Error;

/// When an answer is worthless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(pub Instant);

/// Hears what an answer cost.
pub trait Bill: Send + Sync {
    /// An answer, or what there was of it, looked at so many rows.
    fn add(&self, rows: u64);
}

/// What a question may cost, and who hears what it did cost. Put by the server into the extensions of a request.
#[derive(Clone, Default)]
pub struct Allowance {
    /// When it ends, if it does.
    pub deadline: Option<Deadline>,
    /// Who hears of it, if anybody.
    pub bill: Option<Arc<dyn Bill>>,
}

impl fmt::Debug for Allowance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Allowance").field("deadline", &self.deadline).finish_non_exhaustive()
    }
}

impl From<Deadline> for Allowance {
    fn from(deadline: Deadline) -> Allowance {
        Allowance { deadline: Some(deadline), bill: None }
    }
}

/// What a question may still cost. A dropped call is cancelled at the next yield, with nothing to be told.
#[derive(Debug, Default)]
pub struct Budget {
    allowance: Allowance,
    spent: AtomicU64,
}

/// Rows looked at between two yields: some tens of microseconds of work by column.
const SLICE: u64 = 4096;

impl Budget {
    /// A budget of what is allowed.
    pub fn new(allowance: Allowance) -> Budget {
        Budget { allowance, spent: AtomicU64::new(0) }
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
        match self.allowance.deadline {
            Some(Deadline(end)) if Instant::now() >= end => Err(Error::DeadlineExceeded),
            _ => Ok(()),
        }
    }

    /// Rows looked at so far: the price of the answer.
    pub fn spent(&self) -> u64 {
        self.spent.load(Ordering::Relaxed)
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        if let Some(bill) = &self.allowance.bill {
            bill.add(*self.spent.get_mut());
        }
    }
}
