//! The codec gives back what it was given, and refuses every damage; a replacement leaves the old file whole.

use std::{fs, io::Write as _};

use proptest::prelude::*;
use prost::Message as _;

use super::*;
use crate::pb::{
    self,
    seed::{ClaimsOn, Header, Record, record::Content},
};

fn header() -> Header {
    Header { layer: "made-up-1".into(), title: "Made up".into(), ..Default::default() }
}

fn content() -> impl Strategy<Value = Content> {
    let text = || "[a-zé \n\"]{0,40}";
    prop_oneof![
        (text(), any::<Option<f64>>()).prop_map(|(name, radius)| Content::Place(pb::Place {
            name,
            uncertainty_meters: radius.filter(|radius| !radius.is_nan()),
            ..Default::default()
        })),
        text().prop_map(|name| Content::Actor(pb::Actor { name, ..Default::default() })),
        text().prop_map(|title| Content::Source(pb::Source { title, ..Default::default() })),
        text().prop_map(|name| Content::Camp(pb::Camp { name, ..Default::default() })),
        text().prop_map(|event| Content::ClaimsOn(ClaimsOn { event, ..Default::default() })),
        (text(), prop::collection::vec(text(), 0..4)).prop_map(|(name, notes)| Content::Event(pb::Event {
            name,
            claims: notes.into_iter().map(|note| pb::Claim { note, ..Default::default() }).collect(),
            ..Default::default()
        })),
    ]
}

fn written(facts: &[Content]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), header()).unwrap();
    for fact in facts {
        writer.write(fact.clone()).unwrap();
    }
    writer.finish().unwrap().1
}

fn read(bytes: &[u8]) -> Result<Vec<Content>, Error> {
    let reader = Reader::new(bytes)?;
    if reader.header() != &header() {
        return Err(Error::new(1, Fault::Damaged));
    }
    reader.map(|record| record.map(|(_, content)| content)).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(facts in prop::collection::vec(content(), 0..12)) {
        prop_assert_eq!(read(&written(&facts)).unwrap(), facts);
    }

    #[test]
    fn any_flipped_byte_and_any_cut_is_refused(
        facts in prop::collection::vec(content(), 0..6), at in any::<prop::sample::Index>(), flip in 1u8..,
    ) {
        let whole = written(&facts);
        let mut flipped = whole.clone();
        flipped[at.index(whole.len())] ^= flip;
        prop_assert!(read(&flipped).is_err());
        prop_assert!(read(&whole[..at.index(whole.len())]).is_err());
        let mut longer = whole;
        longer.push(flip);
        prop_assert!(read(&longer).is_err());
    }

    #[test]
    fn records_that_are_left_out_are_missed(facts in prop::collection::vec(content(), 1..6), at in any::<prop::sample::Index>()) {
        let whole = written(&facts);
        let mut rest = facts.clone();
        rest.remove(at.index(facts.len()));
        let fewer = written(&rest);
        let end = |count: &[Content]| {
            let mut counts = pb::seed::End::default();
            for content in count {
                write::tally(&mut counts, content);
            }
            Record { content: Some(Content::End(counts)) }.encoded_len() + 12
        };
        // The end of the whole file behind fewer facts.
        let spliced = [&fewer[..fewer.len() - end(&rest)], &whole[whole.len() - end(&facts)..]].concat();
        let refused = matches!(read(&spliced), Err(Error { fault: Fault::Misplaced(_), .. }));
        prop_assert!(refused);
    }
}

/// A file of these records, each with a right checksum, whatever they are.
fn sealed(records: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = [MAGIC.as_slice(), &VERSION.to_le_bytes()].concat();
    for record in records {
        let length = u32::try_from(record.len()).unwrap().to_le_bytes();
        bytes.extend([&length[..], &checksum(length, record).to_le_bytes(), record].concat());
    }
    bytes
}

#[test]
fn each_refusal_says_why_and_where() {
    let record = |content: Content| Record { content: Some(content) }.encode_to_vec();
    let head = || record(Content::Header(header()));
    let event = || record(Content::Event(pb::Event::default()));
    let end = || record(Content::End(pb::seed::End::default()));
    let newer = [MAGIC.as_slice(), &2u16.to_le_bytes()].concat();
    let long = [&sealed(&[head()])[..], &(LONGEST + 1).to_le_bytes(), &[0; 8]].concat();
    let cases = [
        (b"PK\x03\x04 something else".to_vec(), "no .facts file; write one with `dossier import`"),
        (Vec::new(), "no .facts file; write one with `dossier import`"),
        (newer, "format version 2 is newer than this program, which reads 1; take a newer dossier"),
        (sealed(&[event()]), "record 1: the file does not begin with its header; import the file again"),
        (sealed(&[head(), head()]), "record 2: a second header; import the file again"),
        (sealed(&[head(), event()]), "record 3: the file is cut short; import it again"),
        (
            sealed(&[head(), event(), end()]),
            "record 3: the file does not hold what its end counts; import the file again",
        ),
        (sealed(&[head(), end(), event()]), "record 2: bytes behind the end; import the file again"),
        (sealed(&[head(), Vec::new()]), "record 2: the record cannot be understood: it is empty; take a newer dossier"),
        (
            sealed(&[head(), vec![0xf8, 0x7f, 1]]),
            "record 2: the record cannot be understood: it has fields that this version does not know; take a newer dossier",
        ),
        (
            long,
            "record 2: a record of 4194305 bytes, and at most 4194304 are taken; it is damaged, or holds more than can be \
             served",
        ),
    ];
    for (bytes, why) in cases {
        let error = Reader::new(bytes.as_slice()).and_then(Iterator::collect::<Result<Vec<_>, _>>).unwrap_err();
        assert_eq!(error.to_string(), why);
    }
}

#[test]
fn a_record_too_long_is_not_written() {
    let mut writer = Writer::new(Vec::new(), header()).unwrap();
    let place = pb::Place { description: "x".repeat(LONGEST as usize), ..Default::default() };
    assert!(matches!(writer.write(Content::Place(place)), Err(Error { record: 2, fault: Fault::TooLong(_) })));
}

#[test]
fn a_replacement_is_there_only_when_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (target, litter) = (folder.path().join("out.facts"), folder.path().join(".out.facts.tmp"));
    fs::write(&target, "old").unwrap();
    fs::write(&litter, "left by a run that was killed, and longer than what follows").unwrap();
    let mut one = Replacement::new(&target).unwrap();
    one.write_all(b"new").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"old");
    assert_eq!(Replacement::new(&target).unwrap_err().to_string(), "another run is writing it");
    one.commit().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert!(!litter.exists());
    drop(Replacement::new(&target).unwrap());
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert!(!litter.exists(), "what is given up is removed");
}
