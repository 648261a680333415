//! The documents beside the fact files, and where words stand in them.

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use super::{
    FactText,
    beside::Beside,
    folder::{DataSet, mark_after},
    near::{near, one_of},
    problem::{Mark, Place, ProblemKind, Report},
};

/// The text of a source.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub(super) file: Arc<str>,
    pub(super) text: &'a str,
}

impl Document<'_> {
    /// Where a byte of it stands.
    pub(super) fn at(&self, offset: usize) -> Place {
        Place::text(Arc::clone(&self.file), mark_after(self.text.get(..offset).unwrap_or("")))
    }

    /// Everywhere that the words stand, verbatim, also where they overlap.
    pub(super) fn find(&self, words: &str) -> Vec<Range<usize>> {
        let step = words.chars().next().map_or(1, char::len_utf8);
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find(words)) {
            found.push(from + at..from + at + words.len());
            from += at + step;
        }
        found
    }

    /// What the document has instead of words that do not stand in it, as far as that can be told.
    pub(super) fn instead(&self, words: &str) -> String {
        if let Some(like) = self.alike(words) {
            return format!("write it as it stands there: “{}”", super::read::short(like));
        }
        // The longest beginning that does stand there shows where the quote departs from the document.
        let ends: Vec<usize> = words.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        let stands = |end: usize| words.get(..end).is_some_and(|start| self.text.contains(start));
        let agrees = ends.partition_point(|end| stands(*end));
        match agrees.checked_sub(1).and_then(|last| ends.get(last)).and_then(|end| words.get(..*end)) {
            Some(start) if agrees >= 8 => {
                let tail: String = start.chars().skip(agrees.saturating_sub(30)).collect();
                format!("copy it verbatim; it agrees with the document up to “{tail}”")
            }
            _ => "copy it verbatim from the document".to_owned(),
        }
    }

    /// A part that differs from the words only in case, white space, dashes or the shape of quotation marks.
    fn alike(&self, words: &str) -> Option<&str> {
        let wanted: String = plain(words).map(|(_, c)| c).collect();
        let (at, folded): (Vec<usize>, String) = plain(self.text).unzip();
        let start = folded.find(&wanted)?;
        let first = folded.get(..start)?.chars().count();
        let last = (first + wanted.chars().count()).checked_sub(1)?;
        let end = at.get(last)?;
        let width = self.text.get(*end..)?.chars().next()?.len_utf8();
        self.text.get(*at.get(first)?..end + width)
    }
}

/// The characters that carry meaning, with their offsets: no white space, lower case, one shape of quotation mark.
fn plain(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, c)| !c.is_whitespace()).map(|(at, c)| {
        let c = match c {
            '“' | '”' | '„' | '«' | '»' => '"',
            '‘' | '’' => '\'',
            '–' | '—' => '-',
            c => c.to_lowercase().next().unwrap_or(c),
        };
        (at, c)
    })
}

/// The documents of all data sets, by source.
#[derive(Debug, Default)]
pub(super) struct Documents<'a> {
    /// Those in folders.
    read: BTreeMap<String, Document<'a>>,
    /// Those in snapshots, whose sentences were counted when these were built.
    beside: BTreeMap<String, Document<'a>>,
}

impl<'a> Documents<'a> {
    /// Gives each text to its source: `source.txt` to the one named like the folder, `{id}.txt` to `sources/{id}`.
    pub(super) fn new(
        sets: &'a [DataSet],
        files: &[FactText],
        beside: &'a Beside<'_>,
        whole: bool,
        report: &mut Report,
    ) -> Documents<'a> {
        let mut documents = Documents::default();
        for source in beside.facts().sources.iter().filter(|source| !source.text.is_empty()) {
            let file = Arc::from(format!("{} ({})", beside.shown, source.name));
            documents.beside.insert(source.name.clone(), Document { file, text: &source.text });
        }
        for (number, set) in sets.iter().enumerate() {
            let here = files.iter().filter(|file| file.set == number);
            let sources: Vec<&str> =
                here.flat_map(|file| &file.facts.sources).map(|source| source.name.as_str()).collect();
            for file in &set.texts {
                let stem = file.name.strip_suffix(".txt").unwrap_or(&file.name);
                let name = format!("sources/{}", if stem == "source" { &set.name } else { stem });
                let place = Place::text(Arc::clone(&file.shown), Mark::START);
                if !sources.contains(&name.as_str()) {
                    if whole {
                        let cure = match near(&name, sources.iter().copied()).as_slice() {
                            [] => format!("define `{name}` in a file of this folder, or remove the text"),
                            close => {
                                format!("name the file after {}, or define `{name}`", one_of(close.iter().copied()))
                            }
                        };
                        report.add(
                            ProblemKind::Citation,
                            place,
                            "a text that belongs to no source of its data set",
                            cure,
                        );
                    }
                    continue;
                }
                let document = Document { file: Arc::clone(&file.shown), text: &file.text };
                if let Some(first) = documents.read.insert(name.clone(), document) {
                    let cure = format!("keep one; the first is {}", first.file);
                    report.add(ProblemKind::Citation, place, format!("a second text of `{name}`"), cure);
                }
            }
        }
        documents
    }

    /// The text of a source, if it is at hand.
    pub(super) fn of(&self, source: &str) -> Option<&Document<'a>> {
        self.read.get(source).or_else(|| self.beside.get(source))
    }

    /// Those in folders, by source.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &Document<'a>)> {
        self.read.iter().map(|(source, document)| (source.as_str(), document))
    }
}
