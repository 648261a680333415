//! Files → [`Dataset`]: fact files are read with their places, checked against each other and the documents beside them, and
//! merged. Every problem of every file is reported at once, with its place and its cure.
//!
//! The proto is the only schema: which fields there are, what they refer to and which of them no file may write comes from
//! the descriptors and their options. What the descriptors cannot say (a quote stands verbatim, a point lies in its parent)
//! is a rule in a file of its own here.

use std::path::PathBuf;

use prost_reflect::DynamicMessage;

use crate::{
    model::{claims::name_claims, dataset::Dataset},
    pb,
};

mod beside;
mod citations;
mod contract;
mod coverage;
mod documents;
mod folder;
mod format;
mod imports;
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

pub use beside::Beside;
pub use format::format;
pub use problem::{Mark, Place, Problem, ProblemKind, Record, Report, Summary};
pub use schema::schema;

use documents::Documents;
use folder::DataSet;
use imports::Imports;
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
    let (dataset, report) = examine(paths, &mut Beside::nothing(), Hold::All);
    if report.problems.is_empty() { Ok(dataset) } else { Err(report) }
}

/// The same beside facts that were checked before; and the events of `.facts` files are handed over one by one as they are checked
/// and let go: all but those that others add to or link with, which are in the data set with all that folders define. What is
/// added to an event of the facts beside it is there as an event without title and kind. What is handed over is of use only if there
/// is no problem.
///
/// # Errors
/// All problems of all files.
pub fn stream(paths: &[PathBuf], beside: &mut Beside<'_>, each: &mut dyn FnMut(pb::Event)) -> Result<Dataset, Report> {
    let (dataset, report) = examine(paths, beside, Hold::Related(each));
    if report.problems.is_empty() { Ok(dataset) } else { Err(report) }
}

/// What is wrong in folders of facts, what is worth knowing, and how much of the documents is cited.
pub fn check(paths: &[PathBuf]) -> Report {
    examine(paths, &mut Beside::nothing(), Hold::Nothing).1
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

/// What to hold of the facts of `.facts` files, which may be millions.
enum Hold<'a> {
    Nothing,
    All,
    /// Everything but events that stand alone, which are handed over.
    Related(&'a mut dyn FnMut(pb::Event)),
}

/// Checks everything.
fn examine(paths: &[PathBuf], beside: &mut Beside<'_>, hold: Hold<'_>) -> (Dataset, Report) {
    let mut report = Report::default();
    let (folders, imported) = imports::split(paths);
    let sets = folder::data_sets(&folders, &mut report);
    let folders_read = report.problems.is_empty();
    let (mut files, broken) = read_all(&sets, &mut report);
    transcode(&mut files);
    let mut names = names::collect(&files, beside, &mut report);
    let (imports, imports_read) = Imports::survey(&imported, &facts_of(&files), &mut names, &mut report);
    // A file that could not be read may define what others refer to: then nothing is said about what is missing.
    let whole = folders_read && imports_read && !broken;
    if whole {
        names::resolve(&files, &names, &mut report);
    }
    let documents = Documents::new(&sets, &files, beside, whole, &mut report);
    for file in &files {
        values::check(file, &mut report);
    }
    citations::check(&mut files, &names, &documents, &mut report);
    transcode(&mut files);
    rules::check(&rules::Facts::new(&files, &documents, &names), &mut report);
    let (held, layers) = check_imports(&imports, &names, (&documents, whole), &files, hold, &mut report);
    if whole {
        coverage::check(&files, &documents, beside, &mut report);
    }
    count(&sets, &files, &imports, &mut report.summary);
    let mut dataset = merge::merge(&sets, &files, &documents, held, &names);
    dataset.layers.extend(layers);
    // Data sets of one name stand in an order that does not depend on how they were given.
    let order = |layer: &pb::Layer| (layer.name.clone(), layer.event_count, layer.claim_count, layer.source_count);
    dataset.layers.sort_by_cached_key(order);
    let known = names.imported;
    beside.settle(known);
    report.tidy();
    (dataset, report)
}

fn facts_of(files: &[FactText]) -> Vec<&pb::seed::FactFile> {
    files.iter().map(|file| &file.facts).collect()
}

/// Checks `.facts` files; what they hold, if it is to be held, and their layers.
fn check_imports(
    imports: &Imports,
    names: &names::Names<'_>,
    (documents, whole): (&Documents<'_>, bool),
    files: &[FactText],
    mut hold: Hold<'_>,
    report: &mut Report,
) -> (pb::seed::FactFile, Vec<pb::Layer>) {
    use pb::seed::record::Content;
    let mut held = pb::seed::FactFile::default();
    let layers = imports.check(names, documents, &facts_of(files), whole, report, &mut |content| match content {
        _ if matches!(hold, Hold::Nothing) => {}
        Content::Source(source) => held.sources.push(source),
        Content::Place(place) => held.places.push(place),
        Content::Actor(actor) => held.actors.push(actor),
        Content::Camp(camp) => held.camps.push(camp),
        Content::Event(mut event) => match &mut hold {
            Hold::Related(each) if !names.imported.is_related(&event) => {
                // The same claim twice was reported.
                let _ = name_claims(&mut event);
                event.claims.sort_by(|a, b| a.name.cmp(&b.name));
                each(event);
            }
            _ => held.events.push(event),
        },
        Content::ClaimsOn(on) => held.claims_on.push(on),
        Content::Header(_) | Content::End(_) => {}
    });
    (held, layers)
}

/// Plain types for the rules that are not driven by descriptors.
fn transcode(files: &mut [FactText]) {
    for file in files {
        file.facts = file.message.transcode_to().unwrap_or_default();
    }
}

/// Counts what folders hold, beside what the check of imports counted.
fn count(sets: &[DataSet], files: &[FactText], imports: &Imports, summary: &mut Summary) {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let all = |of: fn(&pb::seed::FactFile) -> usize| count(files.iter().map(|file| of(&file.facts)).sum());
    summary.data_sets = count(sets.len() + imports.len());
    summary.files += count(imports.len());
    summary.sources += all(|facts| facts.sources.len());
    summary.places += all(|facts| facts.places.len());
    summary.actors += all(|facts| facts.actors.len());
    summary.camps += all(|facts| facts.camps.len());
    summary.events += all(|facts| facts.events.len());
    summary.claims += all(|facts| {
        let own: usize = facts.events.iter().map(|event| event.claims.len()).sum();
        own + facts.claims_on.iter().map(|on| on.claims.len()).sum::<usize>()
    });
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
