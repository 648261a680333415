//! Files → [`Dataset`]: fact files are read with their places, checked against each other and the documents beside them, and
//! merged. Every problem of every file is reported at once, with its place and its cure.
//!
//! The proto is the only schema: which fields there are, what they refer to and which of them no file may write comes from
//! the descriptors and their options. What the descriptors cannot say (a quote stands verbatim, a point lies in its parent)
//! is a rule in a file of its own here.

use std::path::PathBuf;

use prost_reflect::DynamicMessage;

use crate::{model::dataset::Dataset, pb};

mod citations;
mod contract;
mod coverage;
mod documents;
mod folder;
mod format;
mod merge;
mod names;
mod near;
mod places;
mod problem;
mod read;
mod rules;
mod schema;
mod sentences;
mod tree;
mod values;
mod walk;

pub use format::format;
pub use problem::{Mark, Place, Problem, ProblemKind, Report, Summary};
pub use schema::schema;

use documents::Documents;
use folder::DataSet;
use places::Places;

/// A fact file as read.
struct FactText {
    /// Which data set it belongs to.
    set: usize,
    /// Where its fields stand.
    places: Places,
    /// What it says.
    message: DynamicMessage,
    /// The same as plain types.
    facts: pb::seed::FactFile,
}

/// Reads and checks folders of facts together.
///
/// # Errors
/// All problems of all files.
pub fn load(paths: &[PathBuf]) -> Result<Dataset, Report> {
    let (dataset, report) = examine(paths);
    if report.problems.is_empty() { Ok(dataset) } else { Err(report) }
}

/// What is wrong in folders of facts, what is worth knowing, and how much of the documents is cited.
pub fn check(paths: &[PathBuf]) -> Report {
    examine(paths).1
}

/// A fact file, to be formatted.
#[derive(Debug)]
pub struct FactFile {
    /// Where it is.
    pub path: PathBuf,
    /// The same as the caller would write it.
    pub shown: std::sync::Arc<str>,
    /// What it holds.
    pub text: String,
}

/// The fact files of folders, as [`load`] would read them, and what cannot be read.
pub fn files(paths: &[PathBuf]) -> (Vec<FactFile>, Report) {
    let mut report = Report::default();
    let sets = folder::data_sets(paths, &mut report);
    report.tidy();
    let all = sets.into_iter().flat_map(|set| set.facts);
    (all.map(|file| FactFile { path: file.path, shown: file.shown, text: file.text }).collect(), report)
}

fn examine(paths: &[PathBuf]) -> (Dataset, Report) {
    let mut report = Report::default();
    let sets = folder::data_sets(paths, &mut report);
    let folders_read = report.problems.is_empty();
    let (mut files, broken) = read_all(&sets, &mut report);
    // A file that could not be read may define what others refer to: then nothing is said about what is missing.
    let whole = folders_read && !broken;
    let names = names::collect(&files, &mut report);
    if whole {
        names::resolve(&files, &names, &mut report);
    }
    transcode(&mut files);
    let documents = Documents::new(&sets, &files, whole, &mut report);
    for file in &files {
        values::check(file, &mut report);
    }
    citations::check(&mut files, &names, &documents, &mut report);
    transcode(&mut files);
    rules::check(&rules::Facts::new(&files, &documents), &mut report);
    if whole {
        coverage::check(&files, &documents, &mut report);
    }
    let dataset = merge::merge(&sets, &files, &documents);
    count(&sets, &dataset, &mut report.summary);
    report.tidy();
    (dataset, report)
}

/// Plain types for the rules that are not driven by descriptors.
fn transcode(files: &mut [FactText]) {
    for file in files {
        file.facts = file.message.transcode_to().unwrap_or_default();
    }
}

fn count(sets: &[DataSet], dataset: &Dataset, summary: &mut Summary) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    summary.data_sets = count(sets.len());
    summary.sources = count(dataset.sources.len());
    summary.places = count(dataset.places.len());
    summary.actors = count(dataset.actors.len());
    summary.camps = count(dataset.camps.len());
    summary.events = count(dataset.events.len());
    summary.claims = count(dataset.events.iter().map(|event| event.claims.len()).sum());
}

/// Reads the fact files; and whether one of them is broken.
fn read_all(sets: &[DataSet], report: &mut Report) -> (Vec<FactText>, bool) {
    let mut files = Vec::new();
    let mut broken = false;
    let Some(descriptor) = contract::fact_file() else { return (files, true) };
    for (set, data_set) in sets.iter().enumerate() {
        for file in &data_set.facts {
            let tree = tree::parse(&file.text);
            let mut places = Places::new(std::sync::Arc::clone(&file.shown));
            for fault in tree.faults {
                report.add(ProblemKind::Syntax, places.place(fault.mark), fault.what, fault.cure);
            }
            broken |= tree.broken;
            let Some(root) = tree.root else { continue };
            let message = read::message(&root, "", &descriptor, &mut places, report);
            files.push(FactText { set, places, message, facts: pb::seed::FactFile::default() });
        }
    }
    report.summary.files = u32::try_from(files.len()).unwrap_or(u32::MAX);
    (files, broken)
}
