//! Mistakes of measure: times, coordinates, distances.

use super::{Mutation, check_all, one, several};

const EVENTS: &str = "events.yaml";
const WORLD: &str = "world.yaml";

const TIMES: &[Mutation] = &[
    one([
        "a month that the year has not",
        EVENTS,
        "edtf: 2030-07",
        "edtf: ⟦2030-13",
        "`2030-13`: month must be 01-12",
        "write",
    ]),
    one([
        "an inverted span",
        EVENTS,
        "'[2030-05-06..2030-05-12]'",
        "⟦'[2030-05-12..2030-05-06]'",
        "2030-05-12",
        "write",
    ]),
    one([
        "a time without span",
        EVENTS,
        "          edtf: '[2030-05-06..2030-05-12]'\n          phrase: last week",
        "          ⟦phrase: last week",
        "a time span without `edtf`",
        "write `edtf`",
    ]),
    one([
        "stated in a month",
        EVENTS,
        "stated_date: 2030-05-17",
        "stated_date: ⟦2030-05",
        "`2030-05` is not a day",
        "write YYYY-MM-DD",
    ]),
    one([
        "stated after publication",
        EVENTS,
        "stated_date: 2030-05-17",
        "stated_date: ⟦2030-05-21",
        "stated on 2030-05-21, after its source was published (2030-05-20)",
        "not later than the source",
    ]),
    one([
        "happened after its source was published",
        EVENTS,
        "'[2030-05-06..2030-05-12]'",
        "⟦2030-06-01",
        "after its sources were published (2030-05-20)",
        "EVENT_STATUS_PLANNED",
    ]),
    one(["published some day", WORLD, "published_date: 2030-05-20", "published_date: ⟦some day", "some day", "write"]),
];

const GEOGRAPHY: &[Mutation] = &[
    one([
        "a latitude off the Earth",
        WORLD,
        "latitude: 10.27",
        "latitude: ⟦100.27",
        "latitude is out of range",
        "from -90 to 90",
    ]),
    one([
        "half a point",
        WORLD,
        "      latitude: 10.27\n      longitude: 20.0",
        "      ⟦latitude: 10.27",
        "a lat lng without `longitude`",
        "write `longitude`",
    ]),
    several(
        2,
        [
            "swapped coordinates",
            WORLD,
            "      latitude: 10.27\n      longitude: 20.0",
            "      ⟦latitude: 20.0\n      longitude: 10.27",
            "outside its radius of 300.0 km",
            "latitude is north, longitude east",
        ],
    ),
    one([
        "a radius below zero",
        WORLD,
        "uncertainty_meters: 300000",
        "uncertainty_meters: ⟦-1",
        "a radius of -1 metres",
        "write 0 to",
    ]),
    one([
        "a distance that the coordinates contradict",
        WORLD,
        "distance_meters: 30000",
        "distance_meters: ⟦40000",
        "40.0 km stated, 30.0 km by the coordinates",
        "`discrepancy_note`",
    ]),
    one([
        "a direction that the coordinates contradict",
        WORLD,
        "COMPASS_DIRECTION_SOUTH",
        "⟦COMPASS_DIRECTION_WEST",
        "west (270 degrees) stated, 180.0 degrees by the coordinates",
        "`discrepancy_note`",
    ]),
    one([
        "a note on what agrees",
        WORLD,
        "        direction: COMPASS_DIRECTION_SOUTH",
        "        direction: COMPASS_DIRECTION_SOUTH\n        discrepancy_note: ⟦so it says",
        "the coordinates agree",
        "leave it out",
    ]),
    one([
        "a road shorter than the crow flies",
        WORLD,
        "distance_meters: 30000",
        "distance_meters: ⟦29000\n        route: true",
        "29.0 km by road, but 30.0 km in a straight line",
        "`discrepancy_note`",
    ]),
    one([
        "places that lie in each other",
        WORLD,
        "    uncertainty_meters: 300000\n",
        "    uncertainty_meters: 300000\n    parent: ⟦places/harbour\n",
        "`places/marshland` lies in itself: places/marshland → places/harbour → places/marshland",
        "from the smaller to the larger",
    ]),
    one([
        "a place derived from itself",
        WORLD,
        "    derived_from:\n      - places/harbour",
        "    derived_from:\n      ⟦- places/north\n      - places/harbour",
        "`places/north` is derived from itself",
        "places with points",
    ]),
    one([
        "coordinates of an event from an article",
        EVENTS,
        "    origin:\n      place: places/harbour\n",
        "    origin:\n      place: places/harbour\n      point:\n        ⟦latitude: 10.01\n        longitude: 20.01\n",
        "coordinates without a gazetteer",
        "in the location's `citation`",
    ]),
    one([
        "coordinates of a claim from an article",
        EVENTS,
        "        measures:\n",
        "        location:\n          point:\n            ⟦latitude: 10.01\n            longitude: 20.01\n          citation:\n            source: sources/marsh\n            quote: left Harbour\n        measures:\n",
        "coordinates without a gazetteer",
        "in the location's `citation`",
    ]),
    one([
        "a point and a derivation",
        WORLD,
        "        locator: row 3",
        "        locator: row 3\n    derived_from:\n      ⟦- places/harbour",
        "both a point and `derived_from`",
        "keep the point of its own",
    ]),
];

pub(super) fn all() -> impl Iterator<Item = &'static Mutation> {
    TIMES.iter().chain(GEOGRAPHY)
}

#[test]
fn wrong_times_are_told() {
    check_all(TIMES);
}

#[test]
fn wrong_places_are_told() {
    check_all(GEOGRAPHY);
}
