//! The handovers of the camps: the plans of the seed, and what became of them.

use std::collections::BTreeMap;

use dossier::pb::{self, Aspect, EventStatus as Status, LinkKind, PreferredBy, Stance};

use super::{Client, SEED, WITH_EXAMPLE, edtf, event, handovers, serve};

/// Camp, status, time of each row, in order.
fn rows(handovers: &[pb::CampHandover]) -> Vec<(String, Status, String)> {
    let row = |handover: &pb::CampHandover| {
        let camp = handover.camp.as_ref().map_or_else(|| "(unnamed)".to_owned(), |camp| camp.name.clone());
        (camp, handover.status(), edtf(handover.time.as_ref()).to_owned())
    };
    handovers.iter().map(row).collect()
}

fn of_camp<'h>(handovers: &'h [pb::CampHandover], camp: &str) -> &'h pb::CampHandover {
    handovers.iter().find(|handover| handover.camp.as_ref().is_some_and(|held| held.name == camp)).expect(camp)
}

#[tokio::test]
async fn the_seed_has_seven_rows() {
    let (_server, mut client) = serve(SEED).await;
    let found = handovers(&mut client, "").await;
    let expected = [
        ("(unnamed)", Status::Planned, "2023-10"),
        ("camps/ansongo", Status::Planned, "2023-11"),
        ("camps/mopti", Status::Planned, "2023-11"),
        ("camps/kidal", Status::Planned, "[2023-11-15..2023-11-30]"),
        ("camps/bamako", Status::Expected, ""),
        ("camps/gao", Status::Expected, ""),
        ("camps/timbuktu", Status::Expected, ""),
    ];
    assert_eq!(rows(&found), expected.map(|(camp, status, time)| (camp.to_owned(), status, time.to_owned())));

    let unnamed = found[0].unnamed_camps.as_ref().unwrap();
    assert_eq!((unnamed.low, unnamed.high, unnamed.phrase.as_str()), (Some(3), Some(3), "three more"));
    assert!(found[0].camp.is_none(), "three unnamed camps are counted, not invented");
    for handover in &found {
        let objects: Vec<_> = handover.claims.iter().filter(|claim| claim.stance() == Stance::Objects).collect();
        assert_eq!(objects.len(), 1, "{}", handover.event);
        assert_eq!(
            (objects[0].claimant.as_str(), objects[0].controller.as_str()),
            ("actors/separatists", "actors/separatists")
        );
        let disputes: Vec<_> = handover.disputes.iter().map(pb::Dispute::aspect).collect();
        assert_eq!(disputes, [Aspect::Control], "the objection, and nothing else, in {}", handover.event);
        assert_eq!(handover.from_actor.as_ref().unwrap().name, "actors/minusma");
        let to = handover.to_actor.as_ref().unwrap();
        assert_eq!(to.name, "actors/malian-authorities");
        assert!(!to.display_name.is_empty(), "actors are embedded whole");
        assert!(handover.departure.is_none(), "nobody has left yet");
    }
}

#[tokio::test]
async fn kidal_has_two_windows_that_do_not_contradict_each_other() {
    let (_server, mut client) = serve(SEED).await;
    let found = handovers(&mut client, "").await;
    let kidal = of_camp(&found, "camps/kidal");
    let windows: Vec<_> = kidal
        .claims
        .iter()
        .filter(|claim| claim.stance() == Stance::Asserts)
        .map(|claim| (claim.claimant.as_str(), claim.claimant_phrase.as_str(), edtf(claim.time.as_ref())))
        .collect();
    assert_eq!(windows[0], ("", "An official with knowledge of the plan", "[2023-11-15..2023-11-30]"));
    assert!(windows.contains(&("actors/madou-diallo", "", "2023-11")), "{windows:?}");
    assert!(windows.contains(&("", "a senior official", "2023-11")), "{windows:?}");
    let event = event(&mut client, &kidal.event, "").await;
    assert_eq!(event.preferred_by(), PreferredBy::Narrowest);
    assert_eq!(event.claims, kidal.claims);
}

#[tokio::test]
async fn later_statements_turn_plans_into_what_happened() {
    let (_server, mut client) = serve(WITH_EXAMPLE).await;
    let found = handovers(&mut client, "").await;
    let expected = [
        ("camps/ogossagou", Status::Occurred, "2023-08-03"),
        ("camps/ber", Status::Occurred, "2023-08-13"),
        ("camps/goundam", Status::Occurred, "2023-08-16"),
        ("camps/menaka", Status::Occurred, "2023-08-25"),
        ("(unnamed)", Status::Planned, "2023-10"),
        ("camps/tessalit", Status::Occurred, "2023-10-21"),
        ("camps/aguelhok", Status::Occurred, "2023-10-23"),
        ("camps/ansongo", Status::Occurred, "2023-11-18"),
        ("camps/douentza", Status::Occurred, "[..2023-12-08]"),
        ("camps/mopti", Status::Occurred, "2023-12-08"),
        ("camps/timbuktu", Status::Occurred, "[..2023-12-28]"),
        ("camps/gao", Status::Planned, "[2024-01-01..]"),
        ("camps/bamako", Status::Expected, ""),
        ("camps/kidal", Status::NotOccurred, ""),
    ];
    assert_eq!(rows(&found), expected.map(|(camp, status, time)| (camp.to_owned(), status, time.to_owned())));

    let links = |row: &pb::CampHandover| -> Vec<_> {
        row.linked_from.iter().map(|link| (link.kind(), link.event.clone())).collect()
    };
    let kidal = of_camp(&found, "camps/kidal");
    let departure = kidal.departure.as_ref().expect("Kidal was left");
    assert_eq!((departure.status(), edtf(departure.time.as_ref())), (Status::Occurred, "2023-10-31"));
    assert_eq!(departure.event, "events/kidal-departure");
    assert_eq!(links(kidal), [(LinkKind::Overtakes, departure.event.clone())]);

    let unnamed = found.iter().find(|handover| handover.camp.is_none()).unwrap();
    let may_be = ["events/aguelhok-handover", "events/douentza-handover", "events/tessalit-handover"];
    assert_eq!(links(unnamed), may_be.map(|event| (LinkKind::MayBe, event.to_owned())));
    assert_eq!(unnamed.status(), Status::Planned, "nobody said which three they were");
}

#[tokio::test]
async fn contradictions_stand_side_by_side() {
    let (_server, mut client) = serve(WITH_EXAMPLE).await;
    let request = pb::ListDisputesRequest { page_size: 1000, ..Default::default() };
    let disputes = client.list_disputes(request).await.unwrap().into_inner().disputes;
    let values = |event: &str, aspect: Aspect| -> Vec<String> {
        let of = disputes.iter().filter(|dispute| dispute.event == event && dispute.aspect() == aspect);
        of.flat_map(|dispute| dispute.positions.iter().map(|position| position.value.clone())).collect()
    };
    let has = |event: &str, aspect: Aspect, wanted: [&str; 2]| {
        let values = values(event, aspect);
        assert!(wanted.iter().all(|value| values.iter().any(|held| held == value)), "{event}: {values:?}");
    };
    has("events/ogossagou-handover", Aspect::Time, ["2023-08-03", "2023-08-04"]);
    has("events/tessalit-departure", Aspect::Time, ["2023-10-21", "2023-10-23"]);
    has("events/aguelhok-departure", Aspect::Time, ["2023-10-21", "2023-10-23"]);
    has("events/mopti-handover", Aspect::Time, ["2023-12-08", "2023-12-09"]);
    assert!(disputes.iter().any(|dispute| {
        dispute.aspect() == Aspect::Number
            && dispute.positions.iter().any(|position| position.value.contains("12"))
            && dispute.positions.iter().any(|position| position.value.contains("13"))
    }));
}

#[tokio::test]
async fn on_the_day_of_the_article_its_plans_stand_as_it_told_them() {
    let (_seed, mut seed) = serve(SEED).await;
    let (_both, mut both) = serve(WITH_EXAMPLE).await;
    let alone = handovers(&mut seed, "").await;
    let then = handovers(&mut both, "2023-10-09").await;
    for row in &alone {
        let same = then.iter().find(|handover| handover.event == row.event).expect(&row.event);
        assert_eq!(same, row, "field by field");
    }
    let others: Vec<pb::CampHandover> =
        then.iter().filter(|handover| alone.iter().all(|row| row.event != handover.event)).cloned().collect();
    let closed = [
        ("camps/ogossagou", "2023-08-03"),
        ("camps/ber", "2023-08-13"),
        ("camps/goundam", "2023-08-16"),
        ("camps/menaka", "2023-08-25"),
    ];
    let closed = closed.map(|(camp, time)| (camp.to_owned(), Status::Occurred, time.to_owned()));
    assert_eq!(rows(&others), closed, "already reported closed");
    assert_eq!(then.len(), 11);
}

#[tokio::test]
async fn a_camp_knows_who_held_it() {
    let (_server, mut client) = serve(WITH_EXAMPLE).await;
    let chain = async |client: &mut Client, name: &str, as_of: &str| {
        let request = pb::GetCampRequest { name: name.into(), as_of: as_of.into(), ..Default::default() };
        client.get_camp(request).await.unwrap().into_inner().control
    };
    let before = chain(&mut client, "camps/ansongo", "2023-10-09").await;
    let after = chain(&mut client, "camps/ansongo", "").await;
    assert_eq!(before.len(), 1);
    assert_eq!((before[0].actor.as_str(), before[0].status()), ("actors/minusma", Status::Ongoing));
    assert_eq!(after.len(), 2);
    assert_eq!((after[0].status(), after[1].status()), (Status::Occurred, Status::Ongoing));
    assert_ne!(after[1].actor, "actors/minusma");
    let left = chain(&mut client, "camps/kidal", "").await;
    assert_eq!(left.last().unwrap().actor, "", "left without a transfer: nobody");
}

#[tokio::test]
async fn only_kidal_was_left_to_nobody() {
    let (_server, mut client) = serve(WITH_EXAMPLE).await;
    let request = pb::ListCampsRequest { page_size: 1000, ..Default::default() };
    let camps = client.list_camps(request).await.unwrap().into_inner().camps;
    let mut holders: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for camp in &camps {
        assert_eq!(camp.control[0].actor, "actors/minusma", "{}", camp.name);
        let holds = camp.control.iter().find(|period| period.status() == Status::Ongoing);
        let holder = holds.map_or("somebody not named", |period| match period.actor.as_str() {
            "" => "nobody",
            actor => actor,
        });
        holders.entry(holder).or_default().push(camp.name.strip_prefix("camps/").unwrap());
    }
    let expected = [
        ("actors/malian-authorities", vec!["ansongo", "douentza", "mopti", "timbuktu"]),
        ("actors/minusma", vec!["bamako", "gao"]),
        ("nobody", vec!["kidal"]),
        ("somebody not named", vec!["aguelhok", "ber", "goundam", "menaka", "ogossagou", "tessalit"]),
    ];
    assert_eq!(holders, BTreeMap::from(expected));
}
