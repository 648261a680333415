//! The port of operators: metrics as a parser reads them, and what probes are told.

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use dossier::pb;
use serde_json::Value;
use tempfile::TempDir;
use tonic::Code;

use crate::{
    snapshot::build,
    support::{Server, dossier, run},
    tools::tool,
};

/// Reads a page as OpenMetrics; prints its samples as JSON: name, labels, value.
const PARSE: &str = "
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
print(json.dumps([[s.name, s.labels, s.value] for family in parse(sys.stdin.read()) for s in family.samples]))
";

/// A server with a port for operators, and where that is.
fn start(args: &[&str]) -> (Server, String) {
    let server = Server::start(&[&["--admin-listen", "127.0.0.1:0"], args].concat());
    let line: Value = serde_json::from_str(&server.log_line("metrics are at /metrics")).unwrap();
    let address = line["address"].as_str().unwrap().to_owned();
    (server, address)
}

/// The status line and the body of the answer to a request.
fn ask(address: &str, method: &str, path: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "{method} {path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.lines().any(|line| line.to_ascii_lowercase().starts_with("content-type: ")), "{head}");
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// What the page says of a metric with these labels; absent if nothing. Absent altogether without Python.
struct Samples(Vec<(String, Value, f64)>);

impl Samples {
    fn of(address: &str) -> Option<Samples> {
        let python = tool("python")?;
        let (status, page) = ask(address, "GET", "/metrics");
        assert_eq!(status, "HTTP/1.1 200 OK");
        let folder = TempDir::new().unwrap();
        let file = folder.path().join("page");
        fs::write(&file, page).unwrap();
        let parsed = run(Command::new(python).args(["-c", PARSE]).stdin(fs::File::open(&file).unwrap()));
        assert!(parsed.ok(), "{parsed:?}");
        Some(Samples(serde_json::from_str(&parsed.out).unwrap()))
    }

    fn get(&self, name: &str, labels: &str) -> Option<f64> {
        let labels: Value = serde_json::from_str(labels).unwrap();
        self.0.iter().find(|(of, with, _)| of == name && *with == labels).map(|(_, _, value)| *value)
    }
}

#[tokio::test]
async fn calls_facts_and_loads_are_counted_as_a_parser_reads_them() {
    let (server, admin) = start(&["seeds"]);
    let mut client = server.client().await;
    for _ in 0..3 {
        client.list_events(pb::ListEventsRequest::default()).await.unwrap();
    }
    let request = pb::GetEventRequest { name: "events/none-of-this-name".into(), ..Default::default() };
    assert_eq!(client.get_event(request).await.unwrap_err().code(), Code::NotFound);
    let dataset = client.get_dataset(pb::GetDatasetRequest::default()).await.unwrap().into_inner();
    server.signal("HUP");
    server.log_line("RELOAD_OUTCOME_UNCHANGED");
    let Some(samples) = Samples::of(&admin) else { return };
    let list = r#""rpc": "dossier.v1.FactService/ListEvents""#;
    for (name, labels, value) in [
        ("dossier_calls_total", &format!(r#"{{{list}, "code": "OK"}}"#)[..], 3.0),
        ("dossier_calls_total", r#"{"rpc": "dossier.v1.FactService/GetEvent", "code": "NOT_FOUND"}"#, 1.0),
        ("dossier_call_duration_seconds_count", &format!("{{{list}}}"), 3.0),
        ("dossier_call_duration_seconds_bucket", &format!(r#"{{{list}, "le": "+Inf"}}"#), 3.0),
        ("dossier_calls_in_flight", "{}", 0.0),
        ("dossier_connections", "{}", 1.0),
        ("dossier_connections_accepted_total", "{}", 1.0),
        ("dossier_ready", "{}", 1.0),
        ("dossier_revision_info", &format!(r#"{{"revision": "{}"}}"#, dataset.revision), 1.0),
        ("dossier_resources", r#"{"sort": "events"}"#, f64::from(dataset.event_count)),
        ("dossier_resources", r#"{"sort": "claims"}"#, f64::from(dataset.claim_count)),
        ("dossier_reloads_total", r#"{"outcome": "unchanged"}"#, 1.0),
        ("dossier_reloads_total", r#"{"outcome": "refused"}"#, 0.0),
        ("dossier_reload_refused", "{}", 0.0),
    ] {
        assert_eq!(samples.get(name, labels), Some(value), "{name}{labels}");
    }
    for name in ["dossier_resident_bytes", "dossier_descriptors", "dossier_start_timestamp_seconds"] {
        assert!(samples.get(name, "{}").is_some_and(|value| value > 0.0), "{name}");
    }
    for part in ["events", "indexes", "other"] {
        let labels = format!(r#"{{"part": "{part}"}}"#);
        assert!(samples.get("dossier_image_bytes", &labels).is_some_and(|bytes| bytes > 1000.0), "{part}");
    }
    assert!(samples.get("dossier_sent_bytes_total", &format!("{{{list}}}")).is_some_and(|bytes| bytes > 10_000.0));
}

#[test]
fn pages_of_the_web_find_nothing() {
    let (_server, admin) = start(&[]);
    let mut stream = TcpStream::connect(&admin).unwrap();
    let head =
        "GET /metrics HTTP/1.1\r\nhost: rebound.example\r\norigin: http://rebound.example\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 ") && !answer.contains("dossier_"), "{answer}");
}

#[tokio::test]
async fn no_caller_makes_a_series_of_its_own() {
    let (server, admin) = start(&[]);
    let connection = server.connection().await;
    for path in ["/invented/One", "/invented/Other", "/dossier.v1.FactService/Nothing"] {
        connection.clone().call(path, &[], crate::support::empty_message()).await.unwrap();
    }
    let Some(samples) = Samples::of(&admin) else { return };
    assert_eq!(samples.get("dossier_calls_total", r#"{"rpc": "unknown", "code": "UNIMPLEMENTED"}"#), Some(3.0));
    assert!(!ask(&admin, "GET", "/metrics").1.contains("invented"));
}

#[tokio::test]
async fn probes_hear_of_damage_and_strangers_find_nothing() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.dossier");
    build(&["seeds"], &file);
    let mut bytes = fs::read(&file).unwrap();
    let title = bytes.windows(18).position(|window| window == b"events/anefis-take").unwrap();
    bytes[title] ^= 1;
    fs::write(&file, &bytes).unwrap();
    let (server, admin) = start(&[file.to_str().unwrap()]);
    assert_eq!(ask(&admin, "GET", "/livez"), ("HTTP/1.1 200 OK".into(), "ok\n".into()));
    assert_eq!(ask(&admin, "GET", "/readyz"), ("HTTP/1.1 200 OK".into(), "ok\n".into()));
    let request = pb::ListEventsRequest { page_size: 1000, ..Default::default() };
    assert_eq!(server.client().await.list_events(request).await.unwrap_err().code(), Code::DataLoss);
    assert_eq!(ask(&admin, "GET", "/livez").0, "HTTP/1.1 200 OK");
    assert_eq!(ask(&admin, "GET", "/readyz").0, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(ask(&admin, "GET", "/").0, "HTTP/1.1 404 Not Found");
    assert_eq!(ask(&admin, "POST", "/metrics").0, "HTTP/1.1 405 Method Not Allowed");
    assert_eq!(ask(&server.address, "GET", "/metrics").0, "HTTP/1.1 404 Not Found", "callers see nothing of it");
}

#[test]
fn the_port_of_operators_is_one_that_is_free() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let refused = run(&mut dossier(&["serve", "--listen", "127.0.0.1:0", "--admin-listen", &taken]));
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("--admin-listen"), "{refused:?}");
}
