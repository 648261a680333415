//! Calls as the wire has them: ids, deadlines, unknown methods, and what is no call at all.

use dossier::pb::ErrorReason;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::support::{Server, empty_message, endless};

const GET_DATASET: &str = "/dossier.v1.FactService/GetDataset";

fn reason(status: &Status) -> ErrorReason {
    let info = status.get_details_error_info().expect("every error has an ErrorInfo");
    assert_eq!(info.domain, "dossier");
    ErrorReason::from_str_name(&format!("ERROR_REASON_{}", info.reason)).expect("a reason of the contract")
}

#[tokio::test]
async fn a_request_id_is_returned_or_made() {
    let server = Server::start(&[]);
    let connection = server.connection().await;
    let call = |headers| connection.clone().call(GET_DATASET, headers, empty_message());
    let (theirs, _) = call(&[("x-request-id", "4bf92f3577b34da6")]).await.unwrap();
    assert_eq!(theirs["x-request-id"], "4bf92f3577b34da6");
    assert!(server.log_line("4bf92f3577b34da6").contains("GetDataset"));
    let (made, _) = call(&[("x-request-id", "no spaces, please")]).await.unwrap();
    let (other, _) = call(&[]).await.unwrap();
    assert!(made["x-request-id"] != other["x-request-id"] && !made["x-request-id"].as_bytes().contains(&b' '));
}

#[tokio::test]
async fn the_deadline_is_the_earlier_of_the_callers_and_the_servers() {
    let server = Server::start(&["--max-call-time", "1"]);
    let connection = server.connection().await;
    for (timeout, at_least) in [("100m", 100), ("9M", 1000)] {
        // The request never ends, so only the deadline can end the call.
        let began = std::time::Instant::now();
        let (_, status) = connection.clone().call(GET_DATASET, &[("grpc-timeout", timeout)], endless()).await.unwrap();
        assert_eq!((status.code(), reason(&status)), (Code::DeadlineExceeded, ErrorReason::DeadlineExceeded));
        let took = began.elapsed().as_millis();
        assert!((at_least..at_least + 900).contains(&took), "{timeout}: {took} ms");
    }
    let (_, status) = connection.call(GET_DATASET, &[("grpc-timeout", "soon")], empty_message()).await.unwrap();
    assert_eq!((status.code(), reason(&status)), (Code::InvalidArgument, ErrorReason::MalformedRequest));
}

#[tokio::test]
async fn what_is_not_served_is_unimplemented() {
    let server = Server::start(&[]);
    let connection = server.connection().await;
    for path in ["/dossier.v1.FactService/NoSuchMethod", "/dossier.v2.FactService/GetDataset"] {
        let (headers, status) = connection.clone().call(path, &[], empty_message()).await.unwrap();
        assert!(headers.contains_key("dossier-revision"), "every answer tells the revision: {path}");
        assert_eq!((status.code(), reason(&status)), (Code::Unimplemented, ErrorReason::NotImplemented), "{path}");
        assert!(!status.message().is_empty());
    }
}

#[tokio::test]
async fn a_browser_that_strays_here_is_told_so() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let server = Server::start(&[]);
    for (request, status) in [
        ("GET / HTTP/1.1\r\n", "404 Not Found"),
        ("GET /dossier.v1.FactService/GetDataset HTTP/1.1\r\n", "405 Method Not Allowed"),
        (
            "POST /dossier.v1.FactService/GetDataset HTTP/1.1\r\ncontent-type: application/json\r\n",
            "415 Unsupported Media Type",
        ),
        ("nonsense\r\n", "400 Bad Request"),
    ] {
        let mut stream = tokio::net::TcpStream::connect(&server.address).await.unwrap();
        let request = format!("{request}host: test\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{request}: {answer}");
        assert!(!answer.contains("grpc-status"));
    }
}
