//! How good a match is, and which names cannot be misspellings of each other.

use zerocopy::{FromBytes, Immutable, IntoBytes};

use crate::pb::MatchKind;

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

/// The letters of a folded name, in no order: quick to compare before letters are compared one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
pub(super) struct Letters {
    /// For each of the 26 letters whether it stands there at all, and whether more than once; for what is left, whether
    /// something stands there that falls on the same bit.
    bag: u64,
    /// Whose name it is.
    pub(super) entry: u32,
    /// How many letters there are, gaps included.
    pub(super) len: u32,
}

impl Letters {
    /// The letters of an entry's folded name.
    pub(super) fn of(folded: &str, entry: u32) -> Letters {
        let (mut bag, mut len) = (0_u64, 0);
        for letter in folded.chars() {
            len += 1;
            bag |= match letter {
                'a'..='z' => {
                    let bit = 1 << (letter as u32 - 'a' as u32);
                    if bag & bit == 0 { bit } else { bit << 26 }
                }
                other => 1 << (52 + u32::from(other) % 12),
            };
        }
        Letters { bag, entry, len }
    }

    /// No fewer edits make one of the other: each changes two bits at most, and swaps none.
    pub(super) fn edits_at_least(&self, other: &Letters) -> u32 {
        (self.bag ^ other.bag).count_ones().div_ceil(2)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_misspelling_is_ruled_out(one in "[a-e é1-4]{0,9}", other in "[a-e é1-4]{0,9}") {
            let (left, right) = (Letters::of(&one, 0), Letters::of(&other, 1));
            prop_assert!(left.edits_at_least(&right) as usize <= strsim::osa_distance(&one, &other));
            prop_assert_eq!(left.len as usize, one.chars().count());
        }
    }
}
