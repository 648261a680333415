//! A YAML tree → a message: every key is a field of it, every value of the field's type.
//!
//! This is protobuf's JSON mapping with three differences, so that a fact has one spelling: field names are snake_case only,
//! enum values are names only, and what would say nothing (null, empty text, an empty list) is refused.

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage as _, Value as Field,
};

use super::{
    contract,
    near::{near, one_of},
    places::{Places, field, item},
    problem::{ProblemKind, Report},
    tree::{Entry, Node, Value},
};

/// Longest text in a fact file, in bytes: far above any quote, far below what would hurt.
const LONGEST_TEXT: usize = 64 * 1024;

/// Reads a message. What is wrong is reported and left out.
pub(super) fn message(
    node: &Node,
    path: &str,
    descriptor: &MessageDescriptor,
    places: &mut Places,
    report: &mut Report,
) -> DynamicMessage {
    let mut reader = Reader { places, report };
    reader.places.put(path.to_owned(), node.mark);
    let mut message = DynamicMessage::new(descriptor.clone());
    match &node.value {
        Value::Map(entries) => reader.entries(entries, path, &mut message),
        _ => reader.wrong(node, path, &format!("{} instead of fields", found(node)), &fields_of(descriptor)),
    }
    message
}

struct Reader<'a> {
    places: &'a mut Places,
    report: &'a mut Report,
}

impl Reader<'_> {
    fn wrong(&mut self, node: &Node, path: &str, what: &str, cure: &str) {
        self.places.blame(path.to_owned());
        self.report.add(ProblemKind::Field, self.places.place(node.mark), what, cure);
    }

    fn entries(&mut self, entries: &[Entry], path: &str, message: &mut DynamicMessage) {
        let descriptor = message.descriptor();
        for entry in entries {
            match descriptor.get_field_by_name(&entry.key) {
                Some(field) if contract::output_only(&field) => {
                    let what = format!("`{}` is derived by the service", entry.key);
                    let place = self.places.place(entry.mark);
                    self.report.add(ProblemKind::Field, place, what, "leave it out of the file");
                }
                Some(field) => self.field(entry, path, &field, message),
                None => {
                    let what = format!("{} has no field `{}`", contract::article(&descriptor), entry.key);
                    let place = self.places.place(entry.mark);
                    self.report.add(ProblemKind::Field, place, what, nearest_field(&entry.key, &descriptor));
                    // What is missing here may be what the unknown key was meant to be.
                    self.places.blame(field(path, "?"));
                    let meant = meant(&entry.key, &descriptor);
                    if let Some(meant) = meant.filter(|meant| entries.iter().all(|entry| entry.key != *meant)) {
                        self.places.blame(field(path, &meant));
                    }
                }
            }
        }
    }

    fn field(&mut self, entry: &Entry, path: &str, descriptor: &FieldDescriptor, message: &mut DynamicMessage) {
        let path = field(path, descriptor.name());
        self.places.put(path.clone(), entry.node.mark);
        if !descriptor.is_list() {
            if let Some(value) = self.value(&entry.node, &path, descriptor) {
                message.set_field(descriptor, value);
            }
            return;
        }
        match &entry.node.value {
            Value::Alias => self.places.blame(path),
            Value::List(items) if items.is_empty() => {
                self.wrong(&entry.node, &path, &format!("`{}` is an empty list", entry.key), "leave the field out");
            }
            Value::List(items) => {
                let mut values = Vec::with_capacity(items.len());
                for (index, node) in items.iter().enumerate() {
                    let path = item(&path, index);
                    self.places.put(path.clone(), node.mark);
                    // A bad item keeps its seat, so that paths of the others stay right.
                    let value = self.value(node, &path, descriptor);
                    values.push(value.unwrap_or_else(|| Field::default_value(&descriptor.kind())));
                }
                message.set_field(descriptor, Field::List(values));
            }
            _ => {
                let what = format!("{} instead of a list", found(&entry.node));
                self.wrong(&entry.node, &path, &what, "write each item on a line of its own behind `- `");
            }
        }
    }

    fn value(&mut self, node: &Node, path: &str, descriptor: &FieldDescriptor) -> Option<Field> {
        if node.value == Value::Alias {
            self.places.blame(path.to_owned());
            return None;
        }
        let kind = descriptor.kind();
        if let Kind::Message(inner) = &kind {
            return self.inner(node, path, inner).map(Field::Message);
        }
        let Value::Scalar { text, plain } = &node.value else {
            let cure = format!("write {}", wanted(&kind));
            self.wrong(node, path, &format!("{} instead of {}", found(node), noun(&kind)), &cure);
            return None;
        };
        if text.is_empty() || *plain && (text == "~" || text == "null") {
            let what = format!("`{}` has no value", descriptor.name());
            self.wrong(node, path, &what, "leave the field out, or write its value");
            return None;
        }
        let value = match &kind {
            Kind::String => return self.text(node, path, text),
            Kind::Bool if *plain => text.parse().ok().map(Field::Bool),
            Kind::Uint32 if *plain && !text.starts_with('+') => text.parse().ok().map(Field::U32),
            Kind::Double if *plain && decimal(text) => {
                text.parse().ok().filter(|number: &f64| number.is_finite()).map(Field::F64)
            }
            Kind::Enum(values) => return self.enumeration(node, path, text, values),
            _ => None,
        };
        if value.is_none() {
            let shown = if *plain { format!("`{}`", short(text)) } else { format!("the text '{}'", short(text)) };
            let what = format!("{shown} is no {}", noun(&kind).trim_start_matches("a "));
            self.wrong(node, path, &what, &format!("write {}", wanted(&kind)));
        }
        value
    }

    fn inner(&mut self, node: &Node, path: &str, descriptor: &MessageDescriptor) -> Option<DynamicMessage> {
        let mut message = DynamicMessage::new(descriptor.clone());
        match &node.value {
            Value::Map(entries) if !entries.is_empty() => self.entries(entries, path, &mut message),
            Value::Map(_) => {
                self.wrong(
                    node,
                    path,
                    &format!("{} without fields", contract::article(descriptor)),
                    "leave it out, or fill it",
                );
                return None;
            }
            _ => {
                let what = format!("{} instead of {}", found(node), contract::article(descriptor));
                self.wrong(node, path, &what, &fields_of(descriptor));
                return None;
            }
        }
        Some(message)
    }

    fn text(&mut self, node: &Node, path: &str, text: &str) -> Option<Field> {
        if text.trim() != text {
            let cure = "write it without; a block of text starts with `>-`, which drops the last line break";
            self.wrong(node, path, "the text starts or ends with white space", cure);
        } else if text.len() > LONGEST_TEXT {
            let what = format!("the text has {} bytes", text.len());
            self.wrong(node, path, &what, &format!("at most {LONGEST_TEXT} are taken"));
        } else if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t' && c != '\r') {
            self.wrong(node, path, "the text holds a control character", "write it without");
        } else {
            return Some(Field::String(text.to_owned()));
        }
        None
    }

    fn enumeration(&mut self, node: &Node, path: &str, text: &str, values: &EnumDescriptor) -> Option<Field> {
        match values.get_value_by_name(text) {
            Some(value) if value.number() != 0 => return Some(Field::EnumNumber(value.number())),
            Some(_) => {
                self.wrong(node, path, &format!("`{text}` says nothing"), "leave the field out, or say what it is");
            }
            None => {
                let what = format!("`{}` is no {}", short(text), contract::words(values.name()));
                let names: Vec<String> = values.values().skip(1).map(|value| value.name().to_owned()).collect();
                self.wrong(node, path, &what, &format!("write {}", meant_value(text, values, &names)));
            }
        }
        None
    }
}

/// Longest list of values that is told in full.
const MOST_VALUES: usize = 20;

/// The values that a text may mean; compared without the prefix that all of them share.
fn meant_value(text: &str, values: &EnumDescriptor, names: &[String]) -> String {
    let none = values.default_value();
    let prefix = none.name().strip_suffix("UNSPECIFIED").unwrap_or("");
    let bare: Vec<&str> = names.iter().map(|name| name.strip_prefix(prefix).unwrap_or(name)).collect();
    let upper = text.to_uppercase();
    let wanted = upper.strip_prefix(prefix).unwrap_or(&upper);
    let mut close = if bare.contains(&wanted) { vec![wanted] } else { near(wanted, bare.iter().copied()) };
    if close.is_empty() {
        if bare.len() > MOST_VALUES {
            return format!("a value of {}, listed in docs/api.md", values.name());
        }
        close = bare;
    }
    let close: Vec<String> = close.iter().map(|name| format!("{prefix}{name}")).collect();
    one_of(close.iter().map(String::as_str))
}

/// A decimal number as JSON writes it, without JSON's ban on leading zeros.
fn decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b))
}

fn noun(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "a truth value",
        Kind::Uint32 => "a whole number",
        Kind::Double => "a number",
        Kind::Enum(_) => "a name",
        _ => "a text",
    }
}

fn wanted(kind: &Kind) -> &'static str {
    match kind {
        Kind::Bool => "true or false, without quotes",
        Kind::Uint32 => "a whole number from 0 to 4294967295, without quotes",
        Kind::Double => "a decimal number such as 18.44, without quotes",
        Kind::Enum(_) => "the name of a value",
        _ => "a text; one that starts with `[` or `{` needs quotes",
    }
}

/// What stands there, in words.
fn found(node: &Node) -> String {
    match &node.value {
        Value::List(_) => "a list".to_owned(),
        Value::Map(_) => "a mapping".to_owned(),
        Value::Alias => "an alias".to_owned(),
        Value::Scalar { text, .. } if text.is_empty() => "nothing".to_owned(),
        Value::Scalar { text, plain: true } if text == "~" || text == "null" => "nothing".to_owned(),
        Value::Scalar { text, plain: true } if decimal(text) && text.parse::<f64>().is_ok() => {
            format!("the number `{}`", short(text))
        }
        Value::Scalar { text, .. } => format!("the text `{}`", short(text)),
    }
}

/// The start of a text, for messages.
pub(super) fn short(text: &str) -> String {
    let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(61).collect();
    if flat.chars().count() > 60 { format!("{}…", flat.chars().take(59).collect::<String>()) } else { flat }
}

fn fields_of(descriptor: &MessageDescriptor) -> String {
    let names: Vec<String> = contract::written(descriptor).map(|field| field.name().to_owned()).collect();
    format!("it has the fields {}", names.join(", "))
}

/// The field that a key in another spelling means.
fn meant(key: &str, descriptor: &MessageDescriptor) -> Option<String> {
    let bare = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let names: Vec<String> = contract::written(descriptor).map(|field| field.name().to_owned()).collect();
    let same = names.iter().find(|name| bare(name) == bare(key)).cloned();
    same.or_else(|| near(key, names.iter().map(String::as_str)).first().map(|name| (*name).to_owned()))
}

fn nearest_field(key: &str, descriptor: &MessageDescriptor) -> String {
    match meant(key, descriptor) {
        Some(name) => format!("write `{name}`, or leave it out"),
        None => fields_of(descriptor),
    }
}
