//! Walks encoded messages field by field, without decoding them.

/// The number of the first field of an encoded message, and its length with its tag. Absent at the end, and at bytes that no
/// encoder of ours writes.
pub fn next_field(bytes: &[u8]) -> Option<(u64, usize)> {
    let (key, key_len) = varint(bytes)?;
    let rest = bytes.get(key_len..)?;
    let value_len = match key & 7 {
        0 => varint(rest)?.1,
        1 => 8,
        2 => {
            let (len, len_len) = varint(rest)?;
            len_len.checked_add(usize::try_from(len).ok()?)?
        }
        5 => 4,
        _ => return None,
    };
    let len = key_len.checked_add(value_len)?;
    (len <= bytes.len()).then_some((key >> 3, len))
}

/// The varint at the start of some bytes, and its length.
pub fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0_u64;
    for (i, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some((value, i + 1));
        }
    }
    None
}

/// What follows the varint at the start of some bytes: a message without the length in front of it, a field without its tag.
pub fn behind_varint(bytes: &[u8]) -> &[u8] {
    let len = varint(bytes).map_or(0, |(_, len)| len);
    bytes.get(len..).unwrap_or_default()
}

/// The message behind its length at the start of some bytes, its length included.
pub fn delimited(bytes: &[u8]) -> Option<&[u8]> {
    let (len, prefix) = varint(bytes)?;
    bytes.get(..usize::try_from(len).ok()?.checked_add(prefix)?)
}

/// The bytes of the first length-delimited field of this number.
pub fn first(message: &[u8], field: u64) -> Option<&[u8]> {
    let mut rest = message;
    while let Some((number, len)) = next_field(rest) {
        let (head, tail) = rest.split_at(len);
        if number == field {
            let value = head.get(varint(head)?.1..)?;
            return value.get(varint(value)?.1..);
        }
        rest = tail;
    }
    None
}

/// Where the entries of a repeated message field stand in an encoded message: each behind its length, without its tag.
pub fn entries(message: &[u8], field: u64) -> Vec<std::ops::Range<usize>> {
    let mut found = vec![];
    let mut at = 0;
    while let Some((number, len)) = message.get(at..).and_then(next_field) {
        if number == field {
            let tag = varint(&message[at..]).map_or(0, |(_, len)| len);
            found.push(at + tag..at + len);
        }
        at += len;
    }
    found
}

#[cfg(test)]
mod tests {
    use prost::Message as _;

    use super::*;
    use crate::pb;

    #[test]
    fn entries_are_found_behind_their_lengths() {
        let claim = |note: &str| pb::Claim { note: note.into(), ..Default::default() };
        let long = "x".repeat(300);
        let event = pb::Event {
            title: "A".into(),
            claims: vec![claim("a"), claim(&long)],
            contested: true,
            ..Default::default()
        };
        let bytes = event.encode_to_vec();
        let claims: Vec<_> = entries(&bytes, 14)
            .into_iter()
            .map(|range| pb::Claim::decode_length_delimited(&bytes[range]).unwrap().note)
            .collect();
        assert_eq!(claims, ["a", &long]);
        assert!(entries(&bytes, 15).is_empty());
    }

    #[test]
    fn broken_bytes_end_the_walk() {
        for bytes in [
            &[][..],
            &[0x80],
            &[0x0a, 5, 1],
            &[0x0b],
            &[0xff; 12],
            &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        ] {
            assert_eq!(next_field(bytes), None);
        }
    }
}
