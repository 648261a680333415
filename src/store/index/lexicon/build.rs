//! Writes the lexicon.

use std::{collections::BTreeMap, io};

use zerocopy::IntoBytes as _;

use super::{Entry, Hashed, ID, Letters, NAME, SHOWN, part};
use crate::{
    model::text,
    pb::{self, MatchKind, ResourceKind},
    store::index::strings::{ListsBuilder, Parts, StringsBuilder},
};

/// Collects names.
#[derive(Debug, Default)]
pub(crate) struct LexiconBuilder {
    kinds: Vec<i32>,
    resources: StringsBuilder,
    entries: Vec<Entry>,
    texts: StringsBuilder,
    exact: Vec<Hashed>,
    bare: Vec<Hashed>,
    words: BTreeMap<String, Vec<u32>>,
    /// Names and aliases, folded.
    letters: Vec<(Letters, String)>,
}

impl LexiconBuilder {
    /// Adds a resource with its names.
    pub(crate) fn add(
        &mut self,
        kind: ResourceKind,
        name: &str,
        display_name: &str,
        aliases: &[String],
        ids: &[pb::ExternalId],
    ) {
        let resource = self.kinds.len() as u32;
        self.kinds.push(kind.into());
        self.resources.push(name.as_bytes());
        self.resources.push(display_name.as_bytes());
        let id = name.rsplit('/').next().unwrap_or_default();
        self.add_name(resource, display_name, MatchKind::Name, Some(SHOWN));
        self.add_name(resource, id, MatchKind::Identifier, Some(ID));
        self.add_name(resource, name, MatchKind::Identifier, Some(NAME));
        for alias in aliases {
            self.add_name(resource, alias, MatchKind::Alias, None);
        }
        for id in ids {
            self.add_name(resource, &id.id, MatchKind::Identifier, None);
        }
    }

    /// Adds a name. `own` says which of its own names the resource holds it as.
    fn add_name(&mut self, resource: u32, text: &str, kind: MatchKind, own: Option<u32>) {
        let words = text::tokens(text);
        if words.is_empty() {
            return;
        }
        let entry = self.entries.len() as u32;
        let folded = words.join(" ");
        self.exact.push(Hashed::new(&text::squash(text), entry));
        for word in words {
            note(&mut self.words, word, entry);
        }
        let number = own.unwrap_or(self.texts.len());
        if own.is_none() {
            self.texts.push(text.as_bytes());
        }
        let len = u16::try_from(folded.len()).unwrap_or(u16::MAX);
        self.entries.push(Entry { resource, text: number, kind: kind as u16, len });
        if kind != MatchKind::Identifier {
            if let Some(bare) = text::without_article(text) {
                self.bare.push(Hashed::new(&text::squash(&bare), entry));
            }
            self.letters.push((Letters::of(&folded, entry), folded));
        }
    }

    /// The bytes.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        self.letters.sort_unstable_by_key(|(letters, _)| (letters.len, letters.entry));
        let mut folded = StringsBuilder::default();
        self.letters.iter().for_each(|(_, name)| folded.push(name.as_bytes()));
        let letters: Vec<Letters> = self.letters.iter().map(|(letters, _)| *letters).collect();
        self.exact.sort_unstable();
        self.bare.sort_unstable();
        let (words, entries) = index(self.words);
        let mut parts: Vec<&[u8]> = vec![self.kinds.as_bytes()];
        parts.extend(self.resources.parts()?);
        parts.push(self.entries.as_bytes());
        parts.extend(self.texts.parts()?);
        parts.extend(folded.parts()?);
        parts.extend([self.exact.as_bytes(), self.bare.as_bytes()]);
        parts.extend(words.parts()?);
        parts.extend(entries.parts()?);
        parts.push(letters.as_bytes());
        debug_assert_eq!(parts.len() as u64, part::COUNT, "as many parts as readers look for");
        Ok(Parts::write(&parts))
    }
}

/// Notes an entry, which come in order, once.
fn note(index: &mut BTreeMap<String, Vec<u32>>, key: String, entry: u32) {
    let entries = index.entry(key).or_default();
    if entries.last() != Some(&entry) {
        entries.push(entry);
    }
}

fn index(entries: BTreeMap<String, Vec<u32>>) -> (StringsBuilder, ListsBuilder) {
    let (mut keys, mut lists) = (StringsBuilder::default(), ListsBuilder::default());
    for (key, entries) in entries {
        keys.push(key.as_bytes());
        lists.push(&entries);
    }
    (keys, lists)
}
