//! What the shipped facts say: read from their files, checked and derived as the server does it, without a server.

use std::sync::LazyLock;

use dossier::{
    model::{
        day::Day,
        derive::{Derived, EventVersion, derive},
    },
    pb, seed,
};

use crate::tools::root;

mod disputes;
mod files;
mod seed_document;

/// The seed alone.
static SEED: LazyLock<Derived> = LazyLock::new(|| load(&["seeds"]));

/// The seed with the later statements on top.
static LATER: LazyLock<Derived> = LazyLock::new(|| load(&["seeds", "examples/minusma-2023"]));

fn load(folders: &[&str]) -> Derived {
    let paths: Vec<_> = folders.iter().map(|folder| root().join(folder)).collect();
    derive(seed::load(&paths).unwrap_or_else(|report| panic!("{:#?}", report.problems)))
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The events as known on a day, or now.
fn events(of: &Derived, as_of: Option<Day>) -> Vec<&EventVersion> {
    of.events.iter().filter_map(|versions| versions.iter().find(|version| version.known.answers(as_of))).collect()
}

fn event<'a>(of: &'a Derived, name: &str) -> &'a pb::Event {
    let versions = events(of, None);
    &versions.iter().find(|version| version.event.name == name).unwrap_or_else(|| panic!("{name}")).event
}

fn edtf(time: Option<&pb::TimeSpan>) -> &str {
    time.map_or("", |time| &time.edtf)
}
