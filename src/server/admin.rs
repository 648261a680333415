//! The port of operators: plain HTTP beside the service, for whoever watches it. Nothing of the facts is told here.
//!
//! - `GET /metrics`: the page of [`exposition`];
//! - `GET /livez`: 200 as long as the process answers at all;
//! - `GET /readyz`: 200 if health answers SERVING, else 503.

use std::{convert::Infallible, fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, StatusCode, header::CONTENT_TYPE};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};

use super::exposition::{self, Exposition};

/// Connections at once: a scraper, some probes, somebody who looks.
const CONNECTIONS: usize = 64;

/// How long a connection may take for the head of a request, and may last.
const HEAD: Duration = Duration::from_secs(10);

/// See [`HEAD`].
const LASTS: Duration = Duration::from_secs(300);

/// What OpenMetrics is sent as.
const METRICS: HeaderValue = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// Answers on a listener, for ever.
pub(super) async fn serve(listener: TcpListener, exposition: Arc<Exposition>) {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // A semaphore that nobody closes.
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "cannot accept connections of operators; trying again");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let exposition = Arc::clone(&exposition);
        drop(tokio::spawn(async move {
            let _permit = permit;
            let answers = service_fn(move |request| {
                let response = answer(&request, &exposition);
                async move { Ok::<_, Infallible>(response) }
            });
            let connection = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD)
                .max_buf_size(16 << 10)
                .serve_connection(TokioIo::new(stream), answers);
            // Whatever goes wrong is the peer's doing, and it may come back.
            let _ = timeout(LASTS, connection).await;
        }));
    }
}

fn answer(request: &Request<Incoming>, exposition: &Arc<Exposition>) -> Response<Full<Bytes>> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return text(StatusCode::METHOD_NOT_ALLOWED, "only GET is served here\n");
    }
    match request.uri().path() {
        "/metrics" => match exposition::page(exposition) {
            Ok(page) => response(StatusCode::OK, METRICS, page.into()),
            Err(fmt::Error) => text(StatusCode::INTERNAL_SERVER_ERROR, "the page cannot be written\n"),
        },
        "/livez" => text(StatusCode::OK, "ok\n"),
        "/readyz" if exposition.health.is_serving() => text(StatusCode::OK, "ok\n"),
        "/readyz" => text(StatusCode::SERVICE_UNAVAILABLE, "not serving\n"),
        _ => text(StatusCode::NOT_FOUND, "/metrics, /livez and /readyz are here\n"),
    }
}

fn text(status: StatusCode, text: &'static str) -> Response<Full<Bytes>> {
    response(status, TEXT, Bytes::from_static(text.as_bytes()))
}

fn response(status: StatusCode, kind: HeaderValue, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
