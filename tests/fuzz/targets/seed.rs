//! Fact files in YAML: beside a world of made-up facts, checked, formatted and, if nothing is wrong, served.
//!
//! The input is the text of a fact file; what stands behind its first NUL is the text of the document that it cites.

#![no_main]

use std::{fs, path::PathBuf, sync::LazyLock, time::UNIX_EPOCH};

use dossier::{
    model::derive::derive,
    seed::{format, load},
    store::engine::ImageView,
};
use dossier_fuzz::files::{folder, repository};

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = folder("seed").join("quarry");
    fs::create_dir_all(&folder).expect("a folder of facts");
    for file in ["world.yaml", "source.txt", "quarry-later.txt"] {
        fs::copy(repository().join("tests/spec/made_up/quarry").join(file), folder.join(file)).expect("the fixture");
    }
    folder
});

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let at = input.iter().position(|byte| *byte == 0).unwrap_or(input.len());
    let (text, document) = (&input[..at], input.get(at + 1..));
    fs::write(FOLDER.join("events.yaml"), text).expect("the input as a file");
    match document {
        Some(document) => fs::write(FOLDER.join("source.txt"), document).expect("the document as a file"),
        None => {
            let whole = repository().join("tests/spec/made_up/quarry/source.txt");
            fs::copy(whole, FOLDER.join("source.txt")).expect("the fixture");
        }
    }
    let paths = [FOLDER.clone()];
    let loaded = load(&paths);
    match &loaded {
        Ok(dataset) => {
            let view = ImageView::in_memory(&derive(dataset.clone()), UNIX_EPOCH);
            assert!(view.is_ok(), "facts that were checked give no image: {:?}", view.err());
        }
        Err(report) => {
            assert!(!report.problems.is_empty());
            assert!(report.problems.iter().all(|problem| problem.place.mark.line > 0 && !problem.cure.is_empty()));
            assert!(!report.to_string().is_empty());
        }
    }
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(formatted) = format("events.yaml", text) else { return };
    assert_eq!(format("events.yaml", &formatted).as_ref(), Ok(&formatted), "formatted twice is another");
    if let Ok(dataset) = loaded {
        fs::write(FOLDER.join("events.yaml"), formatted).expect("the formatted text as a file");
        let again = load(&paths).unwrap_or_else(|report| panic!("formatted it has problems: {report}"));
        assert_eq!(again.events, dataset.events, "formatted it says something else");
    }
});
