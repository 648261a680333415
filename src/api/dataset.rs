//! `GetDataset`.

use std::future::{Ready, ready};

use super::{Answer, FactService, error::Error, wire::Reply};
use crate::{
    pb,
    store::{Budget, Store, View as _},
};

impl<S: Store> FactService<S> {
    pub(super) fn get_dataset(self, _: pb::GetDatasetRequest, _: Budget) -> Ready<Result<Answer, Error>> {
        let last = *self.0.store.loads().borrow();
        let view = self.0.store.current();
        let summary = view.summary();
        let loaded = prost_types::Timestamp::from(summary.load_time);
        let dataset = pb::Dataset {
            load_time: Some(loaded),
            last_reload_time: Some(last.time.into()),
            last_reload_outcome: last.outcome.into(),
            last_reload_refusal: last.refusal.into(),
            build: Some(pb::build()),
            ..summary.dataset.clone()
        };
        ready(Ok(Answer::new(Reply::encode(&dataset), &*view)))
    }
}
