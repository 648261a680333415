//! How late a worker is: by how much its runtime comes round later than it was told to, and since when it has been so.
//!
//! Calls that come faster than they can be answered do not show in how many are in flight: each is answered in its turn, and
//! the others wait unread in their sockets. What shows is that the worker's turn gets long. So while there are calls a
//! timer is set, and until it has been heard each call can tell by how much it is overdue.
//!
//! A burst is over soon. A backlog that stands is none (Nichols and Jacobson, "Controlling Queue Delay", 2012): every call waits
//! for all of it, and in the end for nothing, since its caller has given up.

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

/// How often the timer is set while there are calls.
const EVERY: Duration = Duration::from_millis(10);

thread_local! {
    /// This thread's.
    static PULSE: Cell<Pulse> = const { Cell::new(Pulse { due: None, heard: None, late: None }) };
}

#[derive(Debug, Clone, Copy)]
struct Pulse {
    /// When the timer should be heard, if it is set.
    due: Option<Instant>,
    /// When it was last heard.
    heard: Option<Instant>,
    /// Since when it has been heard late each time.
    late: Option<Instant>,
}

/// How late a thread's runtime is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Late {
    /// By how much.
    pub(super) by: Duration,
    /// For how long it has been late each time that it came round.
    pub(super) standing: Duration,
}

/// By how much this thread's runtime is late now; and for how long it has been so by more than `most`.
pub(super) fn late(now: Instant, most: Duration) -> Late {
    let pulse = PULSE.get();
    let standing = |late: Option<Instant>| late.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
    if let Some(due) = pulse.due {
        return Late { by: now.saturating_duration_since(due), standing: standing(pulse.late) };
    }
    // Where no call has come for a while there is no backlog.
    let went_on = pulse.heard.is_some_and(|heard| now.saturating_duration_since(heard) < EVERY);
    let late = pulse.late.filter(|_| went_on);
    let due = now + EVERY;
    PULSE.set(Pulse { due: Some(due), heard: pulse.heard, late });
    drop(tokio::spawn(async move {
        tokio::time::sleep_until(due.into()).await;
        let (now, Pulse { late, .. }) = (Instant::now(), PULSE.get());
        let is_late = now.saturating_duration_since(due) > most;
        PULSE.set(Pulse { due: None, heard: Some(now), late: is_late.then_some(late.unwrap_or(due)) });
    }));
    Late { by: Duration::ZERO, standing: standing(late) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: Duration = Duration::from_millis(40);

    fn spin(time: Duration) {
        let began = Instant::now();
        while began.elapsed() < time {
            std::hint::spin_loop();
        }
    }

    async fn heard() {
        while PULSE.get().due.is_some() {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn a_turn_that_takes_long_makes_late_and_the_next_one_does_not() {
        assert_eq!(late(Instant::now(), MOST).by, Duration::ZERO);
        spin(Duration::from_millis(60));
        assert!(late(Instant::now(), MOST).by >= Duration::from_millis(50));
        heard().await;
        assert_eq!(late(Instant::now(), MOST).by, Duration::ZERO);
    }

    #[tokio::test]
    async fn turns_that_all_take_long_are_a_backlog_that_stands_until_one_does_not() {
        for turn in 0..5 {
            let standing = late(Instant::now(), MOST).standing;
            assert!(standing >= Duration::from_millis(60).saturating_mul(turn).saturating_sub(EVERY), "{standing:?}");
            assert!(turn > 0 || standing.is_zero());
            spin(Duration::from_millis(60));
            heard().await;
        }
        tokio::time::sleep(EVERY).await;
        assert_eq!(late(Instant::now(), MOST).standing, Duration::ZERO, "no call has come for a while");
        heard().await;
        assert_eq!(late(Instant::now(), MOST).standing, Duration::ZERO, "and the last turn was short");
    }
}
