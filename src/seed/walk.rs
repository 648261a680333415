//! Walks every message inside a fact file with its path.

use prost_reflect::{DynamicMessage, Value};

use super::places::{field, item};

/// Calls for the message and for each one inside it, outermost first.
pub(super) fn walk(message: &DynamicMessage, path: &str, each: &mut dyn FnMut(&DynamicMessage, &str)) {
    each(message, path);
    for (descriptor, value) in message.fields() {
        let path = field(path, descriptor.name());
        match value {
            Value::Message(inner) => walk(inner, &path, each),
            Value::List(items) => {
                for (index, value) in items.iter().enumerate() {
                    if let Value::Message(inner) = value {
                        walk(inner, &item(&path, index), each);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The same, to change what is inside.
pub(super) fn walk_mut(message: &mut DynamicMessage, path: &str, each: &mut dyn FnMut(&mut DynamicMessage, &str)) {
    each(message, path);
    for (descriptor, value) in message.fields_mut() {
        let path = field(path, descriptor.name());
        match value {
            Value::Message(inner) => walk_mut(inner, &path, each),
            Value::List(items) => {
                for (index, value) in items.iter_mut().enumerate() {
                    if let Value::Message(inner) = value {
                        walk_mut(inner, &item(&path, index), each);
                    }
                }
            }
            _ => {}
        }
    }
}
