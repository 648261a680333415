//! Tables of fields and values.

use prost_reflect::{Cardinality, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};

use super::contract::Contract;

/// The fields of a message as a table, or a sentence if it has none.
pub(super) fn fields(contract: &Contract, message: &MessageDescriptor, out: &mut String) {
    if message.fields().len() == 0 {
        out.push_str("No fields.\n\n");
        return;
    }
    out.push_str("| field | type | |\n|---|---|---|\n");
    for field in message.fields() {
        let comment = cell(contract.comment(&field.parent_file(), field.path()));
        out.push_str(&format!("| `{}` | {} | {}{comment} |\n", field.name(), type_of(&field), traits(&field)));
    }
    out.push('\n');
}

/// The values of an enum as a table.
pub(super) fn values(contract: &Contract, of: &EnumDescriptor, out: &mut String) {
    out.push_str("| value | number | |\n|---|---|---|\n");
    for (index, value) in of.values().enumerate() {
        let comment = cell(contract.value_comment(of, index));
        out.push_str(&format!("| `{}` | {} | {comment} |\n", value.name(), value.number()));
    }
    out.push('\n');
}

/// The kinds of event with their codes in other codebooks.
pub(super) fn kinds(contract: &Contract, of: &EnumDescriptor, out: &mut String) {
    let crosswalk = contract.pool.get_extension_by_name("dossier.v1.crosswalk").unwrap();
    out.push_str("| kind | number | | in other codebooks |\n|---|---|---|---|\n");
    for (index, value) in of.values().enumerate() {
        let comment = cell(contract.value_comment(of, index));
        let codes = match value.options().get_extension(&crosswalk).as_ref() {
            Value::List(codes) => codes.iter().map(code).collect::<Vec<_>>().join("<br>"),
            _ => String::new(),
        };
        let group = if value.number() % 100 == 0 { "**" } else { "" };
        out.push_str(&format!("| {group}`{}`{group} | {} | {comment} | {codes} |\n", value.name(), value.number()));
    }
    out.push('\n');
}

/// `ACLED "Armed clash" (exact)`.
fn code(code: &Value) -> String {
    let message = code.as_message().unwrap();
    let word = |field: &str, prefix: &str| {
        let number = message.get_field_by_name(field).unwrap().as_enum_number().unwrap();
        let Kind::Enum(of) = message.descriptor().get_field_by_name(field).unwrap().kind() else { panic!("{field}") };
        of.get_value(number).unwrap().name().trim_start_matches(prefix).to_owned()
    };
    let text = message.get_field_by_name("code").unwrap().as_str().unwrap().to_owned();
    let fit = word("fit", "FIT_").to_lowercase();
    let scheme = word("scheme", "CODE_SCHEME_");
    if text.is_empty() { format!("{scheme}: {fit}") } else { format!("{scheme} {text} ({fit})") }
}

/// The type as a link where we describe it.
fn type_of(field: &FieldDescriptor) -> String {
    let name = match field.kind() {
        Kind::Message(message) => linked(message.full_name(), message.name()),
        Kind::Enum(of) => linked(of.full_name(), of.name()),
        scalar => format!("{scalar:?}").to_lowercase(),
    };
    if field.is_list() { format!("repeated {name}") } else { name }
}

/// A link to a type of ours, the full name of another's.
pub(super) fn linked(full_name: &str, name: &str) -> String {
    if full_name.starts_with("dossier.") {
        format!("[{name}](#{})", name.to_lowercase())
    } else {
        format!("`{full_name}`")
    }
}

/// What annotations say: required, derived, what it refers to, one of several.
fn traits(field: &FieldDescriptor) -> String {
    let mut traits = Vec::new();
    let options = field.options();
    for (extension, value) in options.extensions() {
        match (extension.full_name(), value) {
            ("google.api.field_behavior", Value::List(behaviors)) => {
                let Kind::Enum(of) = extension.kind() else { continue };
                for number in behaviors.iter().filter_map(Value::as_enum_number) {
                    traits.push(match of.get_value(number).unwrap().name() {
                        "OUTPUT_ONLY" => "derived".to_owned(),
                        other => other.to_lowercase(),
                    });
                }
            }
            ("google.api.resource_reference", Value::Message(reference)) => {
                let to = reference.get_field_by_name("type").unwrap().as_str().unwrap().replace("dossier/", "");
                traits.push(if to == "*" {
                    "names any resource".to_owned()
                } else {
                    format!("names {}", linked(&format!("dossier.v1.{to}"), &to))
                });
            }
            _ => {}
        }
    }
    if let Some(oneof) = field.containing_oneof().filter(|oneof| !oneof.is_synthetic()) {
        traits.push(format!("one of `{}`", oneof.name()));
    } else if field.cardinality() == Cardinality::Optional
        && field.supports_presence()
        && field.kind().as_message().is_none()
    {
        traits.push("may be absent".to_owned());
    }
    if traits.is_empty() { String::new() } else { format!("*{}.* ", traits.join(", ")) }
}

/// A comment in a cell: one line, bars escaped.
fn cell(comment: &str) -> String {
    comment.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}
