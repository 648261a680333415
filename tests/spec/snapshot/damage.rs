//! A snapshot that is damaged or cut short while it is served.

use std::{
    fs::{self, OpenOptions},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Duration,
};

use tempfile::TempDir;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient};

use super::build;
use crate::{
    answers::WITH_EXAMPLE,
    rules::{
        paging::reason,
        raw::{ask, raw},
    },
    support::{Server, dossier, run},
};

/// A snapshot in a folder of its own.
fn snapshot() -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.dossier");
    build(WITH_EXAMPLE, &file);
    (folder, file)
}

/// Changes a byte of the first event that holds this text.
fn damage(file: &Path, text: &str) {
    let bytes = fs::read(file).unwrap();
    // Events stand before everything that repeats what they say.
    let at = bytes.windows(text.len()).position(|window| window == text.as_bytes()).expect("the text");
    let changed = [bytes[at] ^ 0x20];
    OpenOptions::new().write(true).open(file).unwrap().write_all_at(&changed, at as u64).unwrap();
}

async fn health(server: &Server) -> ServingStatus {
    let mut client = HealthClient::new(server.channel().await);
    client.check(HealthCheckRequest::default()).await.unwrap().get_ref().status()
}

#[tokio::test]
async fn damage_is_data_loss_without_internals_and_ends_readiness() {
    let (_folder, file) = snapshot();
    damage(&file, "events/");
    let server = Server::start(&[file.to_str().unwrap()]);
    assert_eq!(health(&server).await, ServingStatus::Serving, "nothing has been touched yet");
    let mut watch =
        HealthClient::new(server.channel().await).watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    let client = raw();
    let damaged = ask(&client, &server.address, "ListEvents", r#"{"page_size": 1000}"#).await;
    let status = tonic::Status::from_header_map(&damaged.headers).unwrap();
    assert_eq!((damaged.status, reason(&status).as_str()), (15, "DATA_DAMAGED"), "{status:?}");
    for internal in ["section", "byte", "crc", "checksum", "facts.dossier"] {
        assert!(!status.message().contains(internal), "{status:?}");
    }
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    assert_eq!(health(&server).await, ServingStatus::NotServing);
    let line = server.log_line("damaged data");
    assert!(line.contains("section `events` is damaged at byte "), "{line}");
    // What does not need it is still answered.
    assert_eq!(ask(&client, &server.address, "ListPlaces", "{}").await.status, 0);
    assert_eq!(health(&server).await, ServingStatus::NotServing);

    let inspected = run(&mut dossier(&["inspect", file.to_str().unwrap(), "--verify"]));
    assert_eq!(inspected.code, Some(1), "{inspected:?}");
    assert!(inspected.err.contains("section `events` is damaged at byte "), "{inspected:?}");
    assert!(run(&mut dossier(&["inspect", file.to_str().unwrap()])).ok(), "without a look at every byte");
}

#[tokio::test]
async fn a_file_that_is_replaced_or_deleted_is_served_on() {
    let (_folder, file) = snapshot();
    let server = Server::start(&[file.to_str().unwrap()]);
    build(&["seeds"], &file);
    fs::remove_file(&file).unwrap();
    let client = raw();
    let answer = ask(&client, &server.address, "ListEvents", r#"{"page_size": 1000}"#).await;
    assert_eq!(answer.status, 0, "{}", answer.message);
}

#[tokio::test]
async fn a_file_that_is_cut_short_ends_the_process_with_a_line() {
    let (_folder, file) = snapshot();
    let server = Server::start(&[file.to_str().unwrap()]);
    OpenOptions::new().write(true).open(&file).unwrap().set_len(0).unwrap();
    let address = server.address.clone();
    // The call ends with the process; what it ends with is the client's business.
    let call = tokio::spawn(async move { drop(ask(&raw(), &address, "ListEvents", "{}").await) });
    call.await.ok();
    let (status, log) = server.end_within(Duration::from_secs(20));
    assert_eq!(status.code(), Some(70), "{log:?}");
    assert!(log.iter().any(|line| line.contains("a snapshot was cut short while it was read")), "{log:?}");
}

#[test]
fn a_file_that_is_cut_short_ends_an_inspection_with_the_same_line() {
    let (_folder, file) = snapshot();
    let whole = fs::read(&file).unwrap();
    let name = file.to_str().unwrap();
    // The file is cut when it is mapped and before all of it was looked at. Who is too late tries again.
    for _ in 0..500 {
        let mut run = dossier(&["inspect", name, "--verify"]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let maps = format!("/proc/{}/maps", run.id());
        while run.try_wait().unwrap().is_none() && !fs::read_to_string(&maps).is_ok_and(|maps| maps.contains(name)) {
            thread::yield_now();
        }
        OpenOptions::new().write(true).open(&file).unwrap().set_len(0).unwrap();
        let ended = run.wait_with_output().unwrap();
        fs::write(&file, &whole).unwrap();
        if !matches!(ended.status.code(), Some(0 | 1)) {
            assert_eq!(ended.status.code(), Some(70), "{ended:?}");
            let told = String::from_utf8(ended.stderr).unwrap();
            assert!(told.contains("a snapshot was cut short while it was read"), "{told}");
            return;
        }
    }
    panic!("never cut in time");
}
