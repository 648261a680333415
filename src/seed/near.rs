//! Near words: what a curator may have meant.

/// The candidates that are close to a word, nearest first, at most three.
pub(super) fn near<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let folded = word.to_lowercase();
    let mut scored: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|candidate| {
            let other = candidate.to_lowercase();
            let part =
                if folded.len() >= 4 && (other.contains(&folded) || folded.contains(&other)) { 0.85 } else { 0.0 };
            (
                strsim::jaro_winkler(&folded, &other).max(part).min(1.0),
                strsim::damerau_levenshtein(&folded, &other),
                candidate,
            )
        })
        .filter(|(score, edits, candidate)| *score >= 0.85 || *edits <= 2 && candidate.len() > 4)
        .map(|(score, edits, candidate)| {
            (score - f64::from(u32::try_from(edits).unwrap_or(u32::MAX)) / 1000.0, candidate)
        })
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    scored.truncate(3);
    scored.into_iter().map(|(_, candidate)| candidate).collect()
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
