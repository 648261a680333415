//! How long a stream of facts waits for its reader.
//!
//! The next part of a body is asked for when the caller has taken the one before. A reader that takes nothing leaves the body
//! unasked for ever, and with it a permit, a revision and a batch: nothing that the body could do by itself would be polled. So a
//! timer beside it takes these away, and whoever reads on after all is told DEADLINE_EXCEEDED behind what was on its way.

use std::{
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::task::AbortHandle;

use super::call::Call;
use crate::{api::error, server::status};

pin_project_lite::pin_project! {
    /// A body that waits for ever, or only for a while.
    #[project = PatientProjection]
    pub(crate) enum Patient<B> {
        Forever { #[pin] body: B },
        AWhile { held: Arc<Mutex<Held<B>>>, timer: Timer },
    }
}

/// What is taken away when nobody reads.
pub(crate) struct Held<B> {
    /// Absent once it was.
    body: Option<Pin<Box<B>>>,
    /// Whether the reader has been told of it.
    told: bool,
    /// When the body was last asked for more.
    since: Instant,
    /// Whether it is the body that is waited for, not the reader.
    ours: bool,
}

/// Ends with the body.
pub(crate) struct Timer(AbortHandle);

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<B> Patient<B> {
    /// A body that waits for ever.
    pub(crate) fn forever(body: B) -> Patient<B> {
        Patient::Forever { body }
    }
}

impl<B: Send + 'static> Patient<B> {
    /// A body that waits for its reader so long.
    pub(crate) fn a_while(body: B, most: Duration, call: Arc<Call>) -> Patient<B> {
        let held = Held { body: Some(Box::pin(body)), told: false, since: Instant::now(), ours: false };
        let held = Arc::new(Mutex::new(held));
        let timer = tokio::spawn(wait(Arc::downgrade(&held), most, call));
        Patient::AWhile { held, timer: Timer(timer.abort_handle()) }
    }
}

/// Takes the body away when nobody has asked it for more for so long.
async fn wait<B>(held: Weak<Mutex<Held<B>>>, most: Duration, call: Arc<Call>) {
    loop {
        let left = {
            let Some(held) = held.upgrade() else { return };
            let mut held = lock(&held);
            let waited = if held.ours { Duration::ZERO } else { held.since.elapsed() };
            let left = most.saturating_sub(waited);
            if left.is_zero() {
                held.body = None;
                // What was on its way may never be taken either.
                call.must_end();
                return;
            }
            left
        };
        tokio::time::sleep(left).await;
    }
}

/// A panic while it was polled leaves nothing half done: the body is dropped with the call.
fn lock<B>(held: &Mutex<Held<B>>) -> MutexGuard<'_, Held<B>> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<B: Body<Data = Bytes>> Body for Patient<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project() {
            PatientProjection::Forever { body } => body.poll_frame(cx),
            PatientProjection::AWhile { held, .. } => {
                let mut held = lock(held);
                let told = held.told;
                let frame = match &mut held.body {
                    Some(body) => body.as_mut().poll_frame(cx),
                    None if told => Poll::Ready(None),
                    None => {
                        held.told = true;
                        Poll::Ready(Some(Ok(Frame::trailers(error::trailers(&status::reader_gone())))))
                    }
                };
                (held.since, held.ours) = (Instant::now(), frame.is_pending());
                frame
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Patient::Forever { body } => body.is_end_stream(),
            Patient::AWhile { held, .. } => {
                let held = lock(held);
                held.body.as_ref().map_or(held.told, Body::is_end_stream)
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Patient::Forever { body } => body.size_hint(),
            Patient::AWhile { .. } => SizeHint::default(),
        }
    }
}
