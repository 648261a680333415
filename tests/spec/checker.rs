//! The shipped facts have no problem, leave no sentence over, and keep to their schema and their canonical form.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use dossier::seed;

use crate::{
    support::{self, dossier},
    tools::{self, root},
};

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let ended = support::run(&mut dossier(arguments));
    (ended.code, ended.out)
}

/// Everything shipped that a data set may be made of.
fn shipped() -> Vec<PathBuf> {
    let all = [root().join("seeds"), root().join("examples/minusma-2023")];
    all.into_iter().filter(|path| path.exists()).collect()
}

#[test]
fn the_shipped_facts_have_no_problem() {
    let report = seed::check(&shipped());
    assert!(report.problems.is_empty(), "{report}");
    let s = &report.summary;
    assert_eq!(s.cited + s.set_aside, s.sentences);
    assert!(s.documents >= 1 && s.quotes > s.sentences && s.claims > s.events && s.camps >= 6, "{s:?}");
    let (code, printed) = run(&["check", "seeds"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("none left over"), "{printed}");
}

#[test]
fn the_smallest_example_has_no_problem_and_is_canonical() {
    assert_eq!(run(&["check", "examples/minimal"]).0, Some(0));
    assert_eq!(run(&["fmt", "--check", "examples/minimal"]), (Some(0), String::new()));
}

#[test]
fn what_is_loaded_is_whole_and_in_order() {
    let paths = shipped();
    let loaded = seed::load(&paths).unwrap();
    let backwards: Vec<PathBuf> = paths.iter().rev().cloned().collect();
    assert_eq!(loaded, seed::load(&backwards).unwrap(), "the order of folders does not count");
    assert!(loaded.events.is_sorted_by_key(|event| &event.name));
    assert_eq!(loaded.layers.len(), paths.len());
    for claim in loaded.events.iter().flat_map(|event| &event.claims) {
        assert!(claim.name.contains("/claims/"), "{claim:?}");
        for citation in &claim.citations {
            let source = loaded.sources.iter().find(|source| source.name == citation.source).unwrap();
            let (Some(start), Some(end)) = (citation.start_offset, citation.end_offset) else {
                assert_eq!(source.text, "", "{citation:?}");
                continue;
            };
            assert_eq!(source.text.get(start as usize..end as usize), Some(citation.quote.as_str()));
            assert_eq!(source.sha256.len(), 64);
        }
    }
}

/// Two files that say the same are one fact: the data does not change with the form.
#[test]
fn formatting_changes_no_fact() {
    let folder = tempfile::tempdir().unwrap();
    for path in &shipped() {
        let sets = if path.join("events.yaml").exists() { vec![path.clone()] } else { children(path) };
        for set in sets {
            let to = folder.path().join(set.file_name().unwrap());
            fs::create_dir(&to).unwrap();
            for file in children(&set) {
                fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
            }
        }
    }
    let copy = folder.path().to_str().unwrap();
    let before = seed::load(&[folder.path().to_owned()]).unwrap();
    let (code, printed) = run(&["fmt", copy]);
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(seed::load(&[folder.path().to_owned()]).unwrap(), before);
    assert_eq!(run(&["fmt", "--check", copy]), (Some(0), String::new()));
}

#[test]
fn the_shipped_facts_are_in_canonical_form() {
    assert_eq!(run(&["fmt", "--check", "seeds"]), (Some(0), String::new()));
    if root().join("examples/minusma-2023").exists() {
        assert_eq!(run(&["fmt", "--check", "examples/minusma-2023"]), (Some(0), String::new()));
    }
}

fn children(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn fmt_says_what_it_would_change_and_changes_it_once() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set");
    fs::create_dir(&set).unwrap();
    fs::write(set.join("a.yaml"), "sources: # ours\n- {title: One, name: sources/one}\n").unwrap();
    let path = set.to_str().unwrap();
    let told = format!("{path}/a.yaml: not in canonical form\n");
    assert_eq!(run(&["fmt", "--check", path]), (Some(1), told));
    assert_eq!(run(&["fmt", path]), (Some(0), format!("{path}/a.yaml: formatted\n")));
    let written = fs::read_to_string(set.join("a.yaml")).unwrap();
    assert_eq!(written, "sources: # ours\n  - name: sources/one\n    title: One\n");
    assert_eq!(run(&["fmt", path]), (Some(0), String::new()));
    assert_eq!(children(&set).len(), 1, "nothing is left beside it");
    let broken = "sources:\n  - title: [\n";
    fs::write(set.join("a.yaml"), broken).unwrap();
    let (code, printed) = run(&["fmt", path]);
    assert!(code == Some(1) && printed.contains("a.yaml:") && printed.contains("the YAML ends here"), "{printed}");
    assert_eq!(fs::read_to_string(set.join("a.yaml")).unwrap(), broken);
}

#[test]
fn fmt_formats_what_it_can_and_counts_the_rest() {
    let folder = tempfile::tempdir().unwrap();
    let set = folder.path().join("set");
    fs::create_dir(&set).unwrap();
    let told = |files: &[(&str, &[u8])], arguments: &[&str]| {
        for (name, text) in files {
            fs::write(set.join(name), text).unwrap();
        }
        let ended = support::run(dossier(&["fmt"]).args(arguments).arg("set").current_dir(folder.path()));
        (ended.code, ended.out, ended.err)
    };
    let loose: &[u8] = b"sources:\n- name: sources/a\n  title: A\n";
    let mixed: &[(&str, &[u8])] =
        &[("a.yaml", loose), ("b.yaml", loose), ("broken.yaml", b"sources: [\n"), ("latin.yaml", b"# caf\xe9\n")];
    let (code, out, err) = told(mixed, &["--check"]);
    assert_eq!((code, out.lines().count()), (Some(1), 4), "{out}");
    assert_eq!(err, "2 files not in canonical form, 1 left alone because of problems, 1 could not be read\n");
    let (code, out, err) = told(&[], &[]);
    assert_eq!(code, Some(1));
    assert_eq!(err, "2 files formatted, 1 left alone because of problems, 1 could not be read\n");
    // What cannot be read keeps nobody else from being formatted.
    assert!(out.contains("set/latin.yaml:1:6: not UTF-8"), "{out}");
    assert!(out.contains("set/a.yaml: formatted\nset/b.yaml: formatted\n"), "{out}");
    let (code, out, err) =
        told(&[("broken.yaml", b"sources: [{name: sources/c}]\n"), ("latin.yaml", b"# caf\xc3\xa9\n")], &[]);
    assert_eq!((code, err.as_str()), (Some(0), "1 file formatted, 3 unchanged\n"), "{out}");
}

/// Reads a schema and documents from standard input; prints what is wrong with each document, one list a document.
const VALIDATE: &str = "
import json, sys
from jsonschema import Draft202012Validator as Validator
asked = json.load(sys.stdin)
Validator.check_schema(asked['schema'])
validator = Validator(asked['schema'])
print(json.dumps([sorted(e.message for e in validator.iter_errors(d)) for d in asked['documents']]))
";

#[test]
fn the_schema_takes_the_shipped_facts_and_refuses_mistakes() {
    let (code, schema) = run(&["schema"]);
    assert_eq!(code, Some(0));
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
    assert!(schema["$defs"]["Event"]["properties"].get("status").is_none(), "a starred field is no field of a file");
    assert!(!schema["$defs"]["Claim"]["properties"]["stance"]["description"].as_str().unwrap().is_empty());
    let files = seed::files(&shipped()).0;
    let yaml = |text: &str| serde_saphyr::from_str::<serde_json::Value>(text).unwrap();
    let mut documents: Vec<serde_json::Value> = files.iter().map(|file| yaml(&file.text)).collect();
    let good = documents.len();
    for bad in [
        "evnts: []",
        "events: [{name: events/a, title: b, kind: EVENT_KIND_ATTACK, claims: [{stance: ASSERTS, citations: [{source: sources/a}]}]}]",
        "events: [{name: events/A, title: b, kind: EVENT_KIND_ATTACK, claims: [{stance: STANCE_ASSERTS, citations: [{source: sources/a}]}]}]",
        "sources: [{title: no name}]",
        "places: [{name: places/a, display_name: A, kind: PLACE_KIND_SITE, point: {latitude: 91, longitude: 0}, citations: [{source: sources/a}]}]",
        "actors: [{name: actors/a, display_name: A, kind: ACTOR_KIND_STATE, side: actors/a, citations: [{source: sources/a}]}]",
    ] {
        documents.push(yaml(bad));
    }
    let Some(python) = tools::tool("python") else { return };
    let mut child =
        Command::new(python).args(["-c", VALIDATE]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let asked = serde_json::json!({ "schema": schema, "documents": documents }).to_string();
    child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "jsonschema ran");
    let found: Vec<Vec<String>> = serde_json::from_slice(&output.stdout).unwrap();
    for (file, errors) in files.iter().zip(&found) {
        assert!(errors.is_empty(), "{}: {errors:?}", file.shown);
    }
    for (at, errors) in found.iter().enumerate().skip(good) {
        assert_eq!(errors.len(), 1, "mistake {}: {errors:?}", at - good);
    }
}
