//! What curators wrote is served as they wrote it, with what follows from it: identifiers, ties with their time, which of
//! several places a quote stands at, what gives a point.

use dossier::pb::{self, LocationPrecision, MatchKind, TimeExtent};

use super::{Client, QUARRY, event, events, serve};

fn ids(ids: &[pb::ExternalId]) -> Vec<(&str, &str)> {
    ids.iter().map(|id| (id.scheme.as_str(), id.id.as_str())).collect()
}

async fn actor(client: &mut Client, name: &str) -> pb::Actor {
    let request = pb::GetActorRequest { name: name.into(), ..Default::default() };
    client.get_actor(request).await.unwrap().into_inner()
}

#[tokio::test]
async fn identifiers_are_served_and_resolve() {
    let (_server, mut client) = serve(QUARRY).await;
    let league = actor(&mut client, "actors/hill-league").await;
    assert_eq!(ids(&league.external_ids), [("survey-actor", "A-9"), ("ledger", "0412")]);
    let request = pb::GetCampRequest { name: "camps/upper-kiln".into(), ..Default::default() };
    let camp = client.get_camp(request).await.unwrap().into_inner();
    assert_eq!(ids(&camp.external_ids), [("survey-site", "S 31/b")]);

    let meant = [("A-9", "actors/hill-league"), ("0412", "actors/hill-league"), ("s31b", "camps/upper-kiln")];
    let names = meant.map(|(id, _)| id.to_owned()).to_vec();
    let request = pb::ResolveNamesRequest { names, ..Default::default() };
    let answer = client.resolve_names(request).await.unwrap().into_inner();
    for (resolution, (id, name)) in answer.resolutions.iter().zip(meant) {
        let best = &resolution.candidates[0];
        assert_eq!((best.name.as_str(), best.match_kind()), (name, MatchKind::Identifier), "{id}");
    }
    assert_eq!(answer.resolutions.len(), meant.len());
}

#[tokio::test]
async fn a_tie_holds_for_its_time_only() {
    let (_server, mut client) = serve(QUARRY).await;
    let league = actor(&mut client, "actors/hill-league").await;
    let [tie] = league.affiliations.as_slice() else { panic!("{:?}", league.affiliations) };
    let time = tie.time.as_ref().unwrap();
    assert_eq!((time.edtf.as_str(), time.phrase.as_str()), ("../2040-03-09", "had left the Ridge Pact on 9 March"));
    assert_eq!((time.first_day.as_str(), time.last_day.as_str()), ("", "2040-03-09"));
    assert_eq!(time.extent(), TimeExtent::Throughout);
    assert_eq!(tie.citation.as_ref().unwrap().source, "sources/quarry-later");
    assert_eq!(league.side, "actors/hill-league", "it has left, so it is a side of its own");

    let filter = pb::EventFilter { actors: vec!["actors/ridge-pact".into()], ..Default::default() };
    let of_pact: Vec<String> = events(&mut client, filter).await.into_iter().map(|event| event.name).collect();
    // What the league did on 14 March it did not do as a member.
    assert_eq!(of_pact, ["events/kiln-attack", "events/first-clash"]);
}

#[tokio::test]
async fn a_quote_that_stands_twice_is_found_where_it_is_meant() {
    let (_server, mut client) = serve(QUARRY).await;
    let request = pb::GetSourceRequest { name: "sources/quarry".into(), ..Default::default() };
    let text = client.get_source(request).await.unwrap().into_inner().text;
    let quote = "She gave no names.";
    let stands: Vec<usize> = text.match_indices(quote).map(|(at, _)| at).collect();
    assert_eq!(stands.len(), 2);
    for (name, occurrence) in [("events/kiln-attack", 1), ("events/road-shelled", 2)] {
        let event = event(&mut client, name, "").await;
        let mut citations = event.claims.iter().flat_map(|claim| &claim.citations);
        let citation = citations.find(|citation| citation.quote == quote).unwrap();
        assert_eq!(citation.occurrence, Some(occurrence));
        let start = stands[occurrence as usize - 1];
        let offsets = (citation.start_offset.unwrap() as usize, citation.end_offset.unwrap() as usize);
        assert_eq!(offsets, (start, start + quote.len()), "{name}");
    }
}

#[tokio::test]
async fn a_location_says_what_gives_its_point() {
    let (_server, mut client) = serve(QUARRY).await;
    let road = event(&mut client, "events/road-shelled", "").await;
    let location = road.location.as_ref().unwrap();
    let point = location.point.unwrap();
    assert_eq!((point.latitude, point.longitude, location.uncertainty_meters), (-40.2, 60.05, Some(400.0)));
    assert_eq!((location.place.as_str(), location.precision()), ("places/quarry-road", LocationPrecision::Site));
    let citation = location.citation.as_ref().unwrap();
    assert_eq!((citation.source.as_str(), citation.locator.as_str()), ("sources/survey", "table of milestones, row 3"));
    // The rival claim's place has the point of that place, which is cited there.
    let rival = road.claims[1].location.as_ref().unwrap();
    assert_eq!((rival.place.as_str(), rival.uncertainty_meters), ("places/lower-kiln", Some(5000.0)));
    assert_eq!((rival.point.unwrap().latitude, rival.citation.as_ref()), (-40.5, None));
}
