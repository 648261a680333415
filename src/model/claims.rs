//! Claims on their own: from when they are, and names made from what they say, so that a name stays while its claim stays.

use std::collections::HashMap;

use prost::Message as _;

use super::{day::Day, name::Collection};
use crate::pb;

/// The longest id that a name may have.
const LONGEST_ID: usize = 128;

/// Two claims of one event that say the same, word for word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("claims {first} and {second} of {event} are the same: keep one of them")]
pub struct SameClaim {
    /// The event.
    pub event: String,
    /// The first of the two, counted from 0 in the order given.
    pub first: usize,
    /// The second of the two.
    pub second: usize,
}

/// Gives each claim of an event its name: `events/{event}/claims/{voice}-{digest}`, where the voice is the claimant, else the
/// first source cited, and the digest 8 hexadecimal digits of blake3 over what the claim says (16 where 8 are the same).
///
/// What a claim says are all its fields but the OUTPUT_ONLY ones and `preferred_reason`, which is a curator's word. The
/// order of the claims does not matter; the order of citations and measures does, because it is served.
pub fn name_claims(event: &mut pb::Event) -> Result<(), SameClaim> {
    let digests: Vec<String> = event.claims.iter().map(digest).collect();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let mut short: HashMap<&str, u32> = HashMap::new();
    for (at, digest) in digests.iter().enumerate() {
        if let Some(first) = seen.insert(digest, at) {
            return Err(SameClaim { event: event.name.clone(), first, second: at });
        }
        *short.entry(prefix(digest, 8)).or_default() += 1;
    }
    for (claim, digest) in event.claims.iter_mut().zip(&digests) {
        let alone = short.get(prefix(digest, 8)) == Some(&1);
        let digits = prefix(digest, if alone { 8 } else { 16 });
        let voice: String = voice(claim).chars().take(LONGEST_ID - 1 - digits.len()).collect();
        claim.name = format!("{}/claims/{}-{digits}", event.name, voice.trim_end_matches('-'));
    }
    Ok(())
}

/// Whether a claim can be the preferred one: it asserts or confirms, and gives a status.
pub fn is_candidate(claim: &pb::Claim) -> bool {
    matches!(claim.stance(), pb::Stance::Asserts | pb::Stance::Confirms)
        && claim.status() != pb::EventStatus::Unspecified
}

/// The day on which a claim was stated: `stated_date`, else the first on which one of its sources was surely published.
/// Absent if neither is known. `published` gives that day of a source (`span::source_day`).
pub fn statement_day(claim: &pb::Claim, published: impl Fn(&str) -> Option<Day>) -> Option<Day> {
    claim.stated_date.parse().ok().or_else(|| known_from(claim, published))
}

/// The day from which a claim is known: that of the first of its sources.
pub fn known_from(claim: &pb::Claim, published: impl Fn(&str) -> Option<Day>) -> Option<Day> {
    claim.citations.iter().filter_map(|citation| published(&citation.source)).min()
}

fn prefix(digest: &str, digits: usize) -> &str {
    digest.get(..digits).unwrap_or(digest)
}

/// The id of who says it.
fn voice(claim: &pb::Claim) -> &str {
    let source = || claim.citations.first().and_then(|citation| Collection::Sources.id(&citation.source));
    Collection::Actors.id(&claim.claimant).or_else(source).unwrap_or("claim")
}

fn digest(claim: &pb::Claim) -> String {
    let mut said = claim.clone();
    said.name.clear();
    said.preferred_reason.clear();
    said.citations.iter_mut().chain(said.location.as_mut().and_then(|location| location.citation.as_mut())).for_each(
        |citation| {
            citation.start_offset = None;
            citation.end_offset = None;
        },
    );
    if let Some(time) = &mut said.time {
        *time = pb::TimeSpan { edtf: time.edtf.clone(), phrase: time.phrase.clone(), ..Default::default() };
    }
    blake3::hash(&said.encode_to_vec()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(claimant: &str, note: &str) -> pb::Claim {
        let citation =
            pb::Citation { source: "sources/gazette".into(), quote: "so it was".into(), ..Default::default() };
        pb::Claim { claimant: claimant.into(), note: note.into(), citations: vec![citation], ..Default::default() }
    }

    fn named(claims: Vec<pb::Claim>) -> Vec<String> {
        let mut event = pb::Event { name: "events/a".into(), claims, ..Default::default() };
        name_claims(&mut event).expect("different claims");
        event.claims.into_iter().map(|claim| claim.name).collect()
    }

    #[test]
    fn a_name_is_made_of_the_voice_and_what_it_says() {
        let names = named(vec![claim("actors/speaker", ""), claim("", ""), claim("", "with a note")]);
        assert!(names[0].starts_with("events/a/claims/speaker-"), "{}", names[0]);
        assert!(names[1].starts_with("events/a/claims/gazette-"), "{}", names[1]);
        assert_eq!(names[0].len(), "events/a/claims/speaker-".len() + 8);
        assert_ne!(names[1], names[2]);
    }

    #[test]
    fn order_offsets_and_derived_fields_do_not_touch_a_name() {
        let (one, other) = (claim("actors/speaker", ""), claim("", ""));
        let mut names = named(vec![one.clone(), other.clone()]);
        names.reverse();
        assert_eq!(named(vec![other, one.clone()]), names);
        let mut filled = pb::Claim { name: "old".into(), preferred_reason: "nearer".into(), ..one.clone() };
        filled.citations[0].start_offset = Some(3);
        filled.time = Some(pb::TimeSpan { edtf: "2020".into(), first_day: "2020-01-01".into(), ..Default::default() });
        let written = pb::TimeSpan { edtf: "2020".into(), ..Default::default() };
        assert_eq!(named(vec![filled]), named(vec![pb::Claim { time: Some(written), ..one }]));
    }

    #[test]
    fn the_same_claim_twice_is_an_error() {
        let claims = vec![claim("", "a"), claim("", "b"), claim("", "a")];
        let mut event = pb::Event { name: "events/a".into(), claims, ..Default::default() };
        let error = name_claims(&mut event).expect_err("the same twice");
        assert_eq!((error.first, error.second), (0, 2));
    }

    #[test]
    fn a_claim_is_stated_on_its_day_or_that_of_its_first_source() {
        let day = |text: &str| text.parse::<Day>().expect("a day");
        let published = |source: &str| match source {
            "sources/gazette" => Some(day("2020-01-10")),
            "sources/earlier" => Some(day("2020-01-05")),
            _ => None,
        };
        let cite = |source: &str| pb::Citation { source: source.into(), ..Default::default() };
        let one = claim("", "");
        let citations = vec![cite("sources/undated"), cite("sources/gazette"), cite("sources/earlier")];
        let several = pb::Claim { citations, ..claim("", "") };
        let undated = pb::Claim { citations: vec![cite("sources/undated")], ..claim("", "") };
        let stated = |claim: &pb::Claim| pb::Claim { stated_date: "2020-01-07".into(), ..claim.clone() };
        assert_eq!(statement_day(&one, published), Some(day("2020-01-10")));
        assert_eq!(statement_day(&several, published), Some(day("2020-01-05")));
        assert_eq!(statement_day(&undated, published), None);
        assert_eq!(statement_day(&stated(&undated), published), Some(day("2020-01-07")));
        assert_eq!(statement_day(&stated(&one), published), Some(day("2020-01-07")), "not when it was published");
        assert_eq!(known_from(&stated(&one), published), Some(day("2020-01-10")), "known only then");
    }

    #[test]
    fn a_long_voice_still_gives_an_id() {
        let names = named(vec![claim(&format!("actors/{}", "abcdefg-".repeat(15) + "abcdefgh"), "")]);
        let id = names[0].strip_prefix("events/a/claims/").expect("a claim of the event");
        assert!(super::super::name::is_id(id), "{id}");
    }
}
