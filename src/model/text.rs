//! Folding of text for search: lower case, no accents, words.
