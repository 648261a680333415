//! Exports: `ExportEvents` as a stream, and `dossier export` as files.

mod batches;
mod demand;
mod files;
mod slow;

use dossier::{model::dataset::Dataset, pb};

use crate::generate::{self, Dice, Size, WORDS};

/// The largest batch.
const MOST: usize = 1 << 20;

/// Events with notes of some 20 KB each, so that a few dozen fill a batch.
fn wordy(seed: u64, events: usize) -> Dataset {
    let mut made = generate::dataset(seed, Size { events, ..Size::SMALL });
    for (i, event) in made.events.iter_mut().enumerate() {
        event.claims[0].note = format!("{}end", "note ".repeat(4000 + i % 100));
    }
    made
}

/// A filter of up to three fields, all of whose names are in the data set.
fn filter(dice: &mut Dice, made: &Dataset) -> pb::EventFilter {
    use pb::{EventKind as K, EventStatus as E};
    let mut filter = pb::EventFilter::default();
    for _ in 0..dice.below(4) {
        match dice.below(9) {
            0 => filter.kinds = vec![(*dice.pick(&[K::Fighting, K::ForcePosture, K::Clash, K::Handover])).into()],
            1 => filter.statuses = vec![(*dice.pick(&[E::Occurred, E::Planned])).into(), E::Ongoing.into()],
            2 => filter.actors = vec![dice.pick(&made.actors).name.clone()],
            3 => filter.places = vec![dice.pick(&made.places).name.clone()],
            4 => filter.sources = vec![dice.pick(&made.sources).name.clone(), dice.pick(&made.sources).name.clone()],
            5 => {
                let first = dice.day();
                filter.first_day = first.to_string();
                filter.last_day = first.plus(dice.below(400) as i32).to_string();
            }
            6 => filter.text = dice.pick(&WORDS)[..3].into(),
            7 => filter.contested = Some(dice.once_in(2)),
            _ => filter.as_of = dice.day().to_string(),
        }
    }
    filter
}
