//! Names of what is imported: an id of the data set where it gives one, else made from what the thing is.

use crate::model::{name::Collection, text};

/// The longest part of a name that is made from a text.
const LONGEST: usize = 48;

/// Appends a text as a part of a kebab-case id: accents folded, at most so many characters. Nothing if nothing is left.
pub(super) fn push_slug(id: &mut String, text: &str) {
    let start = id.len();
    if text.is_ascii() {
        push_ascii(id, text, start);
    } else {
        for token in text::tokens(text) {
            push_ascii(id, &token, start);
            push_ascii(id, "-", start);
        }
    }
    id.truncate(id.trim_end_matches('-').len().max(start));
}

fn push_ascii(id: &mut String, text: &str, start: usize) {
    for b in text.bytes() {
        if id.len() - start >= LONGEST {
            return;
        }
        if b.is_ascii_alphanumeric() {
            id.push(b.to_ascii_lowercase() as char);
        } else if b != b'\'' && id.len() > start && !id.ends_with('-') {
            id.push('-');
        }
    }
}

/// The name of a thing that its data set gives no id: `collection/{prefix}-{slug}-{digest}`, where the digest is ten
/// hexadecimal digits of blake3 over everything that it is. So equal things have equal names, whatever file they come from.
pub(super) fn made(collection: Collection, prefix: &str, text: &str, parts: &[&[u8]]) -> String {
    let mut digest = blake3::Hasher::new();
    digest.update(text.as_bytes());
    for part in parts {
        digest.update(&[0]).update(part);
    }
    let digest = digest.finalize();
    let mut name = String::with_capacity(96);
    name.push_str(collection.segment());
    name.push('/');
    name.push_str(prefix);
    name.push('-');
    let bare = name.len();
    push_slug(&mut name, text);
    if name.len() > bare {
        name.push('-');
    }
    for byte in digest.as_bytes().iter().take(5) {
        for half in [byte >> 4, byte & 15] {
            name.push(char::from_digit(half.into(), 16).unwrap_or('0'));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_tell_things_apart() {
        let made = |text: &str, part: &[u8]| made(Collection::Places, "x", text, &[part]);
        for text in ["Old Ford (near)", "Élan-sur-Çay", "'Ayn", "\u{645}\u{62f}", "--", &"long ".repeat(60)] {
            let name = made(text, b"");
            assert!(Collection::Places.id(&name).is_some(), "{text}: {name}");
            assert_ne!(name, made(text, b"elsewhere"));
        }
        assert!(made("Élan-sur-Çay", b"").starts_with("places/x-elan-sur-cay-"));
        assert_eq!(made("Old Ford", b"a"), made("Old Ford", b"a"));
    }
}
