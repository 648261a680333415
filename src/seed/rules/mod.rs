//! Rules about facts as a whole: what the files say together.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    FactText,
    beside::Beside,
    documents::Documents,
    names::Names,
    places::{field, item},
    problem::{Place, ProblemKind, Report},
};
use crate::{
    model::{day::Day, span::source_day},
    pb,
};

mod actors;
mod claims;
mod events;
mod geography;
mod phrases;
mod sources;

pub(in crate::seed) use sources::{is_address, is_language};

/// Something in a file, with where it stands.
#[derive(Clone)]
pub(in crate::seed) struct At<'a> {
    file: &'a FactText,
    path: String,
}

impl<'a> At<'a> {
    fn field(&self, name: &str) -> At<'a> {
        At { file: self.file, path: field(&self.path, name) }
    }

    fn item(&self, name: &str, index: usize) -> At<'a> {
        At { file: self.file, path: item(&field(&self.path, name), index) }
    }

    fn place(&self) -> Place {
        self.file.places.at(&self.path)
    }

    /// Reports what is wrong here, unless it only follows from what is already reported.
    fn wrong(&self, report: &mut Report, kind: ProblemKind, what: impl Into<String>, cure: impl Into<String>) {
        if !self.file.places.faulty(&self.path) {
            report.add(kind, self.place(), what, cure);
        }
    }

    /// Reports that a field is missing here.
    fn lacks(&self, report: &mut Report, name: &str, what: impl Into<String>, cure: impl Into<String>) {
        if !self.file.places.lacks(&self.path, name) {
            report.add(ProblemKind::Fact, self.place(), what, cure);
        }
    }
}

/// All facts of all files, by name.
pub(in crate::seed) struct Facts<'a> {
    files: &'a [FactText],
    documents: &'a Documents<'a>,
    sources: BTreeMap<&'a str, &'a pb::Source>,
    /// The days of sources that `.facts` files and snapshots define.
    imported: HashMap<String, Day>,
    /// Facts that were checked before.
    beside: &'a Beside<'a>,
    events: BTreeMap<&'a str, (At<'a>, &'a pb::Event)>,
    /// Events of theirs that claims or links are added to, and those that these are parts of.
    events_beside: BTreeMap<String, pb::Event>,
    /// Every claim on an event that another entry adds to it.
    added: BTreeMap<&'a str, Vec<(At<'a>, &'a pb::Claim)>>,
}

impl<'a> Facts<'a> {
    /// Gathers what the files say.
    pub(in crate::seed) fn new(files: &'a [FactText], documents: &'a Documents<'a>, names: &Names<'a>) -> Facts<'a> {
        let mut facts = Facts {
            files,
            documents,
            sources: BTreeMap::new(),
            imported: names.imported.days().collect(),
            beside: names.beside,
            events: BTreeMap::new(),
            events_beside: BTreeMap::new(),
            added: BTreeMap::new(),
        };
        for file in files {
            facts.sources.extend(file.facts.sources.iter().map(|source| (source.name.as_str(), source)));
            for (index, event) in file.facts.events.iter().enumerate() {
                let at = At { file, path: item("events", index) };
                facts.events.entry(&event.name).or_insert((at, event));
            }
            for (index, on) in file.facts.claims_on.iter().enumerate() {
                let at = At { file, path: item("claims_on", index) };
                let claims = on.claims.iter().enumerate().map(|(i, claim)| (at.item("claims", i), claim));
                facts.added.entry(&on.event).or_default().extend(claims);
            }
        }
        facts.look_beside();
        facts
    }

    /// Looks up the events beside that entries add to, and what these are parts of.
    fn look_beside(&mut self) {
        let mut wanted: Vec<String> = self.added.keys().map(|name| (*name).to_owned()).collect();
        while let Some(name) = wanted.pop() {
            if self.events.contains_key(name.as_str()) || self.events_beside.contains_key(&name) {
                continue;
            }
            if let Some(event) = self.beside.event(&name) {
                wanted.extend(events::wholes(&event.links).map(str::to_owned));
                self.events_beside.insert(name, event);
            }
        }
    }

    /// An event of a folder, or one beside that an entry adds to.
    fn event(&self, name: &str) -> Option<&pb::Event> {
        self.events.get(name).map(|(_, event)| *event).or_else(|| self.events_beside.get(name))
    }

    /// The items of one list of every file.
    fn each<T>(&self, list: &'static str, of: fn(&pb::seed::FactFile) -> &Vec<T>) -> Vec<(At<'a>, &'a T)> {
        let of_file = |file: &'a FactText| {
            of(&file.facts).iter().enumerate().map(move |(index, one)| (At { file, path: item(list, index) }, one))
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// The day from which a source is known. A source without one is known last.
    fn day_of(&self, source: &str) -> Day {
        match self.sources.get(source) {
            Some(source) => source_day(&source.published_date),
            None => self.imported.get(source).copied(),
        }
        .unwrap_or(Day::MAX)
    }

    /// Whether a source has coordinates and identifiers to give: one whose text is at hand is an article.
    fn is_gazetteer(&self, source: &str) -> bool {
        self.documents.of(source).is_none()
    }
}

/// Applies every rule.
pub(in crate::seed) fn check(facts: &Facts<'_>, report: &mut Report) {
    sources::check(facts, report);
    geography::check(facts, report);
    actors::check(facts, report);
    events::check(facts, report);
    claims::check(facts, report);
    phrases::check(facts, report);
}

/// The rings found in a graph of names, so that each is told once, at the first of its names.
#[derive(Default)]
struct Rings<'a>(BTreeSet<&'a str>);

impl<'a> Rings<'a> {
    /// A ring through a name, unless one through it was found before. As the end of a sentence: the way round if others are
    /// on it, such as `: a → b → a`.
    fn through(&mut self, name: &'a str, next: &impl Fn(&'a str) -> Vec<&'a str>) -> Option<String> {
        let way = (!self.0.contains(name)).then(|| ring(name, next))??;
        self.0.extend(&way);
        Some(if way.len() == 1 { String::new() } else { format!(": {} → {name}", way.join(" → ")) })
    }
}

/// The first ring in a graph of names: the names on it, from where it is entered.
fn ring<'a>(start: &'a str, next: &impl Fn(&'a str) -> Vec<&'a str>) -> Option<Vec<&'a str>> {
    let mut seen = vec![start];
    let mut ways = vec![vec![start]];
    while let Some(way) = ways.pop() {
        for name in way.last().map(|last| next(last)).unwrap_or_default() {
            if name == start {
                return Some(way);
            }
            if !seen.contains(&name) {
                seen.push(name);
                let mut longer = way.clone();
                longer.push(name);
                ways.push(longer);
            }
        }
    }
    None
}
