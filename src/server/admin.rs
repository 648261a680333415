//! The port of operators, beside the service. Nothing of the facts is told here.
//!
//! - `GET /metrics`: the page of [`exposition`];
//! - `GET /livez`: 200 as long as the process answers at all;
//! - `GET /readyz`: 200 if health answers SERVING, else 503;
//! - `dossier.admin.v1.AdminService` and its reflection over gRPC, for whoever has the scope admin, and where nobody in between can read along.

use std::{collections::VecDeque, convert::Infallible, fmt, net::IpAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode,
    header::{CONTENT_TYPE, ORIGIN},
};
use http_body_util::Full;
use hyper::{body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo, TokioTimer},
    server::conn::auto,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    task::AbortHandle,
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use tonic::body::Body;
use tower_service::Service as _;

use super::{
    access::{Access, Peer, Scope, Stranger},
    exposition::{self, Exposition},
    operations::Operations,
    reflection::Reflection,
    status,
    tls::Tls,
};
use crate::pb::admin::admin_service_server::AdminServiceServer;

/// Connections at once: a scraper, some probes, somebody who looks.
const CONNECTIONS: usize = 64;

/// How long a connection may take for TLS and for the head of a request, and may last.
const HEAD: Duration = Duration::from_secs(10);

/// See [`HEAD`].
const LASTS: Duration = Duration::from_secs(300);

/// Calls at once on a connection.
const STREAMS: u32 = 8;

/// What OpenMetrics is sent as.
const METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// What operators are answered from.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) exposition: Arc<Exposition>,
    pub(super) operations: Operations,
    pub(super) reflection: Reflection,
    pub(super) access: Arc<Access>,
    pub(super) tls: Option<Arc<Tls>>,
}

/// Answers on a listener, for ever.
pub(super) async fn serve(listener: TcpListener, port: Port) {
    let (mut open, port) = (VecDeque::<AbortHandle>::new(), Arc::new(port));
    loop {
        let (stream, from) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections of operators; trying again");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        open.retain(|connection| !connection.is_finished());
        if open.len() >= CONNECTIONS
            && let Some(oldest) = open.pop_front()
        {
            // Whoever holds it open without need keeps nobody out; a scraper comes again.
            oldest.abort();
        }
        let port = Arc::clone(&port);
        let connection = tokio::spawn(async move {
            // Whatever goes wrong is the peer's doing, and it may come back.
            let _ = timeout(LASTS, connection(stream, from.ip(), port)).await;
        });
        open.push_back(connection.abort_handle());
    }
}

async fn connection(stream: TcpStream, address: IpAddr, port: Arc<Port>) {
    if !matches!(timeout(HEAD, stream.readable()).await, Ok(Ok(()))) {
        return;
    }
    let Some(tls) = &port.tls else { return http(stream, Peer::at(address, false), port).await };
    let accepting = TlsAcceptor::from(tls.config(true)).accept(stream);
    if let Ok(Ok(stream)) = timeout(HEAD, accepting).await {
        http(stream, Peer::at(address, true), port).await;
    }
}

async fn http(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, peer: Peer, port: Arc<Port>) {
    let peer = Arc::new(peer);
    let answers = service_fn(move |request: Request<Incoming>| {
        let (peer, port) = (Arc::clone(&peer), Arc::clone(&port));
        async move { Ok::<_, Infallible>(answer(request, &peer, port).await) }
    });
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http1().timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(16 << 10);
    http.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).max_header_list_size(16 << 10);
    let _ = http.serve_connection(TokioIo::new(stream), answers).await;
}

async fn answer(request: Request<Incoming>, peer: &Peer, port: Arc<Port>) -> Response<Body> {
    if request.headers().contains_key(ORIGIN) {
        // No page has any business here, whatever name led it to this machine.
        return text(StatusCode::FORBIDDEN, "pages of the web are not answered here\n");
    }
    let kind = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if request.method() == Method::POST && kind.starts_with(b"application/grpc") {
        return call(request, peer, &port).await;
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is served here, and gRPC\n");
    }
    match request.uri().path() {
        "/metrics" => match exposition::page(&port.exposition) {
            Ok(page) => response(StatusCode::OK, METRICS, page.into()),
            Err(fmt::Error) => text(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be written\n"),
        },
        "/livez" => text(StatusCode::OK, "ok\n"),
        "/readyz" if port.exposition.health.is_serving() => text(StatusCode::OK, "ok\n"),
        "/readyz" => text(StatusCode::SERVICE_UNAVAILABLE, "not serving\n"),
        _ => text(StatusCode::NOT_FOUND, "/metrics, /livez and /readyz are here\n"),
    }
}

/// A call of `AdminService`, by whoever may.
async fn call(request: Request<Incoming>, peer: &Peer, port: &Port) -> Response<Body> {
    let principal = match port.access.operator(request.headers(), peer) {
        Ok(principal) => principal,
        Err(Stranger) => return status::unauthenticated().into_http(),
    };
    let (path, name) = (request.uri().path().to_owned(), principal.name());
    if !principal.may(Scope::Admin) {
        tracing::warn!(principal = &**name, path, "an operator's call by who may not");
        return status::permission_denied(Scope::Admin).into_http();
    }
    tracing::info!(principal = &**name, path, "an operator's call");
    if path.starts_with("/grpc.reflection.") {
        return port.reflection.clone().answer(request.map(Body::new));
    }
    match AdminServiceServer::new(port.operations.clone()).call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn text(status: StatusCode, text: &'static str) -> Response<Body> {
    response(status, TEXT, Bytes::from_static(text.as_bytes()))
}

fn response(status: StatusCode, kind: HeaderValue, body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::new(Full::new(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
