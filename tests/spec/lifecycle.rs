//! `dossier serve` from its first line to its end: where it listens, what it refuses, how it stops.

use std::{
    fs,
    io::Write as _,
    net::{Ipv6Addr, TcpListener, TcpStream},
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
    time::Duration,
};

use dossier::pb::GetDatasetRequest;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;

use crate::{
    support::{Server, clean, dossier, empty_message, endless, run},
    tools::tool,
};

/// How fast a stop is, with nothing in flight.
const PROMPT: Duration = Duration::from_secs(2);

const GET_DATASET: &str = "/dossier.v1.FactService/GetDataset";

#[tokio::test]
async fn the_first_lines_say_where_and_what() {
    let server = Server::start(&[]);
    let (host, port) = server.address.rsplit_once(':').unwrap();
    assert_eq!(host, "127.0.0.1");
    assert_ne!(port.parse::<u16>().unwrap(), 0, "the port is the real one");
    // It answers as soon as the line is there.
    let dataset = server.client().await.get_dataset(GetDatasetRequest::default()).await.unwrap().into_inner();
    assert_eq!(server.line().unwrap(), format!("revision {}", dataset.revision));
    let counts = server.line().unwrap();
    let start = format!(
        "{} events ({} versions), {} claims",
        dataset.event_count, dataset.event_version_count, dataset.claim_count
    );
    assert!(counts.starts_with(&start), "{counts}");
    let grpcurl = server.line().unwrap();
    assert!(grpcurl.starts_with("grpcurl ") && grpcurl.contains(&server.address), "{grpcurl}");
    let Some(path) = tool("grpcurl") else { return };
    let line = grpcurl.replacen("grpcurl", path.to_str().unwrap(), 1);
    let ran = run(Command::new("sh").args(["-c", &line]));
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn an_address_that_others_reach_needs_leave() {
    for listen in ["0.0.0.0:0", "[::]:0"] {
        let refused = run(&mut dossier(&["serve", "--listen", listen]));
        assert_eq!((refused.code, refused.out.as_str()), (Some(64), ""), "{refused:?}");
        assert!(refused.err.contains("DOSSIER_ANONYMOUS=read"), "{refused:?}");
    }
    let mut open = dossier(&["serve", "--listen", "0.0.0.0:0"]);
    let server = Server::spawn(open.env("DOSSIER_ANONYMOUS", "read"));
    assert!(server.address.starts_with("0.0.0.0:"));
    // The ready-made call is to an address that can be called.
    let lines: Vec<_> = std::iter::from_fn(|| server.line()).take(3).collect();
    assert!(lines[2].contains(" 127.0.0.1:"), "{lines:?}");
}

#[test]
fn exit_codes_and_reasons() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (args, environment, code, says) in [
        (&["serve", "--listen", &taken][..], None, 1, "choose another port with --listen"),
        (&["serve", "no-such-folder"], None, 1, "no-such-folder"),
        (&["serve", "--listen", "name.invalid:0"], None, 1, "name.invalid"),
        (&["serve", "--listen", "50051"], None, 64, "HOST:PORT"),
        (&["serve", "--listen", "::1:50051"], None, 64, "[::1]:50051"),
        (&["serve", "--listen", "127.0.0.1:99999"], None, 64, "HOST:PORT"),
        (&["serve", "--no-such-flag"], None, 64, "--no-such-flag"),
        (&["serve"], Some(("DOSSIER_LISTEN", "nonsense")), 64, "nonsense"),
        (&["serve"], Some(("DOSSIER_ANONYMOUS", "write")), 64, "read"),
        (&["serve"], Some(("DOSSIER_LOG", "dossier=loud")), 64, "DOSSIER_LOG"),
        (&["serve", "--max-call-time", "0"], None, 64, "--max-call-time"),
        (&["no-such-command"], None, 64, "no-such-command"),
        (&[], None, 64, "Usage"),
        (&["health", "127.0.0.1:1"], None, 1, "refused"),
        (&["health", "nonsense"], None, 64, "HOST:PORT"),
        (&["--help"], None, 0, ""),
        (&["serve", "--help"], None, 0, ""),
        (&["--version"], None, 0, ""),
    ] {
        let ended = run(dossier(args).envs(environment));
        assert_eq!(ended.code, Some(code), "{args:?} {environment:?}: {ended:?}");
        if code == 0 {
            assert!(ended.err.is_empty() && !ended.out.is_empty(), "{args:?}: {ended:?}");
        } else {
            assert!(ended.err.contains(says) && ended.out.is_empty(), "{args:?} {environment:?}: {ended:?}");
            // Own errors are one line; clap adds how to use it.
            assert!(code == 64 || ended.err.lines().count() <= 2, "{ended:?}");
            assert!(!ended.err.contains("panicked"));
        }
    }
}

#[test]
fn help_has_examples_and_version_says_what_it_is() {
    for command in ["serve", "health"] {
        assert!(run(&mut dossier(&[command, "--help"])).out.contains("Examples:\n  dossier "), "{command}");
    }
    let version = run(&mut dossier(&["--version"])).out;
    let lines: Vec<_> = version.lines().collect();
    assert_eq!(lines[0], concat!("dossier ", env!("CARGO_PKG_VERSION")));
    assert!(lines[1].starts_with("commit"), "{version}");
    assert_eq!(lines[2], "contract dossier.v1");
    assert!(lines[3].starts_with("features "), "{version}");
}

#[tokio::test]
async fn it_stops_on_both_signals_whoever_is_connected() {
    for signal in ["TERM", "INT"] {
        let server = Server::start(&[]);
        let mut client = server.client().await;
        client.get_dataset(GetDatasetRequest::default()).await.unwrap();
        let silent = TcpStream::connect(&server.address).unwrap();
        let mut deaf = TcpStream::connect(&server.address).unwrap();
        deaf.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").unwrap();
        server.signal(signal);
        let (status, _) = server.end_within(PROMPT);
        assert_eq!(status.code(), Some(0), "{signal}");
        drop((silent, deaf, client));
    }
}

#[tokio::test]
async fn a_call_in_flight_is_waited_for_and_a_second_signal_is_not_asked_twice() {
    let mut server = Server::start(&["--drain-time", "60"]);
    let connection = server.connection().await;
    let in_flight = tokio::spawn(connection.clone().call(GET_DATASET, &[], endless()));
    // Answered after it, on the same connection: it has arrived.
    connection.clone().call(GET_DATASET, &[], empty_message()).await.unwrap();
    server.signal("TERM");
    assert!(server.log_line("\"stopping\"").contains("\"in_flight\":1"));
    assert!(server.runs());
    server.signal("TERM");
    let (status, _) = server.end_within(PROMPT);
    assert_eq!(status.code(), Some(1));
    assert!(in_flight.await.unwrap().is_err());
}

#[tokio::test]
async fn a_call_in_flight_is_not_waited_for_longer_than_told() {
    let server = Server::start(&["--drain-time", "1"]);
    let connection = server.connection().await;
    let in_flight = tokio::spawn(connection.clone().call(GET_DATASET, &[], endless()));
    connection.clone().call(GET_DATASET, &[], empty_message()).await.unwrap();
    server.signal("TERM");
    let began = std::time::Instant::now();
    let (status, log) = server.end_within(Duration::from_secs(4));
    assert!(began.elapsed() > Duration::from_millis(900));
    assert_eq!(status.code(), Some(0));
    assert!(log.iter().any(|line| line.contains("\"connections_cut\":1")), "{log:?}");
    assert!(in_flight.await.unwrap().is_err());
}

#[tokio::test]
async fn nobody_needs_to_read_what_it_prints() {
    // As in `dossier serve | head -1`, but closed before the first line: the address is in the log.
    let mut command = Command::new("sh");
    clean(&mut command);
    let script = r#"exec "$0" serve --listen 127.0.0.1:0 >&-"#;
    let mut child = command
        .args(["-c", script, env!("CARGO_BIN_EXE_dossier")])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    let mut log = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut log, &mut first).unwrap();
    let line: serde_json::Value = serde_json::from_str(&first).unwrap();
    let health = run(&mut dossier(&["health", line["address"].as_str().unwrap()]));
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(health.code, Some(0), "{health:?}");
}

#[test]
fn host_names_and_version_6_are_addresses_too() {
    let server = Server::start(&["--listen", "localhost:0"]);
    assert_eq!(run(&mut dossier(&["health", &server.address])).code, Some(0));
    if TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_err() {
        eprintln!("skipped: this machine has no IPv6");
        return;
    }
    let server = Server::start(&["--listen", "[::1]:0"]);
    assert!(server.address.starts_with("[::1]:"), "{}", server.address);
    let health = run(&mut dossier(&["health", &server.address]));
    assert_eq!(health.code, Some(0), "{health:?}");
}

#[test]
fn broken_facts_are_not_served() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("actors.yaml"), "actors:\n  - name: actors/someone\n    no_such_field: 1\n").unwrap();
    let ended = run(&mut dossier(&["serve", "--listen", "127.0.0.1:0", "seeds", folder.path().to_str().unwrap()]));
    assert_eq!((ended.code, ended.out.as_str()), (Some(1), ""), "{ended:?}");
    assert!(ended.err.contains("actors.yaml:3:5"), "{ended:?}");
}

#[test]
fn running_out_of_descriptors_is_survived() {
    let mut command = Command::new("sh");
    clean(&mut command);
    let script = r#"ulimit -n 40; exec "$0" serve --listen 127.0.0.1:0"#;
    let server = Server::spawn(command.args(["-c", script, env!("CARGO_BIN_EXE_dossier")]));
    let many: Vec<_> = (0..60).map(|_| TcpStream::connect(&server.address).unwrap()).collect();
    server.log_line("cannot accept connections");
    drop(many);
    let health = run(&mut dossier(&["health", &server.address]));
    assert_eq!(health.code, Some(0), "{health:?}");
}

#[tokio::test]
async fn the_log_is_json_where_nobody_sits_at_a_terminal() {
    let server = Server::start(&[]);
    let (headers, _) = server.connection().await.call(GET_DATASET, &[], empty_message()).await.unwrap();
    let line = server.log_line("GetDataset");
    let call: serde_json::Value = serde_json::from_str(&line).unwrap();
    assert_eq!(call["id"], headers["x-request-id"].to_str().unwrap());
    assert_eq!((&call["rpc"], &call["status"]), (&"dossier.v1.FactService/GetDataset".into(), &"OK".into()));
    assert!(call["ms"].is_number() && call["received"] == 5 && call["sent"].as_u64() > Some(5), "{call}");
    server.signal("TERM");
    let (_, log) = server.end_within(PROMPT);
    assert!(log.iter().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()), "{log:?}");

    let quiet = Server::spawn(dossier(&["serve", "--listen", "127.0.0.1:0"]).env("DOSSIER_LOG", "off"));
    quiet.signal("TERM");
    assert_eq!(quiet.end_within(PROMPT).1, [""; 0]);
}

#[tokio::test]
async fn probes_and_reflection_do_not_bury_the_log() {
    let ask_around = async |server: &Server| {
        let channel = server.channel().await;
        let mut health = HealthClient::new(channel.clone());
        health.check(HealthCheckRequest::default()).await.unwrap();
        // Left by the caller, as grpcurl leaves it.
        drop(health.watch(HealthCheckRequest::default()).await.unwrap());
        let questions = ServerReflectionClient::new(channel).server_reflection_info(tokio_stream::pending()).await;
        drop(questions.unwrap());
        server.connection().await.call(GET_DATASET, &[], empty_message()).await.unwrap();
    };
    let server = Server::start(&[]);
    ask_around(&server).await;
    // What failed is told, though.
    let unknown = HealthCheckRequest { service: "no.such.Service".to_owned() };
    HealthClient::new(server.channel().await).check(unknown).await.unwrap_err();
    server.signal("TERM");
    let (_, log) = server.end_within(PROMPT);
    let calls: Vec<_> = log.iter().filter(|line| line.contains("\"rpc\"")).collect();
    assert_eq!(calls.len(), 2, "{calls:?}");
    assert!(calls[0].contains("GetDataset") && calls[1].contains("NOT_FOUND"), "{calls:?}");

    let mut verbose = dossier(&["serve", "--listen", "127.0.0.1:0"]);
    let server = Server::spawn(verbose.env("DOSSIER_LOG", "dossier=debug"));
    ask_around(&server).await;
    server.signal("TERM");
    let (_, log) = server.end_within(PROMPT);
    for rpc in ["Health/Check", "Health/Watch", "ServerReflectionInfo"] {
        assert!(log.iter().any(|line| line.contains(rpc) && line.contains("DEBUG")), "{rpc}: {log:?}");
    }
}

#[test]
fn the_log_is_text_on_a_terminal_with_colours_unless_told_otherwise() {
    let Some(script) = tool("script") else { return };
    for (no_color, colours) in [("", true), ("1", false)] {
        // A terminal of its own for the server; SIGTERM comes from the shell once it answers.
        let folder = tempfile::tempdir().unwrap();
        let line = format!(
            "{program} serve --listen 127.0.0.1:0 >{out} & until grep -qs revision {out}; do :; done; kill $!; wait $!",
            program = env!("CARGO_BIN_EXE_dossier"),
            out = folder.path().join("out").display()
        );
        let mut command = Command::new(&script);
        clean(&mut command);
        let ended = run(command.args(["-qec", &line, "/dev/null"]).env("NO_COLOR", no_color).env("TERM", "xterm"));
        assert!(ended.out.contains("serving") && !ended.out.contains('{'), "{ended:?}");
        assert_eq!(ended.out.contains('\u{1b}'), colours, "{ended:?}");
    }
}

#[test]
fn make_run_serves_the_shipped_facts() {
    // Built beforehand, so that only the start is waited for.
    let mut build = Command::new("cargo");
    clean(&mut build);
    assert!(build.args(["build", "--locked", "--quiet"]).status().unwrap().success());
    let mut make = Command::new("make");
    clean(&mut make);
    // As a person calls it, and in a group of its own: make and cargo stand between us and the server.
    make.args(["-s", "run"]).env("DOSSIER_LISTEN", "127.0.0.1:0").env_remove("MAKEFLAGS").process_group(0);
    let server = Server::spawn(&mut make);
    assert!(server.line().is_some_and(|line| line.starts_with("revision ")));
    let counts = server.line().unwrap();
    server.signal_group("TERM");
    assert!(counts.starts_with("21 events"), "{counts}");
}
