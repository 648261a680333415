//! The service without a server: called as tower calls it, by a generated client or with requests written as JSON.

use std::{sync::Arc, time::UNIX_EPOCH};

use bytes::Bytes;
use dossier::{
    api::{FactService, Limits},
    model::derive::Derived,
    pb,
    store::{
        Store,
        engine::{ImageStore, ImageView},
    },
};
use http_body_util::{BodyExt as _, Full};
use prost::Message as _;
use prost_reflect::{DynamicMessage, MessageDescriptor};
use tonic::{Status, body::Body};
use tower_service::Service as _;

use super::raw::frame;

/// A service, and the store to load more into.
pub(crate) fn service(derived: &Derived) -> (Arc<ImageStore>, FactService<ImageStore>) {
    let store = Arc::new(ImageStore::new(ImageView::in_memory(derived, UNIX_EPOCH).unwrap()));
    (Arc::clone(&store), FactService::new(store, Limits::default()))
}

/// Asks with a request written as JSON.
pub(crate) async fn ask<S: Store>(
    service: &FactService<S>,
    method: &str,
    json: &str,
) -> Result<DynamicMessage, Status> {
    let (output, bytes) = answer(service, method, json).await?;
    Ok(DynamicMessage::decode(output, &bytes[..]).unwrap())
}

/// The bytes of the answer to a request written as JSON, and the type of its message.
pub(crate) async fn answer<S: Store>(
    service: &FactService<S>,
    method: &str,
    json: &str,
) -> Result<(MessageDescriptor, Bytes), Status> {
    let contract = pb::pool().get_service_by_name("dossier.v1.FactService").unwrap();
    let method = contract.methods().find(|known| known.name() == method).expect(method);
    let message = DynamicMessage::deserialize(method.input(), &mut serde_json::Deserializer::from_str(json)).unwrap();
    let request = http::Request::post(format!("/dossier.v1.FactService/{}", method.name()))
        .header("content-type", "application/grpc")
        .body(Body::new(Full::new(frame(0, &message.encode_to_vec()))))
        .unwrap();
    let (head, body) = service.clone().call(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap();
    let status = Status::from_header_map(body.trailers().unwrap_or(&head.headers)).expect("every answer has a status");
    if status.code() != tonic::Code::Ok {
        return Err(status);
    }
    let bytes: Bytes = body.to_bytes();
    let length = u32::from_be_bytes(bytes[1..5].try_into().unwrap()) as usize;
    assert_eq!((bytes[0], bytes.len()), (0, length + 5), "one message that is not compressed");
    Ok((method.output(), bytes.slice(5..)))
}
