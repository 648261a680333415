//! What the service answers on the shipped facts, asked over a socket by a generated client.

mod as_of;
mod handovers;
mod names;
mod near;

use dossier::pb::{self, fact_service_client::FactServiceClient};
use tonic::transport::Channel;

use crate::support::Server;

pub(crate) type Client = FactServiceClient<Channel>;

/// The seed alone.
pub(crate) const SEED: &[&str] = &["seeds"];
/// The seed with what became of its plans.
pub(crate) const WITH_EXAMPLE: &[&str] = &["seeds", "examples/minusma-2023"];

/// A server over data sets, and a client of it.
pub(crate) async fn serve(data: &[&str]) -> (Server, Client) {
    let server = Server::start(data);
    let client = FactServiceClient::connect(format!("http://{}", server.address)).await.unwrap();
    (server, client)
}

/// A filter as known on a day; empty: now.
fn as_of(day: &str) -> Option<pb::EventFilter> {
    Some(pb::EventFilter { as_of: day.into(), ..Default::default() })
}

async fn handovers(client: &mut Client, day: &str) -> Vec<pb::CampHandover> {
    let request = pb::ListCampHandoversRequest { filter: as_of(day), ..Default::default() };
    client.list_camp_handovers(request).await.unwrap().into_inner().camp_handovers
}

async fn events(client: &mut Client, filter: pb::EventFilter) -> Vec<pb::Event> {
    let request = pb::ListEventsRequest { filter: Some(filter), page_size: 1000, ..Default::default() };
    client.list_events(request).await.unwrap().into_inner().events
}

fn edtf(time: Option<&pb::TimeSpan>) -> &str {
    time.map_or("", |time| time.edtf.as_str())
}
