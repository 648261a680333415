//! Batches: in the order of the request, duplicates kept, all or nothing.

use dossier::pb;
use tonic::Code;

use super::worlds;

#[tokio::test]
async fn a_batch_answers_in_the_order_of_its_names_and_keeps_duplicates() {
    for mut world in worlds().await {
        let request = pb::ListEventsRequest { page_size: 1000, ..Default::default() };
        let all = world.client.list_events(request).await.unwrap().into_inner().events;
        // Neither in order of time nor of name.
        let picked: Vec<&pb::Event> = [5, 2, 5, 0, 7, 2, 1].iter().map(|at| &all[*at]).collect();
        let names: Vec<String> = picked.iter().map(|event| event.name.clone()).collect();
        assert!(!names.is_sorted() && !names.iter().rev().is_sorted());
        let request = pb::BatchGetEventsRequest { names: names.clone(), ..Default::default() };
        let found = world.client.batch_get_events(request).await.unwrap().into_inner().events;
        assert!(found.iter().eq(picked), "{names:?}");

        let names = [names, vec!["events/no-such-thing".to_owned()]].concat();
        let request = pb::BatchGetEventsRequest { names, ..Default::default() };
        assert_eq!(world.client.batch_get_events(request).await.unwrap_err().code(), Code::NotFound);
    }
}
