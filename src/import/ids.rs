//! Which ids there were before: all of them, and exactly. Ids are numbers behind a few prefixes, so they are held as sets of
//! numbers: a bit each where they follow each other, some bytes each where they are scattered.

use std::collections::HashMap;

use roaring::RoaringTreemap;

/// So many digits are surely a number of 64 bits, and not the largest of these.
const MOST_DIGITS: usize = 19;

/// Stands for no number.
const NONE: u64 = u64::MAX;

/// Names that end in an id, by what stands before its number.
#[derive(Debug, Default)]
pub(super) struct Ids(HashMap<String, RoaringTreemap>);

impl Ids {
    /// Whether a name is among them.
    pub(super) fn has(&self, name: &str) -> bool {
        let (stem, number) = parts(name);
        self.0.get(stem).is_some_and(|numbers| numbers.contains(number))
    }

    /// Adds a name.
    pub(super) fn add(&mut self, name: &str) {
        let (stem, number) = parts(name);
        if let Some(numbers) = self.0.get_mut(stem) {
            numbers.insert(number);
        } else {
            self.0.insert(stem.to_owned(), RoaringTreemap::from([number]));
        }
    }
}

/// A name as its number and what stands before it. Zeros before a number stand before it: 1 and 01 are two ids.
fn parts(name: &str) -> (&str, u64) {
    let digits = name.bytes().rev().take(MOST_DIGITS).take_while(u8::is_ascii_digit).count();
    let start = name.len() - digits;
    let zeros = name.bytes().skip(start).take_while(|b| *b == b'0').count();
    let (stem, number) = name.split_at_checked(start + zeros.min(digits.saturating_sub(1))).unwrap_or((name, ""));
    (stem, number.parse().unwrap_or(NONE))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn they_are_a_set(names in prop::collection::vec("[ab]?[019]{0,3}[01]?[5-9]{0,21}", 0..60)) {
            let (mut ids, mut set) = (Ids::default(), HashSet::new());
            for name in &names {
                prop_assert_eq!(ids.has(name), set.contains(name), "{}", name);
                ids.add(name);
                set.insert(name);
                prop_assert!(ids.has(name), "{}", name);
            }
        }
    }

    #[test]
    fn a_name_is_its_two_parts() {
        for (name, stem, number) in [
            ("events/acled-ner12", "events/acled-ner", 12),
            ("x-0", "x-", 0),
            ("x-00", "x-0", 0),
            ("x-010", "x-0", 10),
            ("x", "x", NONE),
            ("", "", NONE),
            ("18446744073709551615", "1", 8_446_744_073_709_551_615),
            ("é9", "é", 9),
        ] {
            assert_eq!(parts(name), (stem, number), "{name}");
        }
    }
}
