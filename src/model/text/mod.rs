//! Folding of text for search: lower case, no accents, words; and names that are near a misspelt one.
//!
//! Case, accents, hyphens and apostrophes never count. A hyphen separates words and an apostrophe does not, but whoever
//! writes "In-Khalil" and whoever writes "Inkhalil" must find each other: [`index_tokens`] has such words whole and in
//! parts, and [`squash`] has no gaps at all.

mod near;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use icu_normalizer::{
    DecomposingNormalizerBorrowed,
    properties::{CanonicalCombiningClassMap, CanonicalCombiningClassMapBorrowed},
};
pub use near::{Letters, NearNames, misspelling, near_names};

/// The folded words of a text, in order: how a question is read.
pub fn tokens(text: &str) -> Vec<String> {
    words(&fold(text)).map(Cow::into_owned).collect()
}

fn words(folded: &str) -> impl Iterator<Item = Cow<'_, str>> {
    folded.split([' ', '-']).map(whole).filter(|word| !word.is_empty())
}

/// Hands over the folded words of a text to find it by, some of them more than once: its [`tokens`], and of words with hyphens
/// and apostrophes also the parts between these, and all of it in one.
pub fn index_tokens(text: &str, mut take: impl FnMut(&str)) {
    let folded = fold(text);
    if !folded.bytes().any(|byte| matches!(byte, b'-' | b'\'')) {
        // Most texts: what is left has letters, digits and single spaces.
        folded.split_ascii_whitespace().for_each(take);
        return;
    }
    words(&folded).for_each(|word| take(&word));
    for compound in folded.split(' ').filter(|compound| compound.contains(['-', '\''])) {
        compound.split(['-', '\'']).filter(|part| !part.is_empty()).for_each(&mut take);
        let joined = compound.replace(['-', '\''], "");
        if !joined.is_empty() {
            take(&joined);
        }
    }
}

/// The folded letters and digits of a text without any gap: equal if two spell the same name.
pub fn squash(text: &str) -> String {
    squashed(&fold(text))
}

fn squashed(folded: &str) -> String {
    folded.replace([' ', '-', '\''], "")
}

/// Articles of English and French before a name, folded, with what parts them from it.
const ARTICLES: [&str; 7] = ["the ", "a ", "an ", "le ", "la ", "les ", "l'"];

/// A name without the article before it, folded; absent if it has none, or is nothing else.
///
/// Running text says "the Hill League" and "l'Alliance" of what bears the name without; some names are the other way round.
/// These are the articles of the two languages that the reports are written in. Those of more languages would take real
/// words from names ("die", "der", "los"), and the Arabic article, whose hyphen keeps it from being taken for one here, is
/// part of a name.
pub fn without_article(text: &str) -> Option<String> {
    let folded = fold(text);
    ARTICLES.iter().find_map(|article| folded.strip_prefix(article)).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// A word without apostrophes, and without the 's of English.
fn whole(word: &str) -> Cow<'_, str> {
    let word = word.trim_matches('\'');
    let word = word.strip_suffix("'s").unwrap_or(word);
    if word.contains('\'') { Cow::Owned(word.replace('\'', "")) } else { Cow::Borrowed(word) }
}

/// Letters and digits in lower case without accents, `'` and `-` between them, and single spaces for all else.
fn fold(text: &str) -> String {
    let mut folded = if text.is_ascii() { fold_ascii(text) } else { fold_any(text) };
    folded.truncate(folded.trim_end_matches([' ', '-', '\'']).len());
    folded
}

/// What is ASCII has no accents to lose: most of what millions of events say.
fn fold_ascii(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for letter in text.bytes().map(|byte| plain_joint(char::from(byte.to_ascii_lowercase()))) {
        if letter.is_ascii_alphanumeric() {
            folded.push(letter);
        } else {
            push_gap(&mut folded, letter);
        }
    }
    folded
}

fn fold_any(text: &str) -> String {
    const MARKS: CanonicalCombiningClassMapBorrowed<'_> = CanonicalCombiningClassMap::new();
    const NFKD: DecomposingNormalizerBorrowed<'_> = DecomposingNormalizerBorrowed::new_nfkd();
    let mut folded = String::with_capacity(text.len());
    // What carries a combining class is an accent, or a vowel sign that people leave out.
    for decomposed in NFKD.normalize_iter(text.chars().filter(|c| !is_invisible(*c)).map(plain_joint)) {
        for letter in decomposed.to_lowercase().filter(|letter| MARKS.get_u8(*letter) == 0 && !is_invisible(*letter)) {
            let letter = plain_joint(letter);
            match plain_letter(letter) {
                Some(plain) => folded.push_str(plain),
                None if letter.is_alphanumeric() => folded.push(letter),
                None => push_gap(&mut folded, letter),
            }
        }
    }
    folded
}

/// A gap of several signs is as wide as its widest: a space, a hyphen, an apostrophe.
fn push_gap(folded: &mut String, sign: char) {
    let sign = if matches!(sign, '-' | '\'') { sign } else { ' ' };
    match folded.chars().next_back() {
        None => {}
        Some(before @ (' ' | '-' | '\'')) => {
            let rank = |gap: char| [' ', '-', '\''].iter().position(|known| *known == gap);
            if rank(sign) < rank(before) {
                folded.pop();
                folded.push(sign);
            }
        }
        Some(_) => folded.push(sign),
    }
}

/// Signs without width, the soft hyphen, and the line that only stretches Arabic words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{640}')
}

/// All apostrophes, transliterated hamza and ayn included, as one, and all hyphens; before the normal form takes some of them
/// for spaces with accents.
fn plain_joint(c: char) -> char {
    match c {
        '`' | '\u{b4}' | '\u{2b9}'..='\u{2bf}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{ff07}' => '\'',
        '\u{2010}' | '\u{2011}' | '\u{2212}' | '\u{fe63}' | '\u{ff0d}' => '-',
        c => c,
    }
}

/// Letters that Unicode does not take for a plain one with an accent, though readers do: strokes, hooks, ligatures.
fn plain_letter(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' | 'ɔ' => "o",
        'ł' => "l",
        'đ' | 'ð' | 'ɗ' | 'ɖ' => "d",
        'þ' => "th",
        'ħ' => "h",
        'ı' => "i",
        'ɓ' => "b",
        'ɛ' | 'ə' | 'ǝ' => "e",
        'ɣ' => "g",
        'ƙ' => "k",
        'ŋ' | 'ɲ' => "n",
        'ŧ' => "t",
        'ƴ' => "y",
        'ς' => "σ",
        _ => return None,
    })
}
