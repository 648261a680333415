//! How many calls of one sort may be in flight, and how long how many more wait for one of them to end.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::timeout,
};

/// Places for calls of one sort. Whoever waits longest is let in first.
#[derive(Debug, Clone)]
pub(super) struct Room {
    places: Arc<Semaphore>,
    line: Arc<Line>,
}

/// Who waits for a place.
#[derive(Debug)]
struct Line {
    waiting: AtomicUsize,
    most: usize,
    longest: Duration,
}

/// The right to run, given back when dropped.
pub(super) type Permit = OwnedSemaphorePermit;

/// There is no room, and will not be soon enough.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Full;

/// A place, now or later.
pub(super) enum Place {
    /// Here it is.
    Given(Permit),
    /// It will be, or not in time.
    Awaited(Pin<Box<dyn Future<Output = Result<Permit, Full>> + Send>>),
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Place::Given(_) => "Given",
            Place::Awaited(_) => "Awaited",
        })
    }
}

impl Room {
    /// A room where nobody waits.
    pub(super) fn of(most: usize) -> Room {
        Room::with_line(most, Duration::ZERO)
    }

    /// A room where as many more may wait as may run, each for so long: whoever is let in has waited for one call before it.
    pub(super) fn with_line(most: usize, longest: Duration) -> Room {
        let places = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
        let most = if longest.is_zero() { 0 } else { most };
        Room { places, line: Arc::new(Line { waiting: AtomicUsize::new(0), most, longest }) }
    }

    /// Asks for a place.
    pub(super) fn enter(&self) -> Result<Place, Full> {
        if let Ok(permit) = Arc::clone(&self.places).try_acquire_owned() {
            return Ok(Place::Given(permit));
        }
        let one_more = |waiting| (waiting < self.line.most).then_some(waiting + 1);
        if self.line.waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more).is_err() {
            return Err(Full);
        }
        let (places, in_line) = (Arc::clone(&self.places), InLine(Arc::clone(&self.line)));
        Ok(Place::Awaited(Box::pin(async move {
            let entered = timeout(in_line.0.longest, places.acquire_owned()).await;
            entered.ok().and_then(Result::ok).ok_or(Full)
        })))
    }
}

/// A place in the line, given back when dropped.
struct InLine(Arc<Line>);

impl Drop for InLine {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    fn given(place: Result<Place, Full>) -> Permit {
        match place {
            Ok(Place::Given(permit)) => permit,
            other => panic!("{other:?}"),
        }
    }

    fn awaited(place: Result<Place, Full>) -> Pin<Box<dyn Future<Output = Result<Permit, Full>> + Send>> {
        match place {
            Ok(Place::Awaited(place)) => place,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn permits_are_given_back() {
        let room = Room::of(2);
        let one = given(room.enter());
        let _two = given(room.clone().enter());
        assert_eq!(room.enter().err(), Some(Full));
        drop(one);
        drop(given(room.enter()));
    }

    #[tokio::test]
    async fn as_many_wait_as_may_run_in_their_order_and_no_longer_than_told() {
        let room = Room::with_line(2, Duration::from_millis(100));
        let running = [given(room.enter()), given(room.enter())];
        let (mut first, second) = (awaited(room.enter()), awaited(room.enter()));
        assert_eq!(room.enter().err(), Some(Full), "two wait already");
        let began = Instant::now();
        assert_eq!(first.as_mut().await.err(), Some(Full));
        assert!(began.elapsed() >= Duration::from_millis(100));
        drop(first);
        let third = awaited(room.enter());
        // Who waits without being looked at is in no line: only the one that is polled is first.
        drop(second);
        let [one, two] = running;
        drop(one);
        let third = third.await.expect("a place came free");
        drop((two, third));
        drop(given(room.enter()));
    }
}
