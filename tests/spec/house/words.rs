//! Words that do not belong: names of the shipped data in the code, hosts and paths of some machine anywhere.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{File, file, files, none};

/// Names of the shipped data that are words of the field as well, each with the reason.
const ALLOWED: [(&str, &str); 0] = [];

/// A name to look for, with where it comes from.
type Names = BTreeMap<String, String>;

/// Everything that the shipped data sets call something: resource names, display names, aliases.
fn seed_names() -> Names {
    let mut names = Names::new();
    for file in files(&["seeds", "examples"], &["yaml"]) {
        let value: Value = serde_saphyr::from_str(&file.text).unwrap_or_else(|error| panic!("{}: {error}", file.path));
        collect(&value, &file.path, &mut names);
    }
    for (word, _) in ALLOWED {
        names.remove(word);
    }
    names
}

fn collect(value: &Value, from: &str, names: &mut Names) {
    match value {
        Value::Array(values) => values.iter().for_each(|value| collect(value, from, names)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("name" | "display_name", Value::String(text)) => add(text, from, names),
                    ("aliases", Value::Array(aliases)) => {
                        aliases.iter().filter_map(Value::as_str).for_each(|alias| add(alias, from, names));
                    }
                    _ => {}
                }
                collect(value, from, names);
            }
        }
        _ => {}
    }
}

/// A name counts if it is one: `collection/id`, or with a capital letter.
fn add(text: &str, from: &str, names: &mut Names) {
    if text.contains('/') || text.chars().any(char::is_uppercase) {
        names.insert(text.to_owned(), from.to_owned());
    }
}

/// Where `needle` stands in `text` as whole words: line numbers.
fn lines_with(text: &str, needle: &str) -> Vec<usize> {
    let is_word = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
    let mut lines = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let whole = |(at, _): (usize, &str)| {
            !is_word(line[..at].chars().next_back()) && !is_word(line[at + needle.len()..].chars().next())
        };
        if line.match_indices(needle).any(whole) {
            lines.push(number + 1);
        }
    }
    lines
}

/// A name of one word is looked for in any case, so that an id or a lower-case string is found too; an acronym of up to
/// three letters only as written, for such are also words and type parameters.
fn offences(file: &File, names: &Names) -> Vec<String> {
    let lower = file.text.to_lowercase();
    let mut offences = BTreeSet::new();
    for (name, from) in names {
        let one_word = name.chars().count() > 3 && !name.contains([' ', '/']);
        let lines = if one_word { lines_with(&lower, &name.to_lowercase()) } else { lines_with(&file.text, name) };
        for line in lines {
            offences.insert(format!("{}:{line}: `{name}` is a name of {from}; code knows no data", file.path));
        }
    }
    offences.into_iter().collect()
}

#[test]
fn no_name_of_the_shipped_data_stands_in_the_code() {
    let names = seed_names();
    if names.is_empty() {
        return eprintln!("skipped: no data sets are shipped yet");
    }
    assert!(names.len() > 50, "too few names: {}", names.len());
    for (word, reason) in ALLOWED {
        assert!(!reason.is_empty(), "`{word}` needs a reason");
    }
    let all = files(&["src", "build.rs"], &["rs"]);
    none(&all.iter().flat_map(|file| offences(file, &names)).collect::<Vec<_>>());
}

#[test]
fn a_name_of_the_data_is_caught_in_code_and_comments() {
    let mut names = Names::new();
    let data = serde_json::json!({"places": [
        {"name": "places/old-ford", "display_name": "Óldford", "aliases": ["Old Ford", "OFX", "the ford"]},
    ]});
    collect(&data, "x.yaml", &mut names);
    for text in ["// as in óldford", "f(\"places/old-ford\")", "let x = \"Old Ford\";", "const OFX: u8 = 1;"] {
        assert!(!offences(&file("src/a.rs", text), &names).is_empty(), "{text}");
    }
    for text in ["the ford", "Oldfords", "ofx", "places/old-ford2", "Óldfordian"] {
        assert_eq!(offences(&file("src/a.rs", text), &names), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn no_machine_and_no_registry_is_named() {
    // Written in pieces, or this file would be the first to offend.
    let pieces = [
        ["/ro", "ot/"],
        ["/ho", "me/"],
        ["/wo", "rk/"],
        ["crates", ".io"],
        ["py", "pi.org"],
        ["pythonhosted", ".org"],
        ["npm", "js.org"],
        ["proxy.gol", "ang.org"],
        ["deb.deb", "ian.org"],
    ];
    let offending = |file: &File| {
        let mut offences = Vec::new();
        for (number, line) in file.text.lines().enumerate() {
            // cargo itself writes the default registry's name into its lock file.
            let line = line.replace("registry+https://github.com/rust-lang/crates.io-index", "");
            for piece in pieces.iter().map(|piece| piece.concat()).filter(|piece| line.contains(piece)) {
                offences.push(format!("{}:{}: names `{piece}`", file.path, number + 1));
            }
        }
        offences
    };
    assert_eq!(offending(&file("x", &format!("a\nsee {}x", pieces[2].concat()))).len(), 1);
    let tops = [
        "src",
        "proto",
        "tests",
        "benches",
        "examples",
        "seeds",
        "docs",
        "deploy",
        ".ci",
        ".cargo",
        ".config",
        "Cargo.toml",
        "Cargo.lock",
        "Makefile",
        "Dockerfile",
        "compose.yaml",
        "README.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
        "SECURITY.md",
        "NOTICE",
        "build.rs",
        "clippy.toml",
        "deny.toml",
        "rust-toolchain.toml",
        ".dockerignore",
        ".gitattributes",
        ".gitignore",
    ];
    let all: Vec<File> = files(&tops, &[]).into_iter().filter(|file| !file.path.starts_with("tests/fuzz")).collect();
    none(&all.iter().flat_map(offending).collect::<Vec<_>>());
}
