//! Page tokens: opaque, tamper-evident, pinned to a revision and a request.
//!
//! A token is base64url of: version, position, digest of the request, revision, and a keyed hash of all that. The key is made of
//! a secret, which is nothing unless one is configured: replicas with the same data and secret read each other's tokens. The hash keeps callers honest, it guards nothing: a token only says where a list goes on.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::store::query::Position;

/// Raised when a position means something else, so that no program goes on where another one meant another place. 2: the groups of
/// `CountEvents` are told by their numbers.
const VERSION: u8 = 2;
const DIGEST: usize = 16;
const REVISION: usize = 32;
const MAC: usize = 16;
const LEN: usize = 1 + 8 + 4 + DIGEST + REVISION + MAC;
/// As [`VERSION`], of the tokens of watches.
const RESUME_VERSION: u8 = 1;
const RESUME_LEN: usize = 1 + 4 + DIGEST + 2 * REVISION + MAC;

/// What tokens are keyed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key([u8; 32]);

impl Key {
    /// The key of a secret; zeros for none. Made once: it costs as much as some tokens.
    pub(super) fn of(secret: &[u8; 32]) -> Key {
        Key(blake3::derive_key("dossier 2026 page token", secret))
    }
}

/// What a request is, without its page fields.
pub(super) type Digest = [u8; DIGEST];

/// A token, read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    /// Where the page before ended.
    pub(super) after: Position,
    /// The request that it belongs to.
    pub(super) request: Digest,
    /// The revision that it is pinned to.
    pub(super) revision: [u8; REVISION],
}

/// The digest of a request: of its method and its encoding without page fields.
pub(super) fn digest(method: &str, request: &[u8]) -> Digest {
    // One short run of bytes is hashed in a fraction of the time that pieces take.
    cut(blake3::hash(&[method.as_bytes(), &[0], request].concat()).as_bytes())
}

impl Token {
    /// The token as the caller holds it.
    pub(super) fn write(&self, key: &Key) -> String {
        let mut bytes = Vec::with_capacity(LEN);
        bytes.push(VERSION);
        bytes.extend_from_slice(&self.after.major.to_be_bytes());
        bytes.extend_from_slice(&self.after.minor.to_be_bytes());
        bytes.extend_from_slice(&self.request);
        bytes.extend_from_slice(&self.revision);
        sealed(bytes, key)
    }

    /// Reads what a caller sent. Absent if it is none of ours, or was changed.
    pub(super) fn read(text: &str, key: &Key) -> Option<Token> {
        let content = opened(text, VERSION, LEN, key)?;
        let major = u64::from_be_bytes(at(&content, 1));
        Some(Token {
            after: Position { major, minor: u32::from_be_bytes(at(&content, 9)) },
            request: at(&content, 13),
            revision: at(&content, 13 + DIGEST),
        })
    }
}

/// Where a watch goes on amid the changes from one revision to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resume {
    /// The revision before.
    pub(super) from: [u8; REVISION],
    /// The revision after.
    pub(super) to: [u8; REVISION],
    /// The last change that the caller has.
    pub(super) after: u32,
    /// The request that it belongs to.
    pub(super) request: Digest,
}

impl Resume {
    /// The token as the caller holds it.
    pub(super) fn write(&self, key: &Key) -> String {
        let mut bytes = Vec::with_capacity(RESUME_LEN);
        bytes.push(RESUME_VERSION);
        bytes.extend_from_slice(&self.after.to_be_bytes());
        bytes.extend_from_slice(&self.request);
        bytes.extend_from_slice(&self.from);
        bytes.extend_from_slice(&self.to);
        sealed(bytes, key)
    }

    /// Reads what a caller sent. Absent if it is none of ours, or was changed.
    pub(super) fn read(text: &str, key: &Key) -> Option<Resume> {
        let content = opened(text, RESUME_VERSION, RESUME_LEN, key)?;
        Some(Resume {
            after: u32::from_be_bytes(at(&content, 1)),
            request: at(&content, 5),
            from: at(&content, 5 + DIGEST),
            to: at(&content, 5 + DIGEST + REVISION),
        })
    }
}

/// Content with a keyed hash behind it, as text.
fn sealed(mut content: Vec<u8>, key: &Key) -> String {
    let mac = mac(&content, key);
    content.extend_from_slice(&mac);
    URL_SAFE_NO_PAD.encode(content)
}

/// The content of a token of this version and length. Absent if it is none of ours, or was changed.
fn opened(text: &str, version: u8, len: usize, key: &Key) -> Option<Vec<u8>> {
    // Length first: hostile texts are not worth a decode.
    if text.len() != len.div_ceil(3) * 4 - (3 - len % 3) % 3 {
        return None;
    }
    let mut content = URL_SAFE_NO_PAD.decode(text).ok()?;
    let sent = content.split_off(len - MAC);
    let honest = blake3::Hash::from_bytes(pad(&mac(&content, key))) == blake3::Hash::from_bytes(pad(&sent));
    (honest && content.first() == Some(&version)).then_some(content)
}

/// The bytes that stand somewhere in a token.
fn at<const N: usize>(content: &[u8], from: usize) -> [u8; N] {
    cut(content.get(from..).unwrap_or_default())
}

/// The revision needs no key of its own: it is in the content.
fn mac(content: &[u8], key: &Key) -> [u8; MAC] {
    cut(blake3::keyed_hash(&key.0, content).as_bytes())
}

/// The first bytes.
fn cut<const N: usize>(bytes: &[u8]) -> [u8; N] {
    let mut out = [0; N];
    out.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
    out
}

/// To compare in constant time as blake3's hashes do.
fn pad(mac: &[u8]) -> [u8; 32] {
    cut(mac)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> Token {
        Token { after: Position { major: 7, minor: 9 }, request: digest("ListEvents", b"x"), revision: [3; REVISION] }
    }

    #[test]
    fn a_token_comes_back() {
        assert_eq!(Token::read(&token().write(&Key::of(&[1; 32])), &Key::of(&[1; 32])), Some(token()));
    }

    #[test]
    fn a_token_changed_anywhere_is_refused() {
        let text = token().write(&Key::of(&[0; 32]));
        for at in 0..text.len() {
            for letter in ["A", "_", "9", "!", "\u{e9}"] {
                let changed = format!("{}{letter}{}", &text[..at], &text[at + 1..]);
                assert!(changed == text || Token::read(&changed, &Key::of(&[0; 32])).is_none(), "{changed}");
            }
            assert_eq!(Token::read(&text[..at], &Key::of(&[0; 32])), None);
        }
        assert_eq!(Token::read(&format!("{text}A"), &Key::of(&[0; 32])), None);
    }

    #[test]
    fn a_token_of_another_version_is_refused() {
        let key = Key::of(&[1; 32]);
        let mut bytes = URL_SAFE_NO_PAD.decode(token().write(&key)).unwrap();
        bytes.truncate(LEN - MAC);
        let signed = |content: &[u8]| URL_SAFE_NO_PAD.encode([content, &mac(content, &key)].concat());
        assert_eq!(Token::read(&signed(&bytes), &key), Some(token()));
        bytes[0] = VERSION - 1;
        assert_eq!(Token::read(&signed(&bytes), &key), None);
    }

    #[test]
    fn a_token_of_another_secret_is_refused() {
        assert_eq!(Token::read(&token().write(&Key::of(&[1; 32])), &Key::of(&[2; 32])), None);
    }
}
