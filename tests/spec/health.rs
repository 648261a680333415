//! `grpc.health.v1` and `dossier health`: what is told is what is so.

use std::{net::TcpListener, time::Duration};

use tonic::Code;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use crate::support::{Server, dossier, run};

fn about(service: &str) -> HealthCheckRequest {
    HealthCheckRequest { service: service.to_owned() }
}

#[tokio::test]
async fn it_is_serving_until_it_stops_and_watchers_hear_of_it() {
    let server = Server::start(&[]);
    let mut client = HealthClient::new(server.channel().await);
    let mut watches = Vec::new();
    for service in ["", "dossier.v1.FactService"] {
        let status = client.check(about(service)).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving, "{service:?}");
        let mut watch = client.watch(about(service)).await.unwrap().into_inner();
        assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
        watches.push(watch);
    }
    assert_eq!(client.check(about("no.such.Service")).await.unwrap_err().code(), Code::NotFound);
    let mut unknown = client.watch(about("no.such.Service")).await.unwrap().into_inner();
    assert_eq!(unknown.message().await.unwrap().unwrap().status(), ServingStatus::ServiceUnknown);

    server.signal("TERM");
    for mut watch in watches {
        assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
        assert_eq!(watch.message().await.unwrap_err().code(), Code::Unavailable, "then the stream ends");
    }
    assert_eq!(unknown.message().await.unwrap_err().code(), Code::Unavailable);
    let (status, _) = server.end_within(Duration::from_secs(2));
    assert_eq!(status.code(), Some(0));
}

#[test]
fn the_command_says_it_in_one_line_and_its_exit_code() {
    let server = Server::start(&[]);
    let url = format!("http://{}", server.address);
    // Accepts connections and never answers.
    let mute = TcpListener::bind("127.0.0.1:0").unwrap();
    let mute = mute.local_addr().unwrap().to_string();
    for (args, code, out, err) in [
        (&["health", &server.address][..], 0, "SERVING\n", ""),
        (&["health", &url], 0, "SERVING\n", ""),
        (&["health", &server.address, "--service", "dossier.v1.FactService"], 0, "SERVING\n", ""),
        (
            &["health", &server.address, "--service", "no.such.Service"],
            1,
            "",
            "has no service \"no.such.Service\"; leave --service out",
        ),
        (&["health", "127.0.0.1:1"], 1, "", "cannot reach 127.0.0.1:1: Connection refused"),
        (&["health", "nope"], 64, "", "\"nope\" is no address of a server; write HOST:PORT, such as 127.0.0.1:50051"),
        (&["health", &mute, "--timeout", "1"], 1, "", "did not answer within 1 s"),
    ] {
        let ended = run(&mut dossier(args));
        assert_eq!((ended.code, ended.out.as_str()), (Some(code), out), "{args:?}: {ended:?}");
        assert!(ended.err.contains(err) && ended.err.lines().count() <= 1, "{args:?}: {ended:?}");
    }
}

#[tokio::test]
async fn every_service_that_reflection_lists_has_a_health() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest, server_reflection_response::MessageResponse,
    };
    let server = Server::start(&[]);
    let channel = server.channel().await;
    let message_request = Some(MessageRequest::ListServices(String::new()));
    let request = ServerReflectionRequest { host: String::new(), message_request };
    let mut answers = ServerReflectionClient::new(channel.clone())
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let Some(MessageResponse::ListServicesResponse(listed)) =
        answers.message().await.unwrap().unwrap().message_response
    else {
        panic!("no list")
    };
    let names: Vec<_> = listed.service.iter().map(|service| service.name.as_str()).collect();
    let reflection = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"];
    assert_eq!(names, [&["dossier.v1.FactService", "grpc.health.v1.Health"], &reflection[..]].concat());
    for service in listed.service {
        let told = HealthClient::new(channel.clone()).check(about(&service.name)).await.unwrap().into_inner();
        assert_eq!(told.status(), ServingStatus::Serving, "{}", service.name);
    }
}
