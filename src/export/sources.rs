//! The sources that exported events cite, as JSON beside or inside of the file: a fact without its source is none.

use std::{collections::BTreeSet, io::Write};

use prost::Message as _;
use serde_json::{Value, json};

use super::{Error, json::message};
use crate::{
    pb,
    store::{
        Budget, View,
        query::{EntityQuery, PageOf},
    },
};

/// Sources asked for at a time.
const PAGE: usize = 1000;

/// The names that events cite so far.
#[derive(Debug, Default)]
pub(super) struct Cited(BTreeSet<String>);

impl Cited {
    /// Adds those of an event: of its claims, its places and its links.
    pub(super) fn add(&mut self, event: &pb::Event) {
        let places = [&event.location, &event.origin, &event.destination];
        let places = places.into_iter().chain(event.claims.iter().map(|claim| &claim.location)).flatten();
        let of_places = places.filter_map(|location| location.citation.as_ref());
        let of_links = event.links.iter().filter_map(|link| link.citation.as_ref());
        let of_claims = event.claims.iter().flat_map(|claim| &claim.citations);
        for citation in of_claims.chain(of_places).chain(of_links) {
            if !self.0.contains(&citation.source) {
                self.0.insert(citation.source.clone());
            }
        }
    }

    /// Reads them, without their texts.
    pub(super) async fn read<V: View>(self, view: &V, budget: &Budget) -> Result<Sources, Error> {
        let mut found = vec![];
        let mut page = PageOf { after: None, size: PAGE };
        loop {
            let hits = view.list_entities(&EntityQuery::Sources, page, budget).await?;
            for hit in &hits.hits {
                let source = pb::Source::decode_length_delimited(hit.bytes)?;
                if self.0.contains(&source.name) {
                    found.push(message("Source", &source.encode_to_vec())?);
                }
            }
            page.after = hits.hits.last().map(|hit| hit.at);
            if !hits.more {
                break;
            }
        }
        Ok(Sources { revision: view.revision().to_owned(), sources: found })
    }
}

/// Sources, and the revision that they are of.
#[derive(Debug, Clone, PartialEq)]
pub struct Sources {
    /// The revision of the data.
    pub revision: String,
    /// Protobuf's JSON of each, by name.
    pub sources: Vec<Value>,
}

impl Sources {
    /// Writes them as one JSON object: `revision`, `sources`.
    pub fn write(&self, mut out: impl Write) -> Result<(), Error> {
        let Sources { revision, sources } = self;
        writeln!(out, "{:#}", json!({ "revision": revision, "sources": sources }))?;
        Ok(out.flush()?)
    }
}
