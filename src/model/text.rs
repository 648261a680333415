//! Folding of text for search: lower case, no accents, words.

/// Stub.
pub fn tokens(text: &str) -> Vec<String> {
    text.to_lowercase().split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).map(str::to_owned).collect()
}
/// Stub.
pub fn near_names<'a>(_: &str, _: impl IntoIterator<Item = &'a str>, _: usize) -> Vec<&'a str> {
    vec![]
}
