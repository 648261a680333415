//! Tokens that others issued (JWT): checked with the public keys of the issuer, whose key says the algorithm, not the token.

use std::{
    collections::HashMap,
    convert::Infallible,
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};

use arc_swap::ArcSwap;
use jsonwebtoken::{
    Algorithm, DecodingKey, DecodingKeyKind, Validation,
    crypto::{CryptoProvider, JwtVerifier, KeyUtils},
    decode, decode_header,
    errors::ErrorKind,
    jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm, PublicKeyUse},
    signature,
};
use ring::signature as ring_signature;
use serde::Deserialize;

use super::{Principal, Scope, jwks::Source};
use crate::server::secrets::{self, Kept, Secrets};

/// Longer tokens are none: all headers of a request have 16 KiB.
const LONGEST: usize = 8 << 10;

/// Tokens that are remembered as checked: a signature costs more than most answers.
const REMEMBERED: usize = 4096;

/// Seconds that the clocks of issuer and server may differ.
const LEEWAY: u64 = 30;

/// Tokens of one issuer, for one audience.
pub struct Tokens {
    source: Source,
    audience: String,
    issuer: Option<String>,
    keys: ArcSwap<Keys>,
    checked: Mutex<HashMap<[u8; 32], Checked>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("source", &self.source).field("audience", &self.audience).finish_non_exhaustive()
    }
}

/// What the issuer signs with.
#[derive(Default)]
struct Keys {
    /// As it was written.
    text: String,
    keys: Vec<Key>,
}

/// A public key of the issuer.
struct Key {
    id: Option<String>,
    key: DecodingKey,
    validation: Validation,
}

/// A token that was checked: whose it is, and from when until when.
#[derive(Clone)]
struct Checked {
    principal: Arc<Principal>,
    begins: u64,
    ends: u64,
}

impl Checked {
    /// Whether it is good at a time: clocks are set right, too.
    fn holds(&self, now: u64) -> bool {
        now.saturating_add(LEEWAY) >= self.begins && now < self.ends.saturating_add(LEEWAY)
    }
}

/// What is read of a token.
#[derive(Debug, Deserialize)]
struct Claims {
    sub: String,
    exp: u64,
    #[serde(default)]
    nbf: u64,
    #[serde(default)]
    scope: Words,
    #[serde(default)]
    scp: Words,
}

/// Scopes as they are written: words in one text (RFC 8693), or a list of them.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Words {
    Text(String),
    List(Vec<String>),
}

impl Default for Words {
    fn default() -> Words {
        Words::List(vec![])
    }
}

impl Words {
    /// The scopes of ours among them: a token may be for other services too.
    fn scopes(&self) -> Vec<Scope> {
        match self {
            Words::Text(text) => text.split_ascii_whitespace().filter_map(Scope::named).collect(),
            Words::List(words) => words.iter().filter_map(|word| Scope::named(word)).collect(),
        }
    }
}

impl Tokens {
    /// Tokens for an audience, checked with the keys of a source, which have to be loaded first.
    pub fn new(source: Source, audience: String, issuer: Option<String>) -> Tokens {
        static PROVIDER: OnceLock<()> = OnceLock::new();
        // Fails if another one is there already, which no other part of this program has.
        PROVIDER.get_or_init(|| {
            let _ = RING.install_default();
        });
        Tokens { source, audience, issuer, keys: ArcSwap::default(), checked: Mutex::default() }
    }

    /// Takes the keys over; or says why they are none.
    pub fn take(&self, text: &str) -> Result<(), String> {
        let held = self.keys.load();
        if !held.keys.is_empty() && held.text == text {
            return Ok(());
        }
        let set: JwkSet = serde_json::from_str(text).map_err(|error| format!("no JSON Web Key Set: {error}"))?;
        let keys: Vec<Key> = set.keys.iter().filter_map(|jwk| self.key(jwk)).collect();
        if keys.is_empty() {
            let cure = "have the issuer sign with RS256, ES256 or EdDSA";
            return Err(format!("of {} keys none signs tokens that are taken here; {cure}", set.keys.len()));
        }
        self.keys.store(Arc::new(Keys { text: text.to_owned(), keys }));
        // What a key signed that is gone is nothing any more.
        self.checked().clear();
        Ok(())
    }

    /// A key for signatures by one of our algorithms, if it is one.
    fn key(&self, jwk: &Jwk) -> Option<Key> {
        let (algorithm, named) = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
            AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
                (Algorithm::ES256, KeyAlgorithm::ES256)
            }
            AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
                (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
            }
            _ => return None,
        };
        let signs = matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature));
        if !signs || jwk.common.key_algorithm.is_some_and(|other| other != named) {
            return None;
        }
        let mut validation = Validation::new(algorithm);
        validation.leeway = LEEWAY;
        validation.validate_nbf = true;
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "aud", "sub"]);
        if let Some(issuer) = &self.issuer {
            validation.set_issuer(&[issuer]);
            validation.required_spec_claims.insert("iss".to_owned());
        }
        Some(Key { id: jwk.common.key_id.clone(), key: DecodingKey::from_jwk(jwk).ok()?, validation })
    }

    /// Whose token it is, if it is good.
    pub(super) fn principal(&self, token: &[u8], now: u64) -> Option<Arc<Principal>> {
        if token.len() > LONGEST {
            return None;
        }
        let digest = *blake3::hash(token).as_bytes();
        if let Some(checked) = self.checked().get(&digest) {
            return checked.holds(now).then(|| Arc::clone(&checked.principal));
        }
        loop {
            let keys = self.keys.load_full();
            let checked = self.check(token, &keys.keys)?;
            let mut remembered = self.checked();
            if !Arc::ptr_eq(&keys, &self.keys.load()) {
                // Other keys came meanwhile: what these signed may be nothing any more.
                continue;
            }
            if remembered.len() >= REMEMBERED {
                remembered.clear();
            }
            return Some(Arc::clone(&remembered.entry(digest).insert_entry(checked).get().principal));
        }
    }

    fn check(&self, token: &[u8], keys: &[Key]) -> Option<Checked> {
        let header = decode_header(token).ok()?;
        // A token that names no key may be of any; one that names an unknown key is of one that came after ours.
        let fits = |key: &&Key| header.kid.is_none() || key.id == header.kid;
        if !keys.iter().any(|key| fits(&key)) {
            self.source.look_again();
            return None;
        }
        let claims =
            keys.iter().filter(fits).find_map(|key| decode::<Claims>(token, &key.key, &key.validation).ok())?;
        let Claims { sub, exp, nbf, scope, scp } = claims.claims;
        let is_name = (1..=256).contains(&sub.len()) && !sub.chars().any(char::is_control);
        let scopes = [scope.scopes(), scp.scopes()].concat().into_iter().collect();
        is_name.then(|| Checked {
            principal: Arc::new(Principal::named(format!("token:{sub}"), scopes)),
            begins: nbf,
            ends: exp,
        })
    }

    /// Keeps the keys as they are at their address, for ever.
    pub(super) async fn refresh(&self, secrets: &Secrets) -> Infallible {
        self.source.refresh(|text| self.take(text), secrets).await
    }

    /// Fetches the keys, if they are at an address.
    pub(super) async fn fetch(&self) -> Result<(), String> {
        match self.source.fetched().await? {
            Some(text) => self.take(&text),
            None => Ok(()),
        }
    }

    /// What is remembered is whole whatever panicked.
    fn checked(&self) -> MutexGuard<'_, HashMap<[u8; 32], Checked>> {
        self.checked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept for Tokens {
    fn files(&self) -> Vec<PathBuf> {
        self.source.file().map(Path::to_owned).into_iter().collect()
    }

    fn load(&self) -> Result<(), String> {
        let Some(file) = self.source.file() else { return Ok(()) };
        self.take(&secrets::text(file)?).map_err(|problem| format!("{}: {problem}", file.display()))
    }
}

/// Checks signatures with ring, as TLS does: one library for both. Nothing is signed here.
static RING: CryptoProvider = CryptoProvider {
    signer_factory: |_, _| Err(ErrorKind::InvalidAlgorithm.into()),
    verifier_factory: |algorithm, key| match algorithm {
        Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA => Ok(Box::new(Verifier(*algorithm, key.clone()))),
        _ => Err(ErrorKind::InvalidAlgorithm.into()),
    },
    key_utils: KeyUtils::new_unimplemented(),
};

struct Verifier(Algorithm, DecodingKey);

impl JwtVerifier for Verifier {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}

impl signature::Verifier<Vec<u8>> for Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        let Verifier(algorithm, key) = self;
        let with = |by: &'static dyn ring_signature::VerificationAlgorithm| {
            let bytes = key.try_get_as_bytes().map_err(|_| signature::Error::new())?;
            let key = ring_signature::UnparsedPublicKey::new(by, bytes);
            key.verify(message, signature).map_err(|_| signature::Error::new())
        };
        match (algorithm, key.kind()) {
            (Algorithm::RS256, DecodingKeyKind::RsaModulusExponent { n, e }) => {
                let key = ring_signature::RsaPublicKeyComponents { n, e };
                let by = &ring_signature::RSA_PKCS1_2048_8192_SHA256;
                key.verify(by, message, signature).map_err(|_| signature::Error::new())
            }
            (Algorithm::ES256, _) => with(&ring_signature::ECDSA_P256_SHA256_FIXED),
            (Algorithm::EdDSA, _) => with(&ring_signature::ED25519),
            _ => Err(signature::Error::new()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_keys_is_refused_from_the_first_time_on() {
        let tokens = Tokens::new(Source::read("keys.json").unwrap(), "dossier".to_owned(), None);
        for text in ["", "{}", "{\"keys\": []}", ""] {
            assert!(tokens.take(text).is_err(), "{text:?}");
        }
    }
}
