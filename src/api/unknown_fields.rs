//! Refuses fields that this contract does not have, and all but one of a `oneof`. A parameter that is silently ignored is worse
//! than an error: the caller believes in an answer to another question.
//!
//! Requests are walked by their tags, against shapes that are made from the descriptors once.

use std::{collections::HashMap, sync::LazyLock};

use prost_reflect::{Kind, MessageDescriptor};

use super::error::{Error, Violation};
use crate::{
    model::encoded::{behind_varint, next_field},
    pb,
};

/// Unknown fields told at once. A request can have hundreds of thousands of them.
const TOLD: usize = 20;

/// A field of a message.
#[derive(Debug)]
struct Field {
    number: u64,
    name: String,
    repeated: bool,
    /// The shape of its message, if it is one.
    message: Option<usize>,
    /// The `oneof` that it is of, if it is of one.
    oneof: Option<String>,
}

#[derive(Debug, Default)]
struct Shapes {
    fields: Vec<Vec<Field>>,
    names: Vec<String>,
    /// Shapes by the full names of their messages.
    index: HashMap<String, usize>,
    /// Shapes of requests by their names: all are of one package.
    requests: HashMap<String, usize>,
}

impl Shapes {
    /// The shape of a message, made with those of all messages in it.
    fn add(&mut self, message: &MessageDescriptor) -> usize {
        if let Some(at) = self.index.get(message.full_name()) {
            return *at;
        }
        let at = self.fields.len();
        self.index.insert(message.full_name().to_owned(), at);
        self.names.push(message.name().to_owned());
        self.fields.push(Vec::new());
        let fields = message.fields().map(|field| Field {
            number: u64::from(field.number()),
            name: field.name().to_owned(),
            repeated: field.is_list(),
            message: match field.kind() {
                Kind::Message(inner) => Some(self.add(&inner)),
                _ => None,
            },
            // The one-member oneofs of `optional` fields are no choice.
            oneof: field.containing_oneof().filter(|of| of.fields().len() > 1).map(|of| of.name().to_owned()),
        });
        let fields = fields.collect();
        self.fields[at] = fields;
        at
    }
}

static REQUESTS: LazyLock<Shapes> = LazyLock::new(|| {
    let mut shapes = Shapes::default();
    for method in pb::pool().services().flat_map(|service| service.methods().collect::<Vec<_>>()) {
        let shape = shapes.add(&method.input());
        shapes.requests.insert(method.input().name().to_owned(), shape);
    }
    shapes
});

/// Refuses a request of a name that decodes but has fields that are not of its message.
pub(super) fn refuse(message: &str, bytes: &[u8]) -> Result<(), Error> {
    let Some(shape) = REQUESTS.requests.get(message) else { return Ok(()) };
    if is_known(*shape, bytes) {
        return Ok(());
    }
    let mut violations = Vec::new();
    look(*shape, bytes, "", &mut violations);
    if violations.is_empty() { Ok(()) } else { Err(Error::Fields(violations)) }
}

/// Whether [`look`] finds nothing, which it is asked of nearly every request: no text is made.
fn is_known(shape: usize, mut bytes: &[u8]) -> bool {
    let Some(fields) = REQUESTS.fields.get(shape) else { return true };
    let mut chosen: Option<u64> = None;
    while let Some((number, len)) = next_field(bytes) {
        let (entry, rest) = bytes.split_at(len);
        bytes = rest;
        let Some(field) = fields.iter().find(|field| field.number == number) else { return false };
        if field.oneof.is_some() && chosen.replace(number).is_some_and(|before| before != number) {
            return false;
        }
        if field.message.is_some_and(|inner| !is_known(inner, content(entry))) {
            return false;
        }
    }
    true
}

fn look(shape: usize, mut bytes: &[u8], path: &str, violations: &mut Vec<Violation>) {
    let Some(fields) = REQUESTS.fields.get(shape) else { return };
    let mut chosen: Option<&Field> = None;
    let mut seen = 0;
    while let Some((number, len)) = next_field(bytes) {
        let (entry, rest) = bytes.split_at(len);
        bytes = rest;
        if violations.len() >= TOLD {
            return;
        }
        let Some(field) = fields.iter().find(|field| field.number == number) else {
            let name = REQUESTS.names.get(shape).map_or("", String::as_str);
            let description =
                format!("{name} has no field of this number in dossier.v1; leave it out or ask a newer service");
            violations.push(Violation { field: format!("{path}{number}"), description });
            continue;
        };
        if field.oneof.is_some() {
            match chosen.filter(|before| before.number != field.number) {
                Some(before) => violations.push(Violation {
                    field: format!("{path}{}", field.name),
                    description: format!("stands beside {}, and only one of them can be; choose", before.name),
                }),
                None => chosen = Some(field),
            }
        }
        if let Some(inner) = field.message {
            let index = if field.repeated { format!("[{seen}]") } else { String::new() };
            seen += usize::from(field.repeated);
            look(inner, content(entry), &format!("{path}{}{index}.", field.name), violations);
        }
    }
}

/// The message in a length-delimited field.
fn content(entry: &[u8]) -> &[u8] {
    behind_varint(behind_varint(entry))
}
