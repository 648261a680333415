//! Postings: for each value of a field the bitmap of rows that have it.

use std::collections::BTreeMap;

use roaring::RoaringBitmap;

use crate::pb;

/// Stands for any actor, claimant or source.
pub(super) const ANY: u32 = u32::MAX;

/// A value that rows can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// Of this kind.
    Kind(i32),
    /// With this derived status.
    Status(i32),
    /// An actor, or one below it, takes part in a role (0: in any).
    Takes(u32, i32),
    /// At a place or inside it.
    At(u32),
    /// About a camp.
    Camp(u32),
    /// In a country.
    Country([u8; 2]),
    /// With a claim of a claimant from a source.
    Claimed(u32, u32),
    /// Contested.
    Contested,
    /// With this corroboration.
    Corroboration(i32),
    /// Known now.
    Current,
}

/// The bitmaps.
#[derive(Debug, Default)]
pub(super) struct Postings {
    bitmaps: BTreeMap<Key, RoaringBitmap>,
}

impl Postings {
    /// Notes that a row has a value. Rows come in order.
    pub(super) fn add(&mut self, key: Key, row: u32) {
        self.bitmaps.entry(key).or_default().insert(row);
    }

    /// The rows that have a value.
    pub(super) fn rows(&self, key: Key) -> RoaringBitmap {
        self.bitmaps.get(&key).cloned().unwrap_or_default()
    }

    /// The rows that have one of the values.
    pub(super) fn any(&self, keys: impl IntoIterator<Item = Key>) -> RoaringBitmap {
        keys.into_iter().filter_map(|key| self.bitmaps.get(&key)).fold(RoaringBitmap::new(), |all, rows| all | rows)
    }

    /// The rows of a kind; a group takes in the kinds inside (100 takes 100 to 199).
    pub(super) fn kind(&self, kind: pb::EventKind) -> RoaringBitmap {
        let kind = i32::from(kind);
        let last = if kind % 100 == 0 { kind + 99 } else { kind };
        self.bitmaps.range(Key::Kind(kind)..=Key::Kind(last)).fold(RoaringBitmap::new(), |all, (_, rows)| all | rows)
    }
}
