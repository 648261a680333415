//! How good a match is, and which names cannot be misspellings of each other.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::{model::text, pb::MatchKind};

/// How good a way to match is, at best.
pub(super) const fn worth(kind: MatchKind) -> f64 {
    match kind {
        MatchKind::Name => 1.0,
        MatchKind::Alias => 0.95,
        MatchKind::Identifier => 0.9,
        MatchKind::Prefix => 0.8,
        MatchKind::Misspelling => 0.7,
        MatchKind::Unspecified => 0.0,
    }
}

/// The letters of a folded name, and whose name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct Letters {
    /// Which letters: see [`text::Letters`].
    bag: u64,
    /// Whose name it is.
    pub(super) entry: u32,
    /// How many letters there are, gaps included.
    pub(super) len: u32,
}

impl Letters {
    /// The letters of an entry's folded name.
    pub(super) fn of(folded: &str, entry: u32) -> Letters {
        let text::Letters { bag, len } = text::Letters::of(folded);
        Letters { bag, entry, len }
    }

    /// No fewer edits make one of the other.
    pub(super) fn edits_at_least(&self, other: &Letters) -> u32 {
        let letters = |of: &Letters| text::Letters { bag: of.bag, len: of.len };
        letters(self).edits_at_least(letters(other))
    }
}
