//! JSON Schema of fact files, made from the descriptors: so that editors complete and check what curators write.
//!
//! It says what the format can say of one file by itself; `dossier check` says the rest.

use std::collections::{BTreeMap, BTreeSet};

use prost_reflect::{EnumDescriptor, FieldDescriptor, FileDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value, json};

use super::{
    contract,
    values::{ANY_OF, REQUIRED},
};

/// The schema in draft 2020-12.
pub fn schema() -> Value {
    let Some(root) = contract::fact_file() else { return json!({}) };
    let mut definitions = BTreeMap::new();
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    schema.insert("title".to_owned(), json!("Fact file of dossier"));
    schema.extend(message(&root, &mut definitions));
    schema.insert("$defs".to_owned(), definitions.into_iter().collect::<Map<String, Value>>().into());
    Value::Object(schema)
}

fn message(descriptor: &MessageDescriptor, definitions: &mut BTreeMap<String, Value>) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = BTreeSet::new();
    for field in contract::written(descriptor) {
        if contract::identifier(&field) {
            required.insert(field.name().to_owned());
        }
        properties.insert(field.name().to_owned(), of_field(&field, definitions));
    }
    let named = |(name, _): &&(&str, &[&str])| *name == descriptor.full_name();
    for (_, fields) in REQUIRED.iter().filter(named) {
        required.extend(fields.iter().map(|name| (*name).to_owned()));
    }
    let mut schema = Map::new();
    schema.insert("description".to_owned(), json!(comment(&descriptor.parent_file(), descriptor.path())));
    schema.insert("type".to_owned(), json!("object"));
    schema.insert("properties".to_owned(), properties.into());
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    if let Some((_, any)) = ANY_OF.iter().find(named) {
        schema.insert("anyOf".to_owned(), any.iter().map(|name| json!({ "required": [name] })).collect());
    }
    schema.insert("additionalProperties".to_owned(), json!(false));
    schema.insert("minProperties".to_owned(), json!(1));
    schema
}

fn of_field(field: &FieldDescriptor, definitions: &mut BTreeMap<String, Value>) -> Value {
    let one = of_value(field, definitions);
    let described = comment(&field.parent_message().parent_file(), field.path());
    if field.is_list() {
        return json!({ "description": described, "type": "array", "minItems": 1, "items": one });
    }
    let mut schema = Map::new();
    schema.insert("description".to_owned(), json!(described));
    if let Value::Object(one) = one {
        schema.extend(one);
    }
    Value::Object(schema)
}

fn of_value(field: &FieldDescriptor, definitions: &mut BTreeMap<String, Value>) -> Value {
    match field.kind() {
        Kind::Message(inner) => {
            define(inner.name(), definitions, |definitions| message(&inner, definitions));
            json!({ "$ref": format!("#/$defs/{}", inner.name()) })
        }
        Kind::Enum(values) => {
            define(values.name(), definitions, |_| enumeration(&values));
            json!({ "$ref": format!("#/$defs/{}", values.name()) })
        }
        Kind::Bool => json!({ "type": "boolean" }),
        Kind::Uint32 => json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        Kind::Double => number(field.name()),
        _ => text(field),
    }
}

/// Adds a definition once; a message that holds itself finds the seat taken.
fn define(
    name: &str,
    definitions: &mut BTreeMap<String, Value>,
    make: impl FnOnce(&mut BTreeMap<String, Value>) -> Map<String, Value>,
) {
    if !definitions.contains_key(name) {
        definitions.insert(name.to_owned(), Value::Null);
        let made = make(definitions);
        definitions.insert(name.to_owned(), Value::Object(made));
    }
}

fn number(name: &str) -> Value {
    match name {
        "latitude" => json!({ "type": "number", "minimum": -90, "maximum": 90 }),
        "longitude" => json!({ "type": "number", "minimum": -180, "maximum": 180 }),
        _ => json!({ "type": "number", "minimum": 0 }),
    }
}

fn text(field: &FieldDescriptor) -> Value {
    let own = contract::collection(field.parent_message()).filter(|_| contract::identifier(field));
    if let Some(collection) = own.or_else(|| contract::reference(field)) {
        return json!({
            "type": "string",
            "pattern": format!("^{collection}/[a-z0-9]+(-[a-z0-9]+)*$"),
            "maxLength": collection.segment().len() + 1 + 128,
        });
    }
    match field.name() {
        "country_code" => json!({ "type": "string", "pattern": "^[A-Z]{2}$" }),
        "stated_date" => json!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" }),
        _ => json!({ "type": "string", "minLength": 1 }),
    }
}

fn enumeration(values: &EnumDescriptor) -> Map<String, Value> {
    let file = values.parent_file();
    let one = |value: prost_reflect::EnumValueDescriptor| json!({ "const": value.name(), "description": comment(&file, value.path()) });
    let mut schema = Map::new();
    schema.insert("description".to_owned(), json!(comment(&file, values.path())));
    schema.insert("oneOf".to_owned(), values.values().filter(|value| value.number() != 0).map(one).collect());
    schema
}

/// The comment above an element, as one paragraph a paragraph.
fn comment(file: &FileDescriptor, path: &[i32]) -> String {
    let file = file.file_descriptor_proto();
    let locations = file.source_code_info.iter().flat_map(|info| &info.location);
    let text =
        locations.filter(|location| location.path == path).find_map(|location| location.leading_comments.as_deref());
    let paragraphs = text.unwrap_or("").split("\n\n");
    let flat = paragraphs.map(|paragraph| paragraph.split_whitespace().collect::<Vec<_>>().join(" "));
    flat.collect::<Vec<_>>().join("\n\n").trim().to_owned()
}
