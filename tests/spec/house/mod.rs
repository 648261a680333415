//! The house rules: who may import whom, headers and sizes of files and functions, nothing wired to the seed data.
//!
//! Each rule is shown to catch an offence before it is held against the code.

mod imports;
mod sizes;
mod words;

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A text file of the repository.
struct File {
    /// Relative to the repository, with `/`.
    path: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All text files below some folders or files of the repository that have one of the extensions; any, if none is given.
fn files(tops: &[&str], extensions: &[&str]) -> Vec<File> {
    let mut pending: Vec<PathBuf> = tops.iter().map(|top| root().join(top)).filter(|path| path.exists()).collect();
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
            continue;
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if !extensions.is_empty() && !extensions.contains(&extension.as_ref()) {
            continue;
        }
        // What is not UTF-8 is no text.
        if let Ok(text) = String::from_utf8(fs::read(&path).unwrap()) {
            let path = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
            found.push(File { path, text });
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), text: text.to_owned() }
}

/// Fails with all offences at once.
fn none(offences: &[String]) {
    assert!(offences.is_empty(), "{} offences:\n{}", offences.len(), offences.join("\n"));
}
