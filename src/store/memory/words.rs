//! Words: for each folded word the bitmap of rows whose titles, phrases, quotes and notes have it.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::{model::text, pb};

/// The bitmaps, by word.
#[derive(Debug, Default)]
pub(super) struct Words {
    bitmaps: BTreeMap<String, RoaringBitmap>,
}

impl Words {
    /// Adds the words of an event.
    pub(super) fn add(&mut self, event: &pb::Event, row: u32) {
        for text in texts(event) {
            for word in text::index_tokens(text) {
                self.bitmaps.entry(word).or_default().insert(row);
            }
        }
    }

    /// The rows that have all the words, the last one as a prefix.
    pub(super) fn search(&self, words: &str) -> RoaringBitmap {
        let words: Vec<String> = text::tokens(words);
        let Some((last, whole)) = words.split_last() else { return RoaringBitmap::new() };
        let begun = self
            .bitmaps
            .range(last.clone()..)
            .take_while(|(word, _)| word.starts_with(last.as_str()))
            .fold(RoaringBitmap::new(), |all, (_, rows)| all | rows);
        whole.iter().fold(begun, |rows, word| match self.bitmaps.get(word) {
            Some(other) => rows & other,
            None => RoaringBitmap::new(),
        })
    }
}

/// What a search by words looks at.
fn texts(event: &pb::Event) -> impl Iterator<Item = &str> {
    let locations = [&event.location, &event.origin, &event.destination].into_iter().flatten();
    let own = std::iter::once(event.title.as_str())
        .chain(locations.flat_map(location_texts))
        .chain(event.participants.iter().map(|participant| participant.phrase.as_str()))
        .chain(event.handover.iter().flat_map(|h| &h.unnamed_camps).map(|camps| camps.phrase.as_str()));
    let links = event.links.iter().filter_map(|link| link.citation.as_ref());
    own.chain(links.map(|citation| citation.quote.as_str())).chain(event.claims.iter().flat_map(claim_texts))
}

fn location_texts(location: &pb::Location) -> impl Iterator<Item = &str> {
    std::iter::once(location.phrase.as_str()).chain(location.citation.iter().map(|citation| citation.quote.as_str()))
}

fn claim_texts(claim: &pb::Claim) -> impl Iterator<Item = &str> {
    [claim.claimant_phrase.as_str(), claim.note.as_str()]
        .into_iter()
        .chain(claim.time.iter().map(|time| time.phrase.as_str()))
        .chain(claim.location.iter().flat_map(location_texts))
        .chain(claim.measures.iter().flat_map(|m| &m.quantity).map(|quantity| quantity.phrase.as_str()))
        .chain(claim.citations.iter().map(|citation| citation.quote.as_str()))
}
