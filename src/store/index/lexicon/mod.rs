//! The lexicon: from words to the actors, places, camps and sources that bear such a name.

mod build;
mod likeness;
#[cfg(test)]
mod tests;

use std::collections::HashMap;

use zerocopy::{FromBytes, Immutable, IntoBytes};

pub(crate) use build::LexiconBuilder;
use likeness::{Letters, worth};

use super::strings::{Lists, Parts, Strings};
use crate::{
    model::text,
    pb::{self, MatchKind, ResourceKind},
    store::{
        Budget, Error,
        image::{Damaged, Section},
    },
};

/// A name that a resource bears.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Entry {
    resource: u32,
    /// What it says: its number among the texts, or one of `SHOWN`, `NAME` and `ID`.
    text: u32,
    kind: u16,
    /// How many bytes it has when folded, as far as that can be counted here.
    len: u16,
}

/// Stands for what the resource is shown by, its name, and the name without the collection: these are not held twice.
const SHOWN: u32 = u32::MAX;
const NAME: u32 = u32::MAX - 1;
const ID: u32 = u32::MAX - 2;

/// An entry and the hash of its letters and digits. They are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, FromBytes, IntoBytes, Immutable)]
#[repr(C)]
struct Hashed {
    hash: u32,
    entry: u32,
}

impl Hashed {
    fn new(letters: &str, entry: u32) -> Hashed {
        Hashed { hash: crc_fast::crc64_nvme(letters.as_bytes()) as u32, entry }
    }
}

/// Where the parts of a lexicon stand among those of its section.
mod part {
    pub(super) const KINDS: usize = 0;
    pub(super) const RESOURCES: usize = 1;
    pub(super) const ENTRIES: usize = 3;
    pub(super) const TEXTS: usize = 4;
    pub(super) const FOLDED: usize = 6;
    pub(super) const EXACT: usize = 8;
    pub(super) const BARE: usize = 9;
    pub(super) const WORDS: usize = 10;
    pub(super) const LETTERS: usize = 14;
    pub(super) const COUNT: u64 = 15;
}

/// All names.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lexicon<'a> {
    kinds: &'a [i32],
    /// Names of resources, each followed by the one it is shown by.
    resources: Strings<'a>,
    entries: &'a [Entry],
    texts: Strings<'a>,
    /// Entries by their letters and digits: gaps and hyphens never count.
    exact: &'a [Hashed],
    /// Names and aliases with an article before them, by the rest in the same form.
    bare: &'a [Hashed],
    /// Sorted words, and for each the entries that have it.
    words: Strings<'a>,
    entries_of_words: Lists<'a>,
    /// Names and aliases by their length, for those that are misspelt, and folded.
    letters: &'a [Letters],
    folded: Strings<'a>,
}

/// How much is left of a match if only one of question and name has an article before it: less than where they agree, more
/// than any other difference leaves.
const BUT_FOR_AN_ARTICLE: f64 = 0.98;
/// What an offered entry costs, and a comparison of letters, in rows looked at.
const OFFER: u64 = 4;
const COMPARISON: u64 = 32;
/// So many words of bits are set and compared in the time that a look at a row takes.
const WORDS: u64 = 8;
/// Entries looked at between two looks at the budget.
const SLICE: usize = 1024;

/// What is asked for, in the forms in which names are compared with it.
struct Asked {
    letters: String,
    words: Vec<String>,
    folded: String,
    /// 1, less without its article.
    likeness: f64,
}

impl Asked {
    fn new(text: &str, likeness: f64) -> Asked {
        let words = text::tokens(text);
        Asked { letters: text::squash(text), folded: words.join(" "), words, likeness }
    }

    /// Whether a name of that kind may be meant: an identifier has no article to lose.
    fn may_mean(&self, kind: MatchKind) -> bool {
        kind != MatchKind::Identifier || self.likeness >= 1.0
    }
}

/// A way in which an entry matches, and how well.
type Match = (f64, u32, MatchKind);

/// The best matches so far: a few more resources than are wanted, each by its best one.
struct Best<'l, 'a> {
    lexicon: &'l Lexicon<'a>,
    kinds: &'l [ResourceKind],
    limit: usize,
    matches: HashMap<u32, Match>,
    /// There are enough matches as good as this.
    least: f64,
}

impl Best<'_, '_> {
    /// Takes a match in, if it may be among the best.
    fn offer(&mut self, score: f64, entry: u32, kind: MatchKind) {
        let Some(found) = self.lexicon.entries.get(entry as usize).filter(|_| score >= self.least) else { return };
        let resource = self.lexicon.kinds.get(found.resource as usize);
        let is_kind = |held: &i32| self.kinds.is_empty() || self.kinds.iter().any(|kind| i32::from(*kind) == *held);
        let held = self.matches.get(&found.resource);
        if resource.is_some_and(is_kind) && held.is_none_or(|(held, at, _)| (score, *at) > (*held, entry)) {
            self.matches.insert(found.resource, (score, entry, kind));
            if self.matches.len() > 2 * self.limit {
                let first = self.first();
                self.least = first.last().map_or(f64::INFINITY, |(least, ..)| *least);
                let resource = |found: &Match| Some((self.lexicon.entries.get(found.1 as usize)?.resource, *found));
                self.matches = first.iter().filter_map(resource).collect();
            }
        }
    }

    /// As many as are wanted, by their score, then by name.
    fn first(&mut self) -> Vec<Match> {
        let name = |found: &Match| self.lexicon.name(found.1);
        let mut first: Vec<Match> = self.matches.drain().map(|(_, found)| found).collect();
        first.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| name(a).cmp(name(b))));
        first.truncate(self.limit);
        first
    }
}

impl<'a> Lexicon<'a> {
    /// The lexicon that a builder wrote.
    pub(crate) fn open(section: Section<'a>) -> Result<Lexicon<'a>, Damaged> {
        let parts = Parts::open(section, part::COUNT)?;
        Ok(Lexicon {
            kinds: parts.get(part::KINDS)?,
            resources: Strings::open(&parts, part::RESOURCES)?,
            entries: parts.get(part::ENTRIES)?,
            texts: Strings::open(&parts, part::TEXTS)?,
            folded: Strings::open(&parts, part::FOLDED)?,
            exact: parts.get(part::EXACT)?,
            bare: parts.get(part::BARE)?,
            words: Strings::open(&parts, part::WORDS)?,
            entries_of_words: Lists::open(&parts, part::WORDS + 2)?,
            letters: parts.get(part::LETTERS)?,
        })
    }

    /// What words may mean, best first: each resource once, by its best match.
    pub(crate) async fn candidates(
        &self,
        query: &str,
        kinds: &[ResourceKind],
        limit: usize,
        budget: &Budget,
    ) -> Result<Vec<pb::Candidate>, Error> {
        let mut best = Best { lexicon: self, kinds, limit, matches: HashMap::new(), least: 0.0 };
        let bare = text::without_article(query).map(|bare| Asked::new(&bare, BUT_FOR_AN_ARTICLE));
        for asked in std::iter::once(Asked::new(query, 1.0)).chain(bare) {
            self.named(&asked, &mut best, budget).await?;
            self.begun_by(&asked, &mut best, budget).await?;
            self.misspelt(&asked, &mut best, budget).await?;
        }
        Ok(best.first().into_iter().filter_map(|found| self.candidate(found)).collect())
    }

    /// Entries that bear just this name.
    async fn named(&self, asked: &Asked, best: &mut Best<'_, '_>, budget: &Budget) -> Result<(), Error> {
        let whole: fn(&str) -> Option<String> = |text| Some(text::squash(text));
        let bare: fn(&str) -> Option<String> = |text| text::without_article(text).as_deref().map(text::squash);
        let (first, last) = (Hashed::new(&asked.letters, 0), Hashed::new(&asked.letters, u32::MAX));
        for (names, spelt, likeness) in [(self.exact, whole, asked.likeness), (self.bare, bare, BUT_FOR_AN_ARTICLE)] {
            let start = names.partition_point(|name| *name < first);
            let alike = names.get(start..).unwrap_or_default().iter().take_while(|name| **name <= last);
            for entry in alike.map(|name| name.entry) {
                budget.spend(COMPARISON).await?;
                let kind = self.kind(entry);
                let text = std::str::from_utf8(self.text(entry)).unwrap_or_default();
                if asked.may_mean(kind) && spelt(text).as_ref() == Some(&asked.letters) {
                    best.offer(worth(kind) * likeness, entry, kind);
                }
            }
        }
        Ok(())
    }

    /// Entries in which each of the words begins a word.
    async fn begun_by(&self, asked: &Asked, best: &mut Best<'_, '_>, budget: &Budget) -> Result<(), Error> {
        let mut found: Option<Vec<u64>> = None;
        for word in &asked.words {
            let mut entries = vec![0_u64; self.entries.len().div_ceil(64)];
            budget.spend(entries.len() as u64 / WORDS).await?;
            for number in self.words.begun_by(word.as_bytes()) {
                for some in self.entries_of_words.get(number).chunks(SLICE) {
                    budget.spend(1 + some.len() as u64 / 4).await?;
                    for entry in some {
                        if let Some(bits) = entries.get_mut(*entry as usize / 64) {
                            *bits |= 1 << (entry % 64);
                        }
                    }
                }
            }
            if let Some(before) = found {
                entries.iter_mut().zip(before).for_each(|(bits, before)| *bits &= before);
            }
            found = Some(entries);
        }
        for (at, mut bits) in (0_u32..).zip(found.unwrap_or_default()) {
            while bits != 0 {
                let entry = at * 64 + bits.trailing_zeros();
                bits &= bits - 1;
                budget.spend(OFFER).await?;
                if asked.may_mean(self.kind(entry)) {
                    let held = self.entries.get(entry as usize).map_or(0, |found| usize::from(found.len));
                    let len = asked.folded.len();
                    let likeness = asked.likeness * len as f64 / held.max(len) as f64;
                    best.offer(worth(MatchKind::Prefix) * likeness, entry, MatchKind::Prefix);
                }
            }
        }
        Ok(())
    }

    /// Entries that differ by so few letters that they may be meant: one in four, at most three, none in the shortest.
    async fn misspelt(&self, asked: &Asked, best: &mut Best<'_, '_>, budget: &Budget) -> Result<(), Error> {
        let letters = Letters::of(&asked.folded, 0);
        let most = (letters.len / 4).min(3);
        if most == 0 {
            return Ok(());
        }
        let first = self.letters.partition_point(|other| other.len + most < letters.len);
        let end = self.letters.partition_point(|other| other.len <= letters.len + most);
        let near = self.letters.get(first..end).unwrap_or_default();
        for (start, some) in (first..).step_by(SLICE).zip(near.chunks(SLICE)) {
            // A look at a bag of letters costs a tenth of one at a row.
            budget.spend(some.len() as u64 / 10).await?;
            for (number, other) in (start as u32..).zip(some).filter(|(_, it)| letters.edits_at_least(it) <= most) {
                budget.spend(COMPARISON).await?;
                let Ok(folded) = std::str::from_utf8(self.folded.get(number)) else { continue };
                let distance = strsim::osa_distance(&asked.folded, folded);
                if (1..=most as usize).contains(&distance) {
                    let likeness = 1.0 - distance as f64 / f64::from(letters.len.max(other.len));
                    let score = worth(MatchKind::Misspelling) * (asked.likeness * likeness);
                    best.offer(score, other.entry, MatchKind::Misspelling);
                }
            }
        }
        Ok(())
    }

    fn kind(&self, entry: u32) -> MatchKind {
        let kind = self.entries.get(entry as usize).map(|found| MatchKind::try_from(i32::from(found.kind)));
        kind.and_then(Result::ok).unwrap_or(MatchKind::Unspecified)
    }

    fn name(&self, entry: u32) -> &'a [u8] {
        let resource = self.entries.get(entry as usize).and_then(|found| found.resource.checked_mul(2));
        resource.map(|resource| self.resources.get(resource)).unwrap_or_default()
    }

    /// What an entry says.
    fn text(&self, entry: u32) -> &'a [u8] {
        let Some(found) = self.entries.get(entry as usize) else { return &[] };
        let name = found.resource.saturating_mul(2);
        match found.text {
            SHOWN => self.resources.get(name.saturating_add(1)),
            NAME => self.resources.get(name),
            ID => self.resources.get(name).rsplit(|byte| *byte == b'/').next().unwrap_or_default(),
            text => self.texts.get(text),
        }
    }

    fn candidate(&self, (score, entry, kind): Match) -> Option<pb::Candidate> {
        let resource = self.entries.get(entry as usize)?.resource.checked_mul(2)?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some(pb::Candidate {
            name: text(self.resources.get(resource)),
            display_name: text(self.resources.get(resource + 1)),
            matched_text: text(self.text(entry)),
            match_kind: kind.into(),
            score,
        })
    }
}
