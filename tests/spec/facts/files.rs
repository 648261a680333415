//! The shipped files: nothing wrong in them, nothing of the document left over, and in canonical form.

use std::path::PathBuf;

use dossier::seed;

use crate::tools::root;

fn folders() -> Vec<PathBuf> {
    ["seeds", "examples/minusma-2023"].map(|folder| root().join(folder)).to_vec()
}

#[test]
fn the_checker_finds_nothing_and_every_sentence_is_cited_or_set_aside() {
    let report = seed::check(&folders());
    assert!(report.problems.is_empty(), "{:#?}", report.problems);
    let seed::Summary { documents, sentences, cited, set_aside, .. } = report.summary;
    assert_eq!((documents, sentences), (1, 15));
    // Two headings state nothing.
    assert_eq!((cited, set_aside), (13, 2));
}

#[test]
fn only_pages_without_a_day_are_worth_a_note() {
    let report = seed::check(&folders());
    let undated = ["afrik-express-douentza", "alwihda-ansongo", "apa-news-ansongo", "asia-free-press-goundam"];
    let undated = [undated.as_slice(), &["minusma-note-kidal-convoy", "prompt-news-mopti"]].concat();
    let noted: Vec<&str> = report.notes.iter().filter_map(|note| note.what.split('`').nth(1)).collect();
    assert_eq!(noted, undated.iter().map(|id| format!("sources/{id}")).collect::<Vec<_>>());
}

#[test]
fn they_are_written_as_fmt_writes_them() {
    let (files, unread) = seed::files(&folders());
    assert!(unread.problems.is_empty(), "{:#?}", unread.problems);
    for file in files {
        let canonical = seed::format(&file.shown, &file.text).unwrap_or_else(|problems| panic!("{problems:#?}"));
        assert!(canonical == file.text, "{}: run `dossier fmt`", file.shown);
    }
}
