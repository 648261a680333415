//! ACLED → events: one a row of its export, with ACLED's claim.
//!
//! Rules are those of the ACLED codebook of 2023. Its data may not be passed on, so it is tested on rows of our own making.

use super::{
    Error, Importer, Options, Stop, countries,
    names::{made, push_slug},
    row::{Column, Layout, Row, flat, needed, optional},
    sink::Sink,
    time,
    whereabouts::{Gazetteer, Named},
};
use crate::{
    facts,
    model::{
        day::Day,
        name::{Collection, is_id},
    },
    pb::{
        self, ActorKind, CodeScheme, EventKind, EventStatus, Fit, LocationPrecision, ParticipantRole as Role,
        PlaceKind, Stance, seed::Header,
    },
};

const COLUMNS: &[Column] = &[
    needed(&["event_id_cnty"]),
    needed(&["event_date"]),
    needed(&["time_precision"]),
    needed(&["event_type"]),
    needed(&["sub_event_type"]),
    needed(&["actor1"]),
    optional(&["assoc_actor_1"]),
    needed(&["inter1"]),
    needed(&["actor2"]),
    optional(&["assoc_actor_2"]),
    needed(&["inter2"]),
    needed(&["iso"]),
    needed(&["country"]),
    needed(&["admin1"]),
    needed(&["admin2"]),
    needed(&["admin3"]),
    needed(&["location"]),
    needed(&["latitude"]),
    needed(&["longitude"]),
    needed(&["geo_precision"]),
    needed(&["source"]),
    needed(&["notes"]),
    needed(&["fatalities"]),
];
const ID: usize = 0;
const DATE: usize = 1;
const TIME_PRECISION: usize = 2;
const TYPE: usize = 3;
const SUB_TYPE: usize = 4;
const ACTOR_1: usize = 5;
const ASSOCIATED_1: usize = 6;
const INTER_1: usize = 7;
const ACTOR_2: usize = 8;
const ASSOCIATED_2: usize = 9;
const INTER_2: usize = 10;
const ISO: usize = 11;
const COUNTRY: usize = 12;
const ADMIN_1: usize = 13;
const ADMIN_2: usize = 14;
const ADMIN_3: usize = 15;
const LOCATION: usize = 16;
const LATITUDE: usize = 17;
const LONGITUDE: usize = 18;
const GEO_PRECISION: usize = 19;
const SOURCE: usize = 20;
const NOTES: usize = 21;
const FATALITIES: usize = 22;

/// The importer of an export.
pub(super) struct Acled {
    release: String,
    released: Option<Day>,
    gazetteer: Gazetteer,
}

impl Acled {
    /// An export has no version: the day on which it was made stands for it.
    pub(super) fn new(options: &Options) -> Result<Acled, Error> {
        let day = options.released.map(|day| day.to_string());
        let release = options.release.clone().or(day).filter(|release| is_id(release)).ok_or_else(|| {
            Error::Release(
                "an ACLED export does not say of when it is; say --released and the day of the export".to_owned(),
            )
        })?;
        let gazetteer = Gazetteer { prefix: "acled", source: format!("sources/acled-{release}") };
        Ok(Acled { release, released: options.released, gazetteer })
    }

    fn claim(&self, row: &Row<'_>) -> Result<pb::Claim, String> {
        let at =
            |locator: String| pb::Citation { source: self.gazetteer.source.clone(), locator, ..Default::default() };
        let mut citations = vec![at(format!("event_id_cnty {}", row.some(ID)?))];
        for source in row.text(SOURCE)?.split(';').map(flat) {
            if !source.is_empty() && citations.iter().all(|citation| citation.locator != source) {
                citations.push(at(source));
            }
        }
        // Zero stands for no report of a death as well as for a report of none, so it says nothing.
        let best = row.number(FATALITIES)?.filter(|deaths| *deaths > 0);
        Ok(pb::Claim {
            stance: Stance::Asserts.into(),
            status: EventStatus::Occurred.into(),
            time: Some(span(row)?),
            casualties: best.map(|best| pb::Casualties { best: Some(best), ..Default::default() }),
            note: flat(row.text(NOTES)?),
            citations,
            ..Default::default()
        })
    }

    fn participants(&self, row: &Row<'_>, roles: (Role, Role), sink: &mut Sink) -> Result<Vec<pb::Participant>, Stop> {
        let mut participants: Vec<pb::Participant> = Vec::new();
        let sides = [(ACTOR_1, ASSOCIATED_1, INTER_1, roles.0), (ACTOR_2, ASSOCIATED_2, INTER_2, roles.1)];
        for (main, associated, inter, role) in sides {
            let inter = row.text(inter).map_err(Stop::Bad)?;
            let main = row.text(main).map_err(Stop::Bad)?;
            let all = [main].into_iter().chain(row.text(associated).map_err(Stop::Bad)?.split(';'));
            for (at, text) in all.enumerate() {
                let text = flat(text);
                if text.is_empty() {
                    continue;
                }
                let name = made(Collection::Actors, "acled", &text, &[]);
                // `inter` is said of the main actor only.
                let kind = actor_kind(&text, if at == 0 { inter } else { "" });
                sink.actor(&name, || pb::Actor {
                    name: name.clone(),
                    display_name: text,
                    kind: kind.into(),
                    citations: vec![self.gazetteer.citation()],
                    ..Default::default()
                })?;
                let role = if role == Role::Target && kind == ActorKind::Civilians { Role::Victim } else { role };
                let participant = pb::Participant { actor: name, role: role.into(), phrase: String::new() };
                if !participants.contains(&participant) {
                    participants.push(participant);
                }
            }
        }
        Ok(participants)
    }

    fn location(&self, row: &Row<'_>, sink: &mut Sink) -> Result<pb::Location, Stop> {
        let text = |column| row.text(column).map(flat).map_err(Stop::Bad);
        let bad = Stop::Bad;
        let (first, second, third, here) = (text(ADMIN_1)?, text(ADMIN_2)?, text(ADMIN_3)?, text(LOCATION)?);
        let point = row.point(LATITUDE, LONGITUDE).map_err(bad)?;
        let precision = match row.some(GEO_PRECISION).map_err(bad)? {
            "1" => LocationPrecision::Settlement,
            "2" => LocationPrecision::NearSettlement,
            "3" => LocationPrecision::Region,
            other => return Err(Stop::Bad(row.wrong(GEO_PRECISION, other, "none of 1 to 3"))),
        };
        let mut parent = self.country(row, sink)?;
        let mut region = None;
        for (kind, text) in [(PlaceKind::Region, &first), (PlaceKind::District, &second), (PlaceKind::District, &third)]
        {
            if !text.is_empty() {
                parent = self.gazetteer.place(Named { kind, text, parent: &parent, point: None }, sink)?;
            }
            region.get_or_insert_with(|| parent.clone());
        }
        if precision == LocationPrecision::Region {
            return Ok(self.gazetteer.location(region.unwrap_or(parent), precision, point, here));
        }
        if here.is_empty() {
            return Err(Stop::Bad("`location` is empty".to_owned()));
        }
        let named = Named { kind: PlaceKind::Settlement, text: &here, parent: &parent, point };
        Ok(self.gazetteer.location(self.gazetteer.place(named, sink)?, precision, None, String::new()))
    }

    fn country(&self, row: &Row<'_>, sink: &mut Sink) -> Result<String, Stop> {
        let number = row.number(ISO).map_err(Stop::Bad)?.ok_or_else(|| Stop::Bad("`iso` is empty".to_owned()))?;
        let text = flat(row.some(COUNTRY).map_err(Stop::Bad)?);
        let Some(code) = countries::of_numeric(number) else {
            // Kosovo, for one, has a number that ISO does not give.
            sink.flag(&format!("iso {number} stands for no country of ISO 3166-1"));
            let named = Named { kind: PlaceKind::Country, text: &text, parent: "", point: None };
            return Ok(self.gazetteer.place(named, sink)?);
        };
        Ok(self.gazetteer.country(code, &text, sink)?)
    }
}

impl Importer for Acled {
    fn header(&self) -> Header {
        Header {
            layer: format!("acled-{}", self.release),
            title: format!("ACLED, export of {}", self.release),
            citation: "Armed Conflict Location & Event Data (ACLED), www.acleddata.com".to_owned(),
            release_date: self.released.map(Day::to_field).unwrap_or_default(),
            ..Default::default()
        }
    }

    fn layout(&self) -> Layout {
        Layout { delimiter: b',', quoted: true, columns: COLUMNS, headless: &[] }
    }

    fn begin(&mut self, sink: &mut Sink) -> Result<(), facts::Error> {
        sink.source(&self.gazetteer.source, || pb::Source {
            name: self.gazetteer.source.clone(),
            title: format!("ACLED, export of {}", self.release),
            publisher: "Armed Conflict Location & Event Data (ACLED)".to_owned(),
            published_date: self.released.map(Day::to_field).unwrap_or_default(),
            uri: "https://acleddata.com".to_owned(),
            language: "en".to_owned(),
            ..Default::default()
        })
    }

    fn row(&mut self, row: &Row<'_>, sink: &mut Sink) -> Result<(), Stop> {
        let bad = Stop::Bad;
        let id = row.some(ID).map_err(bad)?;
        let mut name = "events/acled-".to_owned();
        push_slug(&mut name, id);
        if name.ends_with('-') {
            return Err(Stop::Bad(row.wrong(ID, id, "without a letter or digit")));
        }
        sink.once(row, ID, &name)?;
        let (sub, kind_text) = (row.some(SUB_TYPE).map_err(bad)?, row.some(TYPE).map_err(bad)?);
        let (kind, fit, roles) = kind(sub, kind_text).ok_or_else(|| {
            Stop::Bad(format!("`{kind_text}: {sub}` is no type of the ACLED codebook that is known here"))
        })?;
        let claim = self.claim(row).map_err(bad)?;
        let title = title(row, sub).map_err(bad)?;
        let location = self.location(row, sink)?;
        let participants = self.participants(row, roles, sink)?;
        let code = pb::Code { scheme: CodeScheme::Acled.into(), code: sub.to_owned(), fit: fit.into() };
        sink.event(pb::Event {
            name,
            title,
            kind: kind.into(),
            location: Some(location),
            participants,
            claims: vec![claim],
            codes: vec![code],
            ..Default::default()
        })?;
        Ok(())
    }
}

fn title(row: &Row<'_>, sub: &str) -> Result<String, String> {
    let sides = [row.text(ACTOR_1)?, row.text(ACTOR_2)?].map(flat);
    let sides: Vec<&str> = sides.iter().map(String::as_str).filter(|side| !side.is_empty()).collect();
    Ok(format!("{sub}: {}, {}", sides.join(" - "), flat(row.text(LOCATION)?)))
}

/// `event_date`, within a week of it, or within its month.
fn span(row: &Row<'_>) -> Result<pb::TimeSpan, String> {
    let text = row.some(DATE)?;
    let day = time::day(text).or_else(|| time::spelt(text));
    let day = day.ok_or_else(|| row.wrong(DATE, text, "no day like 2003-10-07 or 07 October 2003"))?;
    let edtf = match row.some(TIME_PRECISION)? {
        "1" => day.to_string(),
        // The day is the middle of the week.
        "2" => time::within(day.plus(-3), day.plus(3)),
        "3" => day.to_string().chars().take(7).collect(),
        other => return Err(row.wrong(TIME_PRECISION, other, "none of 1 to 3")),
    };
    Ok(pb::TimeSpan { edtf, ..Default::default() })
}

/// What a sub-event type means: its kind, how the type relates to that, and what the first and the second actor do in it.
fn kind(sub: &str, of: &str) -> Option<(EventKind, Fit, (Role, Role))> {
    let both = (Role::Party, Role::Party);
    let against = (Role::Initiator, Role::Target);
    let victims = (Role::Initiator, Role::Victim);
    Some(match (of, sub) {
        ("Battles", "Armed clash") => (EventKind::Clash, Fit::Exact, both),
        ("Battles", "Government regains territory" | "Non-state actor overtakes territory") => {
            (EventKind::Taking, Fit::Narrower, both)
        }
        ("Explosions/Remote violence", sub) => match sub {
            "Air/drone strike" => (EventKind::AirStrike, Fit::Exact, against),
            "Shelling/artillery/missile attack" => (EventKind::Shelling, Fit::Exact, against),
            "Remote explosive/landmine/IED" => (EventKind::ExplosiveDevice, Fit::Exact, against),
            "Suicide bomb" => (EventKind::SuicideBombing, Fit::Exact, against),
            "Chemical weapon" | "Grenade" => (EventKind::RemoteViolence, Fit::Narrower, against),
            _ => return None,
        },
        ("Violence against civilians", "Attack") => (EventKind::KillingOfCivilians, Fit::Broader, victims),
        ("Violence against civilians", "Abduction/forced disappearance") => (EventKind::Abduction, Fit::Exact, victims),
        ("Violence against civilians", "Sexual violence") => (EventKind::SexualViolence, Fit::Exact, victims),
        ("Protests", "Peaceful protest" | "Protest with intervention") => (EventKind::Protest, Fit::Narrower, against),
        ("Protests", "Excessive force against protesters") => (EventKind::Unrest, Fit::Narrower, both),
        ("Riots", "Violent demonstration" | "Mob violence") => (EventKind::Riot, Fit::Narrower, against),
        ("Strategic developments", sub) => match sub {
            "Agreement" => (EventKind::Agreement, Fit::Exact, (Role::Signatory, Role::Signatory)),
            "Arrests" => (EventKind::Arrest, Fit::Exact, against),
            "Change to group/activity" => (EventKind::GroupChange, Fit::Exact, both),
            "Disrupted weapons use" => (EventKind::WeaponsSeized, Fit::Exact, against),
            "Headquarters or base established" => (EventKind::Deployment, Fit::Narrower, both),
            "Looting/property destruction" => (EventKind::PropertyDestruction, Fit::Exact, against),
            // A handover names its camp; a transfer of territory has none.
            "Non-violent transfer of territory" => (EventKind::ForcePosture, Fit::Narrower, both),
            "Other" => (EventKind::Other, Fit::Broader, both),
            _ => return None,
        },
        _ => return None,
    })
}

/// What an actor is, by its name where that says it, else by its `inter` code, a number or, in later exports, words.
fn actor_kind(text: &str, inter: &str) -> ActorKind {
    let starts = |prefixes: &[&str]| prefixes.iter().any(|prefix| text.starts_with(prefix));
    if starts(&["Civilians ("]) {
        ActorKind::Civilians
    } else if starts(&["Military Forces of ", "Police Forces of "]) {
        ActorKind::StateForces
    } else if starts(&["Government of "]) {
        ActorKind::Government
    } else if starts(&["Protesters (", "Rioters (", "Unidentified "]) {
        ActorKind::Collective
    } else {
        match inter.to_ascii_lowercase().as_str() {
            "1" | "state forces" => ActorKind::StateForces,
            "2" | "3" | "4" | "rebel group" | "political militia" | "identity militia" => ActorKind::ArmedGroup,
            "5" | "6" | "rioters" | "protesters" => ActorKind::Collective,
            "7" | "civilians" => ActorKind::Civilians,
            _ => ActorKind::Organisation,
        }
    }
}
