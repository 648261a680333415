//! The driver: many calls at once over HTTP/2, each with another request, each answer checked byte for byte.

use std::{
    cell::RefCell,
    rc::Rc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use h2::client::SendRequest;
use tokio::{net::TcpStream, runtime::Runtime, task::LocalSet};

/// Connections, and calls at once on each.
const CONNECTIONS: usize = 16;

/// See [`CONNECTIONS`].
const STREAMS: usize = 16;

/// What is asked, and what must come back.
#[derive(Debug)]
pub(crate) struct Load {
    /// Where it goes.
    pub(crate) path: &'static str,
    /// Requests in their frames.
    pub(crate) requests: Vec<Bytes>,
    /// Answers to them.
    pub(crate) expected: Expected,
}

/// What must come back, beside the status OK.
#[derive(Debug)]
pub(crate) enum Expected {
    /// These lengths and sums, one a request.
    Answers(Vec<(usize, u64)>),
    /// One frame of a message of so many bytes.
    Frame(usize),
    /// Anything: it is kept, to be looked at later.
    Kept(RefCell<Vec<Bytes>>),
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Answers as expected.
    pub(crate) right: u64,
    /// What was wrong with others, the first few.
    pub(crate) wrong: Vec<String>,
    /// Seconds.
    pub(crate) took: f64,
}

/// Why a call was not answered as expected.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The server has too much to do.
    Exhausted,
    /// Anything else.
    Wrong(String),
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Failure {
        Failure::Wrong(error.to_string())
    }
}

/// Open connections to a server.
#[derive(Debug)]
pub(crate) struct Driver {
    runtime: Runtime,
    local: LocalSet,
    connections: Vec<SendRequest<Bytes>>,
    streams: usize,
    port: u16,
}

impl Load {
    /// Asks what comes at this place first.
    pub(crate) fn rotate(&mut self, first: usize) {
        self.requests.rotate_left(first);
        if let Expected::Answers(answers) = &mut self.expected {
            answers.rotate_left(first);
        }
    }
}

impl Driver {
    /// Connects.
    pub(crate) fn to(port: u16) -> Driver {
        Driver::with(port, CONNECTIONS, STREAMS)
    }

    /// So many connections, and calls at once on each.
    pub(crate) fn with(port: u16, connections: usize, streams: usize) -> Driver {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let local = LocalSet::new();
        let connections = local.block_on(&runtime, async {
            let mut opened = vec![];
            for _ in 0..connections {
                let socket = TcpStream::connect(("127.0.0.1", port)).await.expect("a server");
                socket.set_nodelay(true).expect("a socket");
                let mut http = h2::client::Builder::new();
                http.initial_window_size(1 << 24).initial_connection_window_size(1 << 28);
                let (calls, connection) = http.handshake(socket).await.expect("HTTP/2");
                tokio::task::spawn_local(async move {
                    let _ = connection.await;
                });
                opened.push(calls);
            }
            opened
        });
        Driver { runtime, local, connections, streams, port }
    }

    /// Asks for so long, and at least once.
    pub(crate) fn drive(&self, load: &Rc<Load>, time: Duration) -> Outcome {
        let end = Instant::now() + time;
        let all = load.requests.len();
        self.ask(load, |first| {
            let (mut number, mut begun) = (first, false);
            move || {
                number = (number + 1) % all;
                let over = std::mem::replace(&mut begun, true) && Instant::now() >= end;
                (!over).then_some(number)
            }
        })
    }

    /// Asks each request once.
    pub(crate) fn each(&self, load: &Rc<Load>) -> Outcome {
        let numbers = Rc::new(RefCell::new(0..load.requests.len()));
        self.ask(load, |_| {
            let numbers = Rc::clone(&numbers);
            move || numbers.borrow_mut().next()
        })
    }

    /// Asks what comes next for each caller, until nothing does.
    fn ask<N>(&self, load: &Rc<Load>, mut next: impl FnMut(usize) -> N) -> Outcome
    where
        N: FnMut() -> Option<usize> + 'static,
    {
        let outcome = Rc::new(RefCell::new(Outcome::default()));
        let began = Instant::now();
        self.local.block_on(&self.runtime, async {
            let mut calls = vec![];
            for number in 0..self.connections.len() {
                for stream in 0..self.streams {
                    let (caller, outcome) = (self.caller(number, load), Rc::clone(&outcome));
                    let first = number * 7919 + stream * 104_729;
                    calls.push(tokio::task::spawn_local(caller.run(next(first), outcome)));
                }
            }
            for call in calls {
                call.await.expect("a caller");
            }
        });
        let mut outcome = outcome.take();
        outcome.took = began.elapsed().as_secs_f64();
        outcome
    }

    /// Asks so often a second for so long, whatever becomes of calls before: what became of each, and how long after it was due.
    pub(crate) fn offer(&self, load: &Rc<Load>, rate: f64, time: Duration) -> Vec<(Result<(), Failure>, Duration)> {
        let ends = Rc::new(RefCell::new(vec![]));
        self.local.block_on(&self.runtime, async {
            let (began, mut tick, mut sent) = (Instant::now(), tokio::time::interval(Duration::from_millis(1)), 0);
            let mut calls = tokio::task::JoinSet::new();
            while began.elapsed() < time {
                tick.tick().await;
                let due = (began.elapsed().as_secs_f64() * rate) as usize;
                for number in sent..due {
                    let (mut caller, ends) = (self.caller(number, load), Rc::clone(&ends));
                    let due = began + Duration::from_secs_f64(number as f64 / rate);
                    calls.spawn_local(async move {
                        let end = caller.call(number % caller.load.requests.len()).await;
                        ends.borrow_mut().push((end, due.elapsed()));
                    });
                }
                sent = due;
            }
            calls.join_all().await;
        });
        ends.take()
    }

    /// Who asks on a connection.
    fn caller(&self, number: usize, load: &Rc<Load>) -> Caller {
        let uri = format!("http://127.0.0.1:{}{}", self.port, load.path);
        let calls = self.connections[number % self.connections.len()].clone();
        Caller { calls, uri: uri.parse().expect("a path"), load: Rc::clone(load) }
    }
}

struct Caller {
    calls: SendRequest<Bytes>,
    uri: http::Uri,
    load: Rc<Load>,
}

impl Caller {
    async fn run(mut self, mut next: impl FnMut() -> Option<usize>, outcome: Rc<RefCell<Outcome>>) {
        while let Some(number) = next() {
            let end = self.call(number).await;
            let mut outcome = outcome.borrow_mut();
            match end {
                Ok(()) => outcome.right += 1,
                Err(why) if outcome.wrong.len() < 5 => outcome.wrong.push(format!("request {number}: {why:?}")),
                Err(_) => {}
            }
        }
    }

    async fn call(&mut self, number: usize) -> Result<(), Failure> {
        std::future::poll_fn(|cx| self.calls.poll_ready(cx)).await?;
        let request = http::Request::post(self.uri.clone())
            .header(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/grpc"))
            .header("te", http::HeaderValue::from_static("trailers"))
            .body(())?;
        let (answer, mut body) = self.calls.send_request(request, false)?;
        body.send_data(self.load.requests[number].clone(), true)?;
        let answer = answer.await?;
        if answer.status() != http::StatusCode::OK || answer.headers().contains_key("grpc-status") {
            let exhausted = answer.headers().get("grpc-status").is_some_and(|status| status == "8");
            let refused = || Failure::Wrong(format!("refused: {:?}", answer.headers()));
            return Err(if exhausted { Failure::Exhausted } else { refused() });
        }
        let mut body = answer.into_body();
        let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
        let mut frames: Option<Bytes> = None;
        let mut len = 0;
        let mut whole = vec![];
        while let Some(data) = body.data().await {
            let data = data?;
            let _ = body.flow_control().release_capacity(data.len());
            len += data.len();
            digest.update(&data);
            if matches!(self.load.expected, Expected::Kept(_)) {
                whole.extend_from_slice(&data);
            }
            frames.get_or_insert(data);
        }
        let trailers = body.trailers().await?.unwrap_or_default();
        if trailers.get("grpc-status").is_none_or(|status| status != "0") {
            return Err(Failure::Wrong(format!("failed: {trailers:?}")));
        }
        match &self.load.expected {
            Expected::Answers(answers) if answers[number] != (len, digest.finalize()) => {
                let whole = answers[number].0;
                Err(Failure::Wrong(format!("{len} bytes came, and not those of the answer, which has {whole}")))
            }
            Expected::Frame(bytes) if len != bytes + 5 || !is_frame(frames.as_deref(), *bytes) => {
                Err(Failure::Wrong(format!("{len} bytes came instead of a frame of {bytes}")))
            }
            Expected::Answers(_) | Expected::Frame(_) => Ok(()),
            Expected::Kept(answers) => {
                answers.borrow_mut()[number] = whole.into();
                Ok(())
            }
        }
    }
}

fn is_frame(start: Option<&[u8]>, bytes: usize) -> bool {
    start.is_some_and(|start| start.get(..5) == Some(&[&[0][..], &(bytes as u32).to_be_bytes()].concat()))
}
