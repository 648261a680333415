//! A service that behaves as its method's name is mapped to here, and a server around it.

use std::{
    convert::Infallible,
    net::{SocketAddr, TcpListener},
    num::NonZeroUsize,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, header::CONTENT_TYPE};
use http_body::Frame;
use http_body_util::{BodyExt as _, Full, StreamBody};
use hyper::client::conn::http2::SendRequest;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    net::TcpStream,
    sync::{oneshot, watch},
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Status,
    body::Body,
    server::NamedService,
    transport::{Channel, Endpoint},
};
use tower_service::Service;

use crate::{
    pb::{self, ReloadOutcome, ReloadRefusal},
    server::{Config, Error, Told, layers::call::Revision, serve_facts},
    store::{Allowance, Deadline, LastLoad, LoadCounts, Sizes, Summary},
};

/// Methods of the contract, by what the stand-in does when they are called.
pub(super) const ANSWERS: &str = "/dossier.v1.FactService/GetDataset";
pub(super) const PANICS: &str = "/dossier.v1.FactService/GetEvent";
pub(super) const PANICS_LATER: &str = "/dossier.v1.FactService/ListEvents";
pub(super) const NEVER_ANSWERS: &str = "/dossier.v1.FactService/GetPlace";
pub(super) const STREAMS_FOR_EVER: &str = "/dossier.v1.FactService/WatchEvents";
pub(super) const TAKES_A_SECOND: &str = "/dossier.v1.FactService/GetCamp";
pub(super) const TAKES_20_MS: &str = "/dossier.v1.FactService/ListCamps";
pub(super) const KNOWS_ITS_DEADLINE: &str = "/dossier.v1.FactService/GetSource";

/// A header of its answers: the thread that made them.
pub(super) const THREAD: &str = "x-thread";

/// What a panic says, and no caller may see.
pub(super) const SECRET: &str = "the secret of the panic";

#[derive(Debug, Clone)]
pub(super) struct StandIn;

impl NamedService for StandIn {
    const NAME: &'static str = "dossier.v1.FactService";
}

/// An empty message in its frame.
fn message() -> Frame<Bytes> {
    Frame::data(Bytes::from_static(&[0, 0, 0, 0, 0]))
}

fn body(frames: impl tokio_stream::Stream<Item = Frame<Bytes>> + Send + 'static) -> Response<Body> {
    use tokio_stream::StreamExt as _;
    let body = Body::new(StreamBody::new(frames.map(Ok::<_, Status>)));
    let thread = std::thread::current().name().unwrap_or_default().to_owned();
    Response::builder().header(CONTENT_TYPE, "application/grpc").header(THREAD, thread).body(body).unwrap()
}

fn ok() -> Frame<Bytes> {
    let mut trailers = HeaderMap::new();
    trailers.insert(Status::GRPC_STATUS, 0.into());
    Frame::trailers(trailers)
}

impl Service<Request<Body>> for StandIn {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        use tokio_stream::{StreamExt as _, iter, once, pending};
        let path = request.uri().path().to_owned();
        let deadline = request.extensions().get::<Allowance>().and_then(|allowance| allowance.deadline);
        Box::pin(async move {
            match path.as_str() {
                PANICS => panic!("{SECRET}"),
                PANICS_LATER => {
                    let frames = iter([0, 1]).map(|n| if n == 0 { message() } else { panic!("{SECRET}") });
                    return Ok(body(frames));
                }
                NEVER_ANSWERS => std::future::pending::<()>().await,
                STREAMS_FOR_EVER => return Ok(body(once(message()).chain(pending()))),
                KNOWS_ITS_DEADLINE => assert!(deadline.is_some_and(|Deadline(at)| at > std::time::Instant::now())),
                TAKES_20_MS => sleep(Duration::from_millis(20)).await,
                TAKES_A_SECOND => sleep(Duration::from_secs(1)).await,
                _ => {}
            }
            Ok(body(iter([message(), ok()])))
        })
    }
}

/// The revision that the stand-in serves.
pub(super) fn revision() -> Revision {
    Arc::new(|| Some(HeaderValue::from_static("r1")))
}

/// The stand-in has no facts, and loads none.
fn told() -> Told {
    let (outcome, refusal) = (ReloadOutcome::Loaded, ReloadRefusal::Unspecified);
    let last = LastLoad { time: std::time::UNIX_EPOCH, outcome, refusal, counts: LoadCounts::default() };
    let summary =
        Summary { dataset: pb::Dataset::default(), load_time: std::time::UNIX_EPOCH, sizes: Sizes::default() };
    Told {
        stopping: CancellationToken::new(),
        revision: revision(),
        loads: watch::channel(last).1,
        now: Box::new(move || (summary.clone(), last)),
        is_damaged: Box::new(|| true),
    }
}

/// A server that runs in this test.
pub(super) struct Running {
    pub(super) address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<Result<(), Error>>,
}

impl Running {
    pub(super) async fn start(config: Config) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let announce = Box::new(move || ready.send(()).unwrap());
        let config = Config { workers: NonZeroUsize::new(2).unwrap(), announce: Some(announce), ..config };
        let served = tokio::spawn(serve_facts(vec![listener], StandIn, told(), config, async {
            stopped.await.ok();
        }));
        is_ready.await.unwrap();
        Running { address, stop, served }
    }

    pub(super) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    pub(super) async fn connect(&self) -> Connection {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (connection, driver) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver);
        connection
    }

    pub(super) async fn call(&self, path: &'static str, timeout: Option<&str>) -> Result<HeaderMap, Status> {
        call(self.connect().await, path, timeout).await
    }

    /// Stops it; how long that took.
    pub(super) async fn stop(self) -> Duration {
        let began = Instant::now();
        self.stop.send(()).unwrap();
        self.served.await.unwrap().unwrap();
        began.elapsed()
    }
}

/// A connection of HTTP/2 that adds nothing of its own: tonic's client would enforce the timeout itself.
pub(super) type Connection = SendRequest<Full<Bytes>>;

/// Calls a method with an empty message and reads the whole answer: its headers, if the call went well.
pub(super) async fn call(
    mut connection: Connection,
    path: &'static str,
    timeout: Option<&str>,
) -> Result<HeaderMap, Status> {
    let failed = |error: hyper::Error| Status::unavailable(error.to_string());
    let mut request = Request::post(format!("http://test{path}")).header(CONTENT_TYPE, "application/grpc");
    if let Some(timeout) = timeout {
        request = request.header("grpc-timeout", timeout);
    }
    let request = request.header("te", "trailers").body(Full::from(Bytes::from_static(&[0; 5]))).unwrap();
    let (head, body) = connection.send_request(request).await.map_err(failed)?.into_parts();
    assert_eq!(head.status, 200);
    assert_eq!(head.headers[CONTENT_TYPE], "application/grpc");
    let trailers = body.collect().await.map_err(failed)?.trailers().cloned();
    let status =
        Status::from_header_map(trailers.as_ref().unwrap_or(&head.headers)).expect("every answer has a status");
    if status.code() == Code::Ok { Ok(head.headers) } else { Err(status) }
}
