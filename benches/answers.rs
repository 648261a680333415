//! What an answer costs, in process: request bytes in, response bytes out, on made-up events. Prints; asserts nothing about time.
//!
//! `make bench` runs it; `DOSSIER_BENCH_EVENTS` sets how many events. A figure is the median of rounds in turn, so that a
//! noisy moment hits all of them alike.

#![expect(
    clippy::allow_attributes,
    reason = "which of the generator's lints fire here depends on what the tests have it make"
)]

#[path = "../tests/spec/generate.rs"]
#[allow(dead_code, clippy::expect_used, clippy::unwrap_used, clippy::string_slice, reason = "made for tests")]
mod generate;

use std::{
    env,
    io::Write as _,
    sync::Arc,
    time::{Instant, UNIX_EPOCH},
};

use bytes::Bytes;
use dossier::{
    api::{FactService, Limits},
    model::derive::derive,
    pb,
    store::engine::{ImageStore, ImageView},
};
use generate::{Dice, Size};
use http_body_util::{BodyExt as _, Full};
use prost::Message;
use tonic::body::Body;
use tower_service::Service as _;

/// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const ROUNDS: usize = 15;
const CALLS: usize = 200;

/// A kind of request, and how to make one.
type Case = (&'static str, fn(&mut Dice, usize) -> (&'static str, Vec<u8>));

const CASES: [Case; 6] = [
    ("GetEvent", |dice, events| {
        let name = format!("events/thing-{}", dice.below(events));
        ("GetEvent", pb::GetEventRequest { name, ..Default::default() }.encode_to_vec())
    }),
    ("GetEventsNear, 10", |dice, _| ("GetEventsNear", near(dice, 10))),
    ("GetEventsNear, 100", |dice, _| ("GetEventsNear", near(dice, 100))),
    ("ListEvents, 50 by actor and days", |dice, _| {
        let first = dice.day();
        let filter = pb::EventFilter {
            actors: vec![format!("actors/band-{}", dice.below(14))],
            first_day: first.to_string(),
            last_day: first.plus(90).to_string(),
            ..Default::default()
        };
        ("ListEvents", pb::ListEventsRequest { filter: Some(filter), ..Default::default() }.encode_to_vec())
    }),
    ("ListEvents, 50 as of a day", |dice, _| {
        let filter = pb::EventFilter { as_of: dice.day().to_string(), ..Default::default() };
        ("ListEvents", pb::ListEventsRequest { filter: Some(filter), ..Default::default() }.encode_to_vec())
    }),
    ("CountEvents by status", |_, _| {
        let group_by = vec![pb::CountDimension::Status.into()];
        ("CountEvents", pb::CountEventsRequest { group_by, ..Default::default() }.encode_to_vec())
    }),
];

fn near(dice: &mut Dice, page_size: i32) -> Vec<u8> {
    let point = pb::LatLng { latitude: dice.unit() * 4.0 + 8.0, longitude: dice.unit() * 4.0 + 18.0 };
    let origin = Some(pb::get_events_near_request::Origin::Point(point));
    pb::GetEventsNearRequest { origin, page_size, ..Default::default() }.encode_to_vec()
}

async fn call(service: &mut FactService<ImageStore>, method: &str, message: &[u8]) -> usize {
    let mut frame = vec![0];
    frame.extend_from_slice(&u32::try_from(message.len()).unwrap_or_default().to_be_bytes());
    frame.extend_from_slice(message);
    let mut request = http::Request::new(Body::new(Full::new(Bytes::from(frame))));
    if let Ok(path) = format!("/dossier.v1.FactService/{method}").parse() {
        *request.uri_mut() = path;
    }
    let Ok(response) = service.call(request).await;
    assert!(!response.headers().contains_key("grpc-status"), "{method} failed: {:?}", response.headers());
    response.into_body().collect().await.map_or(0, |body| body.to_bytes().len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let events = env::var("DOSSIER_BENCH_EVENTS").ok().and_then(|text| text.parse().ok()).unwrap_or(20_000);
    let size = Size { events, places: 400, actors: 40, sources: 40 };
    let began = Instant::now();
    let derived = derive(generate::dataset(1, size));
    let rows = derived.events.iter().flatten().count();
    let store = Arc::new(ImageStore::new(ImageView::in_memory(&derived, UNIX_EPOCH).map_err(std::io::Error::other)?));
    let mut out = std::io::stdout().lock();
    let took = began.elapsed().as_secs_f64();
    writeln!(out, "{events} made-up events in {rows} versions, derived and indexed in {took:.1} s")?;
    let mut service = FactService::new(store, Limits::default());
    let mut figures = vec![vec![]; CASES.len()];
    let mut bytes = vec![0; CASES.len()];
    let mut dice = Dice::new(2);
    for _ in 0..ROUNDS {
        for (at, (_, make)) in CASES.iter().enumerate() {
            let requests: Vec<_> = (0..CALLS).map(|_| make(&mut dice, events)).collect();
            let began = Instant::now();
            for (method, message) in &requests {
                bytes[at] += call(&mut service, method, message).await;
            }
            figures[at].push(began.elapsed().as_secs_f64() * 1e6 / CALLS as f64);
        }
    }
    for ((name, _), (figures, bytes)) in CASES.iter().zip(figures.iter_mut().zip(bytes)) {
        figures.sort_by(f64::total_cmp);
        let (median, least, most) = (figures[ROUNDS / 2], figures[0], figures[ROUNDS - 1]);
        let each = bytes / (ROUNDS * CALLS);
        writeln!(out, "{name:36} {median:9.1} us [{least:.1}..{most:.1}], {each} bytes")?;
    }
    Ok(())
}
