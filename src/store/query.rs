//! Questions in plain types: what the contract's requests mean, after parsing.

use crate::{
    model::{area::Area, day::Day, sphere::Point},
    pb,
};

/// Which events. Values of one field are alternatives, fields must all hold; empty fields hold for all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EventQuery {
    /// Kinds; a group takes in the kinds inside.
    pub kinds: Vec<pb::EventKind>,
    /// Derived statuses.
    pub statuses: Vec<pb::EventStatus>,
    /// Names of actors, of which one takes part, with what is below them.
    pub actors: Vec<String>,
    /// Names of actors that each take part, with what is below them.
    pub all_actors: Vec<String>,
    /// Roles of a participant; with `actors`, of one of those.
    pub roles: Vec<pb::ParticipantRole>,
    /// Names of places, with what lies inside.
    pub places: Vec<String>,
    /// Names of camps.
    pub camps: Vec<String>,
    /// Names of claimants of a claim.
    pub claimants: Vec<String>,
    /// Names of sources of a claim: of the same claim, if claimants are given.
    pub sources: Vec<String>,
    /// ISO 3166-1 alpha-2.
    pub country_code: Option<String>,
    /// The window of days, inclusive, if one is asked for; open sides are `Day::MIN` and `Day::MAX`.
    pub window: Option<(Day, Day)>,
    /// The area.
    pub area: Option<Area>,
    /// Whether window, area and radius must match for certain rather than possibly.
    pub certain: bool,
    /// Words that all stand in it, the last as a prefix.
    pub text: Option<String>,
    /// Only contested or only uncontested ones.
    pub contested: Option<bool>,
    /// The least corroboration.
    pub min_corroboration: Option<pb::Corroboration>,
    /// As known on this day; absent: as known now.
    pub as_of: Option<Day>,
}

impl EventQuery {
    /// Whether it holds for every event that is known on its day.
    pub fn takes_all(&self) -> bool {
        let EventQuery { certain, as_of, .. } = *self;
        *self == EventQuery { certain, as_of, ..Default::default() }
    }
}

impl EventQuery {
    /// Whether places or actors beside an event decide if it is taken: those that lie above its own.
    pub fn follows_trees(&self) -> bool {
        let EventQuery { actors, all_actors, places, country_code, .. } = self;
        !(actors.is_empty() && all_actors.is_empty() && places.is_empty()) || country_code.is_some()
    }
}

/// The order of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By first day (else last), last day, name; undated ones last, by name.
    OldestFirst,
    /// The reverse; undated ones last all the same, by name.
    NewestFirst,
}

/// A part of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageOf {
    /// Where the page before ended; absent on the first.
    pub after: Option<Position>,
    /// How many at most.
    pub size: usize,
}

/// Where an entry stands in its list. Only the list that made it can read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// A row, a group, or the bits of a distance.
    pub major: u64,
    /// An entry inside a row, or a row at a distance.
    pub minor: u32,
}

/// A search around a point.
#[derive(Debug, Clone, PartialEq)]
pub struct NearQuery {
    /// Around what.
    pub origin: Origin,
    /// How far in metres; absent: simply the nearest.
    pub radius: Option<f64>,
    /// Leaves out events less exactly placed, in metres.
    pub max_uncertainty: Option<f64>,
}

/// What to search around.
#[derive(Debug, Clone, PartialEq)]
pub enum Origin {
    /// A point.
    Point(Point),
    /// A place, by name.
    Place(String),
    /// A camp, by name.
    Camp(String),
    /// An event, by name: not its own neighbour.
    Event(String),
}

/// A count.
#[derive(Debug, Clone, Default)]
pub struct CountQuery {
    /// By what: at most two.
    pub group_by: Vec<pb::CountDimension>,
}

/// Which claims of the events.
#[derive(Debug, Clone, Default)]
pub struct ClaimQuery {
    /// Names of claimants.
    pub claimants: Vec<String>,
    /// Names of sources.
    pub sources: Vec<String>,
    /// Stances.
    pub stances: Vec<pb::Stance>,
    /// When they were stated, inclusive, if asked for.
    pub stated: Option<(Day, Day)>,
}

/// Which entities.
#[derive(Debug, Clone)]
pub enum EntityQuery {
    /// Places of these kinds, inside a place, in a country.
    Places {
        /// Kinds; empty: all.
        kinds: Vec<pb::PlaceKind>,
        /// The place they lie in.
        within: Option<String>,
        /// ISO 3166-1 alpha-2.
        country_code: Option<String>,
    },
    /// Actors of these kinds, below an actor, of a country.
    Actors {
        /// Kinds; empty: all.
        kinds: Vec<pb::ActorKind>,
        /// The actor they belong to.
        within: Option<String>,
        /// ISO 3166-1 alpha-2.
        country_code: Option<String>,
    },
    /// Camps inside a place, as known on a day.
    Camps {
        /// The place they lie in.
        within: Option<String>,
        /// The day; absent: now.
        as_of: Option<Day>,
    },
    /// Sources, without their texts.
    Sources,
}

/// What words may mean.
#[derive(Debug, Clone)]
pub struct ResolveQuery {
    /// The words.
    pub names: Vec<String>,
    /// Among which resources; empty: all.
    pub kinds: Vec<pb::ResourceKind>,
    /// How many candidates for each.
    pub limit: usize,
}
