//! All batches of an export together are the walk by `ListEvents`, and each token goes on exactly behind its batch.

use dossier::{
    api::FactService,
    model::derive::derive,
    pb::{self, fact_service_client::FactServiceClient},
    store::engine::{ImageStore, ImageView},
};
use prost::Message as _;
use tonic::{Code, Status, codec::CompressionEncoding};

use super::{MOST, filter, wordy};
use crate::{
    generate::{self, Dice, Size},
    rules::{in_process, paging::reason},
};

type Client = FactServiceClient<FactService<ImageStore>>;

async fn export(
    client: &mut Client,
    request: pb::ExportEventsRequest,
) -> Result<Vec<pb::ExportEventsResponse>, Status> {
    let mut stream = client.export_events(request).await?.into_inner();
    let mut batches = vec![];
    while let Some(batch) = stream.message().await? {
        batches.push(batch);
    }
    Ok(batches)
}

fn of(filter: &pb::EventFilter) -> pb::ExportEventsRequest {
    pb::ExportEventsRequest { filter: Some(filter.clone()), ..Default::default() }
}

fn from(filter: &pb::EventFilter, batch: &pb::ExportEventsResponse) -> pb::ExportEventsRequest {
    pb::ExportEventsRequest { resume_token: batch.resume_token.clone(), ..of(filter) }
}

fn events(batches: &[pb::ExportEventsResponse]) -> Vec<&pb::Event> {
    batches.iter().flat_map(|batch| &batch.events).collect()
}

async fn walk(client: &mut Client, filter: &pb::EventFilter) -> Vec<pb::Event> {
    let mut request = pb::ListEventsRequest { filter: Some(filter.clone()), page_size: 1000, ..Default::default() };
    let mut all = vec![];
    loop {
        let page = client.list_events(request.clone()).await.unwrap().into_inner();
        all.extend(page.events);
        if page.next_page_token.is_empty() {
            return all;
        }
        request.page_token = page.next_page_token;
    }
}

/// Holds an export to all that is promised of its batches.
async fn hold(client: &mut Client, filter: &pb::EventFilter) -> usize {
    let walked = walk(client, filter).await;
    let batches = export(client, of(filter)).await.unwrap();
    assert!(events(&batches).into_iter().eq(&walked), "{filter:?}");
    let revision = &batches[0].revision;
    for (i, batch) in batches.iter().enumerate() {
        let bytes = batch.encoded_len();
        assert!(bytes <= MOST || batch.events.len() == 1, "{bytes} bytes in {} events", batch.events.len());
        assert!(!batch.events.is_empty() || batches.len() == 1, "{filter:?}");
        assert!(batch.revision == *revision && !batch.resume_token.is_empty());
        // Only the batch behind which nothing is left is followed by one without events.
        let rest = export(client, from(filter, batch)).await.unwrap();
        assert!(events(&rest) == events(&batches[i + 1..]), "{filter:?} behind batch {i}");
        assert!(!rest.is_empty());
    }
    batches.len()
}

#[tokio::test]
async fn the_batches_of_any_filter_join_to_its_walk_and_go_on_anywhere() {
    let mut most = 0;
    for seed in 0..4 {
        let made = wordy(seed, 200);
        let mut client = FactServiceClient::new(in_process::service(&derive(made.clone())).1);
        assert!(hold(&mut client, &pb::EventFilter::default()).await >= 4, "4 MB are four batches");
        let mut dice = Dice::new(seed);
        for _ in 0..25 {
            most = most.max(hold(&mut client, &filter(&mut dice, &made)).await);
        }
    }
    assert!(most >= 3, "some filters take several batches: {most}");
    let small = generate::dataset(9, Size { events: 3000, ..Size::SMALL });
    let mut client = FactServiceClient::new(in_process::service(&derive(small.clone())).1);
    assert!(hold(&mut client, &pb::EventFilter::default()).await >= 2, "batches are not bounded by number");
}

#[tokio::test]
async fn batches_are_full_and_an_event_above_the_limit_is_one_of_its_own() {
    let mut made = wordy(3, 150);
    made.events[70].claims[0].note = "n".repeat(MOST + 5);
    let mut client = FactServiceClient::new(in_process::service(&derive(made)).1);
    hold(&mut client, &pb::EventFilter::default()).await;
    let batches = export(&mut client, of(&pb::EventFilter::default())).await.unwrap();
    assert_eq!(batches.iter().filter(|batch| batch.encoded_len() > MOST).count(), 1);
    // Once the first has shown how large events are.
    for pair in batches[1..].windows(2).filter(|pair| pair[0].events.len() > 1) {
        let together = pair[0].encoded_len() + pair[1].events[0].encoded_len();
        assert!(together > MOST - 512, "{} bytes", pair[0].encoded_len());
    }
}

#[tokio::test]
async fn an_export_with_nothing_to_send_tells_its_revision() {
    let made = generate::dataset(5, Size::SMALL);
    let derived = derive(made);
    let mut client = FactServiceClient::new(in_process::service(&derived).1);
    let nothing = pb::EventFilter { text: "zzzzzz".into(), ..Default::default() };
    let batches = export(&mut client, of(&nothing)).await.unwrap();
    assert_eq!((batches.len(), batches[0].events.len()), (1, 0));
    assert_eq!(batches[0].revision, derived.revision);
    assert_eq!(export(&mut client, from(&nothing, &batches[0])).await.unwrap(), batches);
}

#[tokio::test]
async fn tokens_of_others_are_refused_by_the_name_of_their_field() {
    let mut client = FactServiceClient::new(in_process::service(&derive(generate::dataset(5, Size::SMALL))).1);
    let all = pb::EventFilter::default();
    let batch = export(&mut client, of(&all)).await.unwrap().remove(0);
    let list = pb::ListEventsRequest { filter: Some(all.clone()), page_size: 2, ..Default::default() };
    let page_token = client.list_events(list.clone()).await.unwrap().into_inner().next_page_token;
    let contested = pb::EventFilter { contested: Some(true), ..Default::default() };
    for (filter, token, told) in [
        (&all, "nonsense", "PAGE_TOKEN_INVALID"),
        (&all, &page_token, "PAGE_TOKEN_MISMATCH"),
        (&contested, &batch.resume_token, "PAGE_TOKEN_MISMATCH"),
    ] {
        let request = pb::ExportEventsRequest { resume_token: token.to_owned(), ..of(filter) };
        let error = export(&mut client, request).await.unwrap_err();
        assert_eq!((error.code(), reason(&error).as_str()), (Code::InvalidArgument, told));
        assert!(error.message().starts_with("resume_token: "), "{}", error.message());
    }
    let foreign = pb::ListEventsRequest { page_token: batch.resume_token, ..list };
    assert_eq!(reason(&client.list_events(foreign).await.unwrap_err()), "PAGE_TOKEN_MISMATCH");
}

#[tokio::test]
async fn an_export_stays_in_its_revision_while_others_are_loaded() {
    let derived = derive(wordy(1, 200));
    let (store, service) = in_process::service(&derived);
    let mut client = FactServiceClient::new(service);
    let all = pb::EventFilter::default();
    let whole = export(&mut client, of(&all)).await.unwrap();
    let mut stream = client.export_events(of(&all)).await.unwrap();
    assert_eq!(stream.metadata().get("dossier-revision").unwrap(), derived.revision.as_str());
    let mut batches = vec![stream.get_mut().message().await.unwrap().unwrap()];
    // More than are kept for tokens: the stream holds on to its own.
    for seed in 10..15 {
        let next = derive(generate::dataset(seed, Size::SMALL));
        store.load(ImageView::in_memory(&next, std::time::UNIX_EPOCH).unwrap());
        let resumed = export(&mut client, from(&all, &whole[1])).await;
        if seed < 14 {
            assert_eq!(resumed.unwrap(), whole[2..], "an older revision is still served to its tokens");
            assert_eq!(export(&mut client, of(&all)).await.unwrap()[0].revision, next.revision);
        } else {
            let error = resumed.unwrap_err();
            assert_eq!((error.code(), reason(&error).as_str()), (Code::Aborted, "REVISION_GONE"));
            assert!(error.message().contains("resume_token"));
        }
    }
    while let Some(batch) = stream.get_mut().message().await.unwrap() {
        batches.push(batch);
    }
    assert!(batches.len() > 3 && batches == whole);
}

#[tokio::test]
async fn batches_are_compressed_as_the_caller_accepts() {
    let (_, service) = in_process::service(&derive(wordy(2, 100)));
    let all = pb::EventFilter::default();
    let plain = export(&mut FactServiceClient::new(service.clone()), of(&all)).await.unwrap();
    for (encoding, name) in [(CompressionEncoding::Gzip, "gzip"), (CompressionEncoding::Zstd, "zstd")] {
        let mut client = FactServiceClient::new(service.clone()).accept_compressed(encoding);
        let mut stream = client.export_events(of(&all)).await.unwrap();
        assert_eq!(stream.metadata().get("grpc-encoding").unwrap(), name);
        let mut batches = vec![];
        while let Some(batch) = stream.get_mut().message().await.unwrap() {
            batches.push(batch);
        }
        assert!(batches == plain, "{name}");
    }
}
