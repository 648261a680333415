//! Actors and camps: ties lead upwards, and identifiers come from a gazetteer or register, never from an article.

use super::{At, Facts, Rings};
use crate::{
    pb::{self, AffiliationKind},
    seed::problem::{ProblemKind, Report},
};

pub(super) fn check(facts: &Facts<'_>, report: &mut Report) {
    let actors = facts.each("actors", |file| &file.actors);
    let above = |name: &str| -> Vec<&str> {
        let all = actors.iter().filter(|(_, actor)| actor.name == name);
        let ties = all.flat_map(|(_, actor)| &actor.affiliations);
        ties.filter(|tie| tie.kind() != AffiliationKind::AlliedWith).map(|tie| tie.actor.as_str()).collect()
    };
    let mut rings = Rings::default();
    for (at, actor) in &actors {
        if let Some(way) = rings.through(&actor.name, &above) {
            let what = format!("`{}` belongs to itself{way}", actor.name);
            at.field("affiliations").wrong(
                report,
                ProblemKind::Fact,
                what,
                "let ties lead from the part to the whole only",
            );
        }
        for (index, tie) in actor.affiliations.iter().enumerate() {
            if tie.actor == actor.name && tie.kind() == AffiliationKind::AlliedWith {
                let what = format!("`{}` is allied with itself", actor.name);
                at.item("affiliations", index).field("actor").wrong(report, ProblemKind::Fact, what, "name the other");
            }
        }
        register(facts, at, &actor.external_ids, &actor.citations, report);
    }
    for (at, camp) in facts.each("camps", |file| &file.camps) {
        register(facts, &at, &camp.external_ids, &camp.citations, report);
    }
}

/// Identifiers rest on a source that is no article.
fn register(facts: &Facts<'_>, at: &At<'_>, ids: &[pb::ExternalId], citations: &[pb::Citation], report: &mut Report) {
    if !ids.is_empty() && !citations.iter().any(|citation| facts.is_gazetteer(&citation.source)) {
        let cure = "cite the register they come from; an article gives none";
        at.field("external_ids").wrong(
            report,
            ProblemKind::Citation,
            "identifiers without a gazetteer or register",
            cure,
        );
    }
}
