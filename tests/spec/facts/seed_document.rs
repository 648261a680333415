//! The seed document: all it says, on the day it says it.

use dossier::pb::{Corroboration, EventStatus, Stance};

use super::{SEED, day, edtf, event, events};

#[test]
fn the_day_before_nothing_is_known_and_on_the_day_all() {
    assert_eq!(events(&SEED, Some(day("2023-10-08"))).len(), 0);
    assert_eq!(events(&SEED, Some(day("2023-10-09"))).len(), 21);
    assert_eq!(events(&SEED, None).len(), 21);
}

#[test]
fn the_army_says_that_it_took_anefis_and_the_other_side_confirms_a_part() {
    let taken = event(&SEED, "events/anefis-taken");
    assert_eq!(taken.status(), EventStatus::Occurred);
    assert_eq!(taken.corroboration(), Corroboration::AcrossSidesInPart);
    let [says, confirms] = taken.claims.as_slice() else { panic!("{:?}", taken.claims) };
    assert_eq!((says.stance(), says.claimant.as_str()), (Stance::Asserts, "actors/malian-army"));
    assert_eq!(says.stated_date, "2023-10-07");
    assert_eq!(confirms.stance(), Stance::ConfirmsInPart);
    assert_eq!(
        (confirms.claimant.as_str(), confirms.note.as_str()),
        ("actors/almou-ag-mohamed", "presence, not control")
    );
    // The day of the statement is stated; that of the taking is not, only that it was not later.
    assert_eq!(edtf(taken.time.as_ref()), "[2023-10-02..2023-10-07]");
}

#[test]
fn the_director_speaks_of_three_camps_and_no_others() {
    let mut said: Vec<&str> = Vec::new();
    for version in events(&SEED, None) {
        let claims = version.event.claims.iter().filter(|claim| claim.claimant == "actors/madou-diallo");
        for claim in claims {
            assert_eq!((claim.status(), edtf(claim.time.as_ref())), (EventStatus::Planned, "2023-11"));
            assert_eq!(claim.stated_date, "2023-10-09");
            said.push(version.event.name.strip_prefix("events/").unwrap());
        }
    }
    let camps = ["ansongo-departure", "ansongo-handover", "kidal-departure", "kidal-handover"];
    assert_eq!(said, [camps.as_slice(), &["mopti-departure", "mopti-handover"]].concat());
}

#[test]
fn dozens_keep_their_phrase_and_a_lower_bound() {
    let convoy = event(&SEED, "events/convoy-left-gao");
    let vehicles = convoy.claims[0].measures[0].quantity.as_ref().unwrap();
    assert_eq!((vehicles.low, vehicles.high, vehicles.phrase.as_str()), (Some(24), None, "dozens of vehicles"));
    assert_eq!(edtf(convoy.time.as_ref()), "[2023-10-02..2023-10-08]");
}

#[test]
fn an_offensive_is_only_speculated_about() {
    let offensive = event(&SEED, "events/kidal-offensive");
    assert_eq!(offensive.status(), EventStatus::Speculated);
    assert_eq!(offensive.time, None);
    assert!(offensive.participants.iter().all(|participant| participant.actor.is_empty()));
}
