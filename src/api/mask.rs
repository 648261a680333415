//! Read masks: cut encoded messages down to some of their top-level fields by skipping tags, without decoding.

use prost_reflect::MessageDescriptor;

use super::fields::{Fields, MOST_VALUES, quoted};
use crate::{
    model::{encoded::next_field, text},
    pb,
};

/// Which top-level fields to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mask {
    /// Bit n is field number n. All bits: everything.
    numbers: u64,
}

impl Mask {
    /// Everything.
    pub(super) const ALL: Mask = Mask { numbers: u64::MAX };

    /// Whether it cuts nothing.
    pub(super) fn is_all(self) -> bool {
        self == Mask::ALL
    }

    /// Reads a mask over a message type of the contract, such as `Event`. `hidden` fields are never answered.
    pub(super) fn read(
        fields: &mut Fields,
        mask: Option<&prost_types::FieldMask>,
        message: &str,
        hidden: &[&str],
    ) -> Mask {
        let paths = mask.map(|mask| mask.paths.as_slice()).unwrap_or_default();
        if paths.is_empty() || (paths.len() == 1 && paths[0] == "*") {
            return Mask::ALL;
        }
        let Some(descriptor) = pb::pool().get_message_by_name(&format!("dossier.v1.{message}")) else {
            return Mask::ALL;
        };
        if paths.len() > MOST_VALUES {
            fields.reject("read_mask.paths", format!("has {} paths; name at most {MOST_VALUES}", paths.len()));
        }
        let mut numbers = 0;
        for (i, path) in paths.iter().take(MOST_VALUES).enumerate() {
            match descriptor.get_field_by_name(path).filter(|_| !hidden.contains(&path.as_str())) {
                // Field numbers of the contract are below 64 (a test holds it).
                Some(field) => numbers |= 1_u64 << field.number().min(63),
                None => fields.reject(format!("read_mask.paths[{i}]"), cure(&descriptor, path, hidden)),
            }
        }
        Mask { numbers }
    }

    /// Appends the fields of an encoded message that the mask keeps.
    pub(super) fn cut(self, message: &[u8], out: &mut Vec<u8>) {
        if self.is_all() {
            out.extend_from_slice(message);
            return;
        }
        self.fields(message).for_each(|field| out.extend_from_slice(field));
    }

    /// How many bytes [`cut`](Mask::cut) appends.
    pub(super) fn kept(self, message: &[u8]) -> usize {
        if self.is_all() { message.len() } else { self.fields(message).map(<[u8]>::len).sum() }
    }

    /// The fields of an encoded message that the mask keeps, with their tags.
    fn fields(self, mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
        let fields = std::iter::from_fn(move || {
            let (number, len) = next_field(rest)?;
            let (field, after) = rest.split_at(len);
            rest = after;
            Some((number, field))
        });
        fields.filter(move |(number, _)| *number < 64 && self.numbers & (1 << number) != 0).map(|(_, field)| field)
    }
}

/// What is wrong with a path, and what would be right.
fn cure(descriptor: &MessageDescriptor, path: &str, hidden: &[&str]) -> String {
    if path.contains('.') {
        return format!("{} goes deeper than top-level fields; name the top-level field", quoted(path));
    }
    let names: Vec<String> = descriptor
        .fields()
        .map(|field| field.name().to_owned())
        .filter(|name| !hidden.contains(&name.as_str()))
        .collect();
    let near = text::near_names(path, names.iter().map(String::as_str), 3);
    let near = if near.is_empty() { names.join(", ") } else { near.join(" or ") };
    format!("{} is no field of {} that this call answers; use {near}", quoted(path), descriptor.name())
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;

    fn mask(message: &str, paths: &[&str]) -> Result<Mask, super::super::error::Error> {
        let mut fields = Fields::default();
        let wanted = prost_types::FieldMask { paths: paths.iter().map(|path| (*path).to_owned()).collect() };
        let mask = Mask::read(&mut fields, Some(&wanted), message, &[]);
        fields.finish().map(|()| mask)
    }

    #[test]
    fn a_mask_keeps_its_fields_and_no_others() {
        let event = pb::Event {
            name: "events/a".into(),
            title: "A".into(),
            contested: true,
            location: Some(pb::Location { uncertainty_meters: Some(1.5), ..Default::default() }),
            camps: vec!["camps/a".into(), "camps/b".into()],
            ..Default::default()
        };
        let mut out = vec![];
        let mask = mask("Event", &["name", "camps", "location"]).unwrap();
        mask.cut(&event.encode_to_vec(), &mut out);
        assert_eq!(mask.kept(&event.encode_to_vec()), out.len());
        let cut = pb::Event { title: String::new(), contested: false, ..event };
        assert_eq!(pb::Event::decode(out.as_slice()), Ok(cut));
    }

    #[test]
    fn unknown_and_deep_paths_are_told() {
        let told = format!("{:?}", mask("Event", &["name", "titel", "location.place", ""]).unwrap_err());
        assert!(told.contains("read_mask.paths[1]") && told.contains("title"), "{told}");
        assert!(told.contains("read_mask.paths[2]") && told.contains("read_mask.paths[3]"), "{told}");
        assert_eq!(mask("Event", &["*"]), Ok(Mask::ALL));
    }

    #[test]
    fn field_numbers_fit_a_mask() {
        for message in pb::pool().all_messages().filter(|m| m.package_name() == "dossier.v1") {
            assert!(message.fields().all(|field| field.number() < 63), "{}", message.name());
        }
    }
}
