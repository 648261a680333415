//! Mistakes of form: YAML, keys, types, names, references.

use super::{Mutation, check_all, one, several};

const EVENTS: &str = "events.yaml";
const WORLD: &str = "world.yaml";

const YAML: &[Mutation] = &[
    one([
        "a bracket that never closes",
        EVENTS,
        "title: A convoy leaves Harbour",
        "title: [A convoy\n    kind⟦: x",
        "the YAML ends here",
        "in quotes, and indent with spaces, not tabs",
    ]),
    several(
        2,
        [
            "an anchor",
            WORLD,
            "locator: row 1",
            "locator: ⟦&row row 1\n        occurrence: *row",
            "an anchor, `&row`",
            "write the fact out",
        ],
    ),
    one([
        "a merge key",
        EVENTS,
        "    title: A convoy",
        "    ⟦<<: {kind: EVENT_KIND_ATTACK}\n    title: A convoy",
        "a merge key",
        "write the fact out",
    ]),
    one(["a tag", EVENTS, "title: A convoy", "title: ⟦!!str A convoy", "a YAML tag", "leave it out"]),
    one([
        "a key that stands twice",
        EVENTS,
        "    title: A convoy",
        "    title: B\n    ⟦title: A convoy",
        "the key `title` stands twice, first at line 55",
        "keep one",
    ]),
    one(["a second document", EVENTS, "", "⟦---\nactors: []\n", "a second YAML document", "one document a file"]),
    one([
        "a key that is a list",
        EVENTS,
        "    title: A convoy",
        "    ⟦[a, b]: c\n    title: A convoy",
        "a key that is a list",
        "names of fields",
    ]),
];

const FIELDS: &[Mutation] = &[
    one([
        "an unknown key at the root",
        EVENTS,
        "events:",
        "⟦evnts: x\nevents:",
        "a fact file has no field `evnts`",
        "write `events`",
    ]),
    one([
        "an unknown key deep inside",
        EVENTS,
        "          phrase: in June",
        "          ⟦phrse: in June",
        "a time span has no field `phrse`",
        "write `phrase`",
    ]),
    one([
        "an unknown key like no other",
        WORLD,
        "    language: en",
        "    ⟦zzz: en",
        "a source has no field `zzz`",
        "name, title, publisher",
    ]),
    one([
        "a key in camel case",
        EVENTS,
        "stated_date",
        "⟦statedDate",
        "a claim has no field `statedDate`",
        "write `stated_date`",
    ]),
    one([
        "a starred field",
        EVENTS,
        "    title: A convoy",
        "    ⟦status: EVENT_STATUS_OCCURRED\n    title: A convoy",
        "`status` is derived by the service",
        "leave it out",
    ]),
    one([
        "a starred field deep inside",
        EVENTS,
        "          phrase: last week",
        "          ⟦first_day: '2030-05-06'",
        "`first_day` is derived",
        "leave it out",
    ]),
    one(["a number in quotes", EVENTS, "low: 24", "low: ⟦'24'", "the text '24' is no whole number", "without quotes"]),
    one(["a number below zero", EVENTS, "low: 24", "low: ⟦-24", "`-24` is no whole number", "from 0 to 4294967295"]),
    one([
        "a number above 32 bits",
        EVENTS,
        "low: 24",
        "low: ⟦4294967296",
        "`4294967296` is no whole number",
        "from 0 to 4294967295",
    ]),
    one([
        "a word for a number",
        WORLD,
        "latitude: 10.27",
        "latitude: ⟦north",
        "`north` is no number",
        "a decimal number",
    ]),
    one(["not a number", WORLD, "latitude: 10.27", "latitude: ⟦.nan", "`.nan` is no number", "a decimal number"]),
    one([
        "a text for a list",
        EVENTS,
        "    camps:\n      - camps/harbour",
        "    camps: ⟦camps/harbour",
        "the text `camps/harbour` instead of a list",
        "behind `- `",
    ]),
    one([
        "a list for a text",
        EVENTS,
        "title: A convoy leaves Harbour",
        "title: ⟦[a]",
        "a list instead of a text",
        "needs quotes",
    ]),
    one([
        "a text for a message",
        WORLD,
        "    citations:\n      - source: sources/atlas\n        locator: row 1",
        "    citations:\n      - ⟦sources/atlas",
        "the text `sources/atlas` instead of a citation",
        "source, quote, occurrence, locator",
    ]),
    one([
        "no value",
        EVENTS,
        "title: A convoy leaves Harbour",
        "title: ⟦~",
        "`title` has no value",
        "leave the field out",
    ]),
    one([
        "an empty list",
        EVENTS,
        "    camps:\n      - camps/harbour",
        "    camps: ⟦[]",
        "`camps` is an empty list",
        "leave the field out",
    ]),
    one([
        "an empty mapping",
        EVENTS,
        "    origin:\n      place: places/harbour",
        "    origin: ⟦{}",
        "a location without fields",
        "leave it out",
    ]),
    one([
        "white space around a text",
        WORLD,
        "title: Atlas of the marsh",
        "title: ⟦' Atlas'",
        "starts or ends with white space",
        "write it without",
    ]),
    one([
        "a truth value in words",
        WORLD,
        "        direction: COMPASS",
        "        route: ⟦maybe\n        direction: COMPASS",
        "`maybe` is no truth value",
        "true or false",
    ]),
    one([
        "a short name of a value",
        EVENTS,
        "STANCE_OBJECTS",
        "⟦OBJECTS",
        "`OBJECTS` is no stance",
        "write STANCE_OBJECTS",
    ]),
    one([
        "a misspelt name of a value",
        EVENTS,
        "EVENT_KIND_TROOP_MOVEMENT",
        "⟦EVENT_KIND_TROOP_MOVMENT",
        "is no event kind",
        "write EVENT_KIND_TROOP_MOVEMENT",
    ]),
    one([
        "a value like no other of a long list",
        EVENTS,
        "EVENT_KIND_TROOP_MOVEMENT",
        "⟦EVENT_KIND_ZZZ",
        "`EVENT_KIND_ZZZ` is no event kind",
        "a value of EventKind, listed in docs/api.md",
    ]),
    one([
        "a value with its prefix like no other of a short list",
        EVENTS,
        "STANCE_OBJECTS",
        "⟦STANCE_ZZZ",
        "`STANCE_ZZZ` is no stance",
        "STANCE_CONFIRMS_IN_PART",
    ]),
    one([
        "a number for a list",
        EVENTS,
        "    camps:\n      - camps/harbour",
        "    camps: ⟦7",
        "the number `7` instead of a list",
        "behind `- `",
    ]),
    one([
        "a value that says nothing",
        EVENTS,
        "EVENT_KIND_TROOP_MOVEMENT",
        "⟦EVENT_KIND_UNSPECIFIED",
        "says nothing",
        "leave the field out",
    ]),
    one([
        "a missing field",
        WORLD,
        "  - name: actors/ada-loom\n    display_name: Ada Loom\n    kind: ACTOR_KIND_PERSON",
        "  - ⟦name: actors/ada-loom\n    display_name: Ada Loom",
        "an actor without `kind`",
        "a value of ActorKind",
    ]),
];

const NAMES: &[Mutation] = &[
    one([
        "a malformed name",
        EVENTS,
        "name: events/convoy",
        "name: ⟦events/The_Convoy",
        "`events/The_Convoy` is no name of an event",
        "a-z, 0-9",
    ]),
    one([
        "a name of another collection",
        EVENTS,
        "name: events/convoy",
        "name: ⟦places/convoy",
        "is no name of an event",
        "write events/",
    ]),
    one([
        "a name defined twice",
        EVENTS,
        "name: events/convoy",
        "name: ⟦events/harbour-handover",
        "`events/harbour-handover` is defined twice",
        "the first stands at marsh/events.yaml:2:11",
    ]),
    one([
        "no name",
        EVENTS,
        "  - name: events/convoy\n    title",
        "  - ⟦title",
        "an event has no name",
        "write `name: events/`",
    ]),
    one([
        "an unknown place",
        EVENTS,
        "    origin:\n      place: places/harbour",
        "    origin:\n      place: ⟦places/habour",
        "`places/habour` is not defined",
        "write places/harbour",
    ]),
    one([
        "an unknown actor",
        EVENTS,
        "claimant: actors/ada-loom",
        "claimant: ⟦actors/zebra",
        "`actors/zebra` is not defined",
        "define it under `actors`",
    ]),
    one([
        "a reference to another collection",
        EVENTS,
        "claimant: actors/ada-loom",
        "claimant: ⟦places/harbour",
        "`places/harbour` is not defined",
        "write a name of actors",
    ]),
    one([
        "an unknown camp in a list",
        EVENTS,
        "      - camps/harbour",
        "      - ⟦camps/harbor",
        "`camps/harbor` is not defined",
        "write camps/harbour",
    ]),
    one([
        "claims on an unknown event",
        EVENTS,
        "",
        "claims_on:\n  - event: ⟦events/convoys\n    links:\n      - kind: LINK_KIND_MAY_BE\n        event: events/convoy\n        citation:\n          source: sources/atlas\n",
        "`events/convoys` is not defined",
        "; if another data set defines it, name that folder too",
    ]),
    one([
        "an identifier on two resources",
        WORLD,
        "        locator: row 3",
        "        locator: row 3\n    external_ids:\n      - ⟦scheme: atlas\n        id: '7'",
        "atlas 7 stands on two resources",
        "the first stands at marsh/world.yaml:34:9",
    ]),
    one(["a scheme in capitals", WORLD, "scheme: atlas", "scheme: ⟦Atlas", "`Atlas` is no scheme", "kebab-case"]),
    one([
        "an alias that is the name itself",
        WORLD,
        "      - RF",
        "      - ⟦River force",
        "stands twice among the names",
        "leave it out",
    ]),
    one([
        "a country code of three letters",
        WORLD,
        "    kind: ACTOR_KIND_STATE\n    country_code: XM",
        "    kind: ACTOR_KIND_STATE\n    country_code: ⟦XMX",
        "`XMX` is no country code",
        "two capital letters",
    ]),
    one(["a language in words", WORLD, "language: en", "language: ⟦English language", "is no language tag", "BCP 47"]),
    one([
        "half an address",
        WORLD,
        "    language: en",
        "    uri: ⟦example.org\n    language: en",
        "`example.org` is no address",
        "write it whole",
    ]),
];

pub(super) fn all() -> impl Iterator<Item = &'static Mutation> {
    YAML.iter().chain(FIELDS).chain(NAMES)
}

#[test]
fn mistakes_of_yaml_are_told() {
    check_all(YAML);
}

#[test]
fn wrong_keys_and_values_are_told() {
    check_all(FIELDS);
}

#[test]
fn wrong_names_and_references_are_told() {
    check_all(NAMES);
}
