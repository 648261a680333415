//! Mistakes of fact: quotes, handovers, claims, sentences left over.

use super::{Mutation, check_all, one};

const EVENTS: &str = "events.yaml";
const WORLD: &str = "world.yaml";
const TEXT: &str = "source.txt";

const OBJECTION: &str = "      - stance: STANCE_OBJECTS
        claimant: actors/marsh-front
        controller: actors/marsh-front
        note: holds that the camps should be returned to it
";

const CITATIONS: &[Mutation] = &[
    one([
        "a changed quote",
        EVENTS,
        "quote: the marsh front says they should",
        "quote: ⟦the marsh front says they must",
        "“the marsh front says they must be returned to it” does not stand in marsh/source.txt",
        "it agrees with the document up to “the marsh front says they ”",
    ]),
    one([
        "a quote in other case and marks",
        EVENTS,
        "quote: the marsh front says they should",
        "quote: ⟦The Marsh Front says they should",
        "does not stand in marsh/source.txt",
        "write it as it stands there: “the marsh front says",
    ]),
    one([
        "a quote that stands twice",
        WORLD,
        "quote: its camp at Harbour",
        "quote: ⟦camp",
        "“camp” stands 2 times",
        "add `occurrence`, from 1; it stands in lines 1, 5",
    ]),
    one([
        "an occurrence too many",
        WORLD,
        "quote: its camp at Harbour",
        "quote: camp\n        occurrence: ⟦3",
        "the quote has no occurrence 3",
        "write 1 to 2",
    ]),
    one([
        "an occurrence of what stands once",
        WORLD,
        "quote: its camp at Harbour",
        "quote: its camp at Harbour\n        occurrence: ⟦1",
        "stands only once",
        "leave `occurrence` out",
    ]),
    one([
        "a claim without source",
        EVENTS,
        "      - stance: STANCE_OBJECTS\n",
        "      - ⟦stance: STANCE_DENIES\n        claimant: actors/marsh-front\n      - stance: STANCE_OBJECTS\n",
        "a claim without `citations`",
        "cite the source that says it",
    ]),
    one([
        "an actor without source",
        WORLD,
        "actors:\n",
        "actors:\n  - ⟦name: actors/nobody\n    display_name: Nobody\n    kind: ACTOR_KIND_PERSON\n",
        "an actor without `citations`",
        "cite the source that says it",
    ]),
    one([
        "a citation without quote",
        WORLD,
        "      - source: sources/marsh\n        quote: the marsh front\n",
        "      - ⟦source: sources/marsh\n",
        "a citation of `sources/marsh` without quote",
        "quote the words of marsh/source.txt",
    ]),
    one([
        "a quote of a source without text",
        WORLD,
        "        locator: row 1",
        "        quote: ⟦row 1",
        "no text of `sources/atlas` is at hand",
        "put the document beside the file that defines the source, as atlas.txt",
    ]),
    one([
        "a quote of a source that is not defined",
        WORLD,
        "        quote: the marsh front\n",
        "        quote: the marsh front\n      - source: ⟦sources/mash\n        quote: the marsh front\n",
        "`sources/mash` is not defined",
        "sources/marsh",
    ]),
    one([
        "a text of no source",
        "almanac.txt",
        "",
        "⟦Who wrote this?",
        "a text that belongs to no source",
        "define `sources/almanac`",
    ]),
    one([
        "words that no quote has",
        EVENTS,
        "phrase: in June",
        "phrase: ⟦in spring",
        "“in spring” stands in no quote of the claim's citations",
        "write the source's own words",
    ]),
    one([
        "a participant that its source does not name",
        EVENTS,
        "phrase: A convoy",
        "phrase: ⟦A column",
        "“A column” stands in no quote of its earliest source",
        "write the source's own words",
    ]),
    one([
        "identifiers from an article",
        WORLD,
        "    aliases:\n      - RF\n",
        "    external_ids:\n      ⟦- scheme: atlas\n        id: '9'\n",
        "identifiers without a gazetteer",
        "cite the register",
    ]),
    one([
        "coordinates from an article",
        WORLD,
        "      latitude: 10.27\n      longitude: 20.0\n    parent: places/marshland\n    citations:\n      - source: sources/atlas\n        locator: row 3",
        "      ⟦latitude: 10.27\n      longitude: 20.0\n    parent: places/marshland\n    citations:\n      - source: sources/marsh\n        quote: south of Millstead",
        "coordinates without a gazetteer",
        "an article gives none",
    ]),
    one([
        "a citation that stands twice",
        EVENTS,
        "            quote: the marsh front says they should be returned to it\n",
        "            quote: the marsh front says they should be returned to it\n          - ⟦source: sources/marsh\n            quote: the marsh front says they should be returned to it\n",
        "a citation that stands twice",
        "keep one",
    ]),
];

const COVERAGE: &[Mutation] = &[
    one([
        "a sentence left over",
        TEXT,
        "",
        "\n⟦The bridge at Millstead fell on Sunday.\n",
        "no claim cites “The bridge at Millstead fell on Sunday.”",
        "set it aside with a reason",
    ]),
    one([
        "a heading left over",
        TEXT,
        "Marsh news\n",
        "Marsh news\n\n⟦Bridges\n",
        "no claim cites “Bridges”",
        "set it aside with a reason",
    ]),
    one([
        "a sentence set aside in part",
        TEXT,
        "Marsh news\n",
        "⟦Marsh news of the day\n",
        "no claim cites “Marsh news of the day”",
        "set it aside with a reason",
    ]),
    one([
        "set aside, but not there",
        WORLD,
        "      - quote: Marsh news\n",
        "      - quote: Marsh news\n        reason: heading\n      - quote: ⟦Bog news\n",
        "“Bog news” does not stand in marsh/source.txt",
        "copy it verbatim",
    ]),
    one([
        "set aside, but cited",
        WORLD,
        "      - quote: Marsh news\n",
        "      - quote: Marsh news\n        reason: heading\n      - quote: ⟦Two more camps\n",
        "is set aside, but a claim cites it",
        "what no claim cites",
    ]),
    one([
        "set aside without reason",
        WORLD,
        "      - quote: Marsh news\n        reason: heading",
        "      - ⟦quote: Marsh news",
        "a set aside without `reason`",
        "write `reason`",
    ]),
];

const FACTS: &[Mutation] = &[
    one([
        "a second camp in one handover",
        EVENTS,
        "      - camps/harbour\n",
        "      - camps/harbour\n      - ⟦camps/harbour\n",
        "2 camps in one handover",
        "one event a camp",
    ]),
    one([
        "a third camp in one handover",
        EVENTS,
        "      - camps/harbour\n",
        "      - camps/harbour\n      - ⟦camps/harbour\n      - camps/harbour\n",
        "3 camps in one handover",
        "one event a camp",
    ]),
    one([
        "a camp and unnamed camps",
        EVENTS,
        "    handover:\n      unnamed_camps:\n        low: 2",
        "    camps:\n      - camps/harbour\n    handover:\n      unnamed_camps:\n        ⟦low: 2",
        "a handover with a camp and with unnamed camps",
        "else the count",
    ]),
    one([
        "a handover of no camp",
        EVENTS,
        "  - name: events/harbour-handover\n    title: Handover of the camp at Harbour\n    kind: EVENT_KIND_HANDOVER\n    location:\n      place: places/harbour\n    camps:\n      - camps/harbour\n",
        "  - ⟦name: events/harbour-handover\n    title: Handover of the camp at Harbour\n    kind: EVENT_KIND_HANDOVER\n",
        "a handover of no camp",
        "count them in `handover.unnamed_camps`",
    ]),
    one([
        "a handover that is no handover",
        EVENTS,
        "    kind: EVENT_KIND_TROOP_MOVEMENT",
        "    kind: EVENT_KIND_TROOP_MOVEMENT\n    handover:\n      ⟦from_actor: actors/river-force",
        "`handover` on an event that is none",
        "EVENT_KIND_HANDOVER",
    ]),
    one([
        "at least more than at most",
        EVENTS,
        "        high: 2",
        "        high: ⟦1",
        "at least 2 and at most 1",
        "the least as `low`",
    ]),
    one([
        "a part confirmed without saying which",
        EVENTS,
        OBJECTION,
        "      - ⟦stance: STANCE_CONFIRMS_IN_PART\n        claimant: actors/marsh-front\n",
        "confirms a part without saying which",
        "say in `note`",
    ]),
    one([
        "a confirmation without a status",
        EVENTS,
        OBJECTION,
        "      - ⟦stance: STANCE_CONFIRMS\n        claimant: actors/marsh-front\n",
        "confirms without saying what",
        "say in `status` what it confirms",
    ]),
    one([
        "a preference for a mere objection",
        EVENTS,
        "        note: holds that the camps should be returned to it",
        "        preferred_reason: ⟦it is loud",
        "a preferred claim that does not say whether it happened",
        "with a `status`",
    ]),
    one([
        "an event that nobody says happened",
        EVENTS,
        "      - stance: STANCE_ASSERTS\n        status: EVENT_STATUS_EXPECTED\n",
        "      ⟦- stance: STANCE_ASSERTS\n",
        "no claim says whether `events/more-handovers` happened",
        "a `status`",
    ]),
    one([
        "an event without claims",
        EVENTS,
        "",
        "  - ⟦name: events/rumour\n    title: A rumour\n    kind: EVENT_KIND_ATTACK\n",
        "an event without `claims`",
        "write who says it",
    ]),
    one([
        "a claim that stands twice",
        EVENTS,
        "            quote: the marsh front says they should be returned to it\n",
        "            quote: the marsh front says they should be returned to it\n      - ⟦stance: STANCE_OBJECTS\n        claimant: actors/marsh-front\n        controller: actors/marsh-front\n        note: holds that the camps should be returned to it\n        citations:\n          - source: sources/marsh\n            quote: the marsh front says they should be returned to it\n",
        "a claim that stands twice",
        "the first stands at marsh/events.yaml:24:9",
    ]),
    one([
        "a link to itself",
        EVENTS,
        "        event: events/harbour-handover",
        "        event: ⟦events/more-handovers",
        "`events/more-handovers` is linked to itself",
        "name another event",
    ]),
    one([
        "actors that belong to each other",
        WORLD,
        "    kind: ACTOR_KIND_STATE\n",
        "    kind: ACTOR_KIND_STATE\n    affiliations:\n      ⟦- actor: actors/ada-loom\n        kind: AFFILIATION_KIND_PART_OF\n        citation:\n          source: sources/atlas\n",
        "`actors/marshland` belongs to itself: actors/marshland → actors/ada-loom → actors/marshland",
        "from the part to the whole",
    ]),
    one([
        "a tie without source",
        WORLD,
        "    kind: ACTOR_KIND_STATE\n",
        "    kind: ACTOR_KIND_STATE\n    affiliations:\n      - ⟦actor: actors/river-force\n        kind: AFFILIATION_KIND_ALLIED_WITH\n",
        "an affiliation without `citation`",
        "cite the source",
    ]),
    one([
        "a participant of no description",
        EVENTS,
        "      - role: PARTICIPANT_ROLE_INITIATOR\n        phrase: A convoy\n",
        "      - ⟦role: PARTICIPANT_ROLE_INITIATOR\n",
        "a participant says nothing",
        "`actor` or `phrase`",
    ]),
    one([
        "a participant that stands twice",
        EVENTS,
        "        phrase: A convoy\n",
        "        phrase: A convoy\n      - ⟦role: PARTICIPANT_ROLE_INITIATOR\n        phrase: A convoy\n",
        "a participant that stands twice",
        "keep one",
    ]),
    one([
        "a code that does not fit its fit",
        EVENTS,
        "    title: A convoy",
        "    codes:\n      - ⟦scheme: CODE_SCHEME_CAMEO\n        fit: FIT_EXACT\n    title: A convoy",
        "a code and its fit do not go together",
        "FIT_NONE",
    ]),
];

pub(super) fn all() -> impl Iterator<Item = &'static Mutation> {
    CITATIONS.iter().chain(COVERAGE).chain(FACTS)
}

#[test]
fn wrong_citations_are_told() {
    check_all(CITATIONS);
}

#[test]
fn sentences_left_over_are_told() {
    check_all(COVERAGE);
}

#[test]
fn wrong_events_and_claims_are_told() {
    check_all(FACTS);
}
