//! Lists of claims: postings narrow the rows, and the claims of those are read one by one where the question asks for more.

use std::collections::{HashMap, HashSet};

use prost::Message as _;

use super::{
    filter::{add, claimed},
    lists::{decoded, entries, parts, seen},
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
        let facts = self.facts();
        let mut filter = self.filter(query, names, &facts, budget).await?;
        let postings = self.postings()?;
        if !claimants.is_empty() || !sources.is_empty() {
            let claimed = claimed(&postings, &claimants, &sources, budget).await?;
            add(&mut filter, claimed, budget).await?;
        }
        if !asked.stances.is_empty() {
            let found: Result<Vec<_>, Damaged> =
                asked.stances.iter().map(|stance| postings.get(Key::Stance((*stance).into()))).collect();
            filter.any(found?);
        }
        let all = asked.claimants.is_empty()
            && asked.sources.is_empty()
            && asked.stances.is_empty()
            && asked.stated.is_none();
        let claimants: HashSet<&str> = asked.claimants.iter().map(String::as_str).collect();
        let sources: HashSet<&str> = asked.sources.iter().map(String::as_str).collect();
        let is_asked = |row, bytes| {
            if all {
                return Ok(true);
            }
            let claim = pb::Claim::decode_length_delimited(bytes).map_err(|_| facts.damaged(row))?;
            self.is_asked(&claim, &claimants, &sources, asked)
        };
        let price = if all { seen } else { decoded };
        entries(&filter, page, budget, |row| parts(&facts, row, CLAIMS), price, is_asked).await
    }

    fn is_asked(
        &self,
        claim: &pb::Claim,
        claimants: &HashSet<&str>,
        sources: &HashSet<&str>,
        asked: &ClaimQuery,
    ) -> Result<bool, Damaged> {
        let cited = || claim.citations.iter().any(|citation| sources.contains(citation.source.as_str()));
        let said = (claimants.is_empty() || claimants.contains(claim.claimant.as_str()))
            && (sources.is_empty() || cited())
            && (asked.stances.is_empty() || asked.stances.contains(&claim.stance()));
        let (true, Some((first, last))) = (said, asked.stated) else { return Ok(said) };
        // Days of sources are looked up before, since looking up can fail.
        let mut published = HashMap::new();
        for citation in &claim.citations {
            published.insert(citation.source.as_str(), self.published(&citation.source)?);
        }
        let stated = claims::statement_day(claim, |source| published.get(source).copied().flatten());
        Ok(stated.is_some_and(|day| (first..=last).contains(&day)))
    }

    /// The last day on which a source can have been published.
    fn published(&self, source: &str) -> Result<Option<Day>, Damaged> {
        let Some(ordinal) = self.ordinal(Collection::Sources, source)? else { return Ok(None) };
        // As lists carry it: without its text.
        let listed = self.entities(Collection::Sources).get(ordinal)?.messages.first.saturating_add(1);
        let at = self.messages().get(listed)?.at;
        let messages = self.image.section(SectionId::MessageBytes);
        let source = pb::Source::decode_length_delimited(messages.delimited(at)?).map_err(|_| messages.damaged(at))?;
        Ok(source_day(&source.published_date))
    }
}
