//! `GetDataset`.

use std::future::{Ready, ready};

use super::{Answer, FactService, error::Error, wire::Reply};
use crate::{
    pb,
    store::{Budget, Store, View as _},
};

impl<S: Store> FactService<S> {
    pub(super) fn get_dataset(self, _: pb::GetDatasetRequest, _: Budget) -> Ready<Result<Answer, Error>> {
        let view = self.store.current();
        let summary = view.summary();
        let loaded = prost_types::Timestamp::from(summary.load_time);
        let dataset = pb::Dataset {
            load_time: Some(loaded),
            last_reload_time: Some(loaded),
            last_reload_outcome: pb::ReloadOutcome::Loaded.into(),
            build: Some(pb::Build {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                commit: env!("DOSSIER_COMMIT").to_owned(),
                contract: "dossier.v1".to_owned(),
            }),
            ..summary.dataset.clone()
        };
        ready(Ok(Answer::new(Reply::encode(&dataset), &*view)))
    }
}
