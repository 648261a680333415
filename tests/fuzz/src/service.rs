//! The service without a server, called as tower calls it.

use std::{
    sync::{Arc, OnceLock},
    time::UNIX_EPOCH,
};

use bytes::{BufMut as _, Bytes, BytesMut};
use dossier::{
    api::{FactService, Limits},
    model::{dataset::Dataset, derive::derive},
    pb,
    store::{
        engine::{ImageStore, ImageView},
        image::Image,
    },
};
use http_body_util::{BodyExt as _, Full};
use prost_reflect::{DynamicMessage, MethodDescriptor};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status, body::Body};
use tower_service::Service as _;

/// The service over a store in one image.
pub type Service = FactService<ImageStore>;

/// The service over a view, of a server that stops: a watch would last for ever.
pub fn over(view: ImageView) -> Service {
    let stopping = CancellationToken::new();
    stopping.cancel();
    FactService::until(Arc::new(ImageStore::new(view)), Limits::default(), stopping)
}

/// The service over facts in memory.
pub fn of(dataset: Dataset) -> Service {
    over(ImageView::in_memory(&derive(dataset), UNIX_EPOCH).expect("facts that were checked give an image"))
}

/// The service over an image, if it holds at least what every answer needs.
pub fn over_image(image: Image) -> Option<Service> {
    ImageView::open(image, UNIX_EPOCH).ok().map(over)
}

/// The methods of the contract, in its order.
pub fn methods() -> &'static [MethodDescriptor] {
    static METHODS: OnceLock<Vec<MethodDescriptor>> = OnceLock::new();
    METHODS.get_or_init(|| {
        let service = pb::pool().get_service_by_name("dossier.v1.FactService").expect("the contract has a service");
        service.methods().collect()
    })
}

/// A method of the contract.
pub fn method(name: &str) -> &'static MethodDescriptor {
    methods().iter().find(|method| method.name() == name).expect(name)
}

/// A message in its frame.
pub fn frame(compressed: u8, message: &[u8]) -> Bytes {
    let mut bytes = BytesMut::with_capacity(message.len() + 5);
    bytes.put_u8(compressed);
    bytes.put_u32(message.len() as u32);
    bytes.put_slice(message);
    bytes.freeze()
}

/// Waits for a future on a runtime of this thread.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    thread_local! {
        static RUNTIME: tokio::runtime::Runtime =
            tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    }
    RUNTIME.with(|runtime| runtime.block_on(future))
}

/// Sends these bytes as the body of a call; its frames, and how it ended.
pub fn send(service: &Service, method: &str, body: Bytes, headers: &[(&'static str, &str)]) -> (Bytes, Status) {
    let mut request = http::Request::post(format!("/dossier.v1.FactService/{method}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::new(Full::new(body))).expect("a request");
    let response = wait(async {
        let (head, body) = service.clone().call(request).await.expect("a service that cannot fail").into_parts();
        let body = body.collect().await.expect("a body that cannot break off");
        let trailers = body.trailers().cloned();
        (head.headers, trailers, body.to_bytes())
    });
    let (headers, trailers, bytes) = response;
    let status = Status::from_header_map(trailers.as_ref().unwrap_or(&headers)).expect("every answer has a status");
    (bytes, status)
}

/// Asks with a whole message; the messages of the answer, or the status. What no caller may be told ends the process.
pub fn ask(service: &Service, method: &str, message: &[u8]) -> Result<Vec<Bytes>, Status> {
    let (body, status) = send(service, method, frame(0, message), &[]);
    told(method, &body, status)
}

/// The messages of an answer, if it is one.
pub fn told(method: &str, body: &Bytes, status: Status) -> Result<Vec<Bytes>, Status> {
    let code = status.code();
    let never = [Code::Internal, Code::Unknown, Code::Aborted, Code::Cancelled];
    // A watch may ask to go on from any revision.
    let gone = method == "WatchEvents" && code == Code::Aborted;
    assert!(gone || !never.contains(&code), "{method} answers {code:?}: {}", status.message());
    if code != Code::Ok {
        return Err(status);
    }
    let mut messages = vec![];
    let mut rest = body.clone();
    while !rest.is_empty() {
        assert!(rest.len() >= 5 && rest[0] == 0, "{method}: a frame that is none, or compressed unasked");
        let len = u32::from_be_bytes([rest[1], rest[2], rest[3], rest[4]]) as usize;
        assert!(rest.len() >= 5 + len, "{method}: a frame that is cut short");
        messages.push(rest.slice(5..5 + len));
        rest = rest.slice(5 + len..);
    }
    Ok(messages)
}

/// An answer, decoded.
pub fn decode(method: &MethodDescriptor, message: &Bytes) -> Option<DynamicMessage> {
    DynamicMessage::decode(method.output(), message.clone()).ok()
}

/// The token of the next page, if an answer has one.
pub fn next_token(answer: &DynamicMessage) -> Option<String> {
    let token = answer.get_field_by_name("next_page_token")?;
    token.as_str().filter(|token| !token.is_empty()).map(str::to_owned)
}
