//! Words to their postings: sorted words, whose numbers are those of their keys, so that the words that begin alike are a run
//! of keys.

use std::{
    collections::HashMap,
    io::{self, Write},
};

use super::{
    postings::{Key, PostingsWriter, RowList},
    strings::{Parts, Strings, StringsBuilder},
};
use crate::store::image::{Damaged, Section};

/// The dictionary.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words<'a> {
    words: Strings<'a>,
}

impl<'a> Words<'a> {
    /// The dictionary that a builder wrote.
    pub(crate) fn open(section: Section<'a>) -> Result<Words<'a>, Damaged> {
        Ok(Words { words: Strings::open(&Parts::open(section, 2)?, 0)? })
    }

    /// The key of a word.
    pub(crate) fn word(&self, word: &str) -> Option<Key> {
        self.words.find(word.as_bytes()).map(Key::Word)
    }

    /// The first and the last key of the words that begin so.
    pub(crate) fn begun_by(&self, start: &str) -> Option<(Key, Key)> {
        let words = self.words.begun_by(start.as_bytes());
        (!words.is_empty()).then(|| (Key::Word(words.start), Key::Word(words.end - 1)))
    }
}

/// Collects words in memory. Rows come in order.
#[derive(Debug, Default)]
pub(crate) struct WordsBuilder {
    rows: HashMap<String, RowList, foldhash::fast::RandomState>,
}

impl WordsBuilder {
    /// Notes that a row has a word.
    pub(crate) fn add(&mut self, word: &str, row: u32) {
        match self.rows.get_mut(word) {
            Some(rows) => rows.push(row),
            None => self.rows.entry(word.to_owned()).or_default().push(row),
        }
    }

    /// Writes postings, which have no keys yet that sort behind words; the answer are the bytes of the dictionary.
    pub(crate) fn write<W: Write>(self, postings: &mut PostingsWriter<W>) -> io::Result<Vec<u8>> {
        let mut sorted: Vec<(String, RowList)> = self.rows.into_iter().collect();
        sorted.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let mut words = StringsBuilder::default();
        for (number, (word, rows)) in (0..).zip(sorted) {
            words.push(word.as_bytes());
            for row in rows.rows() {
                postings.add(Key::Word(number), row)?;
            }
        }
        Ok(Parts::write(&words.parts()?))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::store::index::{bytes::Held, postings::Postings};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_word_leads_to_its_rows(texts in prop::collection::vec(prop::collection::vec("[abéz]{1,4}", 0..5), 1..40), asked in "[abéz]{0,3}") {
            let mut builder = WordsBuilder::default();
            for (row, text) in (0..).zip(&texts) {
                for word in text {
                    builder.add(word, row);
                }
            }
            let mut postings = PostingsWriter::new(vec![]);
            let dictionary = Held::new(&builder.write(&mut postings).unwrap());
            let (directory, bodies) = postings.finish().unwrap();
            let [keys, places, bodies] = [directory.entries(), directory.places(), &bodies].map(Held::new);
            let postings = Postings::open(keys.section(), places.section(), bodies.section()).unwrap();
            let words = Words::open(dictionary.section()).unwrap();

            let rows = |wanted: &dyn Fn(&String) -> bool| -> BTreeSet<u32> {
                (0..).zip(&texts).filter(|(_, text)| text.iter().any(wanted)).map(|(row, _)| row).collect()
            };
            let exact = words.word(&asked).map(|key| postings.get(key).unwrap());
            let expected = rows(&|word| *word == asked);
            for row in 0..texts.len() as u32 {
                prop_assert_eq!(exact.is_some_and(|posting| posting.contains(row).unwrap()), expected.contains(&row));
            }
            let expected = rows(&|word| word.starts_with(&asked));
            let begun = words.begun_by(&asked);
            for row in 0..texts.len() as u32 {
                let mut held = begun.into_iter().flat_map(|(first, last)| postings.range(first, last));
                prop_assert_eq!(held.any(|posting| posting.unwrap().contains(row).unwrap()), expected.contains(&row));
            }
        }

        #[test]
        fn bytes_that_mean_nothing_never_panic(at in any::<prop::sample::Index>(), byte in any::<u8>(), asked in "[a-d]{0,3}") {
            let mut builder = WordsBuilder::default();
            for word in ["a", "ab", "abc", "b", "cab", "d"] {
                builder.add(word, 1);
            }
            let mut bytes = builder.write(&mut PostingsWriter::new(vec![])).unwrap();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let held = Held::new(&bytes);
            if let Ok(words) = Words::open(held.section()) {
                let _ = (words.word(&asked), words.begun_by(&asked));
            }
        }
    }
}
