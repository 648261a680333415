//! Each call is counted once, with the status that its caller got.

use std::sync::Arc;

use tonic::Code;
use tower::ServiceExt as _;

use super::stand_in::{ANSWERS, NEVER_ANSWERS, PANICS, PANICS_LATER, STREAMS_FOR_EVER, StandIn, revision};
use crate::server::{Config, health::Health, layers, metrics::Metrics, routes::Routes, rpcs::Rpcs};

/// All layers around the stand-in, and the counters.
struct Counted {
    stack: layers::Stack<StandIn>,
    rpcs: Arc<Rpcs>,
    metrics: Arc<Metrics>,
}

impl Counted {
    fn new(config: &Config) -> Counted {
        let rpcs = Arc::new(Rpcs::new().unwrap());
        let metrics = Arc::new(Metrics::new(&rpcs));
        let routes = Routes::new(StandIn, Health::new(rpcs.services()), Arc::clone(&rpcs)).unwrap();
        Counted { stack: layers::around(routes, &rpcs, &metrics, config, revision()), rpcs, metrics }
    }

    /// Calls a method; reads so many frames of the answer at most, then goes away.
    async fn call(&self, path: &str, content_type: &str, frames: usize) {
        use http_body_util::BodyExt as _;
        let request = http::Request::post(path).version(http::Version::HTTP_2).header("content-type", content_type);
        // An empty message in its frame; gRPC-Web's text is base64.
        let message = if content_type.ends_with("text") { &b"AAAAAAA="[..] } else { &[0; 5] };
        let request = request.body(http_body_util::Full::from(message)).unwrap();
        let mut body = self.stack.clone().oneshot(request).await.unwrap().into_body();
        for _ in 0..frames {
            if body.frame().await.is_none() {
                break;
            }
        }
    }

    fn ended(&self, path: &str, code: Code) -> u64 {
        self.metrics.ended(self.rpcs.row(path), code)
    }
}

#[tokio::test]
async fn the_status_is_read_from_headers_and_trailers_and_counted_on_drop() {
    let counted = Counted::new(&Config::default());
    for (path, frames, code) in [
        (ANSWERS, 9, Code::Ok),
        (ANSWERS, 1, Code::Cancelled),
        (PANICS, 9, Code::Internal),
        (PANICS, 0, Code::Internal),
        (PANICS_LATER, 9, Code::Internal),
        (PANICS_LATER, 1, Code::Cancelled),
        (STREAMS_FOR_EVER, 1, Code::Cancelled),
        ("/grpc.health.v1.Health/Check", 9, Code::Ok),
        ("/whatever/a/caller/invents", 9, Code::Unimplemented),
    ] {
        for content_type in ["application/grpc", "application/grpc-web", "application/grpc-web-text"] {
            let before = counted.ended(path, code);
            counted.call(path, content_type, frames).await;
            assert_eq!(counted.ended(path, code), before + 1, "{path} {content_type} after {frames} frames");
        }
    }
    assert_eq!(counted.ended(ANSWERS, Code::Ok), 3, "nothing is counted twice");
    assert_eq!(counted.metrics.in_flight(), 0);
}

#[tokio::test]
async fn a_caller_that_leaves_before_the_answer_is_counted() {
    let counted = Counted::new(&Config::default());
    let mut call = Box::pin(counted.call(NEVER_ANSWERS, "application/grpc", 9));
    assert!(std::future::poll_fn(|cx| std::task::Poll::Ready(call.as_mut().poll(cx))).await.is_pending());
    assert_eq!(counted.metrics.in_flight(), 1);
    drop(call);
    assert_eq!((counted.ended(NEVER_ANSWERS, Code::Cancelled), counted.metrics.in_flight()), (1, 0));
}
