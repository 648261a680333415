//! Folders and files that no table holds: links, sizes, foreign bytes, and random edits.

use std::{fs, os::unix::fs::symlink, path::Path, process::Output};

use dossier::seed;
use proptest::prelude::*;

use super::{copy, dossier, lines, made_up};

fn checked(change: impl Fn(&Path)) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    copy(&made_up(), &folder.path().join("data/marsh"));
    change(&folder.path().join("data"));
    let output: Output = dossier(folder.path(), &["check", "data"]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    lines(&output)
}

#[test]
fn what_does_not_belong_into_a_folder_is_told() {
    let out = checked(|data| symlink("/etc/hosts", data.join("marsh/hosts.txt")).unwrap());
    assert_eq!(out, ["data/marsh/hosts.txt:1:1: a link that leads out of the folder; copy what it links to"]);
    let out = checked(|data| symlink("nowhere", data.join("marsh/more.yaml")).unwrap());
    assert_eq!(out, ["data/marsh/more.yaml:1:1: a link that leads nowhere; remove it"]);
    let out = checked(|data| fs::create_dir(data.join("empty")).unwrap());
    assert_eq!(out, ["data/empty:1:1: a folder without fact files; write *.yaml files, or remove it"]);
    let out = checked(|data| copy(&made_up(), &data.join("marsh/deeper")));
    assert_eq!(out.len(), 1);
    assert!(out[0].starts_with("data/marsh/deeper:1:1: a folder inside a data set is not read; "), "{out:?}");
    let out = checked(|data| fs::write(data.join("marsh/world.yaml"), b"sources:\n  - title: caf\xe9\n").unwrap());
    assert!(out.contains(&"data/marsh/world.yaml:2:15: not UTF-8; save the file as UTF-8".to_owned()), "{out:?}");
    let out = checked(|data| fs::write(data.join("marsh/world.yaml"), vec![b'#'; (8 << 20) + 1]).unwrap());
    let expected = "data/marsh/world.yaml:1:1: the file is too large; at most 8388608 bytes are taken";
    assert!(out.contains(&expected.to_owned()), "{out:?}");
    let out = checked(|data| fs::write(data.join("marsh/deep.yaml"), "[".repeat(100_000)).unwrap());
    assert!(out[0].starts_with("data/marsh/deep.yaml:1:33: the YAML ends here: "), "{out:?}");
}

#[test]
fn a_missing_document_is_told_once_with_the_number_of_its_quotes() {
    let out = checked(|data| fs::remove_file(data.join("marsh/source.txt")).unwrap());
    let what = "no text of `sources/marsh` is at hand to check its 13 quotes against, of which this is the first";
    let cure = "put the document beside the file that defines the source, as marsh.txt, or leave the quotes out";
    assert_eq!(out, [format!("data/marsh/events.yaml:22:15: {what}; {cure}")]);
}

#[test]
fn a_folder_that_is_none_is_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("file.yaml"), "").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    let out = lines(&dossier(folder.path(), &["check", "file.yaml", "missing", "empty"]));
    assert_eq!(out[0], "empty:1:1: no data set is here; name a folder with *.yaml files");
    assert_eq!(out[1], "file.yaml:1:1: not a folder; name the folder of the data set, or a .facts file");
    assert!(out[2].starts_with("missing:1:1: cannot be read: "), "{out:?}");
}

#[test]
fn problems_of_all_files_are_told_at_once_and_as_json() {
    let folder = tempfile::tempdir().unwrap();
    copy(&made_up(), &folder.path().join("marsh"));
    for (file, from, to) in [
        ("events.yaml", "low: 24", "low: many"),
        ("events.yaml", "places/harbour", "places/habour"),
        ("world.yaml", "    language: en", "    tongue: en"),
        ("source.txt", "last week.", "last week. It rained."),
    ] {
        let path = folder.path().join("marsh").join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }
    let text = lines(&dossier(folder.path(), &["check", "marsh"]));
    let json = dossier(folder.path(), &["check", "--format", "json", "marsh"]);
    assert_eq!(json.status.code(), Some(1));
    let json: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let problems = json["problems"].as_array().unwrap();
    let same = |problem: &serde_json::Value| {
        let part = |name: &str| problem[name].as_str().unwrap().to_owned();
        format!("{}:{}:{}: {}; {}", part("file"), problem["line"], problem["column"], part("message"), part("cure"))
    };
    assert_eq!(text, problems.iter().map(same).collect::<Vec<_>>());
    let kinds: Vec<&str> = problems.iter().map(|problem| problem["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["reference", "field", "coverage", "field"], "{text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    /// Random bytes at random places: a verdict, never a panic, and every problem has a place in a file of the folder.
    #[test]
    fn any_edit_gets_a_verdict(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..4_usize, "[ -~\n⟦é:\\[\\]{}&*!|>'\"-]{0,6}"), 1..5),
        file in prop::sample::select(vec!["events.yaml", "world.yaml", "source.txt"]),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let marsh = folder.path().join("marsh");
        copy(&made_up(), &marsh);
        let mut text: Vec<char> = fs::read_to_string(marsh.join(file)).unwrap().chars().collect();
        for (at, remove, insert) in edits {
            let at = at.index(text.len());
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        fs::write(marsh.join(file), &text).unwrap();
        let report = seed::check(std::slice::from_ref(&marsh));
        for problem in &report.problems {
            prop_assert!(problem.place.file.starts_with(marsh.to_str().unwrap()), "{}", problem);
            prop_assert!(problem.place.mark.line >= 1 && problem.place.mark.column >= 1, "{}", problem);
        }
        prop_assert_eq!(seed::load(&[marsh]).is_ok(), report.problems.is_empty());
        if let Ok(once) = seed::format("f", &text) {
            prop_assert_eq!(seed::format("f", &once), Ok(once));
        }
    }
}
