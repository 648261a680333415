//! The lexicon: from words to the actors, places, camps and sources that bear such a name.

use std::collections::{BTreeMap, HashMap};

use crate::{
    model::text,
    pb::{self, MatchKind, ResourceKind},
    store::{Budget, Error},
};

/// A name that a resource bears.
#[derive(Debug)]
struct Entry {
    resource: u32,
    folded: String,
    text: String,
    kind: MatchKind,
}

/// A resource that bears names.
#[derive(Debug)]
struct Resource {
    kind: ResourceKind,
    name: String,
    display_name: String,
}

/// All names.
#[derive(Debug, Default)]
pub(crate) struct Lexicon {
    resources: Vec<Resource>,
    entries: Vec<Entry>,
    /// Entries by their letters and digits: gaps and hyphens never count.
    exact: HashMap<String, Vec<u32>>,
    /// Names and aliases with an article before them, by the rest in the same form.
    bare: HashMap<String, Vec<u32>>,
    /// Entries by each of their words.
    words: BTreeMap<String, Vec<u32>>,
}

/// How good a way to match is, at best.
const fn worth(kind: MatchKind) -> f64 {
    match kind {
        MatchKind::Name => 1.0,
        MatchKind::Alias => 0.95,
        MatchKind::Identifier => 0.9,
        MatchKind::Prefix => 0.8,
        MatchKind::Misspelling => 0.7,
        MatchKind::Unspecified => 0.0,
    }
}

/// How much of that is left if only one of question and name has an article before it: less than where they agree, more
/// than any other difference leaves.
const BUT_FOR_AN_ARTICLE: f64 = 0.98;

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

impl Lexicon {
    /// Adds a resource with its names.
    pub(crate) fn add(
        &mut self,
        kind: ResourceKind,
        name: &str,
        display_name: &str,
        aliases: &[String],
        ids: &[pb::ExternalId],
    ) {
        let resource = u32::try_from(self.resources.len()).unwrap_or(u32::MAX);
        self.resources.push(Resource { kind, name: name.to_owned(), display_name: display_name.to_owned() });
        let id = name.rsplit('/').next().unwrap_or_default();
        let own = [(display_name, MatchKind::Name), (id, MatchKind::Identifier), (name, MatchKind::Identifier)];
        let aliases = aliases.iter().map(|alias| (alias.as_str(), MatchKind::Alias));
        let ids = ids.iter().map(|id| (id.id.as_str(), MatchKind::Identifier));
        for (text, kind) in own.into_iter().chain(aliases).chain(ids) {
            let words = text::tokens(text);
            if words.is_empty() {
                continue;
            }
            let entry = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
            let folded = words.join(" ");
            self.exact.entry(text::squash(text)).or_default().push(entry);
            if let Some(bare) = text::without_article(text).filter(|_| kind != MatchKind::Identifier) {
                self.bare.entry(text::squash(&bare)).or_default().push(entry);
            }
            for word in words {
                self.words.entry(word).or_default().push(entry);
            }
            self.entries.push(Entry { resource, folded, text: text.to_owned(), kind });
        }
    }

    /// What words may mean, best first: each resource once, by its best match.
    pub(crate) async fn candidates(
        &self,
        query: &str,
        kinds: &[ResourceKind],
        limit: usize,
        budget: &Budget,
    ) -> Result<Vec<pb::Candidate>, Error> {
        let mut best: HashMap<u32, (f64, u32, MatchKind)> = HashMap::new();
        let mut offer = |entry: u32, kind: MatchKind, likeness: f64| {
            let Some(found) = self.entries.get(entry as usize) else { return };
            let wanted = self
                .resources
                .get(found.resource as usize)
                .is_some_and(|resource| kinds.is_empty() || kinds.contains(&resource.kind));
            let score = worth(kind) * likeness;
            let better = best.get(&found.resource).is_none_or(|(held, at, _)| (score, *at) > (*held, entry));
            if wanted && better {
                best.insert(found.resource, (score, entry, kind));
            }
        };
        let bare = text::without_article(query).map(|bare| Asked::new(&bare, BUT_FOR_AN_ARTICLE));
        for asked in std::iter::once(Asked::new(query, 1.0)).chain(bare) {
            for (entry, kind, likeness) in self.named(&asked) {
                offer(entry, kind, likeness);
            }
            for entry in self.begun_by(&asked.words, budget).await? {
                let Some(found) = self.entries.get(entry as usize).filter(|found| asked.may_mean(found.kind)) else {
                    continue;
                };
                let (held, len) = (found.folded.len(), asked.folded.len());
                offer(entry, MatchKind::Prefix, asked.likeness * len as f64 / held.max(len) as f64);
            }
            for (entry, likeness) in self.misspelt(&asked.folded, budget).await? {
                offer(entry, MatchKind::Misspelling, asked.likeness * likeness);
            }
        }
        let mut found: Vec<_> = best.into_values().collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| self.name(a.1).cmp(self.name(b.1))));
        found.truncate(limit);
        Ok(found.into_iter().filter_map(|found| self.candidate(found)).collect())
    }

    /// Entries that bear just this name, each with how it matches and how well.
    fn named(&self, asked: &Asked) -> Vec<(u32, MatchKind, f64)> {
        let with = |names: &HashMap<String, Vec<u32>>, likeness: f64| -> Vec<(u32, MatchKind, f64)> {
            let entries = names.get(&asked.letters).into_iter().flatten();
            let kind = |entry: u32| self.entries.get(entry as usize).map_or(MatchKind::Unspecified, |found| found.kind);
            entries.map(|&entry| (entry, kind(entry), likeness)).collect()
        };
        let mut found = with(&self.exact, asked.likeness);
        found.retain(|(_, kind, _)| asked.may_mean(*kind));
        found.extend(with(&self.bare, BUT_FOR_AN_ARTICLE));
        found
    }

    /// Entries in which each of the words begins a word.
    async fn begun_by(&self, words: &[String], budget: &Budget) -> Result<Vec<u32>, Error> {
        let mut found: Option<Vec<u32>> = None;
        for word in words {
            let mut entries: Vec<u32> = self
                .words
                .range(word.clone()..)
                .take_while(|(held, _)| held.starts_with(word.as_str()))
                .flat_map(|(_, entries)| entries.iter().copied())
                .collect();
            entries.sort_unstable();
            entries.dedup();
            budget.spend(entries.len() as u64).await?;
            found = Some(match found {
                None => entries,
                Some(before) => before.into_iter().filter(|entry| entries.binary_search(entry).is_ok()).collect(),
            });
        }
        Ok(found.unwrap_or_default())
    }

    /// Entries that differ by so few letters that they may be meant: one in four, at most three, none in the shortest.
    async fn misspelt(&self, folded: &str, budget: &Budget) -> Result<Vec<(u32, f64)>, Error> {
        let len = folded.chars().count();
        let most = (len / 4).min(3);
        let mut found = vec![];
        if most == 0 {
            return Ok(found);
        }
        for (i, entry) in (0_u32..).zip(&self.entries) {
            // A comparison costs as much as looking at some tens of rows.
            budget.spend(32).await?;
            let other = entry.folded.chars().count();
            if entry.kind == MatchKind::Identifier || other.abs_diff(len) > most {
                continue;
            }
            let distance = strsim::damerau_levenshtein(folded, &entry.folded);
            if (1..=most).contains(&distance) {
                found.push((i, 1.0 - distance as f64 / len.max(other) as f64));
            }
        }
        Ok(found)
    }

    fn name(&self, entry: u32) -> &str {
        let resource = self.entries.get(entry as usize).map_or(u32::MAX, |found| found.resource);
        self.resources.get(resource as usize).map_or("", |resource| resource.name.as_str())
    }

    fn candidate(&self, (score, entry, kind): (f64, u32, MatchKind)) -> Option<pb::Candidate> {
        let entry = self.entries.get(entry as usize)?;
        let resource = self.resources.get(entry.resource as usize)?;
        Some(pb::Candidate {
            name: resource.name.clone(),
            display_name: resource.display_name.clone(),
            matched_text: entry.text.clone(),
            match_kind: kind.into(),
            score,
        })
    }
}
