//! The checked content of one or more data sets: the waist between files and the store.

use crate::pb;

/// Checked facts as their files state them, merged over all data sets and sorted by name: references resolve, quotes stand,
/// claims have names, citations offsets, sources texts. OUTPUT_ONLY fields that depend on the day asked for are empty.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Dataset {
    /// The data sets it was merged from.
    pub layers: Vec<pb::Layer>,
    /// Sources, with text and sha256 where at hand.
    pub sources: Vec<pb::Source>,
    /// Places as written.
    pub places: Vec<pb::Place>,
    /// Actors as written.
    pub actors: Vec<pb::Actor>,
    /// Camps as written.
    pub camps: Vec<pb::Camp>,
    /// Events with all their claims and links, those of `claims_on` included.
    pub events: Vec<pb::Event>,
}
