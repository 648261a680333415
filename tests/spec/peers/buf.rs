//! buf curl calls by reflection and by module, over gRPC and gRPC-Web.

use std::{path::Path, process::Command};

use serde_json::Value;

use crate::{
    support::{Ended, Server},
    tools::{run, tool},
};

const METHOD: &str = "dossier.v1.FactService/ListCampHandovers";

fn curl(buf: &Path, server: &Server, arguments: &[&str]) -> Ended {
    let url = format!("http://{}/{METHOD}", server.address);
    run(Command::new(buf).arg("curl").args(arguments).arg(url))
}

fn handovers(ran: &Ended) -> usize {
    assert!(ran.ok(), "{}", ran.err);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    answer["campHandovers"].as_array().unwrap().len()
}

#[test]
fn calls_by_reflection_and_by_module() {
    let Some(buf) = tool("buf") else { return };
    let server = Server::start(&["seeds"]);
    let http2 = "--http2-prior-knowledge";
    for arguments in [
        vec!["--protocol", "grpc", http2, "--reflect-protocol", "grpc-v1", "-d", "{}"],
        vec!["--protocol", "grpc", http2, "--reflect-protocol", "grpc-v1alpha", "-d", "{}"],
        vec!["--protocol", "grpc", http2, "--schema", "proto", "-d", "{}"],
        vec!["--protocol", "grpcweb", "--schema", "proto", "-d", "{}"],
        vec!["--protocol", "grpcweb", http2, "--schema", "proto", "-d", "{}"],
    ] {
        assert_eq!(handovers(&curl(&buf, &server, &arguments)), 7, "{arguments:?}");
    }
}

#[test]
fn errors_are_read_with_their_details() {
    let Some(buf) = tool("buf") else { return };
    let server = Server::start(&["seeds"]);
    let data = r#"{"page_size": -1, "filter": {"first_day": "2023-99-01"}}"#;
    let ran = curl(&buf, &server, &["--protocol", "grpc", "--http2-prior-knowledge", "--schema", "proto", "-d", data]);
    assert!(!ran.ok());
    let error: Value = serde_json::from_str(&ran.err).unwrap_or_else(|_| panic!("{}", ran.err));
    assert_eq!(error["code"], "invalid_argument", "{error:#}");
    let types: Vec<&str> =
        error["details"].as_array().unwrap().iter().map(|detail| detail["type"].as_str().unwrap()).collect();
    assert!(types.contains(&"google.rpc.ErrorInfo") && types.contains(&"google.rpc.BadRequest"), "{error:#}");
}
