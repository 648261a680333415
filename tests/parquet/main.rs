//! `dossier export --format parquet`, read back by pyarrow: what the CSV of the same events holds, with types and sources. A
//! binary of its own, so that the feature costs the program and these lines, and not the whole specification once more.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::string_slice,
    reason = "a test stops at the first surprise"
)]

#[path = "../spec/generate.rs"]
#[expect(dead_code, reason = "the specification uses more of it")]
mod generate;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use dossier::export::COLUMNS;
use generate::Size;
use serde_json::Value;

fn dossier(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dossier")).args(arguments).current_dir(root()).output().unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A made-up data set with titles that need care, in a folder.
fn awkward(folder: &Path) -> PathBuf {
    let mut made = generate::dataset(21, Size { events: 300, ..Size::SMALL });
    let titles = ["=1+1", "-2", "a \"quoted\" title, with commas", "two; parts", "d\u{e9}j\u{e0} vu \u{1f54a}", "'"];
    for (event, title) in made.events.iter_mut().zip(titles) {
        event.title = title.into();
    }
    let made_up = folder.join("awkward");
    generate::write(&made, &made_up);
    made_up
}

/// What Python reads in a file; null if pyarrow is not there, which DOSSIER_TEST_REQUIRE=1 makes a failure.
fn read(format: &str, file: &Path) -> Value {
    // Not the link in bin/, by which Python does not find the packages of its environment.
    let own = root().join("target/test-tools/python/bin/python");
    let python = env::var_os("DOSSIER_PYTHON").map_or(own, PathBuf::from);
    let program = if python.is_file() { python } else { "python3".into() };
    let script = root().join("tests/spec/exports/read_back.py");
    let output = Command::new(program).arg(script).arg(format).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Value = serde_json::from_slice(&output.stdout).unwrap();
    if read.is_null() {
        assert!(env::var("DOSSIER_TEST_REQUIRE").is_err(), "pyarrow is not installed; `make setup` installs it");
        eprintln!("skipped: pyarrow is not installed; `make setup` installs it");
    }
    read
}

/// A value as CSV has it.
fn as_text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(names) => names.iter().map(as_text).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}

#[test]
fn parquet_holds_what_the_csv_holds_with_types_and_sources() {
    let folder = tempfile::tempdir().unwrap();
    let made_up = awkward(folder.path());
    for data in [&["seeds", "examples/minusma-2023"][..], &[made_up.to_str().unwrap()]] {
        let file = |format: &str| {
            let out = folder.path().join(format!("events.{format}"));
            let output = dossier(&[&["export"], data, &["-o", out.to_str().unwrap()]].concat());
            assert!(output.status.success(), "{output:?}");
            out
        };
        let (csv, parquet) = (file("csv"), file("parquet"));
        let read_back = read("parquet", &parquet);
        if read_back.is_null() {
            return;
        }
        for (column, kind) in [
            ("name", "string"),
            ("latitude", "double"),
            ("casualties_best", "uint32"),
            ("contested", "bool"),
            ("sources", "list<element: string not null>"),
        ] {
            assert_eq!(read_back["types"][column], kind, "{column}");
        }
        let rows = read("csv", &csv);
        let (rows, found) = (rows.as_array().unwrap(), read_back["rows"].as_array().unwrap());
        assert_eq!(rows.len(), found.len());
        for (row, found) in rows.iter().zip(found) {
            for column in &COLUMNS {
                let (written, found) = (row[column.name].as_str().unwrap(), as_text(&found[column.name]));
                // Nothing is defused where nothing runs.
                let written = written.strip_prefix('\'').filter(|bare| *bare == found).unwrap_or(written);
                // Python writes 5.0 for what Rust writes as 5.
                let equal = matches!((found.parse::<f64>(), written.parse::<f64>()), (Ok(a), Ok(b)) if a == b);
                assert!(equal || found == written, "{} of {}: {found:?}, {written:?}", column.name, row["name"]);
            }
        }
        let beside: Value =
            serde_json::from_str(&fs::read_to_string(folder.path().join("events.csv.sources.json")).unwrap()).unwrap();
        let sources: Value = serde_json::from_str(read_back["metadata"]["dossier.sources"].as_str().unwrap()).unwrap();
        assert_eq!(sources, beside["sources"]);
        assert_eq!(read_back["metadata"]["dossier.revision"], beside["revision"]);
    }
}

#[test]
fn the_program_says_that_it_has_parquet() {
    let output = dossier(&["--version"]);
    assert!(String::from_utf8(output.stdout).unwrap().trim_end().ends_with(" parquet"));
}
