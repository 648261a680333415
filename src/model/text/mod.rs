//! Folding of text for search: lower case, no accents, words; and names that are near a misspelt one.
//!
//! Case, accents, hyphens and apostrophes never count. A hyphen separates words and an apostrophe does not, but whoever
//! writes "In-Khalil" and whoever writes "Inkhalil" must find each other: [`index_tokens`] has such words whole and in
//! parts, and [`squash`] has no gaps at all.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use icu_normalizer::{
    DecomposingNormalizerBorrowed,
    properties::{CanonicalCombiningClassMap, CanonicalCombiningClassMapBorrowed},
};

/// Longer texts are no misspelt names.
const LONGEST_NAME: usize = 200;

/// How much less like a name in another collection is.
const ELSEWHERE: f64 = 0.1;

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
    fold(text).replace([' ', '-', '\''], "")
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

/// Of the candidates those that are near what was wanted, nearest first, then by the candidate; at most so many. A candidate
/// is near if it differs in few letters (one in three to five, two in six to eight, then a third), if it has all the words
/// wanted, or most of them. Of names like `places/...` the ids are compared; equal ones come first in their own collection.
pub fn near_names<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>, at_most: usize) -> Vec<&'a str> {
    if wanted.len() > LONGEST_NAME {
        return Vec::new();
    }
    let (collection, id) = parts(wanted);
    let sought = Sought::new(id);
    let mut near: Vec<(f64, &str)> = candidates
        .into_iter()
        .filter_map(|candidate| {
            let (other, id) = parts(candidate);
            let elsewhere = if collection == other { 0.0 } else { ELSEWHERE };
            sought.likeness(id).map(|likeness| (likeness - elsewhere, candidate))
        })
        .collect();
    near.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.cmp(right)));
    near.dedup();
    near.truncate(at_most);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

/// A collection and an id, if the name has both.
fn parts(name: &str) -> (&str, &str) {
    name.split_once('/').unwrap_or(("", name))
}

/// How like a text is to a misspelling of it, 0 to 1, if it may be meant: few letters differ, two swapped count as one.
pub fn misspelling(written: &str, meant: &str) -> Option<f64> {
    letters_apart(&squash(written), &squash(meant))
}

/// What is looked for, folded once.
struct Sought {
    letters: String,
    words: Vec<String>,
}

impl Sought {
    fn new(text: &str) -> Sought {
        Sought { letters: squash(text), words: tokens(text) }
    }

    fn likeness(&self, candidate: &str) -> Option<f64> {
        if self.letters.is_empty() || candidate.len() > LONGEST_NAME {
            return None;
        }
        // A few letters count before words: a name that is only longer is the less likely slip.
        if let Some(likeness) = letters_apart(&self.letters, &squash(candidate)) {
            return Some(1.0 + likeness);
        }
        let words = tokens(candidate);
        let held = self.words.iter().filter(|word| words.iter().any(|other| is_like(word, other))).count();
        let all = self.words.len() + words.len() - held;
        let most = 2 * held > self.words.len();
        (held > 0 && most).then(|| held as f64 / all as f64)
    }
}

/// Whether a word begins the other, or is a misspelling of it.
fn is_like(word: &str, other: &str) -> bool {
    word == other || (word.chars().count() >= 3 && other.starts_with(word)) || letters_apart(word, other).is_some()
}

fn letters_apart(one: &str, other: &str) -> Option<f64> {
    let (len, other_len) = (one.chars().count(), other.chars().count());
    let most = match len {
        0..=2 => 0,
        3..=5 => 1,
        6..=8 => 2,
        _ => len / 3,
    };
    if len.abs_diff(other_len) > most {
        return None;
    }
    let distance = strsim::osa_distance(one, other);
    (distance <= most).then(|| 1.0 - distance as f64 / len.max(other_len).max(1) as f64)
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
