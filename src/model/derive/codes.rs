//! Codes of other codebooks: those that an event's data set gave it, then the crosswalk of its kind.

use std::{collections::HashMap, sync::LazyLock};

use prost_reflect::{DescriptorPool, Value};

use crate::pb;

/// For each kind by number, the codes in its options in the descriptors. A test holds that they are found.
static CROSSWALK: LazyLock<HashMap<i32, Vec<pb::Code>>> = LazyLock::new(|| read().unwrap_or_default());

fn read() -> Option<HashMap<i32, Vec<pb::Code>>> {
    let pool = DescriptorPool::decode(pb::DESCRIPTORS).ok()?;
    let extension = pool.get_extension_by_name("dossier.v1.crosswalk")?;
    let kinds = pool.get_enum_by_name("dossier.v1.EventKind")?;
    let codes = kinds.values().map(|kind| {
        let options = kind.options();
        let value = options.get_extension(&extension);
        let list = value.as_list().unwrap_or_default().iter();
        let codes = list.filter_map(Value::as_message).filter_map(|message| message.transcode_to().ok());
        (kind.number(), codes.collect())
    });
    Some(codes.collect())
}

/// The codes as written, then those of the kind's crosswalk for the schemes of which none is written.
pub(super) fn codes(event: &pb::Event) -> Vec<pb::Code> {
    let mut codes = event.codes.clone();
    let crosswalk = CROSSWALK.get(&event.kind).map_or(&[][..], Vec::as_slice);
    codes.extend(crosswalk.iter().filter(|code| event.codes.iter().all(|own| own.scheme != code.scheme)).cloned());
    codes
}

#[cfg(test)]
mod tests {
    use super::*;
    use pb::{CodeScheme, EventKind, Fit};

    fn code(scheme: CodeScheme, code: &str, fit: Fit) -> pb::Code {
        pb::Code { scheme: scheme.into(), code: code.into(), fit: fit.into() }
    }

    #[test]
    fn every_kind_has_its_crosswalk() {
        let kinds = (1..=999).filter_map(|number| EventKind::try_from(number).ok());
        for kind in kinds {
            let event = pb::Event { kind: kind.into(), ..Default::default() };
            assert!(!codes(&event).is_empty(), "{}", kind.as_str_name());
        }
    }

    #[test]
    fn written_codes_come_first_and_stand_for_their_scheme() {
        let own = code(CodeScheme::Acled, "Other", Fit::Broader);
        let event = pb::Event { kind: EventKind::Arrest.into(), codes: vec![own.clone()], ..Default::default() };
        let cameo = code(CodeScheme::Cameo, "173", Fit::Exact);
        let plover = code(CodeScheme::Plover, "COERCE", Fit::Broader);
        assert_eq!(codes(&event), [own, cameo, plover]);
        let both = vec![code(CodeScheme::Cameo, "1", Fit::Exact), code(CodeScheme::Cameo, "2", Fit::Exact)];
        let event = pb::Event { codes: both.clone(), ..event };
        assert_eq!(codes(&event)[..2], both);
        assert_eq!(codes(&event).len(), 4, "ACLED and PLOVER from the crosswalk");
    }
}
