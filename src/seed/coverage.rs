//! Coverage: each sentence of each document is cited by a claim, or set aside with a reason.

use std::{collections::BTreeMap, ops::Range};

use super::{
    FactText,
    beside::Beside,
    documents::{Document, Documents},
    places::{field, item},
    problem::{Place, ProblemKind, Report},
    read::short,
    sentences,
};
use crate::pb;

type Parts = BTreeMap<String, Vec<Range<usize>>>;

/// Checks what is set aside and reports the sentences that are left over.
pub(super) fn check(files: &[FactText], documents: &Documents<'_>, beside: &Beside<'_>, report: &mut Report) {
    let cited = cited(files);
    set_aside_before(documents, &cited, beside, report);
    let aside = set_aside(files, documents, &cited, report);
    for (source, document) in documents.all() {
        report.summary.documents += 1;
        let none = Vec::new();
        let (cited, aside) = (cited.get(source).unwrap_or(&none), aside.get(source).unwrap_or(&none));
        for sentence in sentences::split(document.text) {
            report.summary.sentences += 1;
            if cited.iter().any(|part| touches(document, part, &sentence)) {
                report.summary.cited += 1;
            } else if is_covered(document, &sentence, aside) {
                report.summary.set_aside += 1;
            } else {
                let words = document.text.get(sentence.clone()).unwrap_or("");
                let what = format!("no claim cites “{}”", short(words));
                let cure = "write down what it states, or set it aside with a reason under `set_aside` of its source";
                report.add(ProblemKind::Coverage, document.at(sentence.start), what, cure);
            }
        }
    }
}

/// What claims cite.
fn cited(files: &[FactText]) -> Parts {
    let mut parts = Parts::new();
    for file in files {
        let of_events = file.facts.events.iter().flat_map(|event| &event.claims);
        let of_others = file.facts.claims_on.iter().flat_map(|on| &on.claims);
        for citation in of_events.chain(of_others).flat_map(|claim| &claim.citations) {
            if let (Some(start), Some(end)) = (citation.start_offset, citation.end_offset) {
                parts.entry(citation.source.clone()).or_default().push(start as usize..end as usize);
            }
        }
    }
    parts
}

fn set_aside(files: &[FactText], documents: &Documents<'_>, cited: &Parts, report: &mut Report) -> Parts {
    let mut parts = Parts::new();
    for file in files {
        for (number, source) in file.facts.sources.iter().enumerate() {
            for (index, aside) in source.set_aside.iter().enumerate() {
                let path = field(&item("sources", number), "set_aside");
                let path = field(&item(&path, index), "quote");
                let place = file.places.at(&path);
                if aside.quote.is_empty() {
                    continue;
                }
                match found(source, aside, documents) {
                    Err((what, cure)) => report.add(ProblemKind::Citation, place, what, cure),
                    Ok(found) => {
                        let twice = cited.get(&source.name).into_iter().flatten();
                        if found
                            .iter()
                            .any(|part| twice.clone().any(|cited| cited.start < part.end && part.start < cited.end))
                        {
                            let what = format!("“{}” is set aside, but a claim cites it", short(&aside.quote));
                            report.add(ProblemKind::Citation, place, what, "set aside only what no claim cites");
                        }
                        parts.entry(source.name.clone()).or_default().extend(found);
                    }
                }
            }
        }
    }
    parts
}

/// What was set aside in a snapshot is not cited now.
fn set_aside_before(documents: &Documents<'_>, cited: &Parts, beside: &Beside<'_>, report: &mut Report) {
    for source in &beside.facts().sources {
        let Some(cited) = cited.get(&source.name) else { continue };
        for aside in &source.set_aside {
            let found = found(source, aside, documents).unwrap_or_default();
            if found.iter().any(|part| cited.iter().any(|cited| cited.start < part.end && part.start < cited.end)) {
                let what = format!("“{}” of `{}` is set aside, but a claim cites it", short(&aside.quote), source.name);
                let cure = "build of the folders it was made of, and set aside only what no claim cites";
                report.add(ProblemKind::Citation, Place::record(&beside.shown, 0, &source.name), what, cure);
            }
        }
    }
}

fn found(
    source: &pb::Source,
    aside: &pb::SetAside,
    documents: &Documents<'_>,
) -> Result<Vec<Range<usize>>, (String, String)> {
    // A missing document is reported by itself.
    let Some(document) = documents.of(&source.name) else { return Ok(Vec::new()) };
    let found = document.find(&aside.quote);
    if found.is_empty() {
        let what = format!("“{}” does not stand in {}", short(&aside.quote), document.file);
        return Err((what, document.instead(&aside.quote)));
    }
    Ok(found)
}

/// Whether a cited part holds a letter or digit of the sentence.
fn touches(document: &Document<'_>, part: &Range<usize>, sentence: &Range<usize>) -> bool {
    let shared = part.start.max(sentence.start)..part.end.min(sentence.end);
    document.text.get(shared).is_some_and(|words| words.chars().any(char::is_alphanumeric))
}

/// Whether no letter or digit of the sentence lies outside the parts.
fn is_covered(document: &Document<'_>, sentence: &Range<usize>, parts: &[Range<usize>]) -> bool {
    let words = document.text.get(sentence.clone()).unwrap_or("");
    let mut meaning = words.char_indices().filter(|(_, c)| c.is_alphanumeric()).map(|(at, _)| sentence.start + at);
    meaning.all(|at| parts.iter().any(|part| part.contains(&at)))
}
