//! CAMEO codes → kinds of events and of actors.

use crate::pb::{ActorKind, EventKind, Fit};

/// Kinds by the beginning of a code; the longest counts. What says how parties speak to each other has no kind of its own
/// here beyond politics: it is a part of that.
const KINDS: &[(&str, EventKind, Fit)] = &[
    ("0", EventKind::Politics, Fit::Narrower),
    ("04", EventKind::Talks, Fit::Broader),
    ("046", EventKind::Talks, Fit::Exact),
    ("057", EventKind::Agreement, Fit::Exact),
    ("0871", EventKind::Ceasefire, Fit::Exact),
    ("0874", EventKind::Withdrawal, Fit::Broader),
    ("10", EventKind::Politics, Fit::Narrower),
    ("11", EventKind::Politics, Fit::Narrower),
    ("12", EventKind::Politics, Fit::Narrower),
    ("13", EventKind::Politics, Fit::Narrower),
    ("14", EventKind::Unrest, Fit::Exact),
    ("141", EventKind::Protest, Fit::Exact),
    ("142", EventKind::Unrest, Fit::Narrower),
    ("143", EventKind::Unrest, Fit::Narrower),
    ("144", EventKind::Unrest, Fit::Narrower),
    ("145", EventKind::Riot, Fit::Exact),
    ("15", EventKind::ForcePosture, Fit::Narrower),
    ("16", EventKind::Politics, Fit::Narrower),
    ("17", EventKind::Coercion, Fit::Exact),
    ("171", EventKind::PropertyDestruction, Fit::Exact),
    ("172", EventKind::Coercion, Fit::Narrower),
    ("173", EventKind::Arrest, Fit::Exact),
    ("174", EventKind::Coercion, Fit::Narrower),
    ("175", EventKind::Coercion, Fit::Narrower),
    ("18", EventKind::Other, Fit::Narrower),
    ("181", EventKind::Abduction, Fit::Exact),
    ("1821", EventKind::SexualViolence, Fit::Exact),
    ("183", EventKind::RemoteViolence, Fit::Narrower),
    ("1831", EventKind::SuicideBombing, Fit::Exact),
    ("1833", EventKind::ExplosiveDevice, Fit::Narrower),
    ("19", EventKind::Fighting, Fit::Broader),
    ("191", EventKind::Blockade, Fit::Exact),
    ("192", EventKind::Taking, Fit::Exact),
    ("193", EventKind::Clash, Fit::Narrower),
    ("194", EventKind::Shelling, Fit::Narrower),
    ("195", EventKind::AirStrike, Fit::Exact),
    ("196", EventKind::HostilitiesResumed, Fit::Broader),
    ("20", EventKind::Other, Fit::Narrower),
    ("201", EventKind::Displacement, Fit::Narrower),
    ("202", EventKind::KillingOfCivilians, Fit::Narrower),
    ("203", EventKind::ViolenceAgainstCivilians, Fit::Narrower),
];

/// The kind of a code, and how the code relates to it. None if it is no code of CAMEO.
pub(super) fn kind(code: &str) -> Option<(EventKind, Fit)> {
    let shaped = (2..=4).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_digit());
    let root = code.get(..2).and_then(|root| root.parse::<u8>().ok()).filter(|root| (1..=20).contains(root));
    root.filter(|_| shaped)?;
    let matching = KINDS.iter().filter(|(prefix, ..)| code.starts_with(prefix));
    let (prefix, kind, fit) = matching.max_by_key(|(prefix, ..)| prefix.len())?;
    // A zero at the end says no more; any other digit makes the code a part of what the shorter one means.
    let narrower = code.get(prefix.len()..).is_some_and(|rest| rest.bytes().any(|b| b != b'0'));
    Some((*kind, if *fit == Fit::Exact && narrower { Fit::Narrower } else { *fit }))
}

/// What an actor is, by the role codes in its code: groups of three letters, of which the first is a country if it is one.
pub(super) fn actor_kind(code: &str) -> ActorKind {
    let groups: Vec<&str> = (0..code.len() / 3).filter_map(|at| code.get(at * 3..at * 3 + 3)).collect();
    let role = groups.iter().find_map(|group| {
        Some(match *group {
            "GOV" | "LEG" | "JUD" => ActorKind::Government,
            "MIL" | "COP" | "SPY" => ActorKind::StateForces,
            "REB" | "INS" | "SEP" | "UAF" => ActorKind::ArmedGroup,
            "CVL" => ActorKind::Civilians,
            "MED" => ActorKind::Media,
            "IGO" => ActorKind::IntergovernmentalOrganisation,
            "NGO" | "MNC" | "BUS" => ActorKind::Organisation,
            _ => return None,
        })
    });
    // A code of one group may be a country, or a people, or what CAMEO calls an elite: a collective in any case.
    role.unwrap_or(ActorKind::Collective)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_code_counts() {
        for (code, wanted) in [
            ("190", Some((EventKind::Fighting, Fit::Broader))),
            ("193", Some((EventKind::Clash, Fit::Narrower))),
            ("1951", Some((EventKind::AirStrike, Fit::Narrower))),
            ("195", Some((EventKind::AirStrike, Fit::Exact))),
            ("1831", Some((EventKind::SuicideBombing, Fit::Exact))),
            ("010", Some((EventKind::Politics, Fit::Narrower))),
            ("0871", Some((EventKind::Ceasefire, Fit::Exact))),
            ("1413", Some((EventKind::Protest, Fit::Narrower))),
            ("170", Some((EventKind::Coercion, Fit::Exact))),
            ("204", Some((EventKind::Other, Fit::Narrower))),
            ("21", None),
            ("00", None),
            ("1", None),
            ("19x", None),
            ("19000", None),
        ] {
            assert_eq!(kind(code), wanted, "{code}");
        }
    }

    #[test]
    fn every_root_has_a_kind() {
        for root in 1..=20 {
            assert!(kind(&format!("{root:02}")).is_some(), "{root}");
        }
    }

    #[test]
    fn role_codes_tell_what_an_actor_is() {
        assert_eq!(actor_kind("XXXMIL"), ActorKind::StateForces);
        assert_eq!(actor_kind("XXXGOVMIL"), ActorKind::Government);
        assert_eq!(actor_kind("CVL"), ActorKind::Civilians);
        assert_eq!(actor_kind("XXX"), ActorKind::Collective);
        assert_eq!(actor_kind(""), ActorKind::Collective);
    }
}
