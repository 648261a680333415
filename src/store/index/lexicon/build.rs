//! Writes the lexicon.

use std::collections::BTreeMap;

use zerocopy::IntoBytes as _;

use super::{Entry, Letters, part};
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
    folded: StringsBuilder,
    exact: BTreeMap<String, Vec<u32>>,
    bare: BTreeMap<String, Vec<u32>>,
    words: BTreeMap<String, Vec<u32>>,
    letters: Vec<Letters>,
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
        let own = [(display_name, MatchKind::Name), (id, MatchKind::Identifier), (name, MatchKind::Identifier)];
        let aliases = aliases.iter().map(|alias| (alias.as_str(), MatchKind::Alias));
        let ids = ids.iter().map(|id| (id.id.as_str(), MatchKind::Identifier));
        for (text, kind) in own.into_iter().chain(aliases).chain(ids) {
            self.add_name(resource, text, kind);
        }
    }

    fn add_name(&mut self, resource: u32, text: &str, kind: MatchKind) {
        let words = text::tokens(text);
        if words.is_empty() {
            return;
        }
        let entry = self.entries.len() as u32;
        let folded = words.join(" ");
        note(&mut self.exact, text::squash(text), entry);
        if kind != MatchKind::Identifier {
            if let Some(bare) = text::without_article(text) {
                note(&mut self.bare, text::squash(&bare), entry);
            }
            self.letters.push(Letters::of(&folded, entry));
        }
        for word in words {
            note(&mut self.words, word, entry);
        }
        self.texts.push(text.as_bytes());
        self.folded.push(folded.as_bytes());
        self.entries.push(Entry { resource, kind: kind.into() });
    }

    /// The bytes.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.letters.sort_by_key(|letters| (letters.len, letters.entry));
        let [exact, bare, words] = [self.exact, self.bare, self.words].map(index);
        let mut parts: Vec<&[u8]> = vec![self.kinds.as_bytes()];
        parts.extend(self.resources.parts());
        parts.push(self.entries.as_bytes());
        parts.extend(self.texts.parts());
        parts.extend(self.folded.parts());
        for (keys, entries) in [&exact, &bare, &words] {
            parts.extend(keys.parts());
            parts.extend(entries.parts());
        }
        parts.push(self.letters.as_bytes());
        debug_assert_eq!(parts.len() as u64, part::COUNT, "as many parts as readers look for");
        Parts::write(&parts)
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
