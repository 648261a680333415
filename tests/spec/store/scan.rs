//! What a filter takes, found by looking at each version.

use dossier::{
    model::{
        derive::{Derived, EventVersion},
        sphere::{Circle, Point},
    },
    pb,
    store::query::EventQuery,
};

/// The place itself and all above it, by the parents as written.
fn places_up<'d>(place: &'d str, derived: &'d Derived) -> Vec<&'d pb::Place> {
    let mut way: Vec<&pb::Place> = vec![];
    let mut name = place;
    // Sorted by name.
    while let Ok(at) = derived.places.binary_search_by(|place| place.name.as_str().cmp(name)) {
        let found = &derived.places[at];
        way.push(found);
        name = &found.parent;
    }
    way
}

/// The country of a place: that of the nearest above it that has one.
pub(super) fn country(place: &str, derived: &Derived) -> Option<String> {
    places_up(place, derived).into_iter().map(|place| place.country_code.clone()).find(|code| !code.is_empty())
}

/// Whether a version matches, straight from the contract's words.
pub(super) fn matches(query: &EventQuery, version: &EventVersion, derived: &Derived) -> bool {
    let event = &version.event;
    let part = |actor: &str, of: &str| derived.actor_tree.ancestors(actor, &version.span).iter().any(|a| a == of);
    let mut parts: Vec<(String, i32)> = event.participants.iter().map(|p| (p.actor.clone(), p.role)).collect();
    if let Some(handover) = &event.handover {
        let given = [
            (handover.from_actor.clone(), pb::ParticipantRole::Transferor.into()),
            (handover.to_actor.clone(), pb::ParticipantRole::Recipient.into()),
        ];
        // A participant may be a phrase; a side of a handover that nobody names is no participant.
        parts.extend(given.into_iter().filter(|(actor, _)| !actor.is_empty()));
    }
    let takes_part = parts.iter().any(|(actor, role)| {
        (query.actors.is_empty() || query.actors.iter().any(|of| part(actor, of)))
            && (query.roles.is_empty() || query.roles.iter().any(|wanted| i32::from(*wanted) == *role))
    });
    let places: Vec<&str> = [&event.location, &event.origin, &event.destination]
        .into_iter()
        .flatten()
        .map(|location| location.place.as_str())
        .collect();
    let claimed = event.claims.iter().any(|claim| {
        (query.claimants.is_empty() || query.claimants.contains(&claim.claimant))
            && (query.sources.is_empty() || claim.citations.iter().any(|c| query.sources.contains(&c.source)))
    });
    let circle = event.location.as_ref().and_then(|location| {
        let center = Point::try_from(location.point.as_ref()?).unwrap();
        Some(Circle { center, radius_meters: location.uncertainty_meters.unwrap_or(0.0) })
    });
    version.known.answers(query.as_of)
        && (query.kinds.is_empty() || query.kinds.iter().any(|kind| is_kind(event.kind, (*kind).into())))
        && (query.statuses.is_empty() || query.statuses.iter().any(|s| i32::from(*s) == event.status))
        && ((query.actors.is_empty() && query.roles.is_empty()) || takes_part)
        && query.all_actors.iter().all(|of| parts.iter().any(|(actor, _)| part(actor, of)))
        && (query.places.is_empty()
            || query
                .places
                .iter()
                .any(|of| places.iter().any(|place| places_up(place, derived).iter().any(|up| up.name == *of))))
        && (query.camps.is_empty() || query.camps.iter().any(|camp| event.camps.contains(camp)))
        && ((query.claimants.is_empty() && query.sources.is_empty()) || claimed)
        && query
            .country_code
            .as_deref()
            .is_none_or(|code| places.iter().any(|place| country(place, derived).as_deref() == Some(code)))
        && query.window.is_none_or(|(first, last)| {
            if query.certain { version.span.certain(first, last) } else { version.span.possible(first, last) }
        })
        && query.area.as_ref().is_none_or(|area| {
            circle.is_some_and(|circle| if query.certain { area.certain(&circle) } else { area.possible(&circle) })
        })
        && query.text.as_deref().is_none_or(|text| has_words(event, text))
        && query.contested.is_none_or(|contested| contested == event.contested)
        && query.min_corroboration.is_none_or(|least| event.corroboration >= i32::from(least))
}

fn is_kind(kind: i32, wanted: i32) -> bool {
    kind == wanted || (wanted % 100 == 0 && kind / 100 == wanted / 100)
}

fn has_words(event: &pb::Event, text: &str) -> bool {
    let notes = event.claims.iter().map(|claim| claim.note.as_str());
    let phrases = event.participants.iter().map(|participant| participant.phrase.as_str());
    let held: Vec<String> = [event.title.as_str()]
        .into_iter()
        .chain(notes)
        .chain(phrases)
        .flat_map(|text| text.split(' ').map(str::to_lowercase).collect::<Vec<_>>())
        .collect();
    let (last, whole) = text.rsplit_once(' ').map(|(a, b)| (b, vec![a])).unwrap();
    whole.iter().all(|word| held.contains(&word.to_lowercase()))
        && held.iter().any(|word| word.starts_with(&last.to_lowercase()))
}

/// The keys under which an event counts.
pub(super) fn values(event: &pb::Event, by: pb::CountDimension, derived: &Derived) -> Vec<String> {
    use pb::CountDimension as By;
    match by {
        By::Kind => vec![event.kind().as_str_name().to_owned()],
        By::Status => vec![event.status().as_str_name().to_owned()],
        By::Camp => event.camps.clone(),
        By::Source => event.claims.iter().flat_map(|c| &c.citations).map(|c| c.source.clone()).collect(),
        By::Actor => {
            let handover = event.handover.iter().flat_map(|h| [h.from_actor.clone(), h.to_actor.clone()]);
            event.participants.iter().map(|p| p.actor.clone()).chain(handover).filter(|a| !a.is_empty()).collect()
        }
        By::Place => event.location.iter().map(|location| location.place.clone()).filter(|p| !p.is_empty()).collect(),
        By::Country => event.location.iter().filter_map(|location| country(&location.place, derived)).collect(),
        By::Day | By::Week | By::Month | By::Year => start_bucket(event, by).into_iter().collect(),
        By::Unspecified => panic!("not asked for"),
    }
}

/// The bucket that holds the whole possible start, day by day: of the EDTF of the made-up sets.
fn start_bucket(event: &pb::Event, by: pb::CountDimension) -> Option<String> {
    use pb::CountDimension as By;
    let edtf = &event.time.as_ref()?.edtf;
    // `a/b` starts on a; all else somewhere from the first day to the last, which are open if not shown.
    let time = event.time.as_ref()?;
    let (first, last) = match edtf.split_once('/') {
        Some((from, _)) => (from, from),
        None => (time.first_day.as_str(), time.last_day.as_str()),
    };
    let (first, last): (jiff::civil::Date, jiff::civil::Date) = (first.parse().ok()?, last.parse().ok()?);
    let name = |day: jiff::civil::Date| match by {
        By::Day => day.to_string(),
        By::Month => day.to_string()[..7].to_owned(),
        By::Year => day.to_string()[..4].to_owned(),
        // The week of ISO 8601 is that of its Thursday.
        _ => {
            let monday = i64::from(day.weekday().to_monday_zero_offset());
            let thursday = day.checked_add(jiff::Span::new().days(3 - monday)).unwrap();
            format!("{:04}-W{:02}", thursday.year(), (thursday.day_of_year() - 1) / 7 + 1)
        }
    };
    let names: std::collections::BTreeSet<String> =
        first.series(jiff::Span::new().days(1)).take_while(|day| *day <= last).map(name).collect();
    (names.len() == 1).then(|| names.into_iter().next()).flatten()
}
