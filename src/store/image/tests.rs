//! Images: what is written is read, and what is changed is refused.

use proptest::prelude::*;
use zerocopy::little_endian::U32;

use super::{
    layout::{BLOCK, FORMAT},
    *,
};

const REVISION: [u8; 32] = [7; 32];

fn numbers(len: u32) -> Vec<U32> {
    (0..len).map(|number| number.wrapping_mul(2_654_435_761).into()).collect()
}

/// An image with an eager and two lazy sections, of which one spans several blocks.
fn written(len: u32) -> Vec<u8> {
    let mut writer = ImageWriter::in_memory().unwrap();
    writer.eager(SectionId::Summary, b"eager").unwrap();
    writer.lazy(SectionId::Rows, &numbers(len)).unwrap();
    let mut section = writer.section(SectionId::Events, false).unwrap();
    for _ in 0..3 {
        std::io::Write::write_all(&mut section, &[3, b'a', b'b', b'c']).unwrap();
    }
    section.end();
    writer.finish(REVISION).unwrap().into_inner()
}

/// The image as a mapped file.
fn opened(bytes: &[u8]) -> Result<Image, OpenError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    Image::open(file.path())
}

/// What the three sections hold.
type Held = (Vec<u8>, Vec<u32>, Vec<u8>);

/// What a reader sees: all values, or where they end.
fn read(image: &Image) -> Result<Held, Damaged> {
    let rows = image.array::<U32>(SectionId::Rows);
    let rows = (0..rows.len() as u32).map(|at| rows.get(at).map(|row| row.get())).collect::<Result<_, _>>()?;
    let summary = image.section(SectionId::Summary);
    let events = image.section(SectionId::Events);
    Ok((summary.bytes(0..summary.len())?.to_vec(), rows, events.delimited(4)?.to_vec()))
}

#[test]
fn what_is_written_is_read_from_memory_and_from_a_file() {
    let len = 3 * BLOCK as u32 / 4 + 5;
    let expected = (b"eager".to_vec(), numbers(len).iter().map(|n| n.get()).collect::<Vec<_>>(), b"\x03abc".to_vec());
    let mut writer = ImageWriter::in_memory().unwrap();
    writer.eager(SectionId::Summary, b"eager").unwrap();
    writer.lazy(SectionId::Rows, &numbers(len)).unwrap();
    writer.lazy(SectionId::Events, b"\x03abc\x03abc\x03abc").unwrap();
    let heap = writer.open(REVISION).unwrap();
    assert_eq!(read(&heap).unwrap(), expected);
    let mapped = opened(&written(len)).unwrap();
    assert_eq!(read(&mapped).unwrap(), expected);
    assert_eq!(mapped.revision(), "07".repeat(32));
    verify(&mapped).unwrap();
    assert!(mapped.section(SectionId::Words).bytes(0..0).unwrap().is_empty(), "a section that is not there is empty");
}

#[test]
fn what_lies_outside_is_damaged_and_no_panic() {
    let image = opened(&written(8)).unwrap();
    let rows = image.array::<U32>(SectionId::Rows);
    assert!(rows.get(8).is_err());
    assert!(rows.slice(7..9).is_err());
    assert!(rows.slice(u32::MAX - 1..u32::MAX).is_err());
    #[expect(clippy::reversed_empty_ranges, reason = "a range that a damaged file gives")]
    let reversed = rows.slice(5..3);
    assert!(reversed.is_err());
    let events = image.section(SectionId::Events);
    assert!(events.delimited(12).is_err());
    assert!(events.bytes(u64::MAX - 1..u64::MAX).is_err());
    assert!(events.delimited(u64::MAX).is_err());
}

#[test]
fn other_files_are_refused_with_a_reason() {
    let whole = written(8);
    let reason = |bytes: &[u8]| opened(bytes).unwrap_err().to_string();
    assert!(reason(b"").contains("no snapshot"));
    assert!(reason(&[b'#'; 4096]).contains("no snapshot"));
    assert!(reason(&whole[..100]).contains("cut short"));
    assert!(reason(&whole[..whole.len() - 1]).contains("cut short"));
    let changed = |at: usize| [&whole[..at], &[whole[at] ^ 1], &whole[at + 1..]].concat();
    assert!(reason(&changed(8)).contains(&format!("layout {}", FORMAT ^ 1)));
    assert!(reason(&changed(20)).contains("checksum of its header"));
    assert!(reason(&changed(whole.len() - 1)).contains("table of sections"));
}

proptest! {
    /// A changed byte is refused at opening, found at reading, or was one that nothing is read from.
    #[test]
    fn a_changed_byte_never_gives_another_value(len in 0_u32..40_000, at: prop::sample::Index, bit in 0_u32..8) {
        let whole = written(len);
        let mut changed = whole.clone();
        let at = at.index(whole.len());
        changed[at] ^= 1_u8 << bit;
        let expected = read(&opened(&whole).unwrap()).unwrap();
        if let Ok(image) = opened(&changed) {
            if let Ok(values) = read(&image) {
                prop_assert_eq!(values, expected);
            }
            prop_assert!(verify(&image).is_err(), "byte {} of {} changed and nobody saw it", at, whole.len());
        }
    }

    #[test]
    fn a_cut_file_is_refused(len in 0_u32..40_000, at: prop::sample::Index) {
        let whole = written(len);
        prop_assert!(opened(&whole[..at.index(whole.len())]).is_err());
    }
}
