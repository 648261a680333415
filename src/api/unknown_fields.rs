//! Refuses fields that this contract does not have. A parameter that is silently ignored is worse than an error: the caller
//! believes in an answer to another question.

use prost_reflect::{DynamicMessage, ReflectMessage as _, Value};

use super::error::{Error, Violation};
use crate::pb;

/// Looks for unknown fields in a message that did not encode to its own length, which is rare: the slow way is fine.
pub(super) fn refuse(message: &str, bytes: &[u8]) -> Result<(), Error> {
    let Some(descriptor) = pb::pool().get_message_by_name(message) else { return Ok(()) };
    let Ok(decoded) = DynamicMessage::decode(descriptor, bytes) else { return Ok(()) };
    let mut violations = vec![];
    look(&decoded, "", &mut violations);
    if violations.is_empty() { Ok(()) } else { Err(Error::Fields(violations)) }
}

fn look(message: &DynamicMessage, path: &str, violations: &mut Vec<Violation>) {
    for field in message.unknown_fields() {
        let name = message.descriptor().name().to_owned();
        violations.push(Violation {
            field: format!("{path}{}", field.number()),
            description: format!(
                "{name} has no field of this number in dossier.v1; leave it out or ask a newer service"
            ),
        });
    }
    for (field, value) in message.fields() {
        let name = field.name();
        match value {
            Value::Message(inner) => look(inner, &format!("{path}{name}."), violations),
            Value::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    if let Value::Message(inner) = item {
                        look(inner, &format!("{path}{name}[{i}]."), violations);
                    }
                }
            }
            _ => {}
        }
    }
}
