//! Rules that every list and get shares, as tables that run on the shipped facts and on a made-up data set with other names:
//! nothing is wired to the seed.

mod bad_input;
mod batch;
mod bytes;
pub(crate) mod damage;
pub(crate) mod in_process;
mod masks;
mod page_bytes;
pub(crate) mod paging;
pub(crate) mod raw;
mod revisions;
mod walks;

use std::path::PathBuf;

use dossier::{pb, seed};
use tempfile::TempDir;

use crate::{
    answers::{self, Client, WITH_EXAMPLE},
    generate::{self, Size},
    support::Server,
};

/// A server over one of the data sets.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) client: Client,
    /// An event that it has.
    pub(crate) event: String,
    /// An event that nobody placed, if it has one.
    pub(crate) event_without_a_point: Option<String>,
    _folder: Option<TempDir>,
}

/// The shipped facts, and a made-up data set.
pub(crate) async fn worlds() -> Vec<World> {
    let (folder, made) = made_up();
    if let Err(report) = seed::load(std::slice::from_ref(&made)) {
        panic!("the made-up data set has problems: {:#?}", report.problems);
    }
    let shipped = answers::serve(WITH_EXAMPLE).await;
    let generated = answers::serve(&[made.to_str().unwrap()]).await;
    vec![World::of(shipped, None).await, World::of(generated, Some(folder)).await]
}

/// A made-up data set, in a folder that goes with the first value.
fn made_up() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let made = folder.path().join("made-up");
    generate::write(&generate::dataset(7, Size::SMALL), &made);
    (folder, made)
}

impl World {
    async fn of((server, mut client): (Server, Client), folder: Option<TempDir>) -> Self {
        let all = pb::ListEventsRequest { page_size: 1000, ..Default::default() };
        let events = client.list_events(all).await.unwrap().into_inner().events;
        let nowhere = |event: &&pb::Event| event.location.as_ref().is_none_or(|location| location.point.is_none());
        let event_without_a_point = events.iter().find(nowhere).map(|event| event.name.clone());
        Self { event: events[0].name.clone(), event_without_a_point, server, client, _folder: folder }
    }
}
