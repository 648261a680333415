//! Broken fact files: each kind of mistake is told at its line and column with its cure, and no server starts on it.
//!
//! The tables change one thing in the made-up data set `made_up/marsh`. In the new text, `⟦` marks the place at which the
//! problem has to be told; it is taken out before the file is written.

mod facts;
mod format;
mod measures;
mod real;
mod wild;

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

/// A mistake and what has to be said of it.
struct Mutation {
    /// What kind of mistake it is.
    kind: &'static str,
    /// The file that is changed, or made.
    file: &'static str,
    /// What stands there; it stands once. Empty: the new text goes to the end of the file.
    from: &'static str,
    /// What stands there then.
    to: &'static str,
    /// Says what is wrong.
    what: &'static str,
    /// Says what would be right.
    cure: &'static str,
    /// How many lines it prints. One, unless one mistake makes two statements wrong.
    lines: usize,
}

/// `[kind, file, from, to, what, cure]`.
const fn one(row: [&'static str; 6]) -> Mutation {
    let [kind, file, from, to, what, cure] = row;
    Mutation { kind, file, from, to, what, cure, lines: 1 }
}

/// The same, for a mistake that makes more than one statement wrong.
const fn several(lines: usize, row: [&'static str; 6]) -> Mutation {
    Mutation { lines, ..one(row) }
}

fn made_up() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec/made_up/marsh")
}

/// A copy of a data set in a folder of its own.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::write(to.join(entry.file_name()), fs::read(entry.path()).unwrap()).unwrap();
    }
}

fn dossier(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dossier"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1").stdin(Stdio::null()).output().unwrap()
}

/// The lines of standard output.
fn lines(output: &Output) -> Vec<String> {
    String::from_utf8(output.stdout.clone()).unwrap().lines().map(str::to_owned).collect()
}

/// Writes the mistake into the copy and returns the place that has to be told.
fn make(mutation: &Mutation, folder: &Path) -> String {
    let path = folder.join("marsh").join(mutation.file);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let changed = if mutation.from.is_empty() {
        text + mutation.to
    } else {
        assert_eq!(text.matches(mutation.from).count(), 1, "{}: {} stands once", mutation.kind, mutation.from);
        text.replace(mutation.from, mutation.to)
    };
    let (before, after) = changed.split_once('⟦').unwrap_or_else(|| panic!("{}: no place is marked", mutation.kind));
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    fs::write(&path, format!("{before}{after}")).unwrap();
    format!("marsh/{}:{line}:{column}: ", mutation.file)
}

/// What is wrong with how a mistake is told; empty if nothing.
fn told(mutation: &Mutation) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    copy(&made_up(), &folder.path().join("marsh"));
    let place = make(mutation, folder.path());
    let checked = dossier(folder.path(), &["check", "marsh"]);
    let lines = lines(&checked);
    let said = |line: &&String| {
        let Some((what, cure)) = line.strip_prefix(&place).and_then(|rest| rest.split_once("; ")) else { return false };
        what.contains(mutation.what) && cure.contains(mutation.cure)
    };
    if checked.status.code() != Some(1) || lines.len() != mutation.lines || !lines.iter().any(|line| said(&line)) {
        let expected = format!("{place}… {} …; … {} …", mutation.what, mutation.cure);
        return Some(format!("{}\n  expected {expected}\n  got      {}", mutation.kind, lines.join("\n           ")));
    }
    let served = dossier(folder.path(), &["serve", "--listen", "127.0.0.1:0", "marsh"]);
    let stderr = String::from_utf8(served.stderr.clone()).unwrap();
    let refused = served.status.code() == Some(1) && served.stdout.is_empty();
    let same = lines.iter().all(|line| stderr.lines().any(|told| told == line));
    (!refused || !same).then(|| format!("{}: the server did not refuse with the same lines: {stderr}", mutation.kind))
}

fn check_all(mutations: &[Mutation]) {
    let wrong: Vec<String> = mutations.iter().filter_map(told).collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), mutations.len(), wrong.join("\n"));
}

#[test]
fn the_data_set_without_a_mistake_has_no_problem() {
    let folder = made_up();
    let checked = dossier(folder.parent().unwrap(), &["check", "marsh"]);
    let printed = lines(&checked);
    assert_eq!(checked.status.code(), Some(0), "{printed:?}");
    assert_eq!(
        printed,
        [
            "no problem in 1 data set (2 files): 2 sources, 4 places, 4 actors, 1 camp, 3 events, 4 claims",
            "coverage: 4 sentences in 1 document: 3 cited, 1 set aside, none left over; 12 quotes verbatim",
        ]
    );
}

#[test]
fn every_mistake_is_of_a_kind_of_its_own() {
    let mut kinds: Vec<&str> = facts::all().map(|mutation| mutation.kind).collect();
    kinds.extend(measures::all().map(|mutation| mutation.kind));
    kinds.extend(format::all().map(|mutation| mutation.kind));
    let all = kinds.len();
    kinds.sort_unstable();
    kinds.dedup();
    assert_eq!(kinds.len(), all);
    assert!(all >= 60, "{all}");
}
