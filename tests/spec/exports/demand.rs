//! A batch is made when the one before has been taken, not earlier; what goes wrong in the middle ends the stream with a status.

use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use dossier::{
    api::{FactService, Limits},
    export::Format,
    store::{Allowance, Deadline, query::EventQuery},
};
use http_body_util::{BodyExt as _, Full};
use tonic::{Code, Status, body::Body};
use tower_service::Service as _;

use crate::rules::{
    damage::{OneRevision, Stretch, event},
    paging::reason,
    raw::frame,
};

/// Where an export is written to; notes how many pages had been asked for each time.
struct Noting(Arc<AtomicUsize>, Vec<usize>);

impl Write for &mut Noting {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.1.push(self.0.load(SeqCst));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_file_is_written_page_by_page() {
    let events: Vec<_> = (0..3500).map(|i| event(i, 100)).collect();
    for format in [Format::JsonLines, Format::Csv, Format::GeoJson] {
        let stretch = Stretch::of(&events);
        let mut out = Noting(Arc::clone(&stretch.asked), vec![]);
        // Its sources are damaged, as all of it but the events.
        dossier::export::export(&stretch, &EventQuery::default(), format, &mut out).await.unwrap_err();
        out.1.dedup();
        let pages = if format == Format::GeoJson { vec![0, 1, 2, 3, 4] } else { vec![1, 2, 3, 4] };
        assert_eq!(out.1, pages, "{format:?}");
        assert_eq!(stretch.planned.load(SeqCst), 1);
    }
}

/// An export of a store of 400 events of some 20 KB, of which one is damaged if told; and how many plans and pages the
/// store was asked for.
async fn export(damaged: Option<usize>, deadline: Option<Instant>) -> (Body, [Arc<AtomicUsize>; 2]) {
    let events: Vec<_> = (0..400).map(|i| event(i, 20_000)).collect();
    let stretch = Stretch::of(&events).damaged_at(damaged);
    let asked = [Arc::clone(&stretch.planned), Arc::clone(&stretch.asked)];
    let mut service = FactService::new(Arc::new(OneRevision(Arc::new(stretch))), Limits::default());
    let request =
        http::Request::post("/dossier.v1.FactService/ExportEvents").header("content-type", "application/grpc");
    let mut request = request.body(Body::new(Full::new(frame(0, &[])))).unwrap();
    if let Some(deadline) = deadline {
        request.extensions_mut().insert(Allowance::from(Deadline(deadline)));
    }
    (service.call(request).await.unwrap().into_body(), asked)
}

/// The bytes of the next batch, or the status that ends the stream.
async fn next(body: &mut Body) -> Result<usize, Status> {
    let (mut taken, mut whole) = (Vec::new(), None);
    while whole != Some(taken.len()) {
        let frame = body.frame().await.expect("a stream ends with a status").unwrap();
        match frame.into_data() {
            Ok(data) => taken.extend_from_slice(&data),
            Err(frame) => return Err(Status::from_header_map(frame.trailers_ref().unwrap()).unwrap()),
        }
        let length = u32::from_be_bytes(taken[1..5].try_into().unwrap());
        whole = Some(5 + length as usize);
    }
    Ok(taken.len())
}

#[tokio::test]
async fn a_batch_is_made_when_it_is_asked_for() {
    let (mut body, asked) = export(None, None).await;
    let asked = || asked.each_ref().map(|asked| asked.load(SeqCst));
    assert_eq!(asked(), [0, 0], "nothing is read for a stream that nobody reads");
    for taken in 1..=3 {
        assert!(next(&mut body).await.unwrap() > 1_000_000);
        assert_eq!(asked(), [1, taken], "it is planned once");
    }
    // Dropping it is all that cancelling takes.
    drop(body);
    assert_eq!(asked(), [1, 3]);
}

#[tokio::test]
async fn damage_ends_the_stream_behind_what_is_whole() {
    let (mut body, _) = export(Some(300), None).await;
    let mut batches = 0;
    let status = loop {
        match next(&mut body).await {
            Ok(_) => batches += 1,
            Err(status) => break status,
        }
    };
    assert!(batches >= 3, "{batches}");
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DataLoss, "DATA_DAMAGED"));
    assert!(body.frame().await.is_none());
}

#[tokio::test]
async fn a_deadline_that_passes_between_two_batches_ends_the_stream() {
    let end = Instant::now() + Duration::from_millis(400);
    let (mut body, [_, asked]) = export(None, Some(end)).await;
    next(&mut body).await.unwrap();
    tokio::time::sleep_until(end.into()).await;
    let status = next(&mut body).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::DeadlineExceeded, "DEADLINE_EXCEEDED"));
    assert_eq!(asked.load(SeqCst), 1);
}
