//! The parts of sources' texts that claims cite.

use std::collections::{BTreeMap, BTreeSet};

use crate::pb;

/// Which parts of sources claims cite.
#[derive(Debug, Default)]
pub struct Cited(BTreeMap<String, BTreeMap<(u32, u32), BTreeSet<String>>>);

impl Cited {
    /// Takes in the citations of an event's claims. Those that tell no part of a text take no room.
    pub fn add(&mut self, event: &pb::Event) {
        for claim in &event.claims {
            for citation in &claim.citations {
                if let Some(part) = citation.start_offset.zip(citation.end_offset) {
                    let parts = self.0.entry(citation.source.clone()).or_default();
                    parts.entry(part).or_default().insert(claim.name.clone());
                }
            }
        }
    }

    /// Takes in what was gathered of others.
    pub fn merge(&mut self, other: Cited) {
        for (source, parts) in other.0 {
            let all = self.0.entry(source).or_default();
            for (part, claims) in parts {
                all.entry(part).or_default().extend(claims);
            }
        }
    }

    /// Fills the cited parts of each source, in the order of the text.
    pub fn fill(mut self, sources: &mut [pb::Source]) {
        for source in sources {
            let parts = self.0.remove(&source.name).unwrap_or_default().into_iter();
            let part = |((start, end), claims): ((u32, u32), BTreeSet<String>)| pb::CitedSpan {
                start_offset: Some(start),
                end_offset: Some(end),
                claims: claims.into_iter().collect(),
            };
            source.cited_spans = parts.map(part).collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_in_order_with_the_claims_that_cite_them() {
        let citation = |start: u32, end: u32| pb::Citation {
            source: "sources/a".into(),
            start_offset: Some(start),
            end_offset: Some(end),
            ..Default::default()
        };
        let claim = |name: &str, citations| pb::Claim { name: name.into(), citations, ..Default::default() };
        let untexted = pb::Citation { source: "sources/a".into(), ..Default::default() };
        let claims = vec![claim("z", vec![citation(5, 9), citation(0, 3)]), claim("b", vec![citation(5, 9), untexted])];
        let mut sources = [pb::Source { name: "sources/a".into(), ..Default::default() }];
        let mut cited = Cited::default();
        cited.add(&pb::Event { claims, ..Default::default() });
        cited.fill(&mut sources);
        let part = |start, end, claims: &[&str]| pb::CitedSpan {
            start_offset: Some(start),
            end_offset: Some(end),
            claims: claims.iter().map(|&name| name.to_owned()).collect(),
        };
        assert_eq!(sources[0].cited_spans, [part(0, 3, &["z"]), part(5, 9, &["b", "z"])]);
    }
}
