//! What is asked: requests that differ from each other, in their frames.

use bytes::{BufMut as _, Bytes, BytesMut};
use dossier::pb::{self, get_events_near_request::Origin};
use prost::Message;

use crate::made_up::{Dice, Events, World};

/// A kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ask {
    /// So many events around a point.
    Near(i32),
    /// One event.
    Get,
    /// Fifty events by days, an actor with its units, and a region with what lies in it.
    List,
    /// The bare server's greeting.
    Hello,
}

impl Ask {
    /// What requests are drawn by.
    pub(crate) const SEED: u64 = 99;

    /// How many bytes the bare server's greeting has.
    pub(crate) const GREETING: usize = 2 + "Hello dossier!".len();

    /// By its name on the command line.
    pub(crate) fn named(name: &str) -> Ask {
        match name {
            "near10" => Ask::Near(10),
            "near100" => Ask::Near(100),
            "get" => Ask::Get,
            "list" => Ask::List,
            "hello" => Ask::Hello,
            _ => panic!("no such request: {name}"),
        }
    }

    /// Where it goes.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Ask::Near(_) => "/dossier.v1.FactService/GetEventsNear",
            Ask::Get => "/dossier.v1.FactService/GetEvent",
            Ask::List => "/dossier.v1.FactService/ListEvents",
            Ask::Hello => "/bare.Bare/Hello",
        }
    }

    /// Answers that are long are asked for by fewer different requests, whose answers no cache holds either.
    pub(crate) fn share(self) -> usize {
        match self {
            Ask::Near(10) | Ask::Get | Ask::Hello => 1,
            Ask::Near(_) | Ask::List => 4,
        }
    }

    /// So many requests in their frames.
    pub(crate) fn requests(self, world: &World, events: usize, most: usize) -> Vec<Bytes> {
        let mut dice = Dice::new(Ask::SEED);
        (0..most).map(|_| self.request(world, events, &mut dice)).collect()
    }

    fn request(self, world: &World, events: usize, dice: &mut Dice) -> Bytes {
        match self {
            Ask::Near(page_size) => framed(&near(world, dice, page_size)),
            Ask::Get => framed(&pb::GetEventRequest { name: Events::name(dice.below(events)), ..Default::default() }),
            Ask::List => framed(&list(world, dice)),
            Ask::Hello => framed(&Hello { name: "dossier".into() }),
        }
    }
}

/// The bare server's request and reply.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Hello {
    /// A name, or a greeting.
    #[prost(string, tag = "1")]
    pub(crate) name: String,
}

/// Around a point.
pub(crate) fn near(world: &World, dice: &mut Dice, page_size: i32) -> pb::GetEventsNearRequest {
    let origin = Some(Origin::Point(world.asked_point(dice)));
    pb::GetEventsNearRequest { origin, page_size, ..Default::default() }
}

/// Ten years of what a group and its units did in a region.
pub(crate) fn list(world: &World, dice: &mut Dice) -> pb::ListEventsRequest {
    let town = world.busy_town(dice);
    let year = 2001 + dice.below(20);
    let filter = pb::EventFilter {
        actors: vec![World::side(town.country, World::group(dice))],
        places: vec![world.places[town.region].name.clone()],
        first_day: format!("{year}-01-01"),
        last_day: format!("{}-12-31", year + 9),
        ..Default::default()
    };
    pb::ListEventsRequest { filter: Some(filter), page_size: 50, ..Default::default() }
}

/// A message in gRPC's frame.
pub(crate) fn framed(message: &impl Message) -> Bytes {
    let mut frame = BytesMut::with_capacity(5 + message.encoded_len());
    frame.put_u8(0);
    frame.put_u32(message.encoded_len() as u32);
    message.encode(&mut frame).expect("room");
    frame.freeze()
}
