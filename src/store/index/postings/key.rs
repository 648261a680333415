//! What rows can have: the keys of postings, and how they are ordered in their directory.

use zerocopy::{FromBytes, Immutable, IntoBytes};

/// Stands for any actor, claimant or source.
pub(crate) const ANY: u32 = u32::MAX;

/// A value that rows can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    /// Of this kind.
    Kind(i32),
    /// With this derived status.
    Status(i32),
    /// An actor, or one below it, takes part in a role.
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
    /// With a claim of this stance.
    Stance(i32),
    /// With the word of this number. Words are told apart by their own dictionary.
    Word(u32),
}

/// A key as it stands in the directory: keys of one sort lie together, in the order of their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(crate) struct RawKey {
    sort: u32,
    first: u32,
    second: u32,
}

impl From<Key> for RawKey {
    fn from(key: Key) -> RawKey {
        let raw = |sort, first, second| RawKey { sort, first, second };
        // Numbers of enums are not negative.
        let number = |value: i32| u32::try_from(value).unwrap_or(u32::MAX);
        match key {
            Key::Kind(kind) => raw(1, number(kind), 0),
            Key::Status(status) => raw(2, number(status), 0),
            Key::Takes(actor, role) => raw(3, actor, number(role)),
            Key::At(place) => raw(4, place, 0),
            Key::Camp(camp) => raw(5, camp, 0),
            Key::Country(code) => raw(6, u32::from(u16::from_be_bytes(code)), 0),
            Key::Claimed(claimant, source) => raw(7, claimant, source),
            Key::Contested => raw(8, 0, 0),
            Key::Corroboration(level) => raw(9, number(level), 0),
            Key::Current => raw(10, 0, 0),
            Key::Stance(stance) => raw(11, number(stance), 0),
            Key::Word(word) => raw(12, word, 0),
        }
    }
}
