//! Read masks: a masked answer is the whole one less the other fields, for every field of every list.

use dossier::{model::derive::derive, pb};
use prost_reflect::{DynamicMessage, Value};

use super::{in_process, walks::CALLS};
use crate::generate::{self, Size};

/// What a list of sources never carries.
const NEVER_LISTED: [&str; 2] = ["text", "cited_spans"];

/// Leaves nothing but some fields.
fn cut(message: &mut DynamicMessage, keeps: &[String]) {
    let fields: Vec<_> = message.fields().map(|(field, _)| field).collect();
    fields.iter().filter(|field| !keeps.iter().any(|name| name == field.name())).for_each(|f| message.clear_field(f));
}

/// Leaves nothing but some fields of an answer's entries; in a near search, of their events.
fn expected(whole: &DynamicMessage, entries: &str, keeps: &[String]) -> DynamicMessage {
    let mut answer = whole.clone();
    let Some(Value::List(list)) = answer.get_field_by_name_mut(entries) else { panic!("{entries} is a list") };
    for entry in list {
        let Value::Message(entry) = entry else { panic!("{entries} are messages") };
        match entry.get_field_by_name_mut("event") {
            Some(Value::Message(event)) if entries == "nearby_events" => cut(event, keeps),
            _ => cut(entry, keeps),
        }
    }
    answer
}

#[tokio::test]
async fn a_masked_answer_is_the_whole_less_the_other_fields() {
    let (_, service) = in_process::service(&derive(generate::dataset(9, Size::SMALL)));
    let names: Vec<String> = (0..9).map(|i| format!("events/thing-{i}")).collect();
    let batch = serde_json::json!({ "names": names }).to_string();
    let calls = CALLS.iter().copied().filter(|(method, ..)| *method != "CountEvents");
    for (method, entries, json) in calls.chain([("BatchGetEvents", "events", batch.as_str())]) {
        let mut request: serde_json::Value = serde_json::from_str(json).unwrap();
        if method != "BatchGetEvents" {
            request["page_size"] = 1000.into();
        }
        let whole = in_process::ask(&service, method, &request.to_string()).await.unwrap();
        let message = match entries {
            "nearby_events" => "dossier.v1.Event".to_owned(),
            _ => format!("dossier.v1.{}", singular(method)),
        };
        let fields = pb::pool().get_message_by_name(&message).expect(&message);
        let fields = fields.fields().map(|field| field.name().to_owned());
        let fields: Vec<_> =
            fields.filter(|f| method != "ListSources" || !NEVER_LISTED.contains(&f.as_str())).collect();
        let each = fields.iter().map(|field| vec![field.clone()]);
        for mask in each.chain([fields.iter().step_by(2).cloned().collect(), fields.clone()]) {
            request["read_mask"] = mask.iter().map(|name| in_json(name)).collect::<Vec<_>>().join(",").into();
            let masked = in_process::ask(&service, method, &request.to_string()).await.unwrap();
            let wanted = expected(&whole, entries, &mask);
            assert!(masked == wanted, "{method} {request}: {masked} instead of {wanted}");
        }
    }
}

/// A path as field masks have it in JSON: in lowerCamelCase.
fn in_json(path: &str) -> String {
    let mut words = path.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |path, word| path + &word[..1].to_uppercase() + &word[1..])
}

/// The message that a list holds.
fn singular(method: &str) -> &str {
    let plural = method.trim_start_matches("BatchGet").trim_start_matches("List");
    plural.strip_suffix('s').unwrap_or(plural)
}
