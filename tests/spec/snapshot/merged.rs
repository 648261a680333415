//! Facts that are streamed into a snapshot give what the same facts give in memory; snapshots are data like any other.

use std::{fs, io::Cursor, path::Path, time::UNIX_EPOCH};

use dossier::{
    model::{dataset::Dataset, derive::derive},
    seed,
    store::{
        build::{Spool, in_memory, streamed},
        engine::ImageView,
    },
};
use tempfile::TempDir;

use super::build;
use crate::{
    answers::WITH_EXAMPLE,
    generate::{self, Size},
    support::{dossier, run},
};

/// The image of facts that are streamed past, in an order of their own.
fn stream(mut dataset: Dataset) -> Vec<u8> {
    let folder = TempDir::new().unwrap();
    let mut spool = Spool::new(folder.path()).unwrap();
    dataset.events.iter().rev().for_each(|event| spool.add(event).unwrap());
    dataset.events.clear();
    let bytes = streamed(dataset, spool, Cursor::new(vec![])).unwrap().into_inner();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "its files have no name");
    bytes
}

#[test]
fn streamed_facts_give_the_image_that_they_give_in_memory() {
    let shipped = seed::load(&WITH_EXAMPLE.iter().map(Into::into).collect::<Vec<_>>()).unwrap();
    let made = (1..6).map(|number| generate::dataset(number, Size::SMALL));
    for dataset in made.chain([shipped, Dataset::default()]) {
        let image = in_memory(&derive(dataset.clone())).unwrap();
        let streamed = stream(dataset);
        assert!(image.bytes() == streamed, "{} events", ImageView::dataset_of(&image).unwrap().event_count);
        ImageView::open(image, UNIX_EPOCH).unwrap();
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_snapshot_is_taken_apart_into_the_facts_it_was_made_of() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let same = |one: &str, other: &str| fs::read(at(one)).unwrap() == fs::read(at(other)).unwrap();
    build(WITH_EXAMPLE, &at("whole"));
    build(&[text(&at("whole"))], &at("again"));
    assert!(same("whole", "again"), "a snapshot alone");
    build(&["seeds"], &at("part"));
    build(&[WITH_EXAMPLE, &[text(&at("part"))]].concat(), &at("more"));
    assert!(same("whole", "more"), "a snapshot, and folders that repeat it and say more of its events");
    build(&["tests/spec/made_up/quarry"], &at("other"));
    build(&["seeds", "tests/spec/made_up/quarry"], &at("both"));
    build(&[text(&at("other")), "seeds"], &at("merged"));
    assert!(same("both", "merged"), "a snapshot and folders that have nothing in common");
    build(&[text(&at("part")), text(&at("other"))], &at("merged"));
    assert!(same("both", "merged"), "two snapshots");
    // In its own place: what is read is the old file, until the new one is whole.
    build(&[text(&at("other")), "seeds"], &at("other"));
    assert!(same("both", "other"), "in place");
}

#[test]
fn inputs_that_contradict_each_other_are_refused_by_name() {
    let folder = TempDir::new().unwrap();
    let (snapshot, copy) = (folder.path().join("facts.dossier"), folder.path().join("quarry"));
    build(&["tests/spec/made_up/quarry"], &snapshot);
    fs::create_dir(&copy).unwrap();
    for entry in fs::read_dir("tests/spec/made_up/quarry").unwrap() {
        let path = entry.unwrap().path();
        let changed = fs::read_to_string(&path).unwrap().replacen("display_name: ", "display_name: Changed ", 1);
        fs::write(copy.join(path.file_name().unwrap()), changed).unwrap();
    }
    let refused = run(&mut dossier(&["build", text(&snapshot), text(&copy), "-o", text(&snapshot)]));
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("say different things of "), "{refused:?}");
}
