//! `dossier import`: data sets of others become facts that are checked and served like all others.

mod acled;
mod bad_rows;
mod gdelt;
mod geonames;
mod killed;
mod meets;
mod progress;
mod ucdp;
mod variants;

use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
};

use dossier::{
    facts::Reader,
    pb::{self, seed::record::Content},
};

use crate::{
    support::{self, Ended, dossier},
    tools::root,
};

/// 1,000 rows of UCDP GED 23.1.
pub(crate) fn sample() -> PathBuf {
    root().join("tests/data/ucdp/ged231-sample1000.csv")
}

/// The sample many times over with fresh ids.
pub(crate) fn repeated(times: usize) -> String {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(sample()).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(&rows[0]).unwrap();
    for time in 0..times {
        for (at, row) in rows.iter().enumerate().skip(1) {
            let id = (time * rows.len() + at).to_string();
            writer.write_record(std::iter::once(id.as_str()).chain(row.iter().skip(1))).unwrap();
        }
    }
    String::from_utf8(writer.into_inner().unwrap()).unwrap()
}

/// The GeoNames dump of a country.
pub(crate) fn dump() -> PathBuf {
    root().join("tests/data/geonames/ML-2023-10-22.txt")
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs `dossier import`.
pub(crate) fn import(data_set: &str, from: &Path, to: &Path, more: &[&str]) -> Ended {
    let arguments = [&["import", data_set, text(from), "-o", text(to)], more].concat();
    support::run(&mut dossier(&arguments))
}

/// The sample of UCDP and the gazetteer, imported into a folder.
pub(crate) fn sample_and_dump(folder: &Path) -> [PathBuf; 2] {
    let [events, places] = ["ucdp.facts", "places.facts"].map(|name| folder.join(name));
    assert!(import("ucdp-ged", &sample(), &events, &["--released", "2023-06-07"]).ok());
    assert!(import("geonames", &dump(), &places, &[]).ok());
    [events, places]
}

/// What a file holds once it is imported.
fn imported(data_set: &str, from: &Path, more: &[&str]) -> Vec<Content> {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().join("out.facts");
    let ended = import(data_set, from, &to, more);
    assert!(ended.ok(), "{}{}", ended.out, ended.err);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    records(&to)
}

/// The records of a file.
fn records(path: &Path) -> Vec<Content> {
    let reader = Reader::new(BufReader::new(File::open(path).unwrap())).unwrap();
    reader.map(|record| record.unwrap().1).collect()
}

fn events(records: &[Content]) -> impl Iterator<Item = &pb::Event> {
    records.iter().filter_map(|content| if let Content::Event(event) = content { Some(event) } else { None })
}

fn places(records: &[Content]) -> impl Iterator<Item = &pb::Place> {
    records.iter().filter_map(|content| if let Content::Place(place) = content { Some(place) } else { None })
}

fn actors(records: &[Content]) -> impl Iterator<Item = &pb::Actor> {
    records.iter().filter_map(|content| if let Content::Actor(actor) = content { Some(actor) } else { None })
}

fn sources(records: &[Content]) -> impl Iterator<Item = &pb::Source> {
    records.iter().filter_map(|content| if let Content::Source(source) = content { Some(source) } else { None })
}

/// A file of these lines in a folder of its own.
fn file(name: &str, lines: &[String]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, lines.join("\n") + "\n").unwrap();
    (folder, path)
}

/// Imports lines, checks the result as `dossier check` does, and returns what it holds.
fn checked(data_set: &str, name: &str, lines: &[String], more: &[&str]) -> Vec<Content> {
    let (folder, path) = file(name, lines);
    let to = folder.path().join("out.facts");
    let ended = import(data_set, &path, &to, more);
    assert!(ended.ok(), "{}{}", ended.out, ended.err);
    let report = dossier::seed::check(std::slice::from_ref(&to));
    assert!(report.problems.is_empty(), "{report}");
    records(&to)
}
