//! Rules that every list and get shares, as tables that run on the shipped facts and on a made-up data set with other names:
//! nothing is wired to the seed.

mod bad_input;
mod bytes;
mod paging;

use std::path::PathBuf;

use dossier::{pb, seed};
use tempfile::TempDir;

use crate::{
    answers::{self, Client, WITH_EXAMPLE},
    generate::{self, Size},
    tools::Server,
};

/// A server over one of the data sets, and one name of each kind that it has.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) client: Client,
    pub(crate) event: String,
    pub(crate) place: String,
    pub(crate) actor: String,
    pub(crate) camp: String,
    pub(crate) source: String,
    _folder: Option<TempDir>,
}

/// The shipped facts, and a made-up data set.
pub(crate) async fn worlds() -> Vec<World> {
    let folder = TempDir::new().unwrap();
    let made: PathBuf = folder.path().join("made-up");
    generate::write(&generate::dataset(7, Size::SMALL), &made);
    if let Err(report) = seed::load(std::slice::from_ref(&made)) {
        panic!("the made-up data set has problems: {:#?}", report.problems);
    }
    let shipped = answers::serve(WITH_EXAMPLE).await;
    let generated = answers::serve(&[made.to_str().unwrap()]).await;
    vec![World::of(shipped, None).await, World::of(generated, Some(folder)).await]
}

impl World {
    async fn of((server, mut client): (Server, Client), folder: Option<TempDir>) -> Self {
        let events = client.list_events(pb::ListEventsRequest::default()).await.unwrap().into_inner().events;
        // Handovers have a camp, actors and a place.
        let event = events.iter().find(|event| event.handover.is_some() && event.location.is_some()).unwrap();
        let handover = event.handover.as_ref().unwrap();
        Self {
            event: event.name.clone(),
            place: event.location.as_ref().unwrap().place.clone(),
            actor: handover.from_actor.clone(),
            camp: events.iter().find_map(|event| event.camps.first()).unwrap().clone(),
            source: event.claims[0].citations[0].source.clone(),
            server,
            client,
            _folder: folder,
        }
    }
}
