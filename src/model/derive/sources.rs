//! The parts of sources' texts that claims cite.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::pb;

/// Fills the cited parts of each source, in the order of the text.
pub(super) fn cite(sources: &mut [pb::Source], events: &[pb::Event]) {
    let mut cited: HashMap<&str, BTreeMap<(u32, u32), BTreeSet<&str>>> = HashMap::new();
    for claim in events.iter().flat_map(|event| &event.claims) {
        for citation in &claim.citations {
            if let Some(part) = citation.start_offset.zip(citation.end_offset) {
                cited.entry(&citation.source).or_default().entry(part).or_default().insert(&claim.name);
            }
        }
    }
    for source in sources {
        let parts = cited.remove(source.name.as_str()).unwrap_or_default().into_iter();
        let part = |((start, end), claims): ((u32, u32), BTreeSet<&str>)| pb::CitedSpan {
            start_offset: Some(start),
            end_offset: Some(end),
            claims: claims.into_iter().map(str::to_owned).collect(),
        };
        source.cited_spans = parts.map(part).collect();
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
        cite(&mut sources, &[pb::Event { claims, ..Default::default() }]);
        let part = |start, end, claims: &[&str]| pb::CitedSpan {
            start_offset: Some(start),
            end_offset: Some(end),
            claims: claims.iter().map(|&name| name.to_owned()).collect(),
        };
        assert_eq!(sources[0].cited_spans, [part(0, 3, &["z"]), part(5, 9, &["b", "z"])]);
    }
}
