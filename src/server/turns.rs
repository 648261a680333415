//! Calls that are answered in the turn of their connection in which they came.
//!
//! Nearly every call is answered without waiting for anything. A task for it would cost more than some answers do, and
//! all answers of a turn would be made before the first of them is framed, cold by then. So a call is tried once where it
//! comes, and becomes a task only if it waits, or if this turn has taken long enough: other connections have theirs.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Waker},
    time::{Duration, Instant},
};

use http::Request;
use hyper::{body::Incoming, rt::Executor};

use super::{access::Peer, workers::Serves};

/// Calls that come later in a turn become tasks.
const LONG_ENOUGH: Duration = Duration::from_micros(500);

/// The turn of a connection: when its first call came.
#[derive(Debug, Clone, Default)]
pub(super) struct Turn(Arc<Mutex<Option<Instant>>>);

impl Turn {
    /// A new turn begins.
    pub(super) fn begin(&self) {
        *lock(&self.0) = None;
    }

    fn is_over(&self) -> bool {
        let now = Instant::now();
        now.duration_since(*lock(&self.0).get_or_insert(now)) >= LONG_ENOUGH
    }
}

impl<F: Future<Output: Send> + Send + 'static> Executor<F> for Turn {
    fn execute(&self, call: F) {
        let mut call = Box::pin(call);
        // Who waits is woken as a task: that polls it once more first, and tells it so.
        if self.is_over() || call.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
            tokio::spawn(call);
        }
    }
}

/// A service as hyper calls it, without a copy of all its layers for each call: it tells them whose connection it is.
#[derive(Debug)]
pub(super) struct Shared<S>(Mutex<S>, Arc<Peer>);

impl<S> Shared<S> {
    pub(super) fn new(service: S, peer: Arc<Peer>) -> Shared<S> {
        Shared(Mutex::new(service), peer)
    }
}

impl<S: Serves> hyper::service::Service<Request<Incoming>> for Shared<S> {
    type Response = S::Response;
    type Error = Infallible;
    type Future = S::Future;

    fn call(&self, mut request: Request<Incoming>) -> S::Future {
        request.extensions_mut().insert(Arc::clone(&self.1));
        // Every layer is always ready: those that limit answer instead.
        lock(&self.0).call(request)
    }
}

/// One thread alone uses these, so nobody waits; and what they hold is whole whatever panicked.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn a_call_that_waits_for_nothing_is_done_at_once() {
        let (done, seen) = mpsc::channel();
        Turn::default().execute(async move { done.send(()).unwrap() });
        seen.try_recv().expect("nobody else has had a turn");
    }

    #[tokio::test]
    async fn a_call_that_waits_goes_on_as_a_task() {
        let (done, seen) = mpsc::channel();
        let (answer, asked) = tokio::sync::oneshot::channel();
        Turn::default().execute(async move {
            yield_now().await;
            done.send(asked.await.unwrap()).unwrap();
        });
        assert!(seen.try_recv().is_err());
        yield_now().await;
        answer.send("later").unwrap();
        while seen.try_recv().is_err() {
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn calls_of_a_turn_that_has_taken_long_are_tasks_until_the_next_one() {
        let (done, seen) = mpsc::channel();
        let call = |number: u32| {
            let done = done.clone();
            async move { done.send(number).unwrap() }
        };
        let turn = Turn::default();
        turn.execute(call(1));
        let began = Instant::now();
        while began.elapsed() < LONG_ENOUGH {
            std::hint::spin_loop();
        }
        turn.execute(call(2));
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), [1]);
        yield_now().await;
        turn.begin();
        turn.execute(call(3));
        assert_eq!(seen.try_iter().collect::<Vec<_>>(), [2, 3]);
    }
}
