//! The file of those who may call: keys by their digests, and the subjects of certificates. The keys themselves are nowhere.

use std::{collections::HashMap, sync::Arc};

use jiff::civil::Date;
use serde::Deserialize;
use subtle::{Choice, ConditionallySelectable as _, ConstantTimeEq as _};

use super::{Principal, Scope, Scopes};

/// What keys begin with, so that they are known where they do not belong: in a log, in a repository.
pub const KEY_PREFIX: &str = "dossier_";

/// What digests begin with: the function that they are of.
const FUNCTION: &str = "b3:";

/// The digest of a key, as the file has it. Keys are random, so that one round of a fast function hides them as well as many.
pub fn digest(key: &str) -> String {
    format!("{FUNCTION}{}", blake3::hash(key.as_bytes()).to_hex())
}

/// Those who may call.
#[derive(Debug)]
pub struct Roll {
    keys: Vec<Key>,
    certificates: HashMap<String, Arc<Principal>>,
}

#[derive(Debug)]
struct Key {
    digest: [u8; 32],
    /// Seconds since 1970 from which on it is none any more.
    ends: u64,
    principal: Arc<Principal>,
}

/// As the file is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    key: Vec<WrittenKey>,
    #[serde(default)]
    certificate: Vec<WrittenCertificate>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenKey {
    name: String,
    digest: String,
    scopes: Vec<String>,
    expires: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCertificate {
    name: String,
    subject: String,
    scopes: Vec<String>,
}

impl Roll {
    /// Reads the file; or says everything that is wrong with it.
    pub fn read(text: &str) -> Result<Roll, String> {
        let written: Written = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        let mut problems = vec![];
        let mut keys: Vec<Key> = vec![];
        for (at, key) in written.key.iter().enumerate() {
            match read_key(key) {
                Ok(read) if keys.iter().any(|other| other.digest == read.digest) => {
                    problems.push(format!(
                        "key {} ({:?}): its digest is there twice; give each its own",
                        at + 1,
                        key.name
                    ));
                }
                Ok(read) => keys.push(read),
                Err(mut found) => {
                    problems.extend(found.drain(..).map(|what| format!("key {} ({:?}): {what}", at + 1, key.name)));
                }
            }
        }
        let mut certificates = HashMap::new();
        for (at, WrittenCertificate { name, subject, scopes }) in written.certificate.iter().enumerate() {
            let mut told = |what: &str| problems.push(format!("certificate {} ({name:?}): {what}", at + 1));
            if subject.is_empty() {
                told("its subject is empty; write a URI, a DNS name or the common name that it bears");
            }
            if scopes.iter().any(|scope| scope == "admin") {
                told("operators are not known by certificates; give the scope admin to a key");
            }
            match read_principal("certificate", name, scopes) {
                Ok(principal) => {
                    if certificates.insert(subject.clone(), principal).is_some() {
                        told("its subject is there twice; write each once");
                    }
                }
                Err(found) => found.iter().for_each(|what| told(what)),
            }
        }
        if problems.is_empty() { Ok(Roll { keys, certificates }) } else { Err(problems.join("\n")) }
    }

    /// Who has this key. All digests are compared, each as a whole, so that the time tells nothing of them.
    pub(super) fn keyed(&self, key: &[u8], now: u64) -> Option<Arc<Principal>> {
        let digest = *blake3::hash(key).as_bytes();
        let mut found = 0_u32;
        for (number, key) in (1..).zip(&self.keys) {
            let is_it: Choice = key.digest.ct_eq(&digest);
            found = u32::conditional_select(&found, &number, is_it);
        }
        let key = self.keys.get(found.checked_sub(1)? as usize)?;
        (now < key.ends).then(|| Arc::clone(&key.principal))
    }

    /// Who bears the first of these names that is known.
    pub(super) fn certified(&self, names: &[String]) -> Option<Arc<Principal>> {
        names.iter().find_map(|name| self.certificates.get(name)).cloned()
    }
}

fn read_key(WrittenKey { name, digest, scopes, expires }: &WrittenKey) -> Result<Key, Vec<String>> {
    let mut problems = vec![];
    let read = digest.strip_prefix(FUNCTION).and_then(|hex| blake3::Hash::from_hex(hex).ok());
    if read.is_none() {
        let what = "its digest is none; write b3: and 64 hexadecimal digits, as `dossier key` prints them";
        problems.push(what.to_owned());
    }
    let ends = match expires.as_deref().map(end_of) {
        None => Some(u64::MAX),
        Some(ends) => ends,
    };
    if ends.is_none() {
        problems.push("expires is no day; write its last one as YYYY-MM-DD".to_owned());
    }
    match (read_principal("key", name, scopes), read, ends) {
        (Ok(principal), Some(digest), Some(ends)) => Ok(Key { digest: *digest.as_bytes(), ends, principal }),
        (principal, ..) => Err([principal.err().unwrap_or_default(), problems].concat()),
    }
}

/// The second after a day, in UTC.
fn end_of(day: &str) -> Option<u64> {
    let next: Date = day.parse::<Date>().ok()?.tomorrow().ok()?;
    let days = (next - Date::constant(1970, 1, 1)).get_days();
    u64::try_from(days).ok().map(|days| days * 86_400)
}

fn read_principal(kind: &str, name: &str, scopes: &[String]) -> Result<Arc<Principal>, Vec<String>> {
    let mut problems = vec![];
    let is_name = (1..=128).contains(&name.len()) && !name.chars().any(char::is_control);
    if !is_name {
        problems.push("its name is none; write 1 to 128 characters, none of control".to_owned());
    }
    let mut read = vec![];
    for scope in scopes {
        match Scope::named(scope) {
            Some(scope) => read.push(scope),
            None => problems.push(format!("{scope:?} is no scope; write read, export or admin")),
        }
    }
    if scopes.is_empty() {
        problems.push("it may do nothing; give it scopes, or leave it out".to_owned());
    }
    let scopes: Scopes = read.into_iter().collect();
    if problems.is_empty() { Ok(Arc::new(Principal::named(format!("{kind}:{name}"), scopes))) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_known_by_its_digest_until_its_last_day_has_ended() {
        let text = format!(
            "[[key]]\nname = \"maps\"\ndigest = \"{}\"\nscopes = [\"read\"]\nexpires = \"2026-12-31\"\n\
             [[key]]\nname = \"ops\"\ndigest = \"{}\"\nscopes = [\"read\", \"admin\"]\n",
            digest("dossier_one"),
            digest("dossier_two"),
        );
        let roll = Roll::read(&text).unwrap();
        let new_year_2027 = 1_798_761_600;
        let maps = roll.keyed(b"dossier_one", new_year_2027 - 1).unwrap();
        assert_eq!(&**maps.name(), "key:maps");
        assert!(maps.may(Scope::Read) && !maps.may(Scope::Export) && !maps.may(Scope::Admin));
        assert_eq!(roll.keyed(b"dossier_one", new_year_2027), None);
        assert!(roll.keyed(b"dossier_two", u64::MAX - 1).unwrap().may(Scope::Admin));
        assert_eq!(roll.keyed(b"dossier_three", 0), None);
        assert_eq!(roll.keyed(b"", 0), None);
    }

    #[test]
    fn a_certificate_is_known_by_any_of_its_names() {
        let text = "[[certificate]]\nname = \"ingest\"\nsubject = \"spiffe://dossier/ingest\"\nscopes = [\"export\"]\n";
        let roll = Roll::read(text).unwrap();
        let names = ["spiffe://dossier/ingest", "ingest.example"].map(str::to_owned);
        assert!(roll.certified(&names).unwrap().may(Scope::Export));
        assert_eq!(roll.certified(&["ingest.example".to_owned()]), None);
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let text = "[[key]]\nname = \"\"\ndigest = \"b3:12\"\nscopes = [\"reed\"]\nexpires = \"2026-02-30\"\n\
                    [[certificate]]\nname = \"c\"\nsubject = \"\"\nscopes = []\n";
        let problems = Roll::read(text).unwrap_err();
        for part in ["key 1", "name", "digest", "\"reed\"", "expires", "certificate 1", "subject", "may do nothing"] {
            assert!(problems.contains(part), "{part} in {problems}");
        }
        let unknown = Roll::read("[[key]]\nname = \"a\"\nsecret = \"x\"\n").unwrap_err();
        assert!(unknown.contains("secret") && unknown.contains("line 3"), "{unknown}");
    }
}
