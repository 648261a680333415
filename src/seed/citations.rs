//! Citations: a quote stands verbatim in its document, and its offsets are filled in.

use std::{collections::BTreeMap, ops::Range};

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use super::{
    FactText, contract,
    documents::{Document, Documents},
    names::Names,
    places::{Places, field, item},
    problem::{Place, ProblemKind, Report},
    read::short,
    walk::walk_mut,
};
use crate::{model::name::Collection, pb};

/// Checks every citation of all files and fills in where its quote stands.
pub(super) fn check(files: &mut [FactText], names: &Names<'_>, documents: &Documents<'_>, report: &mut Report) {
    let mut unchecked = Unchecked::default();
    for file in files.iter_mut() {
        locate(file, documents, &mut unchecked, report);
        unchecked.set_aside(file, documents);
    }
    unchecked.tell(names, report);
}

/// The quotes of each source whose text is not at hand: where the first stands, and how many there are.
#[derive(Default)]
struct Unchecked(BTreeMap<String, (Place, u32)>);

impl Unchecked {
    fn add(&mut self, source: &str, place: Place) {
        let (first, quotes) = self.0.entry(source.to_owned()).or_insert_with(|| (place.clone(), 0));
        *quotes += 1;
        *first = place.min(first.clone());
    }

    /// What is set aside is quoted too.
    fn set_aside(&mut self, file: &FactText, documents: &Documents<'_>) {
        for (number, source) in file.facts.sources.iter().enumerate() {
            let path = field(&item("sources", number), "set_aside");
            let quotes = source.set_aside.iter().enumerate().filter(|(_, aside)| !aside.quote.is_empty());
            for (index, _) in quotes.filter(|_| documents.of(&source.name).is_none()) {
                self.add(&source.name, file.places.at(&field(&item(&path, index), "quote")));
            }
        }
    }

    /// One missing text is one mistake. What refers to a source that nobody defines is reported by itself.
    fn tell(self, names: &Names<'_>, report: &mut Report) {
        let defined = |(source, _): &(String, _)| names.has(Collection::Sources, source);
        for (source, (place, quotes)) in self.0.into_iter().filter(defined) {
            let id = source.trim_start_matches("sources/");
            let (against, out) = match quotes {
                1 => ("the quote against".to_owned(), "the quote"),
                _ => (format!("its {quotes} quotes against, of which this is the first"), "the quotes"),
            };
            let what = format!("no text of `{source}` is at hand to check {against}");
            let cure =
                format!("put the document beside the file that defines the source, as {id}.txt, or leave {out} out");
            report.add(ProblemKind::Citation, place, what, cure);
        }
    }
}

fn locate(file: &mut FactText, documents: &Documents<'_>, unchecked: &mut Unchecked, report: &mut Report) {
    let places = &file.places;
    walk_mut(&mut file.message, "", &mut |message, path| {
        if !contract::is(&message.descriptor(), "dossier.v1.Citation") {
            return;
        }
        let Ok(citation) = message.transcode_to::<pb::Citation>() else { return };
        if documents.of(&citation.source).is_none() && !citation.quote.is_empty() && !citation.source.is_empty() {
            unchecked.add(&citation.source, places.at(&field(path, "quote")));
        }
        if let Some((start, end)) = one(&citation, path, places, documents, report) {
            report.summary.quotes += 1;
            offset(message, "start_offset", start);
            offset(message, "end_offset", end);
        }
    });
}

fn offset(message: &mut DynamicMessage, name: &str, offset: usize) {
    if let Ok(offset) = u32::try_from(offset) {
        message.set_field_by_name(name, Value::U32(offset));
    }
}

/// Where the quote stands, if it does.
fn one(
    citation: &pb::Citation,
    path: &str,
    places: &Places,
    documents: &Documents<'_>,
    report: &mut Report,
) -> Option<(usize, usize)> {
    let quote = citation.quote.as_str();
    let mut wrong = |path: &str, what: String, cure: String| {
        report.add(ProblemKind::Citation, places.at(path), what, cure);
    };
    let document = documents.of(&citation.source)?;
    if quote.is_empty() {
        if !places.lacks(path, "quote") {
            let cure = format!("quote the words of {} that say it", document.file);
            wrong(path, format!("a citation of `{}` without quote", citation.source), cure);
        }
        return None;
    }
    if places.lacks(path, "occurrence") {
        return None;
    }
    match occurrence(quote, citation.occurrence, document) {
        Ok(range) => Some((range.start, range.end)),
        Err((name, what, cure)) => {
            wrong(&field(path, name), what, cure);
            None
        }
    }
}

/// The one place that the words and the number of their occurrence mean; else the field at fault, what is wrong, the cure.
fn occurrence(
    quote: &str,
    number: Option<u32>,
    document: &Document<'_>,
) -> Result<Range<usize>, (&'static str, String, String)> {
    let found = document.find(quote);
    match (found.as_slice(), number) {
        ([], _) => {
            let what = format!("“{}” does not stand in {}", short(quote), document.file);
            Err(("quote", what, document.instead(quote)))
        }
        ([only], None) => Ok(only.clone()),
        ([_], Some(_)) => {
            Err(("occurrence", "the quote stands only once".to_owned(), "leave `occurrence` out".to_owned()))
        }
        (several, None) => {
            let lines: Vec<String> =
                several.iter().map(|range| document.at(range.start).mark.line.to_string()).collect();
            let what = format!("“{}” stands {} times in {}", short(quote), several.len(), document.file);
            let cure = format!("quote more, or add `occurrence`, from 1; it stands in lines {}", lines.join(", "));
            Err(("quote", what, cure))
        }
        (several, Some(number)) => {
            let nth = usize::try_from(number).ok().and_then(|n| n.checked_sub(1)).and_then(|n| several.get(n));
            let what = || format!("the quote has no occurrence {number}");
            nth.cloned().ok_or_else(|| ("occurrence", what(), format!("write 1 to {}", several.len())))
        }
    }
}
