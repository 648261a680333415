//! `dossier.admin.v1.AdminService`: how the server is, and loading anew.

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use tonic::{Request, Response, Status};

use super::{exposition::Exposition, status};
use crate::{
    pb::{
        self,
        admin::{
            GetStatusRequest, GetStatusResponse, LastReload, ReloadRequest, ReloadResponse,
            admin_service_server::AdminService,
        },
    },
    store,
};

/// What operators call.
#[derive(Debug, Clone)]
pub(super) struct Operations {
    pub(super) exposition: Arc<Exposition>,
    /// Loads anew, if this server can.
    pub(super) reload: Option<mpsc::Sender<oneshot::Sender<()>>>,
}

fn told(last: store::LastLoad) -> LastReload {
    LastReload { time: Some(last.time.into()), outcome: last.outcome.into(), refusal: last.refusal.into() }
}

#[tonic::async_trait]
impl AdminService for Operations {
    async fn get_status(&self, _: Request<GetStatusRequest>) -> Result<Response<GetStatusResponse>, Status> {
        let Exposition { metrics, health, now, started, .. } = &*self.exposition;
        let (store::Summary { dataset, load_time, .. }, last) = now();
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Ok(Response::new(GetStatusResponse {
            build: Some(pb::build()),
            start_time: Some((*started).into()),
            ready: health.is_serving(),
            revision: dataset.revision,
            load_time: Some(load_time.into()),
            last_reload: Some(told(last)),
            calls_in_flight: count(metrics.in_flight()),
            connections: count(metrics.connections()),
            event_count: dataset.event_count,
        }))
    }

    async fn reload(&self, _: Request<ReloadRequest>) -> Result<Response<ReloadResponse>, Status> {
        let (tell, done) = oneshot::channel();
        let reload = self.reload.as_ref().ok_or_else(status::unknown_method)?;
        // Both fail only when the server ends.
        if reload.send(tell).await.is_err() || done.await.is_err() {
            return Err(status::stopping());
        }
        let (summary, last) = (self.exposition.now)();
        Ok(Response::new(ReloadResponse { reload: Some(told(last)), revision: summary.dataset.revision }))
    }
}
