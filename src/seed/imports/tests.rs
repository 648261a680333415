//! No reference is forgotten: what the contract's options call a reference is what a record shows.

use prost_reflect::{DynamicMessage, Kind, MessageDescriptor, Value};

use super::references::references;
use crate::{pb::seed::record::Content, seed::contract};

/// A message with every field that a file may write, and how many references are in it.
fn full(descriptor: &MessageDescriptor) -> (DynamicMessage, usize) {
    let mut message = DynamicMessage::new(descriptor.clone());
    let mut count = 0;
    for field in contract::written(descriptor) {
        let value = match field.kind() {
            Kind::Message(inner) => {
                let (inner, references) = full(&inner);
                count += references;
                Value::Message(inner)
            }
            Kind::String if contract::reference(&field).is_some() => {
                count += 1;
                Value::String("refers/here".into())
            }
            _ => continue,
        };
        message.set_field(&field, if field.is_list() { Value::List(vec![value]) } else { value });
    }
    (message, count)
}

#[test]
fn every_reference_of_the_contract_is_shown() {
    let file = contract::fact_file().unwrap();
    let of = |name: &str| full(&file.parent_pool().get_message_by_name(name).unwrap());
    let (place, places) = of("dossier.v1.Place");
    let (actor, actors) = of("dossier.v1.Actor");
    let (camp, camps) = of("dossier.v1.Camp");
    let (event, events) = of("dossier.v1.Event");
    let (source, sources) = of("dossier.v1.Source");
    let (on, additions) = of("dossier.seed.v1.ClaimsOn");
    let cases = [
        (Content::Place(place.transcode_to().unwrap()), places),
        (Content::Actor(actor.transcode_to().unwrap()), actors),
        (Content::Camp(camp.transcode_to().unwrap()), camps),
        (Content::Event(event.transcode_to().unwrap()), events),
        (Content::Source(source.transcode_to().unwrap()), sources),
        (Content::ClaimsOn(on.transcode_to().unwrap()), additions),
    ];
    assert!(events > 15 && additions > 5, "the contract has references");
    for (mut content, wanted) in cases {
        let mut shown = 0;
        references(&mut content, &mut |_, name| {
            assert_eq!(name, "refers/here");
            shown += 1;
        });
        assert_eq!(shown, wanted, "{content:?}");
    }
}
