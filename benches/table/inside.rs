//! Answers in process: what the driver's answers are compared with, and what callgrind counts.

use std::{
    path::Path,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::UNIX_EPOCH,
};

use bytes::Bytes;
use dossier::{
    api::{FactService, Limits},
    model::sphere::Point,
    store::{
        Budget, View as _,
        engine::{ImageStore, ImageView},
        image::Image,
        query::{EventQuery, NearQuery, Origin, PageOf},
    },
};
use http_body_util::{BodyExt as _, Full};
use tonic::body::Body;
use tower_service::Service as _;

use crate::{
    ask::Ask,
    made_up::{Dice, World},
};

/// A view over a snapshot.
pub(crate) fn view(file: &Path) -> ImageView {
    ImageView::open(Image::open(file).expect("a snapshot"), UNIX_EPOCH).expect("a view")
}

/// The service over a snapshot.
pub(crate) fn service(file: &Path) -> FactService<ImageStore> {
    FactService::new(Arc::new(ImageStore::new(view(file))), Limits::default())
}

/// The answer to a request: its message in its frame.
pub(crate) async fn answer(service: &mut FactService<ImageStore>, path: &'static str, frame: Bytes) -> Bytes {
    let request = http::Request::post(http::Uri::from_static(path))
        .header(http::header::CONTENT_TYPE, "application/grpc")
        .header("te", "trailers")
        .body(Body::new(Full::new(frame)))
        .expect("a request");
    let Ok(response) = service.call(request).await;
    assert!(!response.headers().contains_key("grpc-status"), "refused: {:?}", response.headers());
    let body = response.into_body().collect().await.expect("a body");
    let trailers = body.trailers().and_then(|trailers| trailers.get("grpc-status"));
    assert!(trailers.is_some_and(|status| status == "0"), "failed: {trailers:?}");
    body.to_bytes()
}

/// What answers are told apart by.
pub(crate) fn sum(bytes: &[u8]) -> u64 {
    crc_fast::crc64_nvme(bytes)
}

/// Lengths and sums of the answers to requests.
pub(crate) fn answers(file: &Path, ask: Ask, requests: &[Bytes]) -> Vec<(usize, u64)> {
    let mut service = service(file);
    blocking(async move {
        let mut answers = Vec::with_capacity(requests.len());
        for request in requests {
            let body = answer(&mut service, ask.path(), request.clone()).await;
            answers.push((body.len(), sum(&body)));
        }
        answers
    })
}

/// Runs a future on a runtime of one thread.
pub(crate) fn blocking<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// Requests that differ when instructions are counted: they come round and round, so that from the second round on every
/// block of the file has been verified.
pub(crate) const ROUND: usize = 500;

/// Answers so many requests; prints how many bytes came.
pub(crate) fn count(ask: &str, requests: usize, file: &Path) {
    let ask = Ask::named(ask);
    let world = World::of(1_000_000);
    let mut service = service(file);
    let asked = ask.requests(&world, 1_000_000, ROUND);
    let bytes = blocking(async move {
        let mut bytes = 0;
        for frame in asked.iter().cycle().take(requests) {
            bytes += answer(&mut service, ask.path(), frame.clone()).await.len();
        }
        bytes
    });
    println!("{bytes}");
}

/// Nanoseconds of processor that this thread has used: on a busy machine a clock tells of others.
fn used() -> u64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    text.split(' ').next().and_then(|text| text.parse().ok()).unwrap_or_default()
}

/// Polls what never waits: yields between slices of work are for other calls, and here there are none.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(done) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return done;
        }
    }
}

/// Nanoseconds for the nearest ten of so many events: until rows and distances are found, and until there are slices of bytes.
pub(crate) fn nearest(events: usize, file: &Path) -> [f64; 2] {
    let page = PageOf { after: None, size: 10 };
    let (query, budget) = (EventQuery::default(), Budget::default());
    let (view, points) = (view(file), asked_points(events));
    let near = |point: &Point| NearQuery { origin: Origin::Point(*point), radius: None, max_uncertainty: None };
    let rows = nanoseconds(&points, |point| {
        let found = now(view.nearest_rows(&near(point), page, &budget)).expect("an answer");
        // One more tells whether there is a next page.
        assert_eq!(found.len().min(11), 11);
    });
    let slices = nanoseconds(&points, |point| {
        let near = near(point);
        assert_eq!(now(view.near(&query, &near, page, &budget)).expect("an answer").hits.len(), 10);
    });
    [rows, slices]
}

fn asked_points(events: usize) -> Vec<Point> {
    const QUESTIONS: usize = 100_000;
    let (world, mut dice) = (World::of(events), Dice::new(99));
    let points = (0..QUESTIONS).map(|_| world.asked_point(&mut dice));
    points.map(|at| Point::new(at.latitude, at.longitude).expect("on Earth")).collect()
}

/// Nanoseconds of processor for a point: the median of rounds.
fn nanoseconds(points: &[Point], ask: impl Fn(&Point)) -> f64 {
    let mut rounds: Vec<f64> = (0..6)
        .map(|_| {
            let before = used();
            points.iter().for_each(&ask);
            (used() - before) as f64 / points.len() as f64
        })
        // The first one warms pages and caches.
        .skip(1)
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds[rounds.len() / 2]
}
