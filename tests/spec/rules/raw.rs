//! Calls byte by byte over HTTP/2, and calls whose request is written as JSON, as a table or a person at grpcurl writes it.

use bytes::{BufMut as _, Bytes, BytesMut};
use dossier::pb;
use http_body_util::{BodyExt as _, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use prost::Message as _;
use prost_reflect::DynamicMessage;
use tonic::Status;

/// How a call ended.
pub(crate) struct Told {
    pub(crate) status: i32,
    pub(crate) message: String,
    pub(crate) headers: http::HeaderMap,
    /// The frames of the body.
    pub(crate) body: Bytes,
}

pub(crate) type Raw = Client<HttpConnector, Full<Bytes>>;

pub(crate) fn raw() -> Raw {
    Client::builder(TokioExecutor::new()).http2_only(true).build_http()
}

/// Sends these bytes as the body of a call of the contract, and reads its status from headers or trailers.
pub(crate) async fn send(client: &Raw, address: &str, method: &str, body: Bytes, encoding: Option<&str>) -> Told {
    post(client, address, &format!("dossier.v1.FactService/{method}"), body, encoding).await
}

/// The same for any service.
pub(crate) async fn post(client: &Raw, address: &str, path: &str, body: Bytes, encoding: Option<&str>) -> Told {
    let mut request = http::Request::post(format!("http://{address}/{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers");
    if let Some(encoding) = encoding {
        request = request.header("grpc-encoding", encoding);
    }
    let response = client.request(request.body(Full::new(body)).unwrap()).await.unwrap();
    let mut headers = response.headers().clone();
    let body = response.into_body().collect().await.unwrap();
    headers.extend(body.trailers().cloned().unwrap_or_default());
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default();
    Told { status: text("grpc-status").parse().unwrap(), message: text("grpc-message"), headers, body: body.to_bytes() }
}

pub(crate) fn frame(compressed: u8, message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_u8(compressed);
    bytes.put_u32(message.len() as u32);
    bytes.put_slice(message);
    bytes.freeze()
}

/// Sends a request written as JSON, and wants it refused.
pub(super) async fn refused(client: &Raw, address: &str, method: &str, json: &str) -> Status {
    let told = ask(client, address, method, json).await;
    let status = Status::from_header_map(&told.headers).unwrap();
    assert_ne!(told.status, 0, "{method} was answered");
    status
}

/// Sends a request written as JSON.
pub(crate) async fn ask(client: &Raw, address: &str, method: &str, json: &str) -> Told {
    let service = pb::pool().get_service_by_name("dossier.v1.FactService").unwrap();
    let input = service.methods().find(|known| known.name() == method).expect(method).input();
    let mut json = serde_json::Deserializer::from_str(json);
    let request = DynamicMessage::deserialize(input, &mut json).unwrap_or_else(|error| panic!("{method}: {error}"));
    send(client, address, method, frame(0, &request.encode_to_vec()), None).await
}
