//! Citations: a quote stands verbatim in its document, and its offsets are filled in.

use std::ops::Range;

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use super::{
    FactText, contract,
    documents::{Document, Documents},
    places::{Places, field},
    problem::{ProblemKind, Report},
    read::short,
    walk::walk_mut,
};
use crate::pb;

/// Checks every citation of a file and fills in where its quote stands.
pub(super) fn locate(file: &mut FactText, documents: &Documents<'_>, report: &mut Report) {
    let places = &file.places;
    walk_mut(&mut file.message, "", &mut |message, path| {
        if !contract::is(&message.descriptor(), "dossier.v1.Citation") {
            return;
        }
        let Ok(citation) = message.transcode_to::<pb::Citation>() else { return };
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
    if citation.source.is_empty() {
        return None;
    }
    let Some(document) = documents.of(&citation.source) else {
        if !quote.is_empty() {
            let id = citation.source.trim_start_matches("sources/");
            let cure = format!(
                "put the document beside the file that defines the source, as {id}.txt, or leave the quote out"
            );
            let what = format!("no text of `{}` is at hand to check the quote against", citation.source);
            wrong(&field(path, "quote"), what, cure);
        }
        return None;
    };
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
