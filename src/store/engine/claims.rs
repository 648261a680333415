//! Lists of claims: postings narrow the rows, and the claims of those are read one by one where the question asks for more.

use std::collections::HashSet;

use prost::Message as _;

use super::{
    filter::claimed,
    lists::{entries, parts},
    names::Resolver,
    view::ImageView,
};
use crate::{
    model::{claims, day::Day, name::Collection, span::source_day},
    pb,
    store::{
        Budget, Error, Hits,
        image::{Damaged, SectionId},
        index::postings::Key,
        query::{ClaimQuery, EventQuery, PageOf},
    },
};

/// The number of the field `Event.claims`.
const CLAIMS: u64 = 14;

impl ImageView {
    pub(super) async fn claims_page(
        &self,
        query: &EventQuery,
        asked: &ClaimQuery,
        page: PageOf,
        budget: &Budget,
    ) -> Result<Hits<'_>, Error> {
        let mut names = Resolver::new(self);
        let claimants = names.all(Collection::Actors, &asked.claimants)?;
        let sources = names.all(Collection::Sources, &asked.sources)?;
        let mut filter = self.filter(query, names, budget).await?;
        let postings = self.postings()?;
        if !claimants.is_empty() || !sources.is_empty() {
            let found: Result<Vec<_>, Damaged> =
                claimed(&claimants, &sources).into_iter().map(|key| postings.get(key)).collect();
            filter.any(found?);
        }
        if !asked.stances.is_empty() {
            let found: Result<Vec<_>, Damaged> =
                asked.stances.iter().map(|stance| postings.get(Key::Stance((*stance).into()))).collect();
            filter.any(found?);
        }
        let facts = self.facts();
        let all = asked.claimants.is_empty()
            && asked.sources.is_empty()
            && asked.stances.is_empty()
            && asked.stated.is_none();
        let claimants: HashSet<&str> = asked.claimants.iter().map(String::as_str).collect();
        let sources: HashSet<&str> = asked.sources.iter().map(String::as_str).collect();
        entries(&filter, page, budget, |row| {
            let mut claims = parts(&facts, row, CLAIMS)?;
            if !all {
                claims.retain(|claim| {
                    let claim = pb::Claim::decode_length_delimited(*claim);
                    claim.is_ok_and(|claim| self.is_asked(&claim, &claimants, &sources, asked))
                });
            }
            Ok(claims)
        })
        .await
    }

    fn is_asked(
        &self,
        claim: &pb::Claim,
        claimants: &HashSet<&str>,
        sources: &HashSet<&str>,
        asked: &ClaimQuery,
    ) -> bool {
        let cited = || claim.citations.iter().any(|citation| sources.contains(citation.source.as_str()));
        (claimants.is_empty() || claimants.contains(claim.claimant.as_str()))
            && (sources.is_empty() || cited())
            && (asked.stances.is_empty() || asked.stances.contains(&claim.stance()))
            && asked.stated.is_none_or(|(first, last)| {
                let stated = claims::statement_day(claim, |source| self.published(source));
                stated.is_some_and(|day| (first..=last).contains(&day))
            })
    }

    /// The last day on which a source can have been published.
    fn published(&self, source: &str) -> Option<Day> {
        let ordinal = self.ordinal(Collection::Sources, source).ok()??;
        // As lists carry it: without its text.
        let listed = self.entities(Collection::Sources).get(ordinal).ok()?.messages.first.checked_add(1)?;
        let at = self.messages().get(listed).ok()?.at;
        let message = self.image.section(SectionId::MessageBytes).delimited(at).ok()?;
        source_day(&pb::Source::decode_length_delimited(message).ok()?.published_date)
    }
}
