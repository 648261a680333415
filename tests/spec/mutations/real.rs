//! The same mistakes in the shipped facts, made at random: none of them is let through.

use std::{fs, path::Path};

use dossier::seed;

use super::copy;

fn shipped() -> Vec<std::path::PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sets = Vec::new();
    for folder in ["seeds", "examples"] {
        let Ok(entries) = fs::read_dir(root.join(folder)) else { continue };
        sets.extend(entries.map(|entry| entry.unwrap().path()).filter(|path| path.join("events.yaml").exists()));
    }
    sets.sort_by_key(|path| !path.to_string_lossy().contains("/seeds/"));
    sets
}

/// Copies the shipped data sets, changes one file, and returns whether the change is noticed.
fn noticed(file: &str, change: impl Fn(&str) -> Option<String>) -> bool {
    let folder = tempfile::tempdir().unwrap();
    let mut sets = Vec::new();
    let mut changed = false;
    for set in shipped() {
        let to = folder.path().join(set.file_name().unwrap());
        copy(&set, &to);
        let path = to.join(file);
        if let Some(text) = fs::read_to_string(&path).ok().filter(|_| !changed).and_then(|text| change(&text)) {
            fs::write(path, text).unwrap();
            changed = true;
        }
        sets.push(to);
    }
    assert!(changed, "{file}: nothing to change");
    let problems = seed::check(&sets).problems;
    problems.iter().any(|problem| problem.place.file.ends_with(file) || problem.place.file.ends_with(".txt"))
}

/// Changes the n-th line that holds a text.
fn nth(text: &str, n: usize, holds: &str, change: impl Fn(&str) -> String) -> Option<String> {
    let at = text.lines().enumerate().filter(|(_, line)| line.contains(holds)).nth(n)?.0;
    let changed = text.lines().enumerate().map(|(i, line)| if i == at { change(line) } else { line.to_owned() });
    Some(changed.collect::<Vec<_>>().join("\n") + "\n")
}

#[test]
fn no_quote_can_be_changed() {
    let mut tried = 0;
    for n in (0..200).step_by(7) {
        let change = |text: &str| nth(text, n, "quote: ", |line| line.replace("quote: ", "quote: x"));
        let exists = shipped()
            .iter()
            .any(|set| fs::read_to_string(set.join("events.yaml")).is_ok_and(|text| change(&text).is_some()));
        if exists {
            assert!(noticed("events.yaml", change), "quote {n}");
            tried += 1;
        }
    }
    assert!(tried >= 5, "{tried}");
}

#[test]
fn no_reference_can_be_changed() {
    for holds in [" place: places/", "actor: actors/", "claimant: actors/", "- camps/", "source: sources/"] {
        for n in [0, 3] {
            let change = |text: &str| nth(text, n, holds, |line| format!("{line}-x"));
            assert!(noticed("events.yaml", change), "{holds} {n}");
        }
    }
}

#[test]
fn no_byte_of_a_document_can_be_lost_where_it_is_quoted() {
    assert!(noticed("source.txt", |text| Some(text.replacen("control", "contro", 1))));
    assert!(noticed("source.txt", |text| Some(format!("{text}\n\nSomething else happened.\n"))));
}

#[test]
fn no_coordinate_can_be_swapped() {
    let swap = |text: &str| {
        let lines: Vec<&str> = text.lines().collect();
        let at = lines.iter().position(|line| line.trim().starts_with("latitude: "))?;
        let value = |line: &str| line.split(": ").nth(1).unwrap().to_owned();
        let (north, east) = (value(lines[at]), value(lines[at + 1]));
        let changed = text.replacen(&format!("latitude: {north}"), &format!("latitude: {east}"), 1);
        Some(changed.replacen(&format!("longitude: {east}"), &format!("longitude: {north}"), 1))
    };
    assert!(noticed("places.yaml", swap));
}
