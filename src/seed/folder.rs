//! Folders → files: which folders are data sets, which files belong to them, within bounds.
//!
//! A data set is a folder with fact files (`*.yaml`, `*.yml`) in it and none below it. A folder without fact files stands for
//! the data sets in its sub-folders. Names that start with a dot are passed over. Links must stay inside the folder given:
//! a Kubernetes volume links its files to a hidden folder beside them, and nothing needs more.

use std::{
    collections::BTreeSet,
    fs,
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::problem::{Mark, Place, ProblemKind, Report};

/// Largest fact file, in bytes.
const LARGEST_FACTS: u64 = 8 << 20;
/// Largest document, in bytes.
const LARGEST_TEXT: u64 = 32 << 20;
/// Most files in a folder.
const MOST_FILES: usize = 2_000;

/// A file that was read.
#[derive(Debug)]
pub(super) struct File {
    /// Its path as the caller would write it.
    pub(super) shown: Arc<str>,
    /// Its name without folder.
    pub(super) name: String,
    /// Where it is.
    pub(super) path: PathBuf,
    /// What it holds.
    pub(super) text: String,
}

/// The files of a data set.
#[derive(Debug)]
pub(super) struct DataSet {
    /// The name of its folder.
    pub(super) name: String,
    /// Fact files, by name.
    pub(super) facts: Vec<File>,
    /// Documents, by name.
    pub(super) texts: Vec<File>,
}

/// Reads the data sets at the paths, each once.
pub(super) fn data_sets(paths: &[PathBuf], report: &mut Report) -> Vec<DataSet> {
    let mut sets = Vec::new();
    let mut seen = BTreeSet::new();
    for path in paths {
        match fs::canonicalize(path).map_err(|error| error.to_string()) {
            Ok(root) if root.is_dir() => Folders { root, seen: &mut seen, report }.given(path, &mut sets),
            Ok(_) => report.add(
                ProblemKind::Folder,
                start(path),
                "not a folder",
                "name the folder of the data set, or a .facts file",
            ),
            Err(error) => {
                report.add(
                    ProblemKind::Folder,
                    start(path),
                    format!("cannot be read: {error}"),
                    "name a folder of fact files; without one, `seeds` in the current folder is taken",
                );
            }
        }
    }
    sets
}

fn start(path: &Path) -> Place {
    Place::text(shown(path), Mark::START)
}

fn shown(path: &Path) -> Arc<str> {
    Arc::from(path.to_string_lossy().as_ref())
}

fn is_facts(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml")
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "txt")
}

struct Folders<'a> {
    /// The folder given, with links resolved: nothing outside it is read.
    root: PathBuf,
    seen: &'a mut BTreeSet<PathBuf>,
    report: &'a mut Report,
}

impl Folders<'_> {
    fn given(&mut self, path: &Path, sets: &mut Vec<DataSet>) {
        let Some(entries) = self.entries(path) else { return };
        if entries.iter().any(|entry| is_facts(entry)) {
            sets.extend(self.data_set(path, entries));
            return;
        }
        let folders: Vec<PathBuf> = entries.into_iter().filter(|entry| entry.is_dir()).collect();
        let mut found = false;
        for folder in folders {
            let Some(entries) = self.entries(&folder) else { continue };
            if entries.iter().any(|entry| is_facts(entry)) {
                found = true;
                sets.extend(self.data_set(&folder, entries));
            } else {
                self.report.add(
                    ProblemKind::Folder,
                    start(&folder),
                    "a folder without fact files",
                    "write *.yaml files, or remove it",
                );
            }
        }
        if !found {
            self.report.add(ProblemKind::Folder, start(path), "no data set is here", "name a folder with *.yaml files");
        }
    }

    /// What lies in a folder, by name, without what is hidden or leads out of the folder given.
    fn entries(&mut self, folder: &Path) -> Option<Vec<PathBuf>> {
        let read = match fs::read_dir(folder) {
            Ok(read) => read,
            Err(error) => {
                self.report.add(
                    ProblemKind::Folder,
                    start(folder),
                    format!("cannot be read: {error}"),
                    "make it readable",
                );
                return None;
            }
        };
        let mut entries: Vec<PathBuf> = Vec::new();
        for entry in read.flatten() {
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let path = entry.path();
            match fs::canonicalize(&path) {
                Ok(real) if real.starts_with(&self.root) => entries.push(path),
                Ok(_) => self.report.add(
                    ProblemKind::Folder,
                    start(&path),
                    "a link that leads out of the folder",
                    "copy what it links to",
                ),
                Err(_) => self.report.add(ProblemKind::Folder, start(&path), "a link that leads nowhere", "remove it"),
            }
        }
        if entries.len() > MOST_FILES {
            let what = format!("{} files in a folder", entries.len());
            self.report.add(ProblemKind::Folder, start(folder), what, format!("at most {MOST_FILES} are taken"));
            return None;
        }
        entries.sort();
        Some(entries)
    }

    fn data_set(&mut self, folder: &Path, entries: Vec<PathBuf>) -> Option<DataSet> {
        let real = fs::canonicalize(folder).ok()?;
        if !self.seen.insert(real.clone()) {
            return None;
        }
        let name = real.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let mut set = DataSet { name, facts: Vec::new(), texts: Vec::new() };
        for path in entries {
            if path.is_dir() {
                let within = self.entries(&path).unwrap_or_default();
                if within.iter().any(|entry| is_facts(entry) || is_text(entry)) {
                    let cure = "move its files up, or the folder beside this data set";
                    self.report.add(ProblemKind::Folder, start(&path), "a folder inside a data set is not read", cure);
                }
            } else if is_facts(&path) {
                set.facts.extend(self.file(&path, LARGEST_FACTS));
            } else if is_text(&path) {
                set.texts.extend(self.file(&path, LARGEST_TEXT));
            }
        }
        Some(set)
    }

    fn file(&mut self, path: &Path, largest: u64) -> Option<File> {
        let mut bytes = Vec::new();
        // Looked at first: opening a pipe waits for somebody to write into it.
        let read = fs::metadata(path).and_then(|found| {
            if !found.is_file() {
                return Err(io::Error::other("it is no file"));
            }
            fs::File::open(path)?.take(largest + 1).read_to_end(&mut bytes)
        });
        if let Err(error) = read {
            self.report.add(ProblemKind::Folder, start(path), format!("cannot be read: {error}"), "make it readable");
            return None;
        }
        if u64::try_from(bytes.len()).is_ok_and(|length| length > largest) {
            self.report.add(
                ProblemKind::Folder,
                start(path),
                "the file is too large",
                format!("at most {largest} bytes are taken"),
            );
            return None;
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        match String::from_utf8(bytes) {
            Ok(text) => Some(File { shown: shown(path), name, path: path.to_owned(), text }),
            Err(error) => {
                let good = error.utf8_error().valid_up_to();
                let before = String::from_utf8_lossy(error.as_bytes().get(..good).unwrap_or_default()).into_owned();
                let place = Place::text(shown(path), mark_after(&before));
                self.report.add(ProblemKind::Folder, place, "not UTF-8", "save the file as UTF-8");
                None
            }
        }
    }
}

/// The place right behind a text that starts at the start of a file.
pub(super) fn mark_after(text: &str) -> Mark {
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    Mark { line: number(line), column: number(column) }
}
