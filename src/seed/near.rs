//! Near words: what a curator may have meant.

use crate::model::text::near_names;

/// The candidates that are close to a word, nearest first, at most three.
pub(super) fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    near_names(word, candidates, 3)
}

/// `write a, b or c`.
pub(super) fn one_of<'a, W: IntoIterator<Item = &'a str>>(words: W) -> String {
    let words: Vec<&str> = words.into_iter().collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [only] => (*only).to_owned(),
        [rest @ .., last] => format!("{} or {last}", rest.join(", ")),
    }
}
