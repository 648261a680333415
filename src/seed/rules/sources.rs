//! Sources: dates, languages, addresses; identifiers that two resources share.

use std::collections::BTreeMap;

use super::{At, Facts};
use crate::{
    pb,
    seed::{
        problem::{Place, ProblemKind, Report},
        values,
    },
};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    for (at, source) in facts.each("sources", |file| &file.sources) {
        published(facts, &at, source, report);
        if !source.language.is_empty() && !is_language(&source.language) {
            let what = format!("`{}` is no language tag", source.language);
            at.field("language").wrong(report, ProblemKind::Field, what, "write a BCP 47 tag, such as en or fr-NE");
        }
        if !source.uri.is_empty() && !is_address(&source.uri) {
            let what = format!("`{}` is no address", source.uri);
            at.field("uri").wrong(report, ProblemKind::Field, what, "write it whole, such as https://example.org/page");
        }
    }
    let of = |id: &pb::ExternalId| (id.scheme.clone(), id.id.clone());
    identifiers(facts.each("places", |file| &file.places), |place| place.external_ids.iter().map(of).collect(), report);
    identifiers(facts.each("actors", |file| &file.actors), |actor| actor.external_ids.iter().map(of).collect(), report);
    identifiers(facts.each("camps", |file| &file.camps), |camp| camp.external_ids.iter().map(of).collect(), report);
    aliases(facts.each("places", |file| &file.places), |place| (&place.display_name, &place.aliases), report);
    aliases(facts.each("actors", |file| &file.actors), |actor| (&actor.display_name, &actor.aliases), report);
    aliases(facts.each("camps", |file| &file.camps), |camp| (&camp.display_name, &camp.aliases), report);
}

fn published(facts: &Facts<'_>, at: &At<'_>, source: &pb::Source, report: &mut Report) {
    let date = at.field("published_date");
    if !source.published_date.is_empty() {
        values::edtf(&source.published_date, at.file, &date.path, report);
        return;
    }
    let own = facts.events.values().flat_map(|(_, event)| &event.claims);
    let added = facts.added.values().flatten().map(|(_, claim)| *claim);
    let cites = |claim: &pb::Claim| claim.citations.iter().any(|citation| citation.source == source.name);
    let claims = own.chain(added).filter(|claim| cites(claim)).count();
    if claims > 0 && !at.file.places.lacks(&at.path, "published_date") {
        let what = format!("`{}` has no published_date, and {claims} of its claims stand here", source.name);
        report.note(ProblemKind::Time, at.place(), what, "questions with `as_of` do not see them until it has one");
    }
}

/// The shape of a BCP 47 tag: subtags of 1 to 8 letters and digits, the first of 2 to 8 letters.
pub(in crate::seed) fn is_language(tag: &str) -> bool {
    let first = tag.split('-').next().unwrap_or("");
    let subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
    (2..=8).contains(&first.len()) && first.bytes().all(|b| b.is_ascii_alphabetic()) && tag.split('-').all(subtag)
}

pub(in crate::seed) fn is_address(uri: &str) -> bool {
    let Ok(parsed) = uri.parse::<http::Uri>() else { return false };
    matches!(parsed.scheme_str(), Some("http" | "https")) && parsed.host().is_some_and(|host| !host.is_empty())
}

/// One identifier means one resource of a kind.
fn identifiers<T>(all: Vec<(At<'_>, &T)>, of: impl Fn(&T) -> Vec<(String, String)>, report: &mut Report) {
    let mut first: BTreeMap<(String, String), Place> = BTreeMap::new();
    for (at, one) in all {
        for (index, id) in of(one).into_iter().enumerate() {
            let here = at.item("external_ids", index);
            match first.get(&id) {
                Some(before) => {
                    let what = format!("{} {} stands on two resources", id.0, id.1);
                    here.wrong(
                        report,
                        ProblemKind::Name,
                        what,
                        format!("keep it on one; the first stands at {before}"),
                    );
                }
                None => {
                    first.insert(id, here.place());
                }
            }
        }
    }
}

/// An alias is another name: neither the name to show, nor one said before.
fn aliases<T>(all: Vec<(At<'_>, &T)>, of: impl Fn(&T) -> (&String, &Vec<String>), report: &mut Report) {
    for (at, one) in all {
        let (shown, aliases) = of(one);
        for (index, alias) in aliases.iter().enumerate() {
            if !alias.is_empty() && (alias == shown || aliases.iter().take(index).any(|before| before == alias)) {
                let what = format!("`{alias}` stands twice among the names of one resource");
                at.item("aliases", index).wrong(report, ProblemKind::Name, what, "leave it out here");
            }
        }
    }
}
