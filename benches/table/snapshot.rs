//! A snapshot of made-up events.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use dossier::{
    model::dataset::Dataset,
    store::build::{Spool, streamed},
};

use crate::made_up::{Events, World};

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

/// The snapshot of so many events, made once.
pub(crate) fn of(events: usize) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join(format!("made-up-{events}.dossier"));
    let fresh = dossier::store::image::Image::open(&file).is_ok();
    if !fresh {
        std::fs::create_dir_all(folder).expect("a folder");
        write(events, &file);
    }
    file
}
