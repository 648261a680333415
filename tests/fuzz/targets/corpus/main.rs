//! Writes inputs to begin with, and dictionaries, from the project's own fixtures: `corpus FOLDER DICTIONARIES`.
//!
//! What is committed under `corpus/` is grown from these: `tests/fuzz/run corpus`.

mod rows;
mod words;

use std::{
    collections::BTreeSet,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use dossier::{
    facts::Writer,
    pb::seed::{Header, record::Content},
};
use dossier_fuzz::{bases, files::repository, questions, service::methods};
// The library is counted, and what counts comes with libFuzzer.
use libfuzzer_sys as _;

struct Corpus(PathBuf);

impl Corpus {
    fn add(&self, target: &str, name: &str, input: &[u8]) {
        let folder = self.0.join(target);
        fs::create_dir_all(&folder).expect("a folder of inputs");
        fs::write(folder.join(name), input).expect("an input");
    }
}

fn main() {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(folder), Some(dictionaries)) = (arguments.next(), arguments.next()) else {
        panic!("corpus FOLDER DICTIONARIES");
    };
    let corpus = Corpus(folder);
    for (at, text) in rows::EDTF.iter().enumerate() {
        corpus.add("edtf", &format!("{at:02}"), text.as_bytes());
    }
    requests(&corpus);
    tokens(&corpus);
    snapshots(&corpus);
    facts(&corpus);
    seeds(&corpus);
    imports(&corpus);
    words::dictionaries(&dictionaries);
}

fn read(path: &str) -> String {
    fs::read_to_string(repository().join(path)).expect(path)
}

/// Each question, as a message; and some in the other ways in which bytes may come.
fn requests(corpus: &Corpus) {
    for (at, question) in questions::all().iter().enumerate() {
        let of = methods().iter().position(|method| method.name() == question.method).expect("a method") as u8;
        for base in 0..2 {
            let input = [&[of, 5 + base * 8 * 16], question.request.as_slice()].concat();
            corpus.add("requests", &format!("{at:02}-{base}"), &input);
        }
        for how in [0, 1, 2, 3, 4].into_iter().filter(|how| at % 5 == usize::from(*how)) {
            let body = dossier_fuzz::service::frame(how.min(1), &question.request);
            let body = if how == 0 { body.to_vec() } else { question.request.clone() };
            corpus.add("requests", &format!("{at:02}-how-{how}"), &[&[of, how], body.as_slice()].concat());
        }
    }
}

fn tokens(corpus: &Corpus) {
    for question in 0..40_u8 {
        for base in [0, 8] {
            let forged = [&[question, 3 + base * 16, 1], [question; 8].as_slice()].concat();
            corpus.add("token", &format!("forged-{question:02}-{base}"), &forged);
            corpus.add("token", &format!("other-{question:02}-{base}"), &[question, 1 + base * 16, question / 2]);
        }
        corpus.add("token", &format!("changed-{question:02}"), &[question, 2, question * 3, 1 << (question % 8)]);
    }
    corpus.add("token", "text", b"\x04\x00AQAAAAAAAAABAAAAAnRoZSBkaWdlc3Qgb2YgYSBxdWVyeQ");
}

/// Every question of whole snapshots; then every section changed at its start and further on.
fn snapshots(corpus: &Corpus) {
    let all: Vec<u8> = (0..questions::all().len() as u8).chain(250..=254).collect();
    // Of the facts by the byte as `bases::pick` reads it, with sums that are mended.
    for (base, how) in [(0, 2), (1, 2 + 8 * 4), (2, 2 + 15 * 4)] {
        for (at, asked) in all.chunks(6).enumerate() {
            corpus.add("snapshot", &format!("whole-{base}-{at:02}"), &[&[how, 0], asked].concat());
            corpus.add("snapshot", &format!("flipped-{base}-{at:02}"), &flipped(how - 1, at as u8, asked));
        }
    }
    for section in 0..32_u8 {
        for (at, edit) in [[5, 0, 0, 0, 3, 9], [1, 40, 0, 0, 7, 0], [7, 2, 0, 0, 1, 0]].into_iter().enumerate() {
            let asked = all.iter().cycle().skip(usize::from(section) * 7 + at * 2).take(6).copied();
            let input: Vec<u8> = [2 + 8 * 4, 1, section].into_iter().chain(edit).chain(asked).collect();
            corpus.add("snapshot", &format!("section-{section:02}-{at}"), &input);
        }
    }
    corpus.add("snapshot", "foreign", b"\x00dossier\x01\x01\x00\x00\x00 and what is none of it");
}

fn flipped(how: u8, at: u8, asked: &[u8]) -> Vec<u8> {
    [&[how, 1, at * 3, 1, at.wrapping_mul(50), 0, 0, 1], asked].concat()
}

/// A made-up event with all that it refers to, as records.
fn facts(corpus: &Corpus) {
    for (number, dataset) in [bases::made_up(), bases::shipped()].into_iter().enumerate() {
        for event in dataset.events.iter().take(6) {
            let text = format!("{event:?}");
            let named = |name: &str| text.contains(name);
            let mut contents = vec![];
            contents.extend(dataset.sources.iter().filter(|it| named(&it.name)).cloned().map(Content::Source));
            contents.extend(dataset.places.iter().filter(|it| named(&it.name)).cloned().map(Content::Place));
            contents.extend(dataset.actors.iter().filter(|it| named(&it.name)).cloned().map(Content::Actor));
            contents.extend(dataset.camps.iter().filter(|it| named(&it.name)).cloned().map(Content::Camp));
            let mut event = event.clone();
            event.claims.iter_mut().for_each(|claim| claim.name.clear());
            contents.push(Content::Event(event));
            let header = Header { layer: "made-up".into(), ..Default::default() };
            let mut writer = Writer::new(Vec::new(), header).expect("a file");
            contents.into_iter().for_each(|content| writer.write(content).expect("a record"));
            let (_, file) = writer.finish().expect("a whole file");
            corpus.add("facts", &format!("{number}-{}", contents_name(&file)), &file);
        }
    }
}

fn contents_name(file: &[u8]) -> String {
    blake3::hash(file).to_hex().as_str()[..8].to_owned()
}

fn seeds(corpus: &Corpus) {
    let quarry = ["events", "later", "world"].map(|name| read(&format!("tests/spec/made_up/quarry/{name}.yaml")));
    for (at, text) in quarry.iter().enumerate() {
        corpus.add("seed", &format!("quarry-{at}"), text.as_bytes());
    }
    for (at, event) in quarry[0].split("\n  - name: ").skip(1).enumerate() {
        corpus.add("seed", &format!("event-{at}"), format!("events:\n  - name: {event}\n").as_bytes());
    }
    let document = read("tests/spec/made_up/quarry/source.txt");
    corpus.add("seed", "document", format!("{}\0{document}", quarry[0]).as_bytes());
    corpus.add("seed", "minimal", read("examples/minimal/facts.yaml").as_bytes());
    for (at, text) in rows::YAML.iter().enumerate() {
        corpus.add("seed", &format!("yaml-{at}"), text.as_bytes());
    }
}

fn imports(corpus: &Corpus) {
    let ucdp = read("tests/data/ucdp/ged231-sample1000.csv");
    let mut reader = ucdp.split_inclusive('\n');
    let header = reader.next().expect("a header");
    // Rows of one line: some articles hold line breaks.
    let rows: Vec<&str> =
        reader.filter(|row| row.matches(',').count() > 47 && row.matches('"').count() % 2 == 0).collect();
    for (at, rows) in rows.iter().step_by(rows.len() / 12).enumerate() {
        import(corpus, "ucdp_ged", at, &format!("{header}{rows}"));
    }
    let geonames = read("tests/data/geonames/ML-2023-10-22.txt");
    let codes = ["\tPPL\t", "\tADM1\t", "\tADM2\t", "\tPCLI\t", "\tCMP\t", "\tSTM\t", "\tAIRP\t", "\tMT\t"];
    for (at, code) in codes.iter().enumerate() {
        let rows: Vec<&str> = geonames.lines().filter(|row| row.contains(code) && row.len() < 300).take(2).collect();
        import(corpus, "geonames", at, &(rows.join("\n") + "\n"));
    }
    for (at, text) in rows::acled().iter().enumerate() {
        import(corpus, "acled", at, text);
    }
    for (at, text) in rows::gdelt().iter().enumerate() {
        import(corpus, "gdelt", at, text);
    }
}

/// The file, and the same packed.
fn import(corpus: &Corpus, target: &str, at: usize, text: &str) {
    corpus.add(target, &format!("{at:02}"), &[&[7], text.as_bytes()].concat());
    if at == 0 {
        let mut encoder = flate2::write::GzEncoder::new(vec![7], flate2::Compression::best());
        encoder.write_all(text.as_bytes()).expect("gzip");
        corpus.add(target, "gzip", &encoder.finish().expect("gzip"));
        corpus.add(target, "mark", &[&[3], "\u{feff}".as_bytes(), text.replace('\n', "\r\n").as_bytes()].concat());
        corpus.add(target, "zip", &[&[7], zipped(text).as_slice()].concat());
    }
}

/// An archive of one file, stored: local head, bytes, directory, end.
fn zipped(text: &str) -> Vec<u8> {
    let mut crc = flate2::Crc::new();
    crc.update(text.as_bytes());
    let size = (text.len() as u32).to_le_bytes();
    let common = [&[20, 0, 0, 0, 0, 0, 0, 0, 0, 0], &crc.sum().to_le_bytes()[..], &size, &size, &[1, 0, 0, 0]].concat();
    let local = [b"PK\x03\x04", &common[..], b"f", text.as_bytes()].concat();
    let directory = [b"PK\x01\x02\x14\x00", &common[..], &[0; 14], b"f"].concat();
    let end = [
        b"PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00",
        &(directory.len() as u32).to_le_bytes()[..],
        &(local.len() as u32).to_le_bytes(),
        &[0, 0],
    ];
    [local, directory, end.concat()].concat()
}

/// Distinct words, sorted.
fn sorted(words: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    words.into_iter().collect()
}

fn write(path: &Path, words: &BTreeSet<String>) {
    let escaped = |word: &String| {
        let bytes = word.bytes().map(|byte| match byte {
            b'"' | b'\\' => format!("\\{}", char::from(byte)),
            b' '..=b'~' => char::from(byte).to_string(),
            _ => format!("\\x{byte:02x}"),
        });
        format!("\"{}\"\n", bytes.collect::<String>())
    };
    fs::write(path, words.iter().map(escaped).collect::<String>()).expect("a dictionary");
}
