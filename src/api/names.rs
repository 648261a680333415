//! `ResolveNames`.

use super::{
    Answer, FactService,
    error::Error,
    fields::{Fields, MOST_VALUES},
    wire::Reply,
};
use crate::{
    pb,
    store::{Budget, Store, View as _, query::ResolveQuery},
};

/// Longest words to resolve, in characters.
const MOST_CHARS: usize = 200;
/// Most candidates for each.
const MOST_CANDIDATES: i32 = 50;
/// Candidates for each unless asked otherwise.
const CANDIDATES: usize = 5;

impl<S: Store> FactService<S> {
    pub(super) async fn resolve_names(self, request: pb::ResolveNamesRequest, budget: Budget) -> Result<Answer, Error> {
        let mut fields = Fields::default();
        if request.names.is_empty() || request.names.len() > MOST_VALUES {
            fields.reject("names", format!("has {} values; send 1 to {MOST_VALUES}", request.names.len()));
        }
        for (i, name) in request.names.iter().take(MOST_VALUES).enumerate() {
            if name.trim().is_empty() || name.chars().count() > MOST_CHARS {
                fields
                    .reject(format!("names[{i}]"), format!("is blank or too long; send 1 to {MOST_CHARS} characters"));
            }
        }
        let kinds = fields.enums("resource_kinds", &request.resource_kinds);
        if !(0..=MOST_CANDIDATES).contains(&request.limit) {
            let what =
                format!("{} is out of range; write 1 to {MOST_CANDIDATES}, or 0 for {CANDIDATES}", request.limit);
            fields.reject("limit", what);
        }
        fields.finish()?;
        let limit = usize::try_from(request.limit).ok().filter(|limit| *limit > 0).unwrap_or(CANDIDATES);
        let view = self.0.store.current();
        let query = ResolveQuery { names: request.names, kinds, limit };
        let candidates = view.resolve(&query, &budget).await?;
        let resolutions = query
            .names
            .iter()
            .zip(candidates)
            .map(|(query, candidates)| pb::Resolution { query: query.clone(), candidates })
            .collect();
        let response = pb::ResolveNamesResponse { resolutions, revision: view.revision().to_owned() };
        Ok(Answer::new(Reply::encode(&response), &*view))
    }
}
