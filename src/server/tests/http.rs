//! What is not gRPC, and what browsers ask: HTTP's own answers.

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Method, Request, Response, StatusCode, Version};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;
use tower::ServiceExt as _;

use super::stand_in::{ANSWERS, NEVER_ANSWERS, PANICS, Running, StandIn, revision};
use crate::server::{Config, Origins, health::Health, layers, metrics::Metrics, routes::Routes, rpcs::Rpcs};

/// One request through all layers.
async fn answer(config: &Config, request: http::request::Builder) -> Response<Body> {
    let rpcs = Arc::new(Rpcs::new().unwrap());
    let metrics = Arc::new(Metrics::new(&rpcs));
    let routes = Routes::new(StandIn, Health::new(rpcs.services()), Arc::clone(&rpcs)).unwrap();
    layers::around(routes, &rpcs, &metrics, config, revision())
        .oneshot(request.body(Full::from(&[0; 5][..])).unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_is_not_grpc_gets_a_status_of_http() {
    let config = Config::default();
    for (method, path, content_type, version, status) in [
        (Method::GET, "/", "", Version::HTTP_11, StatusCode::NOT_FOUND),
        (Method::GET, "/favicon.ico", "", Version::HTTP_2, StatusCode::NOT_FOUND),
        (Method::POST, "/anything", "application/json", Version::HTTP_2, StatusCode::NOT_FOUND),
        (Method::GET, ANSWERS, "", Version::HTTP_11, StatusCode::METHOD_NOT_ALLOWED),
        (Method::PUT, ANSWERS, "application/grpc", Version::HTTP_2, StatusCode::METHOD_NOT_ALLOWED),
        (Method::GET, ANSWERS, "application/grpc-web", Version::HTTP_11, StatusCode::METHOD_NOT_ALLOWED),
        (Method::POST, ANSWERS, "application/json", Version::HTTP_2, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Method::POST, ANSWERS, "", Version::HTTP_11, StatusCode::UNSUPPORTED_MEDIA_TYPE),
        (Method::POST, ANSWERS, "application/grpc", Version::HTTP_11, StatusCode::HTTP_VERSION_NOT_SUPPORTED),
        (Method::POST, ANSWERS, "application/grpc", Version::HTTP_2, StatusCode::OK),
        (Method::POST, ANSWERS, "application/grpc+proto", Version::HTTP_2, StatusCode::OK),
        (Method::POST, ANSWERS, "application/grpc-web+proto", Version::HTTP_11, StatusCode::OK),
        (Method::POST, ANSWERS, "application/grpc-web; charset=utf-8", Version::HTTP_11, StatusCode::OK),
        (Method::POST, ANSWERS, "application/grpc-web-text;charset=utf-8", Version::HTTP_11, StatusCode::OK),
        (Method::POST, ANSWERS, "application/grpc;a=b", Version::HTTP_2, StatusCode::OK),
        (
            Method::POST,
            ANSWERS,
            "application/json; application/grpc",
            Version::HTTP_2,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (Method::POST, "/unknown", "application/grpc", Version::HTTP_2, StatusCode::OK),
    ] {
        let request =
            Request::builder().method(&method).uri(path).version(version).header("content-type", content_type);
        let response = answer(&config, request).await;
        assert_eq!(response.status(), status, "{method} {path} {content_type} {version:?}");
        assert!(response.headers().contains_key("x-request-id"));
        let grpc = response.headers()["content-type"].to_str().unwrap().starts_with("application/grpc");
        assert_eq!(grpc, status == StatusCode::OK);
        assert_eq!(response.headers().contains_key("dossier-revision"), grpc, "every call tells the revision");
        assert_eq!(response.headers().contains_key("allow"), status == StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn a_browser_gets_grpc_web_whatever_happens() {
    // An answer, a panic within, a deadline, an unknown method: from every layer in the browser's own form.
    let config = Config { max_call_time: Duration::from_millis(20), ..Config::default() };
    for (path, status) in [(ANSWERS, "0"), (PANICS, "13"), (NEVER_ANSWERS, "4"), ("/unknown/Method", "12")] {
        for content_type in ["application/grpc-web+proto", "application/grpc-web-text"] {
            let request = Request::post(path).header("content-type", content_type).header("accept", content_type);
            let response = answer(&config, request).await;
            let got = response.headers()["content-type"].to_str().unwrap().to_owned();
            assert!(got.starts_with(content_type.trim_end_matches("+proto")), "{path}: {got}");
            // The status is in the headers, or in a frame of trailers at the end of the body.
            let header = response.headers().get("grpc-status").cloned();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            if header != Some(HeaderValue::from_static(status)) {
                assert_eq!((header, status), (None, "0"), "{path}");
                assert!(!body.is_empty());
            }
        }
    }
}

#[tokio::test]
async fn browsers_may_call_from_allowed_origins_only() {
    let listed = Origins::Listed(vec![HeaderValue::from_static("https://maps.example")]);
    for (origins, origin, allowed) in [
        (Origins::Any, "https://anywhere.example", true),
        (Origins::Loopback, "http://localhost:5173", true),
        (Origins::Loopback, "https://anywhere.example", false),
        (listed.clone(), "https://maps.example", true),
        (listed, "https://anywhere.example", false),
    ] {
        let config = Config { origins, ..Config::default() };
        let preflight = Request::options(ANSWERS)
            .header("origin", origin)
            .header("access-control-request-method", "POST")
            .header("access-control-request-headers", "content-type,x-grpc-web,grpc-timeout");
        let response = answer(&config, preflight).await;
        assert_eq!(response.status(), StatusCode::NO_CONTENT);
        let headers = response.headers();
        assert_eq!(headers.contains_key("access-control-allow-origin"), allowed, "{origin} {config:?}");
        assert_eq!(headers.contains_key("access-control-allow-methods"), allowed);
        if allowed {
            assert_eq!(headers["access-control-allow-headers"], "content-type,x-grpc-web,grpc-timeout");
        }
        let call = Request::post(ANSWERS).header("origin", origin).header("content-type", "application/grpc-web");
        let response = answer(&config, call).await;
        let headers = response.headers();
        assert_eq!(
            headers.get("access-control-allow-origin").map(HeaderValue::as_bytes),
            allowed.then_some(origin.as_bytes())
        );
        assert_eq!(headers.contains_key("access-control-expose-headers"), allowed);
        assert_eq!(headers["vary"], "origin");
        // Not answered at all: a page may have a name that leads to this machine, and would be of the same origin then.
        assert_eq!(response.status(), if allowed { StatusCode::OK } else { StatusCode::FORBIDDEN });
    }
}

#[tokio::test]
async fn a_request_id_is_returned() {
    let server = Running::start(Config::default()).await;
    let made = server.call(ANSWERS, None).await.unwrap();
    assert!(made["x-request-id"].len() > 8);
    let theirs = Request::post(ANSWERS).version(Version::HTTP_2).header("content-type", "application/grpc");
    let response = answer(&Config::default(), theirs.header("x-request-id", "abc-1")).await;
    assert_eq!(response.headers()["x-request-id"], "abc-1");
    server.stop().await;
}
