//! The edge to HTTP: a request that is no gRPC gets HTTP's own status (not 200 with a `grpc-status` that no browser shows),
//! and browsers get the CORS headers that gRPC-Web needs.

use std::{
    convert::Infallible,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use http::{
    HeaderMap, HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
        ACCESS_CONTROL_REQUEST_METHOD, ALLOW, CONTENT_TYPE, ORIGIN, VARY,
    },
};
use tonic::body::Body;
use tower_service::Service;

use super::call::Call;
use crate::server::{Origins, rpcs::Rpcs};

/// What scripts may read beside the content: the status, its details, the revision, the id.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "grpc-status, grpc-message, grpc-status-details-bin, grpc-encoding, dossier-revision, x-request-id",
);

/// Seconds for which a browser may remember a preflight: two hours, the most that Chromium takes.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Lets gRPC and gRPC-Web in.
#[derive(Debug, Clone)]
pub(crate) struct Edge<S> {
    inner: S,
    rpcs: Arc<Rpcs>,
    origins: Arc<Origins>,
}

impl<S> Edge<S> {
    pub(crate) fn new(inner: S, rpcs: Arc<Rpcs>, origins: Origins) -> Edge<S> {
        Edge { inner, rpcs, origins: Arc::new(origins) }
    }

    /// The answer to a request that is no gRPC call, if it is none.
    fn refuse(&self, request: &Request<Body>, origin: Option<&HeaderValue>) -> Option<Response<Body>> {
        let headers = request.headers();
        let known = self.rpcs.at(request.uri().path()).is_some();
        if request.method() == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return Some(preflight(headers, origin));
        }
        let kind = content_kind(headers);
        let (status, text) = match (request.method(), kind) {
            // Beside CORS, by which a browser would only keep the answer from the page: it may take the page for one of ours
            // (DNS rebinding).
            (&Method::POST, Kind::Web | Kind::Grpc) if origin.is_none() && headers.contains_key(ORIGIN) => (
                StatusCode::FORBIDDEN,
                "pages of this origin may not call; the server's --allow-origin says which may\n",
            ),
            (&Method::POST, Kind::Web) => return None,
            (&Method::POST, Kind::Grpc) if request.version() == Version::HTTP_2 => return None,
            (&Method::POST, Kind::Grpc) => {
                (StatusCode::HTTP_VERSION_NOT_SUPPORTED, "gRPC needs HTTP/2; over HTTP/1.1 use gRPC-Web\n")
            }
            _ if !known => (StatusCode::NOT_FOUND, "this is a gRPC server: nothing here for a browser\n"),
            (&Method::POST, Kind::Other) => {
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, "send content-type application/grpc or application/grpc-web\n")
            }
            _ => (StatusCode::METHOD_NOT_ALLOWED, "gRPC methods are called by POST\n"),
        };
        let mut response = Response::new(Body::new(http_body_util::Full::from(text)));
        *response.status_mut() = status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        if status == StatusCode::METHOD_NOT_ALLOWED {
            response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
        }
        Some(response)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Grpc,
    Web,
    Other,
}

/// The kind of call by its content type: `application/grpc` or `application/grpc-web`(`-text`), each with `+proto` or none.
/// What follows a `;` says nothing about protobuf.
fn content_kind(headers: &HeaderMap) -> Kind {
    let Some(Ok(content_type)) = headers.get(CONTENT_TYPE).map(HeaderValue::to_str) else { return Kind::Other };
    match content_type.split(';').next().unwrap_or_default().trim() {
        "application/grpc-web"
        | "application/grpc-web+proto"
        | "application/grpc-web-text"
        | "application/grpc-web-text+proto" => Kind::Web,
        "application/grpc" | "application/grpc+proto" => Kind::Grpc,
        _ => Kind::Other,
    }
}

/// The request with no more than the type in its content type: the layers below compare it as a whole.
fn without_parameters(mut request: Request<Body>) -> Request<Body> {
    let content_type = request.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    if let Some(end) = content_type.iter().position(|byte| *byte == b';')
        && let Some(bare) = content_type.get(..end).map(<[u8]>::trim_ascii)
        && let Ok(bare) = HeaderValue::from_bytes(bare)
    {
        request.headers_mut().insert(CONTENT_TYPE, bare);
    }
    request
}

/// The answer to a browser that asks whether it may call.
fn preflight(headers: &HeaderMap, origin: Option<&HeaderValue>) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    if origin.is_some() {
        let answer = response.headers_mut();
        answer.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        answer.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
        // Metadata is the caller's to choose: without credentials, any header may come.
        if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
            answer.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
        }
    }
    response
}

impl<S> Service<Request<Body>> for Edge<S>
where
    S: Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answer<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let from_page = request.headers().contains_key(ORIGIN);
        let origin = request.headers().get(ORIGIN).filter(|origin| self.origins.allow(origin)).cloned();
        let answer = match self.refuse(&request, origin.as_ref()) {
            Some(response) => {
                let status = response.status().as_u16();
                tracing::info!(id = Call::of(&request).id(), method = %request.method(), status, "not a gRPC call");
                Step::Refused { response: Some(response) }
            }
            None => Step::Passed { future: self.inner.call(without_parameters(request)) },
        };
        Answer { step: answer, origin, from_page }
    }
}

pin_project_lite::pin_project! {
    #[project = StepOf]
    enum Step<F> {
        Refused { response: Option<Response<Body>> },
        Passed { #[pin] future: F },
    }
}

pin_project_lite::pin_project! {
    /// An answer that gets its CORS headers.
    pub(crate) struct Answer<F> {
        #[pin]
        step: Step<F>,
        origin: Option<HeaderValue>,
        from_page: bool,
    }
}

impl<F: Future<Output = Result<Response<Body>, Infallible>>> Future for Answer<F> {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = match this.step.project() {
            StepOf::Refused { response } => Ok(response.take().unwrap_or_default()),
            StepOf::Passed { future } => ready!(future.poll(cx)),
        };
        if let (true, Ok(response)) = (*this.from_page, &mut response) {
            let headers = response.headers_mut();
            // The answer differs by origin, so no cache may hand it to another.
            headers.append(VARY, HeaderValue::from_static("origin"));
            if let Some(origin) = this.origin.take() {
                headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
                headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
            }
        }
        Poll::Ready(response)
    }
}
