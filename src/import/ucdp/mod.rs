//! UCDP Georeferenced Event Dataset (GED) → events: one a row, with the claim of UCDP in that release.
//!
//! Rules are those of the UCDP GED codebook, version 23.1. Columns are found by name, as they moved over the releases.

use std::path::PathBuf;

use super::{
    Error, Importer, Options, Stop,
    row::{Column, Layout, Row, flat, needed, optional},
    sink::Sink,
    time,
    whereabouts::Gazetteer,
};
use crate::{
    facts,
    model::{day::Day, name::is_id},
    pb::{self, CodeScheme, EventKind, EventStatus, Fit, ParticipantRole, Stance, seed::Header},
};

mod locate;
mod sides;

use sides::Sides;

/// The columns that are read. The constants below count them.
const COLUMNS: &[Column] = &[
    needed(&["id"]),
    needed(&["type_of_violence"]),
    needed(&["dyad_name"]),
    needed(&["side_a_new_id", "side_a_id"]),
    needed(&["side_a"]),
    needed(&["side_b_new_id", "side_b_id"]),
    needed(&["side_b"]),
    optional(&["gwnoa"]),
    optional(&["gwnob"]),
    optional(&["source_article"]),
    optional(&["source_original"]),
    needed(&["where_prec"]),
    needed(&["where_coordinates"]),
    optional(&["where_description"]),
    needed(&["adm_1"]),
    needed(&["adm_2"]),
    needed(&["latitude"]),
    needed(&["longitude"]),
    needed(&["country"]),
    needed(&["country_id"]),
    optional(&["event_clarity"]),
    needed(&["date_prec"]),
    needed(&["date_start"]),
    needed(&["date_end"]),
    needed(&["deaths_a"]),
    needed(&["deaths_b"]),
    needed(&["deaths_civilians"]),
    needed(&["deaths_unknown"]),
    needed(&["low", "low_est"]),
    needed(&["best", "best_est"]),
    needed(&["high", "high_est"]),
];
const ID: usize = 0;
const TYPE: usize = 1;
const DYAD: usize = 2;
const SIDE_A_ID: usize = 3;
const SIDE_A: usize = 4;
const SIDE_B_ID: usize = 5;
const SIDE_B: usize = 6;
const GWNO_A: usize = 7;
const GWNO_B: usize = 8;
const ARTICLE: usize = 9;
const ORIGINAL: usize = 10;
const WHERE_PREC: usize = 11;
const WHERE: usize = 12;
const WHERE_DESCRIPTION: usize = 13;
const ADM_1: usize = 14;
const ADM_2: usize = 15;
const LATITUDE: usize = 16;
const LONGITUDE: usize = 17;
const COUNTRY: usize = 18;
const COUNTRY_ID: usize = 19;
const CLARITY: usize = 20;
const DATE_PREC: usize = 21;
const START: usize = 22;
const END: usize = 23;
const DEATHS_A: usize = 24;
const DEATHS_B: usize = 25;
const DEATHS_CIVILIANS: usize = 26;
const DEATHS_UNKNOWN: usize = 27;
const LOW: usize = 28;
const BEST: usize = 29;
const HIGH: usize = 30;

/// The importer of a release.
pub(super) struct UcdpGed {
    /// The release as it is written, such as `23.1`.
    release: String,
    /// The same as a part of names: `23-1`.
    kebab: String,
    released: Option<Day>,
    gazetteer: Gazetteer,
}

impl UcdpGed {
    /// The importer of the release that the options or else the files' names tell.
    pub(super) fn new(files: &[PathBuf], options: &Options) -> Result<UcdpGed, Error> {
        let told = || files.iter().find_map(|file| release_of(&file.file_name()?.to_string_lossy()));
        let release = options.release.clone().or_else(told).ok_or_else(|| {
            Error::Release(
                "which release of UCDP GED this is cannot be told from the file's name; say --release 23.1".to_owned(),
            )
        })?;
        let kebab = release.replace('.', "-");
        if !is_id(&kebab) {
            return Err(Error::Release(format!("`{release}` is no release of UCDP GED; write it like 23.1")));
        }
        let gazetteer = Gazetteer { prefix: "ucdp", source: format!("sources/ucdp-ged-{kebab}") };
        Ok(UcdpGed { release, kebab, released: options.released, gazetteer })
    }

    fn title(&self) -> String {
        format!("UCDP Georeferenced Event Dataset (GED) Global version {}", self.release)
    }

    fn claim(&self, row: &Row<'_>, sides: &Sides, sink: &mut Sink) -> Result<pb::Claim, String> {
        let (time, days) = span(row)?;
        let mut note = String::new();
        let original = row.text(ORIGINAL)?;
        if !original.is_empty() {
            say(&mut note, &format!("Originally by: {}", flat(original)));
        }
        if row.text(CLARITY)? == "2" {
            say(&mut note, "Taken from a report that sums up several events (event_clarity 2)");
        }
        let casualties = casualties(row, sides)?;
        if let Some(what) = contradiction(&casualties) {
            sink.flag("low, best and high contradict each other");
            say(&mut note, &what);
        }
        if let Some(what) = vagueness(row, days)? {
            sink.flag(&what);
            say(&mut note, &what);
        }
        Ok(pb::Claim {
            stance: Stance::Asserts.into(),
            status: EventStatus::Occurred.into(),
            time: Some(time),
            casualties: Some(casualties),
            note,
            citations: self.citations(row)?,
            ..Default::default()
        })
    }

    /// The row, and each article that it names: places in one source.
    fn citations(&self, row: &Row<'_>) -> Result<Vec<pb::Citation>, String> {
        let at =
            |locator: String| pb::Citation { source: self.gazetteer.source.clone(), locator, ..Default::default() };
        let mut citations = vec![at(format!("id {}", row.text(ID)?))];
        for article in articles(row.text(ARTICLE)?) {
            let locator = flat(article);
            if !locator.is_empty() && citations.iter().all(|citation| citation.locator != locator) {
                citations.push(at(locator));
            }
        }
        Ok(citations)
    }
}

impl Importer for UcdpGed {
    fn header(&self) -> Header {
        Header {
            layer: format!("ucdp-ged-{}", self.kebab),
            title: self.title(),
            license: "CC-BY-4.0".to_owned(),
            citation: "Sundberg, Ralph, and Erik Melander (2013). Introducing the UCDP Georeferenced Event Dataset. Journal of \
                       Peace Research 50(4): 523-532."
                .to_owned(),
            release_date: self.released.map(Day::to_field).unwrap_or_default(),
        }
    }

    fn layout(&self) -> Layout {
        Layout { delimiter: b',', quoted: true, columns: COLUMNS, headless: &[] }
    }

    fn begin(&mut self, sink: &mut Sink) -> Result<(), facts::Error> {
        let name = &self.gazetteer.source;
        sink.source(name, || pb::Source {
            name: name.clone(),
            title: self.title(),
            publisher: "Uppsala Conflict Data Program".to_owned(),
            published_date: self.released.map(Day::to_field).unwrap_or_default(),
            uri: "https://ucdp.uu.se/downloads/".to_owned(),
            language: "en".to_owned(),
            license: "CC-BY-4.0".to_owned(),
            ..Default::default()
        })
    }

    fn row(&mut self, row: &Row<'_>, sink: &mut Sink) -> Result<(), Stop> {
        let bad = Stop::Bad;
        let id = row.id(ID).map_err(bad)?;
        let name = format!("events/ucdp-ged-{}-{id}", self.kebab);
        sink.once(row, ID, &name)?;
        let violence = violence(row).map_err(bad)?;
        let spot = locate::Spot::read(row).map_err(bad)?;
        let sides = Sides::read(row).map_err(bad)?;
        let claim = self.claim(row, &sides, sink).map_err(bad)?;
        let title = title(row, violence.words).map_err(bad)?;
        sides.write(&self.gazetteer, sink)?;
        let location = spot.write(&self.gazetteer, sink)?;
        let code =
            pb::Code { scheme: CodeScheme::Ucdp.into(), code: violence.code.to_owned(), fit: violence.fit.into() };
        sink.event(pb::Event {
            name,
            title,
            kind: violence.kind.into(),
            location: Some(location),
            participants: sides.participants(violence.roles),
            claims: vec![claim],
            codes: vec![code],
            ..Default::default()
        })?;
        Ok(())
    }
}

/// A release in the name of a file: `GEDEvent_v23_1.csv`, `GEDEvent_v24_0_10.csv`, `ged231.csv`, `ged231-part.csv`.
fn release_of(file: &str) -> Option<String> {
    let lower = file.to_ascii_lowercase();
    if let Some((_, rest)) = lower.split_once("gedevent_v") {
        let numbers: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '_').collect();
        let release = numbers.trim_matches('_').replace('_', ".");
        return release.contains('.').then_some(release);
    }
    let digits: String = lower.strip_prefix("ged")?.chars().take_while(char::is_ascii_digit).collect();
    let (major, minor) = digits.split_at_checked(2)?;
    (minor.len() == 1).then(|| format!("{major}.{minor}"))
}

/// What `type_of_violence` means.
struct Violence {
    code: &'static str,
    words: &'static str,
    kind: EventKind,
    fit: Fit,
    roles: (ParticipantRole, ParticipantRole),
}

/// UCDP says who fought whom, not how: state-based and non-state violence are each a part of fighting between armed actors.
fn violence(row: &Row<'_>) -> Result<Violence, String> {
    let both = (ParticipantRole::Party, ParticipantRole::Party);
    let fighting = |code, words| Violence { code, words, kind: EventKind::Fighting, fit: Fit::Narrower, roles: both };
    match row.some(TYPE)? {
        "1" => Ok(fighting("1", "State-based violence")),
        "2" => Ok(fighting("2", "Non-state violence")),
        "3" => Ok(Violence {
            code: "3",
            words: "One-sided violence",
            kind: EventKind::KillingOfCivilians,
            fit: Fit::Exact,
            roles: (ParticipantRole::Initiator, ParticipantRole::Victim),
        }),
        other => Err(row.wrong(TYPE, other, "neither 1, 2 nor 3")),
    }
}

fn title(row: &Row<'_>, words: &str) -> Result<String, String> {
    let (dyad, place) = (flat(row.some(DYAD)?), flat(row.text(WHERE)?));
    Ok(if place.is_empty() { format!("{words}: {dyad}") } else { format!("{words}: {dyad}, {place}") })
}

/// `date_start` and `date_end` are the first and the last day on which it can have been; and how many days these are.
fn span(row: &Row<'_>) -> Result<(pb::TimeSpan, i32), String> {
    let day = |column| {
        let text = row.some(column)?;
        time::day(text).ok_or_else(|| row.wrong(column, text, "no day like 2003-02-01"))
    };
    let (first, last) = (day(START)?, day(END)?);
    if last < first {
        return Err(format!("`date_end` {last} is before `date_start` {first}"));
    }
    let days = last.epoch_days() - first.epoch_days() + 1;
    Ok((pb::TimeSpan { edtf: time::within(first, last), ..Default::default() }, days))
}

/// What is wrong if `date_prec` and the days contradict each other. By the codebook 1 is a day, 2 are two to six, 3 is a week, 4
/// eight to thirty or a month, 5 more than that and at most a year. No event goes beyond its calendar year, which may cut a week, a
/// month and what is longer, so that only a single day is surely too few for them.
fn vagueness(row: &Row<'_>, days: i32) -> Result<Option<String>, String> {
    let (words, allowed) = match row.some(DATE_PREC)? {
        "1" => ("one day", 1..=1),
        "2" => ("two to six days", 2..=6),
        "3" => ("a week", 2..=7),
        "4" => ("a month", 2..=31),
        "5" => ("up to a year", 2..=366),
        other => return Err(row.wrong(DATE_PREC, other, "none of 1 to 5")),
    };
    let given = match (days, *allowed.end()) {
        (1, _) => "one day",
        (_, 1) => "several",
        _ => "more",
    };
    Ok((!allowed.contains(&days)).then(|| format!("date_prec says {words}, date_start and date_end {given}")))
}

/// Estimates as given: `best` is the sum of the sides' dead, `low` and `high` are of the whole only.
fn casualties(row: &Row<'_>, sides: &Sides) -> Result<pb::Casualties, String> {
    let mut casualties =
        pb::Casualties { low: row.number(LOW)?, best: row.number(BEST)?, high: row.number(HIGH)?, sides: Vec::new() };
    let civilians = sides::CIVILIANS.to_owned();
    let dead = [
        (sides.a.name.clone(), DEATHS_A),
        (sides.b.name.clone(), DEATHS_B),
        (civilians, DEATHS_CIVILIANS),
        (String::new(), DEATHS_UNKNOWN),
    ];
    for (actor, column) in dead {
        let Some(best) = row.number(column)? else { continue };
        // Of one-sided violence the second side are the civilians, who have a column of their own.
        if column == DEATHS_B && actor == sides::CIVILIANS && best == 0 {
            continue;
        }
        casualties.sides.push(pb::SideCasualties { actor, best: Some(best), ..Default::default() });
    }
    Ok(casualties)
}

fn contradiction(casualties: &pb::Casualties) -> Option<String> {
    let (low, best, high) = (casualties.low?, casualties.best?, casualties.high?);
    let broken = low > best || best > high;
    broken.then(|| format!("Kept as given although low, best and high contradict each other: {low}, {best}, {high}"))
}

/// Adds a sentence to a note.
fn say(note: &mut String, sentence: &str) {
    if !note.is_empty() {
        note.push(' ');
    }
    note.push_str(sentence);
    if !sentence.ends_with(['.', '!', '?']) {
        note.push('.');
    }
}

/// The articles in a cell: `"a";"b"` in later releases, one text in earlier ones.
fn articles(cell: &str) -> impl Iterator<Item = &str> {
    let list = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    list.unwrap_or(cell).split(if list.is_some() { "\";\"" } else { "\u{0}" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_may_tell_its_release() {
        for (file, release) in [
            ("GEDEvent_v23_1.csv", Some("23.1")),
            ("ged231.csv", Some("23.1")),
            ("ged191-csv.zip", Some("19.1")),
            ("GEDEvent_v24_0_10.csv", Some("24.0.10")),
            ("events.csv", None),
            ("ged.csv", None),
            ("ged2.csv", None),
            ("ged2310.csv", None),
        ] {
            assert_eq!(release_of(file).as_deref(), release, "{file}");
        }
    }

    #[test]
    fn a_cell_of_articles_is_taken_apart_only_where_it_is_a_list() {
        let all = |cell| articles(cell).collect::<Vec<_>>();
        assert_eq!(all("\"A,2001-01-01,one\";\"B; and more\""), ["A,2001-01-01,one", "B; and more"]);
        assert_eq!(all("A 2001-01-01 \"ONE;TWO"), ["A 2001-01-01 \"ONE;TWO"]);
        assert_eq!(all("\"A\""), ["A"]);
    }
}
