//! The rules of facts, for one record at a time.

use std::{collections::HashMap, sync::Arc};

use super::references::references;
use crate::{
    model::{day::Day, name::is_id, span::Span, sphere::Point},
    pb::{self, ActorKind, EventKind, PlaceKind, seed::record::Content},
    seed::{
        documents::Documents,
        names::Names,
        problem::{Place, ProblemKind, Report},
        rules::{is_address, is_language},
        values::{LARGEST_RADIUS, two_parts},
    },
};

/// Checks records.
pub(super) struct Checker<'a> {
    names: &'a Names<'a>,
    documents: &'a Documents<'a>,
    days: HashMap<String, Day>,
    /// Whether all that may define something was read.
    whole: bool,
    /// How many claims stand in each source without a day.
    undated: HashMap<String, u64>,
}

/// A record that is checked: problems are told at its place.
pub(super) struct At<'a> {
    shown: &'a Arc<str>,
    number: u64,
    name: &'a str,
    report: &'a mut Report,
}

impl At<'_> {
    pub(super) fn wrong(&mut self, kind: ProblemKind, what: impl Into<String>, cure: impl Into<String>) {
        self.report.add(kind, Place::record(self.shown, self.number, self.name), what, cure);
    }

    /// Tells a fact that is missing, unless it is there.
    pub(super) fn needs(&mut self, there: bool, what: &str, cure: &str) {
        if !there {
            self.wrong(ProblemKind::Fact, what, cure);
        }
    }

    pub(super) fn edtf(&mut self, text: &str) -> Option<Span> {
        match Span::parse(text, None) {
            Ok(span) => Some(span),
            Err(error) => {
                let (what, cure) = two_parts(&error.0);
                let short: String = text.chars().take(60).collect();
                self.wrong(ProblemKind::Time, format!("`{short}`: {what}"), cure);
                None
            }
        }
    }

    pub(super) fn point(&mut self, point: Option<&pb::LatLng>, radius: Option<f64>) -> Option<Point> {
        if let Some(radius) = radius.filter(|radius| !(0.0..=LARGEST_RADIUS).contains(radius)) {
            let cure = format!("write 0 to {LARGEST_RADIUS}");
            self.wrong(ProblemKind::Geography, format!("a radius of {radius} metres"), cure);
        }
        match Point::try_from(point?) {
            Ok(point) => Some(point),
            Err(error) => {
                let (what, cure) = two_parts(error.0);
                self.wrong(ProblemKind::Geography, what, cure);
                None
            }
        }
    }

    /// What only the service says.
    pub(super) fn derived(&mut self, field: &str, empty: bool) {
        if !empty {
            self.wrong(ProblemKind::Field, format!("`{field}` is derived by the service"), "leave it out");
        }
    }
}

impl<'a> Checker<'a> {
    pub(super) fn new(
        names: &'a Names<'a>,
        documents: &'a Documents<'a>,
        days: HashMap<String, Day>,
        whole: bool,
    ) -> Checker<'a> {
        Checker { names, documents, days, whole, undated: HashMap::new() }
    }

    /// Checks a record; references to what was absorbed then lead to what absorbed it.
    pub(super) fn record(&mut self, shown: &Arc<str>, number: u64, content: &mut Content, report: &mut Report) {
        let name = name_of(content).to_owned();
        let mut at = At { shown, number, name: &name, report };
        let in_own_parent =
            matches!(content, Content::Place(place) if self.names.imported.absorbed(&place.parent).is_none());
        references(content, &mut |collection, name| {
            if let Some(owner) = self.names.imported.absorbed(name) {
                owner.clone_into(name);
            } else if self.whole && !self.names.has(collection, name) {
                let cure = format!("define it under `{collection}`, or name the data set that does as well");
                at.wrong(ProblemKind::Reference, format!("`{name}` is not defined"), cure);
            }
        });
        match content {
            Content::Source(source) => self::source(source, &mut at),
            Content::Place(place) => self.place(place, in_own_parent, &mut at),
            Content::Actor(actor) => self.actor(actor, &mut at),
            Content::Camp(camp) => {
                let camp = &*camp;
                at.derived("control", camp.control.is_empty());
                at.needs(!camp.display_name.is_empty(), "a camp without `display_name`", "write `display_name`");
                self.register(&camp.external_ids, &camp.citations, &mut at);
                aliases(&camp.display_name, &camp.aliases, &mut at);
            }
            Content::Event(event) => self.event(event, &mut at),
            Content::ClaimsOn(on) => {
                let something = !on.claims.is_empty() || !on.links.is_empty();
                at.needs(something, "an addition that says nothing", "give it `claims` or `links`");
                self.claims(&on.claims, &mut at);
                super::claims::links(&on.event, &on.links, &mut at);
            }
            Content::Header(_) | Content::End(_) => {}
        }
    }

    fn place(&self, place: &pb::Place, in_own_parent: bool, at: &mut At<'_>) {
        at.needs(!place.display_name.is_empty(), "a place without `display_name`", "write `display_name`");
        let kind = PlaceKind::try_from(place.kind).is_ok_and(|kind| kind != PlaceKind::Unspecified);
        at.needs(kind, "a place without `kind`", "write `kind:` and a value of PlaceKind");
        country_code(&place.country_code, at);
        let point = at.point(place.point.as_ref(), place.uncertainty_meters);
        if place.point.is_some() && !place.citations.iter().any(|citation| self.is_gazetteer(citation)) {
            let cure = "cite the gazetteer they come from (a source whose text is not at hand); an article gives none";
            at.wrong(ProblemKind::Citation, "coordinates without a gazetteer", cure);
        }
        self.register(&place.external_ids, &place.citations, at);
        aliases(&place.display_name, &place.aliases, at);
        if !place.stated_distances.is_empty() {
            // They are a reader's findings, and to be compared with points that lie elsewhere.
            at.wrong(ProblemKind::Geography, "stated distances in an import", "write them down in a folder of facts");
        }
        let parent = self.names.imported.circle(&place.parent).filter(|_| in_own_parent);
        if let (Some(point), Some(circle)) = (point, parent) {
            let away = circle.center.distance(&point);
            // As for folders: a point on the edge is in it, whatever the last digit.
            if away > circle.radius_meters + 1.0 {
                let what = format!(
                    "the point lies {:.1} km from the centre of `{}`, outside its radius of {:.1} km",
                    away / 1000.0,
                    place.parent,
                    circle.radius_meters / 1000.0
                );
                at.wrong(ProblemKind::Geography, what, "mend the coordinates, the parent, or its `uncertainty_meters`");
            }
        }
    }

    fn actor(&self, actor: &pb::Actor, at: &mut At<'_>) {
        at.derived("side", actor.side.is_empty());
        at.needs(!actor.display_name.is_empty(), "an actor without `display_name`", "write `display_name`");
        let kind = ActorKind::try_from(actor.kind).is_ok_and(|kind| kind != ActorKind::Unspecified);
        at.needs(kind, "an actor without `kind`", "write `kind:` and a value of ActorKind");
        country_code(&actor.country_code, at);
        self.register(&actor.external_ids, &actor.citations, at);
        aliases(&actor.display_name, &actor.aliases, at);
        for tie in &actor.affiliations {
            at.needs(tie.kind != 0, "an affiliation without `kind`", "write `kind:` and a value of AffiliationKind");
            at.needs(tie.citation.is_some(), "an affiliation without `citation`", "cite the source that says it");
            at.needs(tie.actor != actor.name, "an actor that belongs to itself", "name the other");
            if let Some(time) = &tie.time {
                at.edtf(&time.edtf);
            }
        }
    }

    fn event(&mut self, event: &pb::Event, at: &mut At<'_>) {
        let derived = event.status == 0
            && event.time.is_none()
            && event.preferred_by == 0
            && event.casualties.is_none()
            && event.disputes.is_empty()
            && event.corroboration == 0
            && !event.contested
            && event.linked_from.is_empty();
        at.derived("status, time, casualties or the like", derived);
        at.needs(!event.title.is_empty(), "an event without `title`", "write `title`");
        let kind = EventKind::try_from(event.kind).is_ok_and(|kind| kind != EventKind::Unspecified);
        at.needs(kind, "an event without `kind`", "write `kind:` and a value of EventKind");
        at.needs(!event.claims.is_empty(), "an event without `claims`", "write who says it, in which source");
        for location in [&event.location, &event.origin, &event.destination].into_iter().flatten() {
            self.location(location, at);
        }
        super::claims::event(event, at);
        self.claims(&event.claims, at);
        super::claims::links(&event.name, &event.links, at);
    }

    fn claims(&mut self, claims: &[pb::Claim], at: &mut At<'_>) {
        for (index, claim) in claims.iter().enumerate() {
            if claims.iter().take(index).any(|before| before == claim) {
                at.wrong(ProblemKind::Fact, "a claim that stands twice", "keep one");
            }
            let day = |citation: &pb::Citation| self.days.get(&citation.source).copied().unwrap_or(Day::MAX);
            super::claims::claim(claim, claim.citations.iter().map(day).max(), at);
            claim.location.iter().for_each(|location| self.location(location, at));
            for citation in &claim.citations {
                if !citation.quote.is_empty() || self.documents.of(&citation.source).is_some() {
                    let cure = "cite where it stands by `locator`, or write it down in a folder with the document";
                    at.wrong(ProblemKind::Citation, "a quote, or a document to be quoted, in an import", cure);
                }
            }
            // A claim is known from the first of its sources, so each undated one counts by itself.
            let mut sources: Vec<&str> = claim.citations.iter().map(|citation| citation.source.as_str()).collect();
            sources.sort_unstable();
            sources.dedup();
            for source in sources.into_iter().filter(|source| self.names.imported.undated().contains_key(*source)) {
                match self.undated.get_mut(source) {
                    Some(count) => *count += 1,
                    None => drop(self.undated.insert(source.to_owned(), 1)),
                }
            }
        }
    }

    fn location(&self, location: &pb::Location, at: &mut At<'_>) {
        let something = !location.place.is_empty() || location.point.is_some() || !location.phrase.is_empty();
        at.needs(something, "a location says nothing", "give it `place`, `point` or `phrase`");
        at.point(location.point.as_ref(), location.uncertainty_meters);
        let cited = location.citation.as_ref().is_some_and(|citation| self.is_gazetteer(citation));
        if location.point.is_some() && !cited {
            let cure = "cite the gazetteer it comes from in the location's `citation`; an article gives none";
            at.wrong(ProblemKind::Citation, "coordinates without a gazetteer", cure);
        }
    }

    /// Whoever has an identifier cites where it comes from, and everyone cites something.
    fn register(&self, ids: &[pb::ExternalId], citations: &[pb::Citation], at: &mut At<'_>) {
        at.needs(!citations.is_empty(), "a resource without `citations`", "cite the source that says it");
        for id in ids {
            if !is_id(&id.scheme) || id.id.is_empty() {
                let cure = "write the scheme in kebab-case, such as geonames or iso3166-2, and the identifier";
                at.wrong(ProblemKind::Field, format!("`{} {}` is no identifier", id.scheme, id.id), cure);
            }
        }
        if !ids.is_empty() && !citations.is_empty() && !citations.iter().any(|citation| self.is_gazetteer(citation)) {
            let cure = "cite the register they come from; an article gives none";
            at.wrong(ProblemKind::Citation, "identifiers without a gazetteer or register", cure);
        }
    }

    fn is_gazetteer(&self, citation: &pb::Citation) -> bool {
        !citation.source.is_empty() && self.documents.of(&citation.source).is_none()
    }

    /// Notes the sources without a day that claims stand in.
    pub(super) fn undated(&self, report: &mut Report) {
        for (source, place) in self.names.imported.undated() {
            if let Some(claims) = self.undated.get(source) {
                let what = format!("`{source}` has no published_date, and {claims} of its claims stand here");
                let cure =
                    "questions with `as_of` do not see them until it has one; import it with --released YYYY-MM-DD";
                report.note(ProblemKind::Time, place.clone(), what, cure);
            }
        }
    }
}

fn name_of(content: &Content) -> &str {
    match content {
        Content::Source(source) => &source.name,
        Content::Place(place) => &place.name,
        Content::Actor(actor) => &actor.name,
        Content::Camp(camp) => &camp.name,
        Content::Event(event) => &event.name,
        Content::ClaimsOn(on) => &on.event,
        Content::Header(_) | Content::End(_) => "",
    }
}

fn source(source: &pb::Source, at: &mut At<'_>) {
    at.derived(
        "sha256, text or cited_spans",
        source.sha256.is_empty() && source.text.is_empty() && source.cited_spans.is_empty(),
    );
    if !source.published_date.is_empty() {
        at.edtf(&source.published_date);
    }
    if !source.language.is_empty() && !is_language(&source.language) {
        let what = format!("`{}` is no language tag", source.language);
        at.wrong(ProblemKind::Field, what, "write a BCP 47 tag, such as en or fr-NE");
    }
    if !source.uri.is_empty() && !is_address(&source.uri) {
        let what = format!("`{}` is no address", source.uri);
        at.wrong(ProblemKind::Field, what, "write it whole, such as https://example.org/page");
    }
}

fn country_code(code: &str, at: &mut At<'_>) {
    if !(code.is_empty() || code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase())) {
        let what = format!("`{code}` is no country code");
        at.wrong(ProblemKind::Field, what, "write two capital letters of ISO 3166-1, such as NE");
    }
}

fn aliases(shown: &str, aliases: &[String], at: &mut At<'_>) {
    for (index, alias) in aliases.iter().enumerate() {
        if alias.is_empty() || alias == shown || aliases.iter().take(index).any(|before| before == alias) {
            let what = format!("`{alias}` is empty or stands twice among the names of one resource");
            at.wrong(ProblemKind::Name, what, "leave it out here");
        }
    }
}
