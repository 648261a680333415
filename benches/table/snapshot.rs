//! A snapshot of made-up events.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use dossier::{
    facts::Writer,
    model::dataset::Dataset,
    pb::{
        self,
        seed::{Header, record::Content},
    },
    store::build::{Spool, streamed},
};

use crate::made_up::{EDITION, Events, World};

/// Writes so many events into a file; they are never held.
pub(crate) fn write(events: usize, to: &Path) {
    let world = World::of(events);
    let mut spool = Spool::new(to.parent().expect("a folder")).expect("a spool");
    for event in Events::of(&world, events) {
        spool.add(&event).expect("room");
    }
    let World { mut sources, mut places, mut actors, .. } = world;
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    places.sort_by(|a, b| a.name.cmp(&b.name));
    actors.sort_by(|a, b| a.name.cmp(&b.name));
    let facts = Dataset { sources, places, actors, ..Default::default() };
    let aside = to.with_extension("part");
    let file = BufWriter::new(File::create(&aside).expect("a file"));
    streamed(facts, spool, file).expect("an image").flush().expect("a whole file");
    std::fs::rename(&aside, to).expect("the file in its place");
}

/// Writes as many as facts, for `dossier build` to make a snapshot of.
pub(crate) fn facts(events: usize, to: &Path) {
    let world = World::of(events);
    let file = BufWriter::new(File::create(to).expect("a file"));
    let header = Header { layer: "made-up".into(), title: "Made-up events".into(), ..Default::default() };
    let mut writer = Writer::new(file, header).expect("room");
    let mut write = |content: Content| writer.write(content).expect("room");
    world.sources.iter().cloned().map(Content::Source).for_each(&mut write);
    // Whoever checks facts asks that what lies in a place lies within its circle: some towns stray far from their region.
    let wide = |place: pb::Place| match place.kind() {
        pb::PlaceKind::Region => pb::Place { uncertainty_meters: Some(1_000_000.0), ..place },
        pb::PlaceKind::Country => pb::Place { uncertainty_meters: Some(4_000_000.0), ..place },
        _ => place,
    };
    world.places.iter().cloned().map(wide).map(Content::Place).for_each(&mut write);
    world.actors.iter().cloned().map(Content::Actor).for_each(&mut write);
    for mut event in Events::of(&world, events) {
        // Facts leave out what follows from the rest.
        event.claims.iter_mut().for_each(|claim| claim.name.clear());
        write(Content::Event(event));
    }
    writer.finish().expect("a whole file");
}

/// The snapshot of so many events, made once.
pub(crate) fn of(events: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("made-up-{events}-{EDITION}.dossier"));
    let fresh = dossier::store::image::Image::open(&file).is_ok();
    if !fresh {
        std::fs::create_dir_all(folder).expect("a folder");
        write(events, &file);
    }
    file
}
