//! GeoNames dumps → places with their other names.
//!
//! The layout is that of the dump's readme: 19 columns, tabs between them, no header and no quotes. Divisions stand anywhere in
//! a dump, so it is read twice: first for them, of which there are few, then for all rows. A pipe can't be.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::{
    Error, Importer, Options, STEP, Stop,
    ids::Ids,
    input,
    row::{Column, Columns, Layout, Row, flat, needed},
    rows::Rows,
    sink::Sink,
};
use crate::{
    facts,
    model::{day::Day, name::is_id, sphere::Point},
    pb::{self, PlaceKind, seed::Header},
};

const COLUMNS: &[Column] = &[
    needed(&["geonameid"]),
    needed(&["name"]),
    needed(&["asciiname"]),
    needed(&["alternatenames"]),
    needed(&["latitude"]),
    needed(&["longitude"]),
    needed(&["feature class"]),
    needed(&["feature code"]),
    needed(&["country code"]),
    needed(&["cc2"]),
    needed(&["admin1 code"]),
    needed(&["admin2 code"]),
    needed(&["modification date"]),
];
const ID: usize = 0;
const NAME: usize = 1;
const ASCII: usize = 2;
const ALIASES: usize = 3;
const LATITUDE: usize = 4;
const LONGITUDE: usize = 5;
const CLASS: usize = 6;
const CODE: usize = 7;
const COUNTRY: usize = 8;
const OTHER_COUNTRIES: usize = 9;
const ADMIN_1: usize = 10;
const ADMIN_2: usize = 11;
const MODIFIED: usize = 12;
/// Where these stand in a row of a dump.
const PLACES: &[Option<usize>] = &[
    Some(0),
    Some(1),
    Some(2),
    Some(3),
    Some(4),
    Some(5),
    Some(6),
    Some(7),
    Some(8),
    Some(9),
    Some(10),
    Some(11),
    Some(18),
];

/// A country or a division, by the codes of country, first and second order; empty where it is larger than that.
type Codes = (String, String, String);

/// A country or a division, to be written when all that lies in it was seen.
struct Division {
    place: pb::Place,
    center: Point,
    /// The distance to the farthest point of what lies in it, in metres.
    radius: f64,
    /// Whether its own row was read again.
    read: bool,
}

/// The first reading of all files.
struct Survey<'a> {
    ids: Ids,
    /// The newest change of a row.
    newest: String,
    /// Bytes of the files before this one.
    before: u64,
    rows: u64,
    progress: &'a mut dyn FnMut(u64, u64),
}

/// The importer of a dump.
pub(super) struct Geonames {
    release: String,
    released: Option<Day>,
    source: String,
    divisions: HashMap<Codes, Division>,
}

impl Geonames {
    /// Reads the divisions of all files, and says how many bytes and rows of them it has read. The release is the newest change
    /// of a row if nothing else is said.
    pub(super) fn new(
        files: &[PathBuf],
        options: &Options,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Geonames, Error> {
        let mut geonames = Geonames {
            release: String::new(),
            released: options.released,
            source: String::new(),
            divisions: HashMap::new(),
        };
        let mut survey = Survey { ids: Ids::default(), newest: String::new(), before: 0, rows: 0, progress };
        for file in files {
            geonames.survey(file, &mut survey).map_err(|reason| Error::Input { file: file.clone(), reason })?;
        }
        geonames.release = options.release.clone().unwrap_or(survey.newest);
        if !is_id(&geonames.release) {
            let text = format!("`{}` is no release of GeoNames; write it like --release 2023-10-22", geonames.release);
            return Err(Error::Release(text));
        }
        geonames.source = format!("sources/geonames-{}", geonames.release);
        let source = geonames.source.clone();
        let citations = geonames.divisions.values_mut().flat_map(|division| &mut division.place.citations);
        citations.for_each(|citation| citation.source.clone_from(&source));
        Ok(geonames)
    }

    /// Notes the divisions of a file. Rows that cannot be read are told when they are read again.
    fn survey(&mut self, file: &Path, survey: &mut Survey<'_>) -> Result<(), String> {
        if file.metadata().is_ok_and(|found| !found.is_file() && !found.is_dir()) {
            return Err("a pipe can be read once, and a dump is read twice; save it to a file".to_owned());
        }
        let layout = layout();
        let opened = input::open(file).map_err(|error| super::unopened(&error))?;
        let mut rows = Rows::new(&layout, opened.input).map_err(|error| super::unopened(&error))?;
        let columns = Columns::bind(&layout, &mut rows)?;
        while let Some(record) = rows.next()? {
            survey.rows += 1;
            if survey.rows.is_multiple_of(STEP) {
                (survey.progress)(survey.before + opened.read.get(), survey.rows);
            }
            if let Ok(row) = columns.row(record) {
                self.division(&row, survey);
            }
        }
        survey.before += opened.read.get();
        (survey.progress)(survey.before, survey.rows);
        Ok(())
    }

    /// Notes a row if it is a division.
    fn division(&mut self, row: &Row<'_>, survey: &mut Survey<'_>) {
        let modified = row.text(MODIFIED).unwrap_or_default();
        if modified > survey.newest.as_str() {
            modified.clone_into(&mut survey.newest);
        }
        // Of two rows with one id the first counts.
        let Ok(id) = row.id(ID) else { return };
        if survey.ids.has(id) {
            return;
        }
        survey.ids.add(id);
        if !is_division(row).is_ok_and(|division| division) {
            return;
        }
        let (Ok(codes), Ok(place)) = (own_codes(row), self.place(row)) else { return };
        let Some(Ok(center)) = place.point.as_ref().map(Point::try_from) else { return };
        self.divisions.entry(codes).or_insert(Division { place, center, radius: 0.0, read: false });
    }

    fn place(&self, row: &Row<'_>) -> Result<pb::Place, String> {
        let id = row.id(ID)?;
        let (class, code, country) = (row.text(CLASS)?, row.text(CODE)?, row.text(COUNTRY)?);
        if !(country.is_empty() || is_country_code(country)) {
            return Err(row.wrong(COUNTRY, country, "no country code of two capital letters"));
        }
        let shown = flat(row.some(NAME)?);
        let mut aliases: Vec<String> = Vec::new();
        for alias in row.text(ALIASES)?.split(',').chain([row.text(ASCII)?]) {
            let alias = flat(alias);
            if !alias.is_empty() && alias != shown && !aliases.contains(&alias) {
                aliases.push(alias);
            }
        }
        let external = |scheme: &str, id: &str| pb::ExternalId { scheme: scheme.to_owned(), id: id.to_owned() };
        let mut external_ids = vec![external("geonames", id)];
        // Only an independent state has its country's code to itself: the code of a dependency may stand on several rows.
        external_ids.extend((code == "PCLI" && !country.is_empty()).then(|| external("iso3166-1", country)));
        let point = row.point(LATITUDE, LONGITUDE)?.ok_or("`latitude` is empty")?;
        let citation = pb::Citation { source: self.source.clone(), locator: id.to_owned(), ..Default::default() };
        Ok(pb::Place {
            name: format!("places/geonames-{id}"),
            display_name: shown,
            kind: kind(class, code).into(),
            description: format!("GeoNames feature class {class}, code {code}"),
            point: Some(point),
            country_code: country.to_owned(),
            aliases,
            external_ids,
            citations: vec![citation],
            ..Default::default()
        })
    }

    /// The name of the smallest division that a row lies in, whose circles, and those of the larger ones, grow to take it in.
    fn parent(&mut self, row: &Row<'_>, place: &pb::Place) -> Result<String, String> {
        // What several countries share, such as a river, lies in none of them.
        if !row.text(OTHER_COUNTRIES)?.is_empty() {
            return Ok(String::new());
        }
        let Some(Ok(point)) = place.point.as_ref().map(Point::try_from) else { return Ok(String::new()) };
        let codes = own_codes(row)?;
        let text = |column| row.text(column).map(str::to_owned);
        let (country, first, second) = (text(COUNTRY)?, text(ADMIN_1)?, text(ADMIN_2)?);
        let around = [
            (country.clone(), first.clone(), second),
            (country.clone(), first, String::new()),
            (country, String::new(), String::new()),
        ];
        let mut parent = String::new();
        for (at, within) in around.into_iter().enumerate() {
            // A row without a code lies in the next larger division.
            if at < 2 && (within.1.is_empty() || at == 0 && within.2.is_empty()) {
                continue;
            }
            let Some(division) = self.divisions.get_mut(&within) else { continue };
            if division.place.name == place.name || within == codes && is_division(row)? {
                continue;
            }
            division.radius = division.radius.max(division.center.distance(&point));
            if parent.is_empty() {
                parent.clone_from(&division.place.name);
            }
        }
        Ok(parent)
    }
}

impl Importer for Geonames {
    fn header(&self) -> Header {
        Header {
            layer: format!("geonames-{}", self.release),
            title: format!("GeoNames dump, rows up to {}", self.release),
            license: "CC-BY-4.0".to_owned(),
            citation: "GeoNames, https://www.geonames.org".to_owned(),
            release_date: self.released.map(Day::to_field).unwrap_or_default(),
        }
    }

    fn layout(&self) -> Layout {
        layout()
    }

    fn begin(&mut self, sink: &mut Sink) -> Result<(), facts::Error> {
        sink.source(&self.source, || pb::Source {
            name: self.source.clone(),
            title: format!("GeoNames dump, rows up to {}", self.release),
            publisher: "GeoNames".to_owned(),
            published_date: self.released.map(Day::to_field).unwrap_or_default(),
            uri: "https://download.geonames.org/export/dump/".to_owned(),
            license: "CC-BY-4.0".to_owned(),
            ..Default::default()
        })
    }

    fn row(&mut self, row: &Row<'_>, sink: &mut Sink) -> Result<(), Stop> {
        let mut place = self.place(row).map_err(Stop::Bad)?;
        sink.once(row, ID, &place.name)?;
        place.parent = self.parent(row, &place).map_err(Stop::Bad)?;
        // A division is written at the end, when its circle is known; only its parent is, by now.
        let own = if is_division(row).map_err(Stop::Bad)? { Some(own_codes(row).map_err(Stop::Bad)?) } else { None };
        sink.is(&place.name);
        match own.and_then(|codes| self.divisions.get_mut(&codes)).filter(|division| division.place.name == place.name)
        {
            Some(division) => {
                division.place.parent = place.parent;
                division.read = true;
            }
            None => sink.own_place(place)?,
        }
        Ok(())
    }

    fn end(&mut self, sink: &mut Sink) -> Result<(), facts::Error> {
        let mut divisions: Vec<&Division> = self.divisions.values().collect();
        divisions.sort_by(|a, b| a.place.name.cmp(&b.place.name));
        for Division { place, radius, read, .. } in divisions {
            if !read {
                // A later row of that id was taken for it.
                if sink.had(&place.name) {
                    continue;
                }
                sink.is(&place.name);
            }
            // A tenth of a metre above the farthest point, so that it is inside whatever the last digit.
            let uncertainty_meters = (*radius > 0.0).then_some((radius * 10.0).ceil() / 10.0);
            sink.own_place(pb::Place { uncertainty_meters, ..place.clone() })?;
        }
        Ok(())
    }
}

fn layout() -> Layout {
    Layout { delimiter: b'\t', quoted: false, columns: COLUMNS, headless: &[(19, PLACES)] }
}

fn is_country(code: &str) -> bool {
    matches!(code, "PCLI" | "PCLD" | "PCLF" | "PCLS" | "PCLIX" | "PCL")
}

/// Whether a text has the form of ISO 3166-1 alpha-2.
fn is_country_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())
}

fn is_division(row: &Row<'_>) -> Result<bool, String> {
    let code = row.text(CODE)?;
    Ok(matches!(code, "ADM1" | "ADM2") || is_country(code))
}

/// The codes of a row as far as they are its own.
fn own_codes(row: &Row<'_>) -> Result<Codes, String> {
    let text = |column| row.text(column).map(str::to_owned);
    let country = text(COUNTRY)?;
    Ok(match row.text(CODE)? {
        code if is_country(code) => (country, String::new(), String::new()),
        "ADM1" => (country, text(ADMIN_1)?, String::new()),
        _ => (country, text(ADMIN_1)?, text(ADMIN_2)?),
    })
}

/// The kind of a feature code (GeoNames feature codes). A camp of class S is one of nomads, a site like any other.
fn kind(class: &str, code: &str) -> PlaceKind {
    match (class, code) {
        ("A", code) if is_country(code) => PlaceKind::Country,
        ("A", "ADM1" | "ADM1H") => PlaceKind::Region,
        ("A", code) if code.starts_with("ADM") => PlaceKind::District,
        ("P", _) => PlaceKind::Settlement,
        // Of waters wells, springs and waterholes.
        ("S", _) | ("L", "MILB") | ("H", "WLL" | "WLLS" | "WLLQ" | "SPNG" | "SPNT" | "SPNS" | "WTRH") => {
            PlaceKind::Site
        }
        _ => PlaceKind::AreaOrLine,
    }
}
