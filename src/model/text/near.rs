//! Names that are near to a misspelt one.
//!
//! Among tens of thousands of names nearly all are ruled out by how many letters they have, and which; of what is left the letters
//! are compared, all of them at once.

use std::borrow::Cow;

use super::{fold, squashed, words};

/// Longer texts are no misspelt names.
const LONGEST_NAME: usize = 200;
/// Of more words than these none is looked for: only the letters are compared.
const MOST_WORDS: usize = 16;
/// Letters are compared as far as each has a bit: of longer names the words are all that is compared.
const MOST_LETTERS: u32 = u128::BITS;

/// How much less like a name in another collection is.
const ELSEWHERE: f64 = 0.1;

/// Of the candidates those that are near what was wanted, nearest first, then by the candidate; at most so many. A candidate
/// is near if it differs in few letters (one in three to five, two in six to eight, then a third), if it has all the words
/// wanted, or most of them. Of names like `places/...` the ids are compared; equal ones come first in their own collection.
pub fn near_names<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>, at_most: usize) -> Vec<&'a str> {
    let mut near = NearNames::new(&[wanted], at_most);
    candidates.into_iter().for_each(|candidate| near.offer(candidate));
    near.finish().pop().unwrap_or_default()
}

/// How like a text is to a misspelling of it, 0 to 1, if it may be meant: few letters differ, two swapped count as one.
pub fn misspelling(written: &str, meant: &str) -> Option<f64> {
    Spelling::new(squashed(&fold(written))).apart(&Spelt::new(squashed(&fold(meant)).into()))
}

/// Looks for [`near_names`] of several at once, among candidates that come one after the other.
#[derive(Debug)]
pub struct NearNames<'a> {
    wanted: Vec<(Sought, Vec<(f64, &'a str)>)>,
    at_most: usize,
}

impl<'a> NearNames<'a> {
    /// Looks for so many names near to each of these.
    pub fn new(wanted: &[&str], at_most: usize) -> NearNames<'a> {
        NearNames { wanted: wanted.iter().map(|wanted| (Sought::new(wanted), vec![])).collect(), at_most }
    }

    /// Compares a candidate with what is wanted. It takes about as long as two looks at each of its letters, for each.
    pub fn offer(&mut self, candidate: &'a str) {
        let (collection, id) = parts(candidate);
        if id.len() > LONGEST_NAME {
            return;
        }
        let folded = fold(id);
        let letters = Spelt::new(squashed(&folded).into());
        let words: Vec<Spelt<'_>> = words(&folded).map(Spelt::new).collect();
        for (sought, near) in &mut self.wanted {
            let Some(likeness) = sought.likeness(&letters, &words) else { continue };
            let likeness = if sought.collection == collection { likeness } else { likeness - ELSEWHERE };
            let before = |other: &(f64, &str)| likeness.total_cmp(&other.0).then_with(|| other.1.cmp(candidate));
            let at = near.partition_point(|other| before(other).is_lt());
            if at < self.at_most && near.get(at).is_none_or(|other| before(other).is_ne()) {
                near.truncate(self.at_most - 1);
                near.insert(at, (likeness, candidate));
            }
        }
    }

    /// For each of those wanted what is near, nearest first.
    pub fn finish(self) -> Vec<Vec<&'a str>> {
        self.wanted.into_iter().map(|(_, near)| near.into_iter().map(|(_, candidate)| candidate).collect()).collect()
    }
}

/// A collection and an id, if the name has both.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("", name))
}

/// What is looked for, folded once.
#[derive(Debug)]
struct Sought {
    collection: String,
    letters: Spelling,
    words: Vec<Spelling>,
}

impl Sought {
    fn new(name: &str) -> Sought {
        let (collection, id) = parts(name);
        let folded = fold(if name.len() > LONGEST_NAME { "" } else { id });
        let mut all: Vec<Spelling> = words(&folded).map(|word| Spelling::new(word.into_owned())).collect();
        if all.len() > MOST_WORDS {
            all.clear();
        }
        Sought { collection: collection.to_owned(), letters: Spelling::new(squashed(&folded)), words: all }
    }

    fn likeness(&self, letters: &Spelt<'_>, words: &[Spelt<'_>]) -> Option<f64> {
        if self.letters.text.is_empty() {
            return None;
        }
        // A few letters count before words: a name that is only longer is the less likely slip.
        if let Some(likeness) = self.letters.apart(letters) {
            return Some(1.0 + likeness);
        }
        let held = self.words.iter().filter(|word| words.iter().any(|other| word.is_like(other))).count();
        let all = self.words.len() + words.len() - held;
        let most = 2 * held > self.words.len();
        (held > 0 && most).then(|| held as f64 / all as f64)
    }
}

/// The letters of a folded text, in no order: quick to compare before letters are compared one by one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Letters {
    /// For each of the 26 letters whether it stands there at all, and whether more than once; for what is left, whether
    /// something stands there that falls on the same bit.
    pub bag: u64,
    /// How many there are, gaps included.
    pub len: u32,
}

impl Letters {
    /// The letters of a folded text.
    pub fn of(folded: &str) -> Letters {
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
        Letters { bag, len }
    }

    /// No fewer edits make one of the other: each changes two bits at most, and swaps none.
    pub fn edits_at_least(self, other: Letters) -> u32 {
        (self.bag ^ other.bag).count_ones().div_ceil(2)
    }
}

/// A folded text that is compared with what is looked for.
struct Spelt<'t> {
    text: Cow<'t, str>,
    letters: Letters,
}

impl Spelt<'_> {
    fn new(text: Cow<'_, str>) -> Spelt<'_> {
        let letters = Letters::of(&text);
        Spelt { text, letters }
    }
}

/// A folded text that is looked for, with where each of its letters stands: a bit a place.
#[derive(Debug)]
struct Spelling {
    text: String,
    letters: Letters,
    ascii: Box<[u128; 128]>,
    others: Vec<(char, u128)>,
}

impl Spelling {
    fn new(text: String) -> Spelling {
        let (mut ascii, mut others) = (Box::new([0; 128]), vec![]);
        for (at, letter) in (0..MOST_LETTERS).zip(text.chars()) {
            match ascii.get_mut(letter as usize) {
                Some(places) => *places |= 1 << at,
                None => others.push((letter, 1 << at)),
            }
        }
        Spelling { letters: Letters::of(&text), text, ascii, others }
    }

    /// How like a text is, if few letters differ.
    fn apart(&self, other: &Spelt<'_>) -> Option<f64> {
        let (len, other_len) = (self.letters.len, other.letters.len);
        let most = match len {
            0..=2 => 0,
            3..=5 => 1,
            6..=8 => 2,
            _ => len / 3,
        };
        if len.abs_diff(other_len) > most || self.letters.edits_at_least(other.letters) > most || len > MOST_LETTERS {
            return None;
        }
        let distance = self.distance(&other.text);
        (distance <= most).then(|| 1.0 - f64::from(distance) / f64::from(len.max(other_len).max(1)))
    }

    /// Whether this word begins the other, or is a misspelling of it.
    fn is_like(&self, other: &Spelt<'_>) -> bool {
        let begins = || self.letters.len >= 3 && other.text.starts_with(&self.text);
        self.text == other.text || begins() || self.apart(other).is_some()
    }

    /// How many letters have to be changed, left out, put in, or swapped with the next one, none of them twice, to make one text
    /// of the other. A column of the usual table is a number whose bits say where it goes up and down (H. Hyyrö, "A bit-vector
    /// algorithm for computing Levenshtein and Damerau edit distances", 2003).
    fn distance(&self, other: &str) -> u32 {
        let Some(last) = self.letters.len.checked_sub(1) else { return other.chars().count() as u32 };
        let (mut up, mut down, mut same, mut places_before) = (u128::MAX, 0_u128, 0_u128, 0_u128);
        let mut distance = self.letters.len;
        for letter in other.chars() {
            let places = self.places(letter);
            let swapped = (!same & places) << 1 & places_before;
            same = ((places & up).wrapping_add(up) ^ up) | places | down | swapped;
            let (more, less) = (down | !(same | up), same & up);
            distance += (more >> last & 1) as u32;
            distance -= (less >> last & 1) as u32;
            let (more, less) = (more << 1 | 1, less << 1);
            (up, down) = (less | !(same | more), more & same);
            places_before = places;
        }
        distance
    }

    /// Where a letter stands.
    fn places(&self, letter: char) -> u128 {
        match self.ascii.get(letter as usize) {
            Some(places) => *places,
            None => self.others.iter().filter(|(other, _)| *other == letter).fold(0, |all, (_, at)| all | at),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Candidates all at once, each compared letter by letter.
    fn plainly<'a>(wanted: &str, candidates: &[&'a str], at_most: usize) -> Vec<&'a str> {
        let ((collection, id), folded) = (parts(wanted), |text: &str| squashed(&fold(text)));
        let apart = |one: &str, other: &str| {
            let (len, other_len) = (one.chars().count(), other.chars().count());
            let most = [0, 0, 0, 1, 1, 1, 2, 2, 2].get(len).copied().unwrap_or(len / 3);
            let distance = strsim::osa_distance(one, other);
            (distance <= most).then(|| 1.0 - distance as f64 / len.max(other_len).max(1) as f64)
        };
        let sought: Vec<String> = words(&fold(id)).map(Cow::into_owned).collect();
        let likeness = |other: &str| {
            if let Some(likeness) = apart(&folded(id), &folded(other)) {
                return Some(1.0 + likeness);
            }
            let words: Vec<String> = words(&fold(other)).map(Cow::into_owned).collect();
            let is_like = |word: &String, other: &String| {
                other == word || (word.len() >= 3 && other.starts_with(word.as_str())) || apart(word, other).is_some()
            };
            let held = sought.iter().filter(|word| words.iter().any(|other| is_like(word, other))).count();
            let most = 2 * held > sought.len() && !sought.is_empty();
            most.then(|| held as f64 / (sought.len() + words.len() - held) as f64)
        };
        let mut near: Vec<(f64, &str)> = vec![];
        for candidate in candidates.iter().filter(|_| !folded(id).is_empty()) {
            let (other, id) = parts(candidate);
            let elsewhere = if other == collection { 0.0 } else { ELSEWHERE };
            near.extend(likeness(id).map(|likeness| (likeness - elsewhere, *candidate)));
        }
        near.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
        near.dedup();
        near.into_iter().map(|(_, candidate)| candidate).take(at_most).collect()
    }

    proptest! {
        #[test]
        fn letters_are_as_far_apart_as_one_by_one(
            one in "[a-cé€]{0,40}|[a-e é1-4]{0,9}|[ab]{100,128}", other in "[a-cé€]{0,40}|[a-e é1-4]{0,9}|[ab]{90,140}"
        ) {
            let (distance, letters) = (strsim::osa_distance(&one, &other), Letters::of(&one));
            prop_assert_eq!(letters.len as usize, one.chars().count());
            prop_assert!(letters.edits_at_least(Letters::of(&other)) as usize <= distance);
            prop_assert_eq!(Spelling::new(one).distance(&other) as usize, distance);
        }

        #[test]
        fn near_names_are_those_of_a_plain_look(
            wanted in "[a-c]{0,2}/?[a-c']{0,9}(-[a-c]{0,4}){0,3}",
            names in prop::collection::vec("[a-c]{1,2}/[a-c]{1,9}(-[a-c]{1,4}){0,3}", 0..30),
            at_most in 0_usize..5
        ) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            prop_assert_eq!(near_names(&wanted, names.iter().copied(), at_most), plainly(&wanted, &names, at_most));
        }
    }
}
