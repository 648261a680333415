//! What the service answers on the shipped facts, and on made-up ones for what these do not say, asked over a socket by a
//! generated client.

mod as_of;
mod casualties;
mod handovers;
mod names;
mod near;
mod written;

use dossier::pb::{self, fact_service_client::FactServiceClient};
use tonic::transport::Channel;

use crate::support::Server;

pub(crate) type Client = FactServiceClient<Channel>;

/// The seed alone.
pub(crate) const SEED: &[&str] = &["seeds"];
/// The seed with what became of its plans.
pub(crate) const WITH_EXAMPLE: &[&str] = &["seeds", "examples/minusma-2023"];
/// A made-up world that has deaths, a curator's choice, identifiers, a tie that ended, a quote that stands twice.
pub(crate) const QUARRY: &[&str] = &["tests/spec/made_up/quarry"];

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

async fn event(client: &mut Client, name: &str, day: &str) -> pb::Event {
    let request = pb::GetEventRequest { name: name.into(), as_of: day.into(), ..Default::default() };
    client.get_event(request).await.unwrap().into_inner()
}

async fn events(client: &mut Client, filter: pb::EventFilter) -> Vec<pb::Event> {
    let request = pb::ListEventsRequest { filter: Some(filter), page_size: 1000, ..Default::default() };
    client.list_events(request).await.unwrap().into_inner().events
}

fn edtf(time: Option<&pb::TimeSpan>) -> &str {
    time.map_or("", |time| time.edtf.as_str())
}
