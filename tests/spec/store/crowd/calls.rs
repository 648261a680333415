//! Calls: each goes to the service over facts in memory and to the one over a mapped file, and both say the same bytes.

use bytes::{Buf as _, Bytes};
use dossier::{api::FactService, store::engine::ImageStore};
use http_body_util::{BodyExt as _, Full};
use prost::Message;
use tonic::{Status, body::Body};
use tower_service::Service as _;

use super::super::run;
use crate::rules::raw::frame;

pub(super) type Service = FactService<ImageStore>;

/// Pages of one item take as long as those of a thousand.
const PAGES: usize = 25;

/// The two services.
pub(super) struct Both {
    pub(super) memory: Service,
    pub(super) snapshot: Service,
    pub(super) revision: String,
}

/// A page of whatever, its entries as they came.
#[derive(Clone, PartialEq, Message)]
pub(super) struct RawPage {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(super) entries: Vec<Vec<u8>>,
    #[prost(string, tag = "2")]
    next_page_token: String,
    #[prost(string, tag = "3")]
    revision: String,
}

/// A batch of an export, its events as they came.
#[derive(Clone, PartialEq, Message)]
struct RawBatch {
    #[prost(bytes = "vec", repeated, tag = "1")]
    events: Vec<Vec<u8>>,
    #[prost(string, tag = "2")]
    revision: String,
}

/// The messages of the answer.
async fn call(service: &Service, method: &str, request: Bytes) -> Result<Vec<Bytes>, (i32, String)> {
    let request = http::Request::post(format!("/dossier.v1.FactService/{method}"))
        .header("content-type", "application/grpc")
        .body(Body::new(Full::new(frame(0, &request))))
        .unwrap();
    let (head, body) = service.clone().call(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap();
    let status = Status::from_header_map(body.trailers().unwrap_or(&head.headers)).expect("every answer has a status");
    if status.code() != tonic::Code::Ok {
        return Err((status.code().into(), status.message().to_owned()));
    }
    let mut bytes = body.to_bytes();
    let mut messages = vec![];
    while bytes.has_remaining() {
        assert_eq!(bytes.get_u8(), 0, "not compressed");
        let length = bytes.get_u32() as usize;
        messages.push(bytes.split_to(length));
    }
    Ok(messages)
}

fn same(method: &str, told: &Result<Vec<Bytes>, (i32, String)>, mapped: &Result<Vec<Bytes>, (i32, String)>) {
    if told != mapped {
        let bytes = |answer: &Result<Vec<Bytes>, _>| answer.as_ref().map_or_else(|_| vec![], |all| all.concat());
        let (one, other) = (bytes(told), bytes(mapped));
        let at = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
        let (errors, lens) = ((told.as_ref().err(), mapped.as_ref().err()), (one.len(), other.len()));
        panic!("{method}: the snapshot answers otherwise from byte {at} of {lens:?} on; errors {errors:?}");
    }
}

impl Both {
    /// What both answer.
    pub(super) fn ask(&self, method: &str, request: &impl Message) -> Result<Vec<Bytes>, (i32, String)> {
        let request = Bytes::from(request.encode_to_vec());
        let told = run(call(&self.memory, method, request.clone()));
        let mapped = run(call(&self.snapshot, method, request));
        same(method, &told, &mapped);
        told
    }

    /// What both answer to a call that works.
    pub(super) fn get<M: Message + Default>(&self, method: &str, request: &impl Message) -> M {
        let messages = self.ask(method, request).unwrap();
        M::decode(messages[0].clone()).unwrap()
    }

    /// The entries of a list up to so many, or on so many pages of sizes that change; and whether there are no more.
    pub(super) fn walk<R: Message>(
        &self,
        method: &str,
        sizes: &[i32],
        most: usize,
        request: impl Fn(i32, String) -> R,
    ) -> (Vec<Vec<u8>>, bool) {
        let (mut all, mut token) = (vec![], String::new());
        for (pages, size) in (1..).zip(sizes.iter().cycle()) {
            let page: RawPage = self.get(method, &request(*size, token));
            assert_eq!(page.revision, self.revision);
            full(page.entries.len(), page.entries.iter().map(Vec::len).sum(), *size, &page.next_page_token);
            all.extend(page.entries);
            token = page.next_page_token;
            if token.is_empty() || all.len() >= most || (pages >= PAGES && most < usize::MAX) {
                break;
            }
        }
        (all, token.is_empty())
    }

    /// All events of an export.
    pub(super) fn export(&self, request: &impl Message) -> Vec<Vec<u8>> {
        let batches = self.ask("ExportEvents", request).unwrap();
        let batches = batches.into_iter().map(|batch| RawBatch::decode(batch).unwrap());
        batches.inspect(|batch| assert_eq!(batch.revision, self.revision)).flat_map(|batch| batch.events).collect()
    }
}

/// A page has as many as were asked for, unless it is the last one or full of bytes.
pub(super) fn full(entries: usize, bytes: usize, size: i32, next: &str) {
    let size = if size == 0 { 50 } else { size as usize };
    assert!(entries <= size);
    assert!(next.is_empty() || entries == size || bytes > 5 << 19, "{entries} of {size} entries, and more behind");
}
