//! How late a worker is: by how much its runtime comes round later than it was told to.
//!
//! Calls that come faster than they can be answered do not show in how many are in flight: each is answered in its turn, and
//! the others wait unread in their sockets. What shows is that the worker's turn gets long. So while there are calls a
//! timer is set, and until it has been heard each call can tell by how much it is overdue.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// How often the timer is set while there are calls.
const EVERY: Duration = Duration::from_millis(10);

thread_local! {
    /// When this thread's timer should be heard, if it is set.
    static DUE: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// By how much this thread's runtime is late.
pub(super) fn late(now: Instant) -> Duration {
    match DUE.get() {
        Some(due) => now.saturating_duration_since(due),
        None => {
            DUE.set(Some(now + EVERY));
            drop(tokio::spawn(async {
                tokio::time::sleep(EVERY).await;
                DUE.set(None);
            }));
            Duration::ZERO
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_that_takes_long_makes_late_and_the_next_one_does_not() {
        assert_eq!(late(Instant::now()), Duration::ZERO);
        let began = Instant::now();
        while began.elapsed() < Duration::from_millis(60) {
            std::hint::spin_loop();
        }
        assert!(late(Instant::now()) >= Duration::from_millis(50));
        while DUE.get().is_some() {
            tokio::task::yield_now().await;
        }
        assert_eq!(late(Instant::now()), Duration::ZERO);
    }
}
