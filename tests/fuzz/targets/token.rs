//! Page tokens: texts that are none, tokens of other questions, and tokens that say where no list ever stood, keyed as if we had.
//!
//! The first byte names the question, the second what is done with its token.

#![no_main]

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use dossier_fuzz::{
    Choices,
    bases::{Each, pick},
    questions,
    service::{self, Service, ask, decode, method, next_token},
};
use prost::Message as _;
use prost_reflect::{DynamicMessage, Value};
use tonic::{Code, Status};

/// A question that pages, and the token behind its first page of one entry.
struct Paged {
    method: &'static str,
    request: DynamicMessage,
    token: String,
}

struct Base {
    service: Service,
    paged: Vec<Paged>,
}

static BASES: Each<Base> = Each::new();

/// Bytes of a token in front of the hash that keys it.
const CONTENT: usize = 1 + 8 + 4 + 16 + 32;

fn base(service: Service) -> Base {
    let mut paged = vec![];
    for question in questions::all() {
        let of = method(question.method);
        let Ok(mut request) = DynamicMessage::decode(of.input(), question.request.as_slice()) else { continue };
        if of.input().get_field_by_name("page_token").is_none() {
            continue;
        }
        request.set_field_by_name("page_size", Value::I32(1));
        let Ok(messages) = ask(&service, question.method, &request.encode_to_vec()) else { continue };
        let token = messages.first().and_then(|message| next_token(&decode(of, message)?));
        paged.extend(token.map(|token| Paged { method: question.method, request, token }));
    }
    assert!(paged.len() > 10, "only {} questions have a second page", paged.len());
    Base { service, paged }
}

impl Base {
    fn page(&self, paged: &Paged, token: &str, size: i32) -> Result<DynamicMessage, Status> {
        let mut request = paged.request.clone();
        request.set_field_by_name("page_token", Value::String(token.to_owned()));
        request.set_field_by_name("page_size", Value::I32(size));
        let messages = ask(&self.service, paged.method, &request.encode_to_vec())?;
        let message: &Bytes = messages.first().expect("one message");
        Ok(decode(method(paged.method), message).expect("an answer of the contract"))
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let mut choices = Choices(input);
    let which = choices.byte();
    let how = choices.byte();
    let base = BASES.get(pick(how >> 4), |facts| base(service::of(facts)));
    let paged = &base.paged[usize::from(which) % base.paged.len()];
    let refused = match how % 4 {
        0 => {
            let Ok(text) = std::str::from_utf8(choices.rest()) else { return };
            if text.is_empty() || base.paged.iter().any(|paged| paged.token == text) {
                return;
            }
            base.page(paged, text, 1)
        }
        1 => {
            let other = choices.pick(&base.paged);
            if other.token == paged.token {
                return;
            }
            base.page(paged, &other.token, 1)
        }
        2 => {
            let mut bytes = URL_SAFE_NO_PAD.decode(&paged.token).expect("a token of ours");
            let at = usize::from(choices.byte()) % bytes.len();
            bytes[at] ^= choices.byte().max(1);
            base.page(paged, &URL_SAFE_NO_PAD.encode(bytes), 1)
        }
        _ => return forged(base, paged, &mut choices),
    };
    let status = refused.expect_err("a token that is none of this question is taken");
    assert_eq!(status.code(), Code::InvalidArgument, "{}", status.message());
});

/// A token keyed as ours are, for a place where no page of this list need have ended: any page may come, and lists come to an end.
fn forged(base: &Base, paged: &Paged, choices: &mut Choices<'_>) {
    let mut bytes = URL_SAFE_NO_PAD.decode(&paged.token).expect("a token of ours");
    if choices.byte().is_multiple_of(2) {
        bytes[1..9].copy_from_slice(&choices.u64().to_be_bytes());
    } else {
        bytes[1..9].copy_from_slice(&u64::from(choices.u32()).to_be_bytes());
    }
    bytes[9..13].copy_from_slice(&choices.u32().to_be_bytes());
    let key = blake3::derive_key("dossier 2026 page token", &[0; 32]);
    let hash = blake3::keyed_hash(&key, &bytes[..CONTENT]);
    bytes[CONTENT..].copy_from_slice(&hash.as_bytes()[..16]);
    let mut token = URL_SAFE_NO_PAD.encode(bytes);
    // Pages of a thousand: no list of these facts has more than some thousand entries.
    for _ in 0..20 {
        match base.page(paged, &token, 1000) {
            Ok(answer) => match next_token(&answer) {
                Some(next) => token = next,
                None => return,
            },
            Err(status) => {
                assert_eq!(status.code(), Code::InvalidArgument, "{}: {}", paged.method, status.message());
                return;
            }
        }
    }
    panic!("{} does not come to an end behind a token", paged.method);
}
