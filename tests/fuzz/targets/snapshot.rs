//! Snapshots that are damaged behind sums that hold: refused, DATA_LOSS or an answer, whatever is asked. Without mended sums: the
//! right answer or none.
//!
//! The first byte says of which facts and whether the sums are mended, then come the changes (see `images`), and a byte for each
//! question.

#![no_main]

use std::{cell::RefCell, path::Path, time::UNIX_EPOCH};

use bytes::Bytes;
use dossier::{
    export::{self, Format},
    model::{derive::derive, encoded},
    store::{
        build::{self, Spool, in_memory, streamed},
        engine::ImageView,
        image::{Image, verify},
        query::EventQuery,
    },
};
use dossier_fuzz::{
    Choices,
    bases::{Each, pick},
    files,
    images::Snapshot,
    questions,
    service::{Service, ask, method, over_image, wait},
};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use tonic::{Code, Status};

struct Base {
    /// The whole snapshot, as it answers.
    right: Service,
    bytes: Vec<u8>,
}

static BASES: Each<Base> = Each::new();

thread_local! {
    static SNAPSHOTS: [RefCell<Option<Snapshot>>; 3] = const { [const { RefCell::new(None) }; 3] };
}

/// Questions at most, after one set of changes.
const MOST: usize = 6;
/// From this byte on it is no question, but a reading of the whole.
const WHOLE: usize = 250;

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut choices = Choices(input);
    let how = choices.byte();
    let number = pick(how >> 2);
    let base = BASES.get(number, |facts| {
        let image = in_memory(&derive(facts)).expect("an image of sound facts");
        let bytes = image.bytes().to_vec();
        Base { right: over_image(image).expect("the image of sound facts"), bytes }
    });
    SNAPSHOTS.with(|snapshots| {
        let mut snapshot = snapshots[number].borrow_mut();
        let snapshot = snapshot.get_or_insert_with(|| Snapshot::new(base.bytes.clone()));
        match how % 4 {
            0 => {
                let path = snapshot.foreign(choices.rest());
                assert!(Image::open(path).is_err(), "a file of a few bytes is taken for a snapshot");
            }
            1 => {
                let path = snapshot.damaged(&mut choices, false);
                examine(path, &mut choices, Some(base));
            }
            _ => {
                let path = snapshot.damaged(&mut choices, true);
                examine(path, &mut choices, None);
            }
        }
    });
});

/// Asks a snapshot what an input says. Against a base it must tell the truth or nothing.
fn examine(path: &Path, choices: &mut Choices<'_>, against: Option<&Base>) {
    let Ok(image) = Image::open(path) else { return };
    let Some(service) = over_image(image) else { return };
    for _ in 0..MOST {
        if choices.is_empty() {
            return;
        }
        let number = usize::from(choices.byte());
        if number >= WHOLE {
            whole(Image::open(path).expect("what was opened before"), number);
            continue;
        }
        let number = number % questions::all().len();
        let question = &questions::all()[number];
        match ask(&service, question.method, &question.request) {
            Ok(messages) => {
                if let Some(base) = against {
                    let right = ask(&base.right, question.method, &question.request);
                    assert!(right.is_ok_and(|right| right == messages), "{} is answered wrongly", question.method);
                }
                pages(&service, question, &messages);
            }
            Err(status) => may_be(&status),
        }
    }
}

/// What an error of a snapshot that was opened may be: damage, or names and points that are not there any more.
fn may_be(status: &Status) {
    let codes = [Code::DataLoss, Code::Aborted, Code::NotFound, Code::InvalidArgument, Code::FailedPrecondition];
    assert!(codes.contains(&status.code()), "{:?}: {}", status.code(), status.message());
}

/// Goes on for some pages.
fn pages(service: &Service, question: &questions::Question, first: &[Bytes]) {
    let of = method(question.method);
    let Some(field) = of.output().get_field_by_name("next_page_token") else { return };
    let token = |messages: &[Bytes]| {
        let token = encoded::first(messages.first()?, field.number().into())?;
        String::from_utf8(token.to_vec()).ok()
    };
    let mut next = token(first);
    for _ in 0..3 {
        let Some(token_of_next) = next else { return };
        let Ok(mut request) = DynamicMessage::decode(of.input(), question.request.as_slice()) else { return };
        request.set_field_by_name("page_token", Value::String(token_of_next));
        match ask(service, question.method, &request.encode_to_vec()) {
            Ok(messages) => next = token(&messages),
            Err(status) => return may_be(&status),
        }
    }
}

/// What reads a snapshot as a whole: exports, verification, a build that takes it apart and puts it together again.
fn whole(image: Image, how: usize) {
    let format = match how - WHOLE {
        0 => Format::JsonLines,
        1 => Format::Csv,
        2 => Format::GeoJson,
        3 => return rebuilt(&image),
        _ => {
            let _ = verify(&image);
            return;
        }
    };
    let Ok(view) = ImageView::open(image, UNIX_EPOCH) else { return };
    let exported = wait(export::export(&view, &EventQuery::default(), format, std::io::sink()));
    if let Ok(exported) = exported {
        assert!(exported.sources.write(std::io::sink()).is_ok());
    }
}

/// Takes a snapshot apart and builds another of it.
fn rebuilt(image: &Image) {
    thread_local! {
        static FOLDER: std::path::PathBuf = files::folder("build");
    }
    FOLDER.with(|folder| {
        let Ok(mut spool) = Spool::new(folder) else { return };
        let Ok(facts) = build::resources(image) else { return };
        if build::events(image, &mut |event| Ok(spool.add(&event)?)).is_err() {
            return;
        }
        let _ = streamed(facts, spool, std::io::Cursor::new(vec![]));
    });
}
