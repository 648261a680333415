//! `.facts` files: records as they stand, with sums that hold, and what can be understood of them as a whole file, which is
//! checked, derived and served.

#![no_main]

use std::{path::PathBuf, sync::LazyLock, time::UNIX_EPOCH};

use dossier::{
    facts::{Reader, Writer},
    model::derive::derive,
    pb::seed::{Header, Record, record::Content},
    seed::{self, Beside},
    store::{
        build::{Spool, in_memory, streamed},
        engine::ImageView,
    },
};
use dossier_fuzz::files;
use prost::Message as _;

/// Bytes before the first record: the magic text and the version.
const START: usize = 16;
/// Bytes before the content of a record: its length and its checksum.
const HEAD: usize = 12;

static FOLDER: LazyLock<PathBuf> = LazyLock::new(|| files::folder("facts"));

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let _ = read(input);
    let mended = mended(input);
    if let Some(contents) = read(&mended) {
        let again = written(contents.clone());
        assert!(
            again.is_none_or(|again| read(&again).as_ref() == Some(&contents)),
            "written and read again is another"
        );
    }
    if let Some(whole) = written(understood(&mended)) {
        checked(&whole);
    }
});

/// What a file holds, the header first, if it is whole.
fn read(bytes: &[u8]) -> Option<Vec<Content>> {
    let reader = Reader::new(bytes).ok()?;
    let header = Content::Header(reader.header().clone());
    let rest: Result<Vec<Content>, _> = reader.map(|record| record.map(|(_, content)| content)).collect();
    Some([vec![header], rest.ok()?].concat())
}

/// A file of these facts, if they go into one.
fn written(contents: Vec<Content>) -> Option<Vec<u8>> {
    let mut contents = contents.into_iter();
    let header = match contents.next()? {
        Content::Header(header) => header,
        _ => Header::default(),
    };
    let mut writer = Writer::new(Vec::new(), header).ok()?;
    for content in contents {
        writer.write(content).ok()?;
    }
    Some(writer.finish().ok()?.1)
}

/// The records of a file, as long as their lengths make sense.
fn records(bytes: &[u8]) -> Vec<std::ops::Range<usize>> {
    let mut found = vec![];
    let mut at = START;
    while let Some(head) = bytes.get(at..at + 4) {
        let len = u32::from_le_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if len > bytes.len() || at + HEAD + len > bytes.len() {
            break;
        }
        found.push(at..at + HEAD + len);
        at += HEAD + len;
    }
    found
}

/// The same with checksums that hold.
fn mended(input: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for record in records(input) {
        let mut digest = crc_fast::Digest::new(crc_fast::CrcAlgorithm::Crc64Nvme);
        digest.update(&bytes[record.start..record.start + 4]);
        digest.update(&bytes[record.start + HEAD..record.end]);
        let sum = digest.finalize().to_le_bytes();
        bytes[record.start + 4..record.start + HEAD].copy_from_slice(&sum);
    }
    bytes
}

/// The facts of all records that can be understood, whatever stands between them.
fn understood(bytes: &[u8]) -> Vec<Content> {
    let content =
        |record: std::ops::Range<usize>| Record::decode(&bytes[record.start + HEAD..record.end]).ok()?.content;
    let contents = records(bytes).into_iter().filter_map(content);
    let mut contents: Vec<Content> = contents.filter(|content| !matches!(content, Content::End(_))).collect();
    let header = contents.iter().position(|content| matches!(content, Content::Header(_)));
    let first = header.map_or(Content::Header(Header::default()), |at| contents.remove(at));
    contents.retain(|content| !matches!(content, Content::Header(_)));
    contents.insert(0, first);
    contents
}

/// What the checker passes is served: from memory and from a stream alike.
fn checked(whole: &[u8]) {
    let path = FOLDER.join("facts.facts");
    std::fs::write(&path, whole).expect("the input as a file");
    let paths = [path];
    let dataset = match seed::load(&paths) {
        Ok(dataset) => dataset,
        Err(report) => {
            assert!(!report.to_string().is_empty(), "refused without a reason");
            return;
        }
    };
    let image = in_memory(&derive(dataset)).expect("an image of facts that were checked");
    let mut spool = Spool::new(&FOLDER).expect("files of a build");
    let mut held =
        seed::stream(&paths, &mut Beside::nothing(), &mut |event| spool.add(&event).expect("an event put aside"))
            .unwrap_or_else(|report| panic!("what was loaded is refused as a stream: {report}"));
    held.events.iter().for_each(|event| spool.add(event).expect("an event put aside"));
    held.events.clear();
    let built = streamed(held, spool, std::io::Cursor::new(vec![])).expect("an image of facts that were checked");
    assert!(image.bytes() == built.into_inner(), "a stream of the same facts gives another image");
    ImageView::open(image, UNIX_EPOCH).expect("the image of facts that were checked");
}
