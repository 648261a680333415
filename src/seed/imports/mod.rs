//! `.facts` files beside folders of facts: the same checks, record by record.
//!
//! A file is read twice, as a stream: first for the names that it defines, then to check each record against the names of all
//! data sets. What is held are 16 bytes for each name, and the identifiers, points and radii of places and actors; events
//! are looked at and let go.

use std::{
    collections::{BTreeSet, HashMap},
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    documents::Documents,
    names::Names,
    problem::{Place, ProblemKind, Report},
    values::two_parts,
};
use crate::{
    facts::{EXTENSION, Error, Reader},
    model::{day::Day, span::source_day},
    pb::{self, seed::record::Content},
};

mod absorb;
mod claims;
mod known;
pub(super) mod references;
mod rules;
#[cfg(test)]
mod tests;

pub(super) use absorb::Addition;
pub(super) use known::Known;

/// More problems than this of one file are not told: they have one cause.
const MOST_PROBLEMS: usize = 100;

/// The `.facts` files that are loaded together.
#[derive(Debug, Default)]
pub(super) struct Imports {
    files: Vec<Import>,
}

/// A `.facts` file.
#[derive(Debug)]
struct Import {
    path: PathBuf,
    /// The same as the caller would write it.
    shown: Arc<str>,
    layer: String,
}

/// Takes `.facts` files out of what the caller named; the rest are folders.
pub(super) fn split(paths: &[PathBuf]) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let is_facts = |path: &PathBuf| path.extension().is_some_and(|extension| extension == EXTENSION) && path.is_file();
    let (facts, folders) = paths.iter().cloned().partition(is_facts);
    (folders, facts)
}

impl Imports {
    /// Reads the names that the files define into `names`; and whether every file can be read to its end.
    pub(super) fn survey(
        paths: &[PathBuf],
        written: &[&pb::seed::FactFile],
        names: &mut Names<'_>,
        report: &mut Report,
    ) -> (Imports, bool) {
        let mut imports = Imports::default();
        let mut seen = BTreeSet::new();
        let mut whole = true;
        for path in paths {
            if !seen.insert(std::fs::canonicalize(path).unwrap_or_else(|_| path.clone())) {
                continue;
            }
            let shown: Arc<str> = Arc::from(path.to_string_lossy().as_ref());
            match open(path) {
                Ok(reader) => {
                    let layer = reader.header().layer.clone();
                    if !crate::model::name::is_id(&layer) {
                        let what = format!("`{layer}` is no name of a data set");
                        let cure = "write the header's layer in kebab-case, such as made-up-1";
                        report.add(ProblemKind::Name, Place::record(&shown, 1, ""), what, cure);
                    }
                    imports.files.push(Import { path: path.clone(), shown, layer });
                }
                Err(error) => {
                    broken(&shown, &error, report);
                    whole = false;
                }
            }
        }
        // Which of two absorbs the other must not depend on the order in which they are named.
        imports.files.sort_by(|a, b| (&a.layer, &a.shown).cmp(&(&b.layer, &b.shown)));
        let mut survey = known::Survey::new(written);
        survey.beside(names);
        let mut too_many = false;
        for import in &imports.files {
            survey.file();
            let before = report.problems.len();
            let outcome = each(&import.path, &mut |number, content| {
                survey.record(names, number, &content, &import.shown, report);
                report.problems.len() < before + MOST_PROBLEMS
            });
            too_many |= report.problems.len() >= before + MOST_PROBLEMS;
            if let Err(error) = outcome {
                broken(&import.shown, &error, report);
                whole = false;
            }
        }
        survey.finish(names, report);
        if too_many {
            // Not all names are known, and enough was told.
            imports.files.clear();
        }
        (imports, whole && !too_many)
    }

    /// Checks every record and hands over what is loaded, as it is to be loaded: what another resource absorbed is left out,
    /// and references to it lead to that. While something cannot be read (`whole`), nothing is said
    /// about what is missing.
    pub(super) fn check(
        &self,
        names: &Names<'_>,
        documents: &Documents<'_>,
        written: &[&pb::seed::FactFile],
        whole: bool,
        report: &mut Report,
        hand_over: &mut dyn FnMut(Content),
    ) -> Vec<pb::Layer> {
        let of_folders = written.iter().flat_map(|facts| &facts.sources);
        let mut days: HashMap<String, Day> =
            of_folders.filter_map(|source| Some((source.name.clone(), source_day(&source.published_date)?))).collect();
        days.extend(names.imported.days());
        let mut checker = rules::Checker::new(names, documents, days, whole);
        let mut layers = Vec::new();
        for (at, import) in self.files.iter().enumerate() {
            let mut layer = pb::Layer { name: import.layer.clone(), ..Default::default() };
            let before = report.problems.len();
            // A file that cannot be read was told by the survey.
            let _ = each(&import.path, &mut |number, mut content| {
                tally(&mut layer, &content);
                if names.imported.is_absorbed(at, number) {
                    return true;
                }
                checker.record(&import.shown, number, &mut content, report);
                count(&content, report);
                hand_over(content);
                report.problems.len() < before + MOST_PROBLEMS
            });
            if report.problems.len() >= before + MOST_PROBLEMS {
                let what = format!("more than {MOST_PROBLEMS} problems: the rest of the file was not checked");
                report.add(ProblemKind::Folder, Place::record(&import.shown, 0, ""), what, "mend these first");
            }
            layers.push(layer);
        }
        checker.undated(report);
        layers
    }

    /// How many files there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, Error> {
    let file = File::open(path).map_err(|error| Error { record: 0, fault: error.into() })?;
    Reader::new(BufReader::with_capacity(1 << 18, file))
}

/// Calls for each record until it says no.
fn each(path: &Path, record: &mut dyn FnMut(u64, Content) -> bool) -> Result<(), Error> {
    for next in open(path)? {
        let (number, content) = next?;
        if !record(number, content) {
            break;
        }
    }
    Ok(())
}

fn broken(shown: &Arc<str>, error: &Error, report: &mut Report) {
    let (what, cure) = two_parts(&error.fault.to_string());
    report.add(ProblemKind::Syntax, Place::record(shown, error.record, ""), what, cure);
}

fn tally(layer: &mut pb::Layer, content: &Content) {
    let claims = |claims: &[pb::Claim]| u32::try_from(claims.len()).unwrap_or(u32::MAX);
    match content {
        Content::Source(_) => layer.source_count += 1,
        Content::Event(event) => {
            layer.event_count += 1;
            layer.claim_count += claims(&event.claims);
        }
        Content::ClaimsOn(on) => layer.claim_count += claims(&on.claims),
        _ => {}
    }
}

fn count(content: &Content, report: &mut Report) {
    let summary = &mut report.summary;
    let claims = |claims: &[pb::Claim]| u32::try_from(claims.len()).unwrap_or(u32::MAX);
    match content {
        Content::Source(_) => summary.sources += 1,
        Content::Place(_) => summary.places += 1,
        Content::Actor(_) => summary.actors += 1,
        Content::Camp(_) => summary.camps += 1,
        Content::Event(event) => {
            summary.events += 1;
            summary.claims += claims(&event.claims);
        }
        Content::ClaimsOn(on) => summary.claims += claims(&on.claims),
        Content::Header(_) | Content::End(_) => {}
    }
}
