//! GDELT events → events: one a row, with the claim of GDELT on the day on which it added the row.
//!
//! Rules are those of the GDELT event codebook (versions 1.03 and 2.0) and the CAMEO manual (1.1b3). The files have no header:
//! 57 columns in the first years, 58 with the address of an article, 61 in version 2.

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
    pb::{self, CodeScheme, EventStatus, LocationPrecision, ParticipantRole, PlaceKind, Stance, seed::Header},
};

mod cameo;

const COLUMNS: &[Column] = &[
    needed(&["GLOBALEVENTID"]),
    needed(&["SQLDATE"]),
    needed(&["Actor1Code"]),
    needed(&["Actor1Name"]),
    needed(&["Actor2Code"]),
    needed(&["Actor2Name"]),
    needed(&["EventCode"]),
    needed(&["ActionGeo_Type"]),
    needed(&["ActionGeo_FullName"]),
    needed(&["ActionGeo_CountryCode"]),
    needed(&["ActionGeo_Lat"]),
    needed(&["ActionGeo_Long"]),
    needed(&["DATEADDED"]),
    optional(&["SOURCEURL"]),
];
const ID: usize = 0;
const DATE: usize = 1;
const ACTOR_1: usize = 2;
const ACTOR_1_NAME: usize = 3;
const ACTOR_2: usize = 4;
const ACTOR_2_NAME: usize = 5;
const EVENT_CODE: usize = 6;
const GEO_TYPE: usize = 7;
const GEO_NAME: usize = 8;
const GEO_COUNTRY: usize = 9;
const LATITUDE: usize = 10;
const LONGITUDE: usize = 11;
const ADDED: usize = 12;
const URL: usize = 13;

/// Where the columns stand in version 1, with and without the last, and in version 2, whose geographies have one more.
const FIRST: &[Option<usize>] = &at(49, 56, None);
const FIRST_WITH_URL: &[Option<usize>] = &at(49, 56, Some(57));
const SECOND: &[Option<usize>] = &at(51, 59, Some(60));

const fn at(geo: usize, added: usize, url: Option<usize>) -> [Option<usize>; 14] {
    // The second-order code stands before the coordinates in version 2.
    let point = if added == 59 { geo + 5 } else { geo + 4 };
    [
        Some(0),
        Some(1),
        Some(5),
        Some(6),
        Some(15),
        Some(16),
        Some(26),
        Some(geo),
        Some(geo + 1),
        Some(geo + 2),
        Some(point),
        Some(point + 1),
        Some(added),
        url,
    ]
}

/// The importer of files of GDELT.
pub(super) struct Gdelt {
    layer: String,
    /// The source of the last row: its version and day. Most rows of a file have the same.
    gazetteer: Gazetteer,
    of: Option<(u8, Day)>,
}

impl Gdelt {
    pub(super) fn new(options: &Options) -> Result<Gdelt, Error> {
        let layer = options.release.as_ref().map_or("gdelt".to_owned(), |release| format!("gdelt-{release}"));
        if !is_id(&layer) {
            return Err(Error::Release(format!("`{layer}` is no name of a data set; write the release in kebab-case")));
        }
        Ok(Gdelt { layer, gazetteer: Gazetteer { prefix: "gdelt", source: String::new() }, of: None })
    }

    /// The source of the day on which a row was added: it is known from then on.
    fn source(&mut self, row: &Row<'_>, sink: &mut Sink) -> Result<Day, Stop> {
        let text = row.some(ADDED).map_err(Stop::Bad)?;
        let day = time::compact(text).ok_or_else(|| Stop::Bad(row.wrong(ADDED, text, "no day like 20031007")))?;
        let version = if row.width() > 58 { 2 } else { 1 };
        if self.of != Some((version, day)) {
            self.gazetteer.source = format!("sources/gdelt-{version}-{day}");
            self.of = Some((version, day));
        }
        let name = &self.gazetteer.source;
        sink.source(name, || pb::Source {
            name: name.clone(),
            title: format!("GDELT {version}.0 Event Database, events added on {day}"),
            publisher: "The GDELT Project".to_owned(),
            published_date: day.to_string(),
            uri: "https://www.gdeltproject.org/".to_owned(),
            language: "en".to_owned(),
            ..Default::default()
        })?;
        Ok(day)
    }

    fn claim(&self, row: &Row<'_>, added: Day) -> Result<pb::Claim, String> {
        let text = row.some(DATE)?;
        let day = time::compact(text).ok_or_else(|| row.wrong(DATE, text, "no day like 20031007"))?;
        if day > added {
            return Err(format!("`SQLDATE` {day} is after `DATEADDED` {added}"));
        }
        let at =
            |locator: String| pb::Citation { source: self.gazetteer.source.clone(), locator, ..Default::default() };
        let mut citations = vec![at(format!("GLOBALEVENTID {}", row.some(ID)?))];
        citations.extend(Some(row.text(URL)?).filter(|url| !url.is_empty()).map(|url| at(flat(url))));
        Ok(pb::Claim {
            stance: Stance::Asserts.into(),
            status: EventStatus::Occurred.into(),
            time: Some(pb::TimeSpan { edtf: day.to_string(), ..Default::default() }),
            note: "Coded by machine.".to_owned(),
            citations,
            ..Default::default()
        })
    }

    fn participant(
        &self,
        row: &Row<'_>,
        (code, name): (usize, usize),
        role: ParticipantRole,
        sink: &mut Sink,
    ) -> Result<Option<pb::Participant>, Stop> {
        let (code, phrase) = (row.text(code).map_err(Stop::Bad)?, flat(row.text(name).map_err(Stop::Bad)?));
        if code.is_empty() {
            let phrased = pb::Participant { actor: String::new(), role: role.into(), phrase };
            return Ok(Some(phrased).filter(|participant| !participant.phrase.is_empty()));
        }
        let mut actor = "actors/gdelt-".to_owned();
        push_slug(&mut actor, code);
        if Collection::Actors.id(&actor).is_none() {
            actor = made(Collection::Actors, "gdelt", code, &[]);
        }
        sink.actor(&actor, || pb::Actor {
            name: actor.clone(),
            display_name: code.to_owned(),
            kind: cameo::actor_kind(code).into(),
            external_ids: vec![pb::ExternalId { scheme: "cameo-actor".to_owned(), id: code.to_owned() }],
            citations: vec![self.gazetteer.citation()],
            ..Default::default()
        })?;
        Ok(Some(pb::Participant { actor, role: role.into(), phrase }))
    }

    fn location(&self, row: &Row<'_>, sink: &mut Sink) -> Result<Option<pb::Location>, Stop> {
        let bad = Stop::Bad;
        let kind = match row.text(GEO_TYPE).map_err(bad)? {
            "" | "0" => return Ok(None),
            "1" => PlaceKind::Country,
            "2" | "5" => PlaceKind::Region,
            "3" | "4" => PlaceKind::Settlement,
            other => return Err(Stop::Bad(row.wrong(GEO_TYPE, other, "none of 0 to 5"))),
        };
        let text = flat(row.some(GEO_NAME).map_err(bad)?);
        let fips = row.text(GEO_COUNTRY).map_err(bad)?;
        let point = row.point(LATITUDE, LONGITUDE).map_err(bad)?;
        if kind == PlaceKind::Country {
            let country = match countries::of_fips(fips) {
                Some(iso) => self.gazetteer.country(iso, &text, sink)?,
                None => self.unknown(fips, &text, sink)?,
            };
            return Ok(Some(self.gazetteer.location(country, LocationPrecision::Country, point, String::new())));
        }
        // "Town, Region, Country": what follows the last comma is what GDELT calls the country.
        let shown = text.rsplit(", ").next().unwrap_or(&text);
        let parent = match countries::of_fips(fips) {
            Some(iso) => self.gazetteer.country(iso, shown, sink)?,
            None => self.unknown(fips, shown, sink)?,
        };
        let place = self.gazetteer.place(Named { kind, text: &text, parent: &parent, point }, sink)?;
        let precision =
            if kind == PlaceKind::Region { LocationPrecision::Region } else { LocationPrecision::Settlement };
        Ok(Some(self.gazetteer.location(place, precision, None, String::new())))
    }

    /// A country whose code stands for none of ISO 3166-1.
    fn unknown(&self, fips: &str, text: &str, sink: &mut Sink) -> Result<String, Stop> {
        sink.flag(&format!("ActionGeo_CountryCode {fips} stands for no country of ISO 3166-1"));
        let named = Named { kind: PlaceKind::Country, text, parent: "", point: None };
        Ok(self.gazetteer.place(named, sink)?)
    }
}

impl Importer for Gdelt {
    fn header(&self) -> Header {
        Header {
            layer: self.layer.clone(),
            title: "GDELT Event Database".to_owned(),
            citation: "The GDELT Project, https://www.gdeltproject.org".to_owned(),
            ..Default::default()
        }
    }

    fn layout(&self) -> Layout {
        let headless = &[(57, FIRST), (58, FIRST_WITH_URL), (61, SECOND)];
        Layout { delimiter: b'\t', quoted: false, columns: COLUMNS, headless }
    }

    fn begin(&mut self, _: &mut Sink) -> Result<(), facts::Error> {
        Ok(())
    }

    fn row(&mut self, row: &Row<'_>, sink: &mut Sink) -> Result<(), Stop> {
        let bad = Stop::Bad;
        let name = format!("events/gdelt-{}", row.id(ID).map_err(bad)?);
        sink.once(row, ID, &name)?;
        let code = row.some(EVENT_CODE).map_err(bad)?;
        let (kind, fit) = cameo::kind(code).ok_or_else(|| Stop::Bad(row.wrong(EVENT_CODE, code, "no CAMEO code")))?;
        let added = self.source(row, sink)?;
        let claim = self.claim(row, added).map_err(bad)?;
        let location = self.location(row, sink)?;
        let mut participants = Vec::new();
        for (columns, role) in
            [((ACTOR_1, ACTOR_1_NAME), ParticipantRole::Initiator), ((ACTOR_2, ACTOR_2_NAME), ParticipantRole::Target)]
        {
            participants.extend(self.participant(row, columns, role, sink)?);
        }
        let title = title(row, code).map_err(bad)?;
        let code = pb::Code { scheme: CodeScheme::Cameo.into(), code: code.to_owned(), fit: fit.into() };
        sink.event(pb::Event {
            name,
            title,
            kind: kind.into(),
            location,
            participants,
            claims: vec![claim],
            codes: vec![code],
            ..Default::default()
        })?;
        Ok(())
    }
}

fn title(row: &Row<'_>, code: &str) -> Result<String, String> {
    let mut title = format!("CAMEO {code}");
    let parts = [(": ", ACTOR_1_NAME), (" to ", ACTOR_2_NAME), (", ", GEO_NAME)];
    for (join, column) in parts {
        let text = row.text(column)?;
        if !text.is_empty() {
            title.push_str(join);
            title.push_str(&flat(text));
        }
    }
    Ok(title)
}
