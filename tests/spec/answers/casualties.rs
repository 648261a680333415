//! Deaths: as claims give them, by the best claim that does, and summed.

use dossier::pb::{self, Aspect, CountDimension as By, EventStatus as Status, PreferredBy};

use super::{Client, QUARRY, as_of, edtf, event, serve};

/// The day before the later report.
const BEFORE: &str = "2040-03-19";

/// Low, best, high.
type Deaths = [Option<u32>; 3];

fn deaths(casualties: Option<&pb::Casualties>) -> Option<Deaths> {
    casualties.map(|all| [all.low, all.best, all.high])
}

fn by_side(casualties: Option<&pb::Casualties>) -> Vec<(&str, Deaths)> {
    let sides = casualties.map_or(&[][..], |all| &all.sides);
    sides.iter().map(|side| (side.actor.as_str(), [side.low, side.best, side.high])).collect()
}

const GUARDS: (&str, Deaths) = ("actors/lime-guard", [Some(11); 3]);

#[tokio::test]
async fn a_curators_reason_decides_until_something_newer_is_said() {
    let (_server, mut client) = serve(QUARRY).await;
    let then = event(&mut client, "events/kiln-attack", BEFORE).await;
    // Both spoke on one day, and the other's span is narrower: only the reason puts the captain first.
    assert_eq!(then.preferred_by(), PreferredBy::Curator);
    let voices: Vec<_> = then.claims.iter().map(|claim| claim.claimant.as_str()).collect();
    assert_eq!(voices, ["actors/ona-flint", "actors/ivo-marl"]);
    assert_eq!(then.claims[0].preferred_reason, "the only count that tells the dead apart by side");
    assert_eq!(then.claims[1].preferred_reason, "");
    assert_eq!(deaths(then.casualties.as_ref()), Some([Some(11), Some(12), Some(14)]));
    assert_eq!(by_side(then.casualties.as_ref()), [GUARDS]);
    // She does not say when; the other does.
    assert_eq!(edtf(then.time.as_ref()), "2040-03-05");

    let now = event(&mut client, "events/kiln-attack", "").await;
    assert_eq!(now.preferred_by(), PreferredBy::Latest, "the reason weighs nothing against what was said after it");
    assert_eq!(deaths(now.casualties.as_ref()), Some([None, Some(7), Some(8)]), "a low that nobody gives is absent");
    assert_eq!(by_side(now.casualties.as_ref()), []);
    let given: Vec<_> = now.claims.iter().map(|claim| deaths(claim.casualties.as_ref()).unwrap()).collect();
    assert_eq!(
        given,
        [[None, Some(7), Some(8)], [Some(11), Some(12), Some(14)], [Some(4), None, Some(9)]],
        "no count is thrown away"
    );
    assert_eq!(by_side(now.claims[1].casualties.as_ref()), [GUARDS]);
}

#[tokio::test]
async fn nobody_dead_is_a_number_and_not_an_absence() {
    let (_server, mut client) = serve(QUARRY).await;
    let road = event(&mut client, "events/road-shelled", "").await;
    assert_eq!(road.preferred_by(), PreferredBy::Curator);
    assert_eq!(road.claims[0].preferred_reason, "the holes in the road bear it out");
    assert_eq!(deaths(road.casualties.as_ref()), Some([Some(0); 3]));
    assert_eq!(edtf(road.time.as_ref()), "[2040-03-05..2040-03-10]", "the wider span, because a curator chose it");
    assert_eq!(deaths(road.claims[1].casualties.as_ref()), Some([None, Some(2), None]));
    let plan = event(&mut client, "events/kiln-departure", "").await;
    assert_eq!((plan.status(), plan.casualties), (Status::Planned, None));
}

#[tokio::test]
async fn counts_that_no_number_fits_are_a_dispute() {
    let (_server, mut client) = serve(QUARRY).await;
    let mut listed = async |day: &str| {
        let request = pb::ListDisputesRequest { filter: as_of(day), ..Default::default() };
        let disputes = client.list_disputes(request).await.unwrap().into_inner().disputes;
        assert!(disputes.iter().all(|dispute| dispute.aspect() == Aspect::Number), "{disputes:?}");
        let values = |dispute: pb::Dispute| {
            (dispute.event, dispute.positions.into_iter().map(|position| position.value).collect::<Vec<_>>())
        };
        disputes.into_iter().map(values).collect::<Vec<_>>()
    };
    let row = |event: &str, values: &[&str]| {
        (format!("events/{event}"), values.iter().map(|&value| value.to_owned()).collect::<Vec<_>>())
    };
    let road = row("road-shelled", &["KILLED 0", "KILLED 2"]);
    let then = listed(BEFORE).await;
    assert_eq!(then, [row("kiln-attack", &["KILLED 11..14", "KILLED 4..9"]), road.clone()]);
    // "Seven, and eight at the most" contradicts the captain, and not what the guard said before.
    let now = listed("").await;
    assert_eq!(now, [row("kiln-attack", &["KILLED ..8", "KILLED 11..14", "KILLED 4..9"]), road]);
}

/// The first keys, the count, the deaths of each row; then how many events give no deaths.
async fn count(client: &mut Client, day: &str, by: Option<By>) -> (Vec<(String, u32, Option<Deaths>)>, u32) {
    let group_by = by.into_iter().map(Into::into).collect();
    let request = pb::CountEventsRequest { filter: as_of(day), group_by, ..Default::default() };
    let answer = client.count_events(request).await.unwrap().into_inner();
    assert_eq!(by_side(answer.rows.iter().find_map(|row| row.casualties.as_ref())), [], "sums tell no sides apart");
    let row = |row: &pb::CountRow| {
        let key = row.keys.first().map_or_else(String::new, |key| key.value.clone());
        (key, row.count, deaths(row.casualties.as_ref()))
    };
    (answer.rows.iter().map(row).collect(), answer.events_without_casualties)
}

#[tokio::test]
async fn a_sum_has_only_what_each_event_gives() {
    let (_server, mut client) = serve(QUARRY).await;
    let all = |count, sum: Deaths| vec![(String::new(), count, Some(sum))];
    // 11 + 2 + 0, 12 + 3 + 0, 14 + 4 + 0.
    assert_eq!(count(&mut client, BEFORE, None).await, (all(3, [Some(13), Some(15), Some(18)]), 0));
    // 7 + 3 + 0 + 3; one gives no low, another neither low nor high; the plan gives nothing, and takes nothing away.
    assert_eq!(count(&mut client, "", None).await, (all(5, [None, Some(13), None]), 1));

    let row = |key: &str, count, deaths: Option<Deaths>| (key.to_owned(), count, deaths);
    let (kinds, without) = count(&mut client, "", Some(By::Kind)).await;
    let expected = [
        row("EVENT_KIND_ATTACK", 1, Some([None, Some(7), Some(8)])),
        row("EVENT_KIND_CLASH", 2, Some([None, Some(6), None])),
        row("EVENT_KIND_SHELLING", 1, Some([Some(0); 3])),
        row("EVENT_KIND_WITHDRAWAL", 1, None),
    ];
    assert_eq!((kinds.as_slice(), without), (expected.as_slice(), 1));
    // An event counts whole with each actor that takes part.
    let (actors, _) = count(&mut client, BEFORE, Some(By::Actor)).await;
    let both = Some([Some(13), Some(15), Some(18)]);
    assert_eq!(
        actors,
        [row("actors/hill-league", 2, both), row("actors/lime-guard", 2, both), row("", 1, Some([Some(0); 3]))]
    );
}
