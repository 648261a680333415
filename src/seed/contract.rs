//! What the descriptors say about fields: the proto is the only schema of fact files.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, FieldDescriptor, MessageDescriptor, Value};

use crate::{model::name::Collection, pb};

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| DescriptorPool::decode(pb::DESCRIPTORS).unwrap_or_default());

/// The message that a fact file is. Absent only if the program was built with broken descriptors.
pub(super) fn fact_file() -> Option<MessageDescriptor> {
    POOL.get_message_by_name("dossier.seed.v1.FactFile")
}

/// `google.api.FieldBehavior.OUTPUT_ONLY`.
const OUTPUT_ONLY: i32 = 3;
/// `google.api.FieldBehavior.IDENTIFIER`.
const IDENTIFIER: i32 = 8;

fn behaves(field: &FieldDescriptor, behavior: i32) -> bool {
    let Some(extension) = POOL.get_extension_by_name("google.api.field_behavior") else { return false };
    let options = field.options();
    options
        .get_extension(&extension)
        .as_list()
        .is_some_and(|list| list.iter().any(|value| value.as_enum_number() == Some(behavior)))
}

/// Whether the service derives the field, so that no file may write it.
pub(super) fn output_only(field: &FieldDescriptor) -> bool {
    behaves(field, OUTPUT_ONLY)
}

/// Whether the field is the name of its resource.
pub(super) fn identifier(field: &FieldDescriptor) -> bool {
    behaves(field, IDENTIFIER)
}

/// The collection that the field refers to.
pub(super) fn reference(field: &FieldDescriptor) -> Option<Collection> {
    let extension = POOL.get_extension_by_name("google.api.resource_reference")?;
    let options = field.options();
    let reference = options.get_extension(&extension);
    let referred = reference.as_message()?.get_field_by_name("type")?;
    Collection::of_type(referred.as_str()?)
}

/// The collection of the resources that a message is, for example `Collection::Events` for `dossier.v1.Event`.
pub(super) fn collection(message: &MessageDescriptor) -> Option<Collection> {
    let extension = POOL.get_extension_by_name("google.api.resource")?;
    let options = message.options();
    let resource = options.get_extension(&extension);
    let named = resource.as_message()?.get_field_by_name("type")?;
    Collection::of_type(named.as_str()?)
}

/// The fields that a file may write.
pub(super) fn written(message: &MessageDescriptor) -> impl Iterator<Item = FieldDescriptor> + use<> {
    message.fields().collect::<Vec<_>>().into_iter().filter(|field| !output_only(field))
}

/// Whether a message type is so named, such as `dossier.v1.Citation`.
pub(super) fn is(message: &MessageDescriptor, name: &str) -> bool {
    message.full_name() == name
}

/// What a message is called in texts for curators: `StatedDistance` → "stated distance".
pub(super) fn spoken(message: &MessageDescriptor) -> String {
    words(message.name())
}

/// `ActorKind` → "actor kind".
pub(super) fn words(camel: &str) -> String {
    let mut spoken = String::new();
    for (i, c) in camel.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            spoken.push(' ');
        }
        spoken.push(c.to_ascii_lowercase());
    }
    spoken
}

/// "an event", "a claim".
pub(super) fn article(message: &MessageDescriptor) -> String {
    let spoken = spoken(message);
    if spoken.ends_with("casualties") {
        return spoken;
    }
    let vowel = spoken.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {spoken}", if vowel { "an" } else { "a" })
}

/// The text of a string value.
pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}
