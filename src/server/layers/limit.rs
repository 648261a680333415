//! How long a call may take, how many may run, and how much each caller may ask for.
//!
//! The deadline is the caller's `grpc-timeout` or the server's maximum, whichever is earlier. It goes down to the store in
//! the request's extensions, for work that does not yield by itself; here it ends calls that wait. Streams have no maximum
//! of the server's, a watch may last, but their answers begin in that time; and a stream of facts waits for its reader only for a
//! while.
//!
//! Calls for facts, watches of facts, streams of health and those of reflection are counted apart, so that none of them keeps the
//! others out. A call for facts waits for a place, but not for long; and one that comes round late since the worker has more than it
//! can do is sent away, so that those that are let in are answered in time. A probe that asks once is always let in.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Frame, SizeHint};
use tonic::{Status, body::Body};
use tower_service::Service;

use super::{
    call::Call,
    deadline::{Clock, Malformed, timeout},
    patience::Patient,
    room::{Full, Permit, Place, Room},
};
use crate::{
    api::error,
    server::{
        Config,
        access::{OperationStream, Peer, Principal},
        metrics::{Metrics, Shed},
        pulse,
        rate::{Account, Payer, Rates},
        rpcs::{Purpose, Rpcs},
        status,
    },
    store::{Allowance, Deadline},
};

/// The layer.
#[derive(Debug, Clone)]
pub(crate) struct Limit<S> {
    inner: S,
    with: Arc<With>,
}

/// What limits, the same for all workers.
#[derive(Debug)]
struct With {
    rpcs: Arc<Rpcs>,
    metrics: Arc<Metrics>,
    max_time: Duration,
    max_wait: Duration,
    max_queue_time: Duration,
    rates: Option<Arc<Rates>>,
    calls: Room,
    watches: Room,
    health_watches: Room,
    reflections: Room,
}

impl<S> Limit<S> {
    pub(crate) fn new(inner: S, rpcs: Arc<Rpcs>, metrics: Arc<Metrics>, config: &Config) -> Limit<S> {
        let [health_watches, reflections] = [(); 2].map(|()| Room::of(config.max_operation_streams));
        let with = With {
            rpcs,
            metrics,
            max_time: config.max_call_time,
            max_wait: config.max_stream_wait,
            max_queue_time: config.max_queue_time,
            rates: config.rate.map(|rate| Arc::new(Rates::new(rate))),
            calls: Room::with_line(config.max_calls, config.max_queue_time),
            watches: Room::of(config.max_watches),
            health_watches,
            reflections,
        };
        Limit { inner, with: Arc::new(with) }
    }
}

impl With {
    /// What the call may take; or why it may not run.
    fn admit(&self, request: &Request<Body>, call: &Call) -> Result<Admitted, Status> {
        let rpc = self.rpcs.at(request.uri().path());
        let theirs = timeout(request.headers()).map_err(|Malformed| status::malformed_timeout())?;
        let begins = theirs.map_or(self.max_time, |theirs| theirs.min(self.max_time));
        let time = if rpc.is_some_and(|rpc| rpc.streams) { theirs } else { Some(begins) };
        if time == Some(Duration::ZERO) {
            return Err(status::deadline_exceeded());
        }
        let facts = rpc.is_some_and(|rpc| matches!(rpc.purpose, Purpose::Facts | Purpose::Watch));
        let account = if facts { self.paid(request, call)? } else { None };
        // A time beyond what the clock can say is none.
        let deadline = time.and_then(|time| call.began().checked_add(time));
        let begins = call.began().checked_add(begins);
        let full = |shed| move |Full| self.shed(shed);
        let in_room = |room: &Room, why| room.enter().map(Some).map_err(full(why));
        let (place, operation) = match rpc.map(|rpc| (rpc.purpose, rpc.streams)) {
            Some((Purpose::Facts, _)) => (in_room(&self.calls, Shed::Queue)?, None),
            Some((Purpose::Watch, _)) => (in_room(&self.watches, Shed::Watches)?, None),
            Some((Purpose::Health, true)) => {
                (in_room(&self.health_watches, Shed::Streams)?, self.operation_stream(request)?)
            }
            Some((Purpose::Reflection, _)) => {
                (in_room(&self.reflections, Shed::Streams)?, self.operation_stream(request)?)
            }
            Some((Purpose::Health, false)) | None => (None, None),
        };
        let stream = facts && rpc.is_some_and(|rpc| rpc.streams);
        let wait = facts.then(|| self.longest_wait(call.began()));
        Ok(Admitted { begins, deadline, place, operation, account, wait, patience: stream.then_some(self.max_wait) })
    }

    /// Counts a stream of health or reflection for its connection.
    fn operation_stream(&self, request: &Request<Body>) -> Result<Option<OperationStream>, Status> {
        let Some(peer) = request.extensions().get::<Arc<Peer>>() else { return Ok(None) };
        peer.operation_stream().map(Some).ok_or_else(|| self.shed(Shed::Streams))
    }

    /// Takes a token of the caller's, if those are counted.
    fn paid(&self, request: &Request<Body>, call: &Call) -> Result<Option<Account>, Status> {
        let Some(rates) = &self.rates else { return Ok(None) };
        let named = call.principal().and_then(Principal::payer);
        let payer = named.or_else(|| request.extensions().get::<Arc<Peer>>().map(|peer| Payer::at(peer.address())));
        let Some(payer) = payer else { return Ok(None) };
        rates.take(&payer, call.began()).map(Some).map_err(|wait| {
            self.metrics.shed(Shed::Rate);
            status::rate_exceeded(wait)
        })
    }

    fn shed(&self, shed: Shed) -> Status {
        self.metrics.shed(shed);
        status::overloaded()
    }

    /// How long a call that has just come may wait for its place and its turn: it has waited unread before that. While there is a
    /// backlog that outlasted a burst, less.
    fn longest_wait(&self, came: Instant) -> Duration {
        let soon = (self.max_queue_time / SOON).max(LEAST_WAIT);
        let late = pulse::late(came, soon);
        let most = if late.standing > self.max_queue_time { soon } else { self.max_queue_time.max(LEAST_WAIT) };
        most.saturating_sub(late.by)
    }

    /// Whether a call that begins now has waited too long.
    fn is_late(&self, came: Instant, longest: Duration) -> bool {
        let waited = came.elapsed();
        self.metrics.waited(waited);
        waited > longest
    }
}

/// Timers are exact to a millisecond or two, and one long slice of work makes nobody late.
const LEAST_WAIT: Duration = Duration::from_millis(20);

/// The part of the longest wait that is left to calls while a backlog stands.
const SOON: u32 = 10;

/// What a call may take.
#[derive(Debug)]
struct Admitted {
    /// When its answer must have begun: a stream may last, but whoever does not even say what it is to be keeps no place.
    begins: Option<Instant>,
    /// When it must be done.
    deadline: Option<Instant>,
    place: Option<Place>,
    operation: Option<OperationStream>,
    /// Who pays for what it looks at.
    account: Option<Account>,
    /// How long it may wait; absent of calls that are never sent away for that.
    wait: Option<Duration>,
    /// How long it may wait for its reader, if it streams.
    patience: Option<Duration>,
}

/// What a call holds until it ends.
#[derive(Debug, Default)]
pub(crate) struct Held {
    permit: Option<Permit>,
    _operation: Option<OperationStream>,
    account: Option<(Account, Arc<Call>)>,
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some((account, call)) = &self.account {
            account.pay(call.rows(), Instant::now());
        }
    }
}

impl<S, R> Service<Request<Body>> for Limit<S>
where
    S: Service<Request<Body>, Response = Response<R>, Error = Infallible> + Clone + Send + 'static,
    R: Send + 'static,
{
    type Response = Response<Patient<LimitedBody<R>>>;
    type Error = Infallible;
    type Future = Limited<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let call = Call::of(&request);
        let with = Arc::clone(&self.with);
        let admitted = match self.with.admit(&request, &call) {
            Ok(admitted) => admitted,
            Err(refusal) => return Limited::refused(with, refusal),
        };
        let Admitted { begins, deadline, place, operation, account, wait, patience } = admitted;
        let bill = Arc::clone(&call);
        request.extensions_mut().insert(Allowance { deadline: deadline.map(Deadline), bill: Some(bill) });
        let began = call.began();
        let account = account.map(|account| (account, Arc::clone(&call)));
        let mut held = Held { permit: None, _operation: operation, account };
        let patience = patience.map(|most| (most, call));
        let state = match place {
            Some(Place::Awaited(place)) => {
                let mut inner = self.inner.clone();
                State::Waiting { place, begin: Some(Box::new(move || inner.call(request))) }
            }
            Some(Place::Given(permit)) => {
                held.permit = Some(permit);
                State::Running { future: self.inner.call(request) }
            }
            None => State::Running { future: self.inner.call(request) },
        };
        let wait = wait.map(|longest| (began, longest));
        Limited { state, clock: Clock::new(begins), deadline, held, patience, wait, with }
    }
}

/// A place in a line.
type Waits = Pin<Box<dyn Future<Output = Result<Permit, Full>> + Send>>;

pin_project_lite::pin_project! {
    /// Where a call is.
    #[project = StateOf]
    enum State<F> {
        Refused { refusal: Status },
        Waiting { place: Waits, begin: Option<Box<dyn FnOnce() -> F + Send>> },
        Running { #[pin] future: F },
    }
}

pin_project_lite::pin_project! {
    /// An answer with a deadline.
    pub(crate) struct Limited<F> {
        #[pin]
        state: State<F>,
        // Until its answer begins; then it has until the deadline.
        #[pin]
        clock: Clock,
        deadline: Option<Instant>,
        held: Held,
        patience: Option<(Duration, Arc<Call>)>,
        // When it came and how long it may wait, until it has begun.
        wait: Option<(Instant, Duration)>,
        with: Arc<With>,
    }
}

impl<F> Limited<F> {
    fn refused(with: Arc<With>, refusal: Status) -> Limited<F> {
        let (state, clock) = (State::Refused { refusal }, Clock::new(None));
        Limited { state, clock, deadline: None, held: Held::default(), patience: None, wait: None, with }
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
        loop {
            let answer = match this.state.as_mut().project() {
                StateOf::Refused { refusal } => return Poll::Ready(Ok(answer_of(refusal))),
                StateOf::Waiting { place, begin } => match place.as_mut().poll(cx) {
                    Poll::Ready(Ok(permit)) => {
                        this.held.permit = Some(permit);
                        if let Some(begin) = begin.take() {
                            this.state.set(State::Running { future: begin() });
                        }
                        continue;
                    }
                    Poll::Ready(Err(Full)) => {
                        let refusal = this.with.shed(Shed::Queue);
                        this.state.set(State::Refused { refusal });
                        continue;
                    }
                    Poll::Pending => Poll::Pending,
                },
                StateOf::Running { future } => {
                    if let Some((came, longest)) = this.wait.take()
                        && this.with.is_late(came, longest)
                    {
                        let refusal = this.with.shed(Shed::Turn);
                        this.state.set(State::Refused { refusal });
                        continue;
                    }
                    future.poll(cx)
                }
            };
            let Poll::Ready(response) = answer else {
                ready!(this.clock.poll_passed(cx));
                // Dropping the call is what cancels it.
                this.state.set(State::Refused { refusal: status::deadline_exceeded() });
                *this.held = Held::default();
                return Poll::Ready(Ok(answer_of(&status::deadline_exceeded())));
            };
            let clock = Clock::new(*this.deadline);
            let (held, patience) = (std::mem::take(this.held), this.patience.take());
            return Poll::Ready(response.map(|response| {
                response.map(|inner| {
                    let body = LimitedBody { inner: Some(inner), clock, held };
                    match patience {
                        None => Patient::forever(body),
                        Some((most, call)) => Patient::a_while(body, most, call),
                    }
                })
            }));
        }
    }
}

/// An answer that is a status alone.
fn answer_of<R>(status: &Status) -> Response<Patient<LimitedBody<R>>> {
    let response: Response<()> = status.clone().into_http();
    response.map(|()| Patient::default())
}

impl<R> Default for Patient<LimitedBody<R>> {
    fn default() -> Self {
        Patient::forever(LimitedBody { inner: None, clock: Clock::new(None), held: Held::default() })
    }
}

pin_project_lite::pin_project! {
    /// The body of an answer with a deadline, and what it holds until it ends.
    pub(crate) struct LimitedBody<R> {
        #[pin]
        inner: Option<R>,
        #[pin]
        clock: Clock,
        held: Held,
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
        *this.held = Held::default();
        Poll::Ready(Some(Ok(Frame::trailers(error::trailers(&status::deadline_exceeded())))))
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(http_body::Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or(SizeHint::with_exact(0), http_body::Body::size_hint)
    }
}
