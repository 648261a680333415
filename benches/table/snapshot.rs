//! A snapshot of made-up events.

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
};

use dossier::{
    model::{
        derive::{Context, Derived, event::versions},
        places,
    },
    store::build,
};

use crate::made_up::{Events, World};

/// Writes so many events into a file.
pub(crate) fn write(events: usize, to: &Path) {
    let World { mut sources, places: mut settled, mut actors, .. } = World::of(events);
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    settled.sort_by(|a, b| a.name.cmp(&b.name));
    actors.sort_by(|a, b| a.name.cmp(&b.name));
    places::fill(&mut settled);
    let context = Context::new(&sources, &settled, &actors);
    let world = World::of(events);
    let made = Events::of(&world, events).map(|event| versions(&event, &context)).collect();
    let Context { actor_tree, place_tree, .. } = context;
    let revision = blake3::hash(format!("{events} made-up events").as_bytes()).to_hex().to_string();
    let derived = Derived {
        revision,
        sources,
        places: settled,
        actors,
        events: made,
        actor_tree,
        place_tree,
        ..Default::default()
    };
    let aside = to.with_extension("part");
    let file = BufWriter::new(File::create(&aside).expect("a file"));
    build::to_file(&derived, file).expect("an image").flush().expect("a whole file");
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
