//! How long a call may take, and how many may run.
//!
//! The deadline is the caller's `grpc-timeout` or the server's maximum, whichever is earlier. It goes down to the store in
//! the request's extensions, for work that does not yield by itself; here it ends calls that wait. Streams have no maximum
//! of the server's: a watch may last. But a stream of facts waits for its reader only for a while.
//!
//! Calls for facts, watches of facts, streams of health and those of reflection are counted apart, so that none of them keeps the others out.
//! A probe that asks once is always let in.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Request, Response};
use http_body::{Frame, SizeHint};
use tokio::time::{Sleep, sleep_until};
use tonic::{Status, body::Body};
use tower_service::Service;

use super::patience::Patient;
use crate::{
    api::error,
    server::{
        Config,
        rpcs::{Purpose, Rpcs},
        status,
    },
    store::Deadline,
};

/// The layer.
#[derive(Debug, Clone)]
pub(crate) struct Limit<S> {
    inner: S,
    rpcs: Arc<Rpcs>,
    max_time: Duration,
    max_wait: Duration,
    calls: Room,
    watches: Room,
    health_watches: Room,
    reflections: Room,
}

impl<S> Limit<S> {
    pub(crate) fn new(inner: S, rpcs: Arc<Rpcs>, config: &Config) -> Limit<S> {
        let (calls, watches) = (Room::of(config.max_calls), Room::of(config.max_watches));
        let [health_watches, reflections] = [(); 2].map(|()| Room::of(config.max_operation_streams));
        let (max_time, max_wait) = (config.max_call_time, config.max_stream_wait);
        Limit { inner, rpcs, max_time, max_wait, calls, watches, health_watches, reflections }
    }

    /// What the call may take; or why it may not run.
    fn admit(&self, request: &Request<Body>) -> Result<Admitted, Status> {
        let rpc = self.rpcs.at(request.uri().path());
        let theirs = timeout(request.headers()).map_err(|Malformed| status::malformed_timeout())?;
        let ours = rpc.is_some_and(|rpc| !rpc.streams).then_some(self.max_time);
        let time = [theirs, ours].into_iter().flatten().min();
        if time == Some(Duration::ZERO) {
            return Err(status::deadline_exceeded());
        }
        // A time beyond what the clock can say is none.
        let deadline = time.and_then(|time| Instant::now().checked_add(time));
        let permit = match rpc.map(|rpc| (rpc.purpose, rpc.streams)) {
            Some((Purpose::Facts, _)) => Some(self.calls.enter()?),
            Some((Purpose::Watch, _)) => Some(self.watches.enter()?),
            Some((Purpose::Health, true)) => Some(self.health_watches.enter()?),
            Some((Purpose::Reflection, _)) => Some(self.reflections.enter()?),
            Some((Purpose::Health, false)) | None => None,
        };
        let stream = rpc.is_some_and(|rpc| rpc.streams && matches!(rpc.purpose, Purpose::Facts | Purpose::Watch));
        Ok(Admitted { deadline, permit, patience: stream.then_some(self.max_wait) })
    }
}

/// What a call may take.
struct Admitted {
    /// When it must be done.
    deadline: Option<Instant>,
    permit: Option<Permit>,
    /// How long it may wait for its reader, if it streams.
    patience: Option<Duration>,
}

/// How many calls of one sort may be in flight.
#[derive(Debug, Clone)]
struct Room {
    most: usize,
    taken: Arc<AtomicUsize>,
}

impl Room {
    fn of(most: usize) -> Room {
        Room { most, taken: Arc::default() }
    }

    fn enter(&self) -> Result<Permit, Status> {
        let one_more = |taken| (taken < self.most).then_some(taken + 1);
        match self.taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, one_more) {
            Ok(_) => Ok(Permit(Arc::clone(&self.taken))),
            Err(_) => Err(status::overloaded()),
        }
    }
}

/// The right to run, given back when dropped.
#[derive(Debug)]
struct Permit(Arc<AtomicUsize>);

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The header is there and no timeout.
#[derive(Debug, PartialEq, Eq)]
struct Malformed;

/// Carries the time that the caller allows.
const TIMEOUT: HeaderName = HeaderName::from_static("grpc-timeout");

/// The time that the caller allows: at most 8 digits and a unit (gRPC over HTTP/2, "Timeout").
fn timeout(headers: &HeaderMap) -> Result<Option<Duration>, Malformed> {
    let Some(value) = headers.get(TIMEOUT) else { return Ok(None) };
    let (unit, digits) = value.as_bytes().split_last().ok_or(Malformed)?;
    if !(1..=8).contains(&digits.len()) || !digits.iter().all(u8::is_ascii_digit) {
        return Err(Malformed);
    }
    let n = digits.iter().fold(0, |n, digit| n * 10 + u64::from(digit - b'0'));
    let time = match unit {
        b'H' => Duration::from_secs(n * 3600),
        b'M' => Duration::from_secs(n * 60),
        b'S' => Duration::from_secs(n),
        b'm' => Duration::from_millis(n),
        b'u' => Duration::from_micros(n),
        b'n' => Duration::from_nanos(n),
        _ => return Err(Malformed),
    };
    Ok(Some(time))
}

impl<S, R> Service<Request<Body>> for Limit<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible>,
    R: Send + 'static,
{
    type Response = Response<Patient<LimitedBody<R>>>;
    type Error = Infallible;
    type Future = Limited<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match self.admit(&request) {
            Ok(Admitted { deadline, permit, patience }) => {
                if let Some(deadline) = deadline {
                    request.extensions_mut().insert(Deadline(deadline));
                }
                let clock = Clock { deadline, sleep: None };
                Limited { future: Some(self.inner.call(request)), refusal: None, clock, permit, patience }
            }
            Err(refusal) => {
                let clock = Clock { deadline: None, sleep: None };
                Limited { future: None, refusal: Some(refusal), clock, permit: None, patience: None }
            }
        }
    }
}

pin_project_lite::pin_project! {
    /// Wakes at a deadline. The timer is only set once there is something to wait for, which most calls never do.
    struct Clock {
        deadline: Option<Instant>,
        #[pin]
        sleep: Option<Sleep>,
    }
}

impl Clock {
    fn poll_passed(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let Some(deadline) = this.deadline else { return Poll::Pending };
        if this.sleep.is_none() {
            this.sleep.set(Some(sleep_until((*deadline).into())));
        }
        this.sleep.as_pin_mut().map_or(Poll::Pending, |sleep| sleep.poll(cx))
    }
}

pin_project_lite::pin_project! {
    /// An answer with a deadline.
    pub(crate) struct Limited<F> {
        #[pin]
        future: Option<F>,
        refusal: Option<Status>,
        #[pin]
        clock: Clock,
        permit: Option<Permit>,
        patience: Option<Duration>,
    }
}

impl<F, R> Future for Limited<F>
where
    F: Future<Output = Result<Response<R>, Infallible>>,
    R: Send + 'static,
{
    type Output = Result<Response<Patient<LimitedBody<R>>>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let answer = this.future.as_mut().as_pin_mut().map(|future| future.poll(cx));
        let deadline = this.clock.deadline;
        match answer {
            Some(Poll::Ready(response)) => Poll::Ready(response.map(|response| {
                let permit = this.permit.take();
                let clock = Clock { deadline, sleep: None };
                let patience = *this.patience;
                response.map(|inner| {
                    let body = LimitedBody { inner: Some(inner), clock, permit };
                    match patience {
                        None => Patient::forever(body),
                        Some(most) => Patient::a_while(body, most),
                    }
                })
            })),
            Some(Poll::Pending) => {
                ready!(this.clock.poll_passed(cx));
                // Dropping the call is what cancels it.
                this.future.set(None);
                Poll::Ready(Ok(refused(&status::deadline_exceeded())))
            }
            None => {
                let refusal = this.refusal.take().unwrap_or_else(status::deadline_exceeded);
                Poll::Ready(Ok(refused(&refusal)))
            }
        }
    }
}

fn refused<R>(status: &Status) -> Response<Patient<LimitedBody<R>>> {
    let response: Response<()> = status.clone().into_http();
    let clock = Clock { deadline: None, sleep: None };
    response.map(|()| Patient::forever(LimitedBody { inner: None, clock, permit: None }))
}

pin_project_lite::pin_project! {
    /// The body of an answer with a deadline, and the permit to go on.
    pub(crate) struct LimitedBody<R> {
        #[pin]
        inner: Option<R>,
        #[pin]
        clock: Clock,
        permit: Option<Permit>,
    }
}

impl<R: http_body::Body<Data = Bytes>> http_body::Body for LimitedBody<R> {
    type Data = Bytes;
    type Error = R::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, R::Error>>> {
        let mut this = self.project();
        let Some(inner) = this.inner.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        if let Poll::Ready(frame) = inner.poll_frame(cx) {
            return Poll::Ready(frame);
        }
        ready!(this.clock.poll_passed(cx));
        this.inner.set(None);
        drop(this.permit.take());
        Poll::Ready(Some(Ok(Frame::trailers(error::trailers(&status::deadline_exceeded())))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_digits_and_a_unit() {
        let parse = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("grpc-timeout", text.parse().unwrap());
            timeout(&headers)
        };
        assert_eq!(timeout(&HeaderMap::new()), Ok(None));
        for (text, time) in [
            ("1H", Duration::from_secs(3600)),
            ("2M", Duration::from_secs(120)),
            ("3S", Duration::from_secs(3)),
            ("4m", Duration::from_millis(4)),
            ("5u", Duration::from_micros(5)),
            ("99999999n", Duration::from_nanos(99_999_999)),
            ("0S", Duration::ZERO),
        ] {
            assert_eq!(parse(text), Ok(Some(time)), "{text}");
        }
        for text in ["", "S", "1", "1s", "-1S", "123456789S", "1 S", "0x1S"] {
            assert_eq!(parse(text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn permits_are_given_back() {
        let room = Room::of(2);
        let one = room.enter();
        let two = room.clone().enter();
        assert!(one.is_ok() && two.is_ok() && room.enter().is_err());
        drop(one);
        assert!(room.enter().is_ok());
    }
}
