//! Loading anew while serving: what is swapped in, what is refused, and that no call fails for it.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use dossier::pb::{self, ReloadOutcome as Outcome, ReloadRefusal as Refusal};
use tempfile::TempDir;
use tonic::Code;

use crate::{answers::Client, generate::facts, rules::paging::reason, snapshot::build, support::Server};

const HANG: Duration = Duration::from_secs(30);

/// A snapshot of facts of a seed.
fn snapshot(seed: u64, folder: &Path) -> PathBuf {
    let (facts_of, file) = (folder.join(format!("facts-{seed}")), folder.join(format!("{seed}.dossier")));
    facts(seed, &facts_of);
    build(&[facts_of.to_str().unwrap()], &file);
    file
}

async fn dataset(client: &mut Client) -> pb::Dataset {
    client.get_dataset(pb::GetDatasetRequest::default()).await.unwrap().into_inner()
}

/// What came of the load that a signal brought.
async fn reloaded(server: &Server, client: &mut Client) -> (Outcome, Refusal) {
    let before = dataset(client).await.last_reload_time;
    server.signal("HUP");
    let began = Instant::now();
    loop {
        let now = dataset(client).await;
        if now.last_reload_time != before {
            return (now.last_reload_outcome(), now.last_reload_refusal());
        }
        assert!(began.elapsed() < HANG, "it is not loaded");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_folder_is_loaded_anew_and_what_is_wrong_with_it_leaves_the_old_facts_served() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("facts");
    facts(1, &path);
    let server = Server::start(&[path.to_str().unwrap()]);
    let mut client = server.client().await;
    let first = dataset(&mut client).await;
    assert_eq!((first.last_reload_outcome(), first.last_reload_refusal()), (Outcome::Loaded, Refusal::Unspecified));
    assert_eq!(first.last_reload_time, first.load_time);

    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Unchanged, Refusal::Unspecified));
    assert_eq!(dataset(&mut client).await.revision, first.revision);
    facts(2, &path);
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Loaded, Refusal::Unspecified));
    let second = dataset(&mut client).await;
    assert_ne!(second.revision, first.revision);

    let broken = path.join("broken.yaml");
    fs::write(&broken, "events:\n- name: events/nowhere\n  title: [\n").unwrap();
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Refused, Refusal::Problems));
    let line = server.log_line("RELOAD_REFUSAL_PROBLEMS");
    assert!(line.contains("broken.yaml") && line.contains(&second.revision), "{line}");
    fs::remove_dir_all(&path).unwrap();
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Refused, Refusal::Unreadable));
    fs::create_dir(&path).unwrap();
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Refused, Refusal::Unreadable), "emptied");
    let now = dataset(&mut client).await;
    assert_eq!(
        (&now.revision, now.event_count, now.load_time),
        (&second.revision, second.event_count, second.load_time)
    );
    assert!(now.last_reload_time.unwrap().seconds >= now.load_time.unwrap().seconds);

    facts(1, &path);
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Loaded, Refusal::Unspecified));
    assert_eq!(dataset(&mut client).await.revision, first.revision);
}

#[tokio::test]
async fn a_snapshot_is_replaced_and_what_is_none_is_refused() {
    let folder = TempDir::new().unwrap();
    let (one, other) = (snapshot(1, folder.path()), snapshot(2, folder.path()));
    let served = folder.path().join("served.dossier");
    fs::copy(&one, &served).unwrap();
    let server = Server::start(&[served.to_str().unwrap()]);
    let mut client = server.client().await;
    let first = dataset(&mut client).await;
    let replace = |bytes: &[u8]| {
        let aside = folder.path().join("aside");
        fs::write(&aside, bytes).unwrap();
        fs::rename(&aside, &served).unwrap();
    };
    let whole = fs::read(&other).unwrap();
    let mut flipped = whole.clone();
    flipped[200] ^= 1;
    for (bytes, refusal) in [
        (&whole[..whole.len() / 2], Refusal::Damaged),
        (&whole[..0], Refusal::Foreign),
        (&flipped[..], Refusal::Damaged),
        (&b"a text of somebody's that is no snapshot, however it is named"[..], Refusal::Foreign),
    ] {
        replace(bytes);
        assert_eq!(reloaded(&server, &mut client).await, (Outcome::Refused, refusal), "{} bytes", bytes.len());
        assert_eq!(dataset(&mut client).await.revision, first.revision);
    }
    fs::remove_file(&served).unwrap();
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Refused, Refusal::Unreadable));
    replace(&whole);
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Loaded, Refusal::Unspecified));
    assert_ne!(dataset(&mut client).await.revision, first.revision);
}

/// The revision that is served, once it is another one than before.
async fn other_revision(client: &mut Client, before: &str) -> String {
    let began = Instant::now();
    loop {
        let revision = dataset(client).await.revision;
        if revision != before {
            return revision;
        }
        assert!(began.elapsed() < HANG, "it is not loaded");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn files_that_change_are_loaded_if_that_is_asked_for() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let files = [snapshot(1, folder.path()), snapshot(2, folder.path()), snapshot(3, folder.path())];
    // As Kubernetes mounts a volume: a link to a folder that is swapped as a whole.
    for (name, file) in ["..one", "..two"].iter().zip(&files) {
        fs::create_dir(at(name)).unwrap();
        fs::copy(file, at(name).join("facts.dossier")).unwrap();
    }
    symlink("..one", at("..data")).unwrap();
    symlink("..data/facts.dossier", at("facts.dossier")).unwrap();
    let path = at("facts.dossier");
    let server = Server::start(&[path.to_str().unwrap(), "--reload-on-change"]);
    let mut client = server.client().await;
    let first = dataset(&mut client).await.revision;
    symlink("..two", at("..next")).unwrap();
    fs::rename(at("..next"), at("..data")).unwrap();
    let second = other_revision(&mut client, &first).await;
    // The link replaced by a file.
    fs::copy(&files[2], at("aside")).unwrap();
    fs::rename(at("aside"), &path).unwrap();
    other_revision(&mut client, &second).await;

    let folder = at("folder");
    facts(4, &folder);
    // Beside another one, which stays as it is.
    let server = Server::start(&["examples/minimal", folder.to_str().unwrap(), "--reload-on-change"]);
    let mut client = server.client().await;
    let mut revision = dataset(&mut client).await.revision;
    facts(5, &folder);
    revision = other_revision(&mut client, &revision).await;
    // Another folder in its place.
    facts(6, &at("next"));
    fs::rename(&folder, at("old")).unwrap();
    fs::rename(at("next"), &folder).unwrap();
    revision = other_revision(&mut client, &revision).await;
    facts(7, &folder);
    other_revision(&mut client, &revision).await;
    // Reading the files does not bring the next load.
    let loads = || std::iter::from_fn(|| server.try_log_line()).filter(|line| line.contains("loaded anew")).count();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    loads();
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert_eq!(loads(), 0);
}

#[tokio::test]
async fn tokens_of_a_replaced_revision_go_on_for_a_while() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("facts");
    facts(1, &path);
    let server = Server::start(&[path.to_str().unwrap(), "--grace-time", "2"]);
    let mut client = server.client().await;
    let first = dataset(&mut client).await.revision;
    let request = pb::ListEventsRequest { page_size: 5, ..Default::default() };
    let page_token = client.list_events(request.clone()).await.unwrap().into_inner().next_page_token;
    facts(2, &path);
    let replaced = Instant::now();
    reloaded(&server, &mut client).await;
    let request = pb::ListEventsRequest { page_token, ..request };
    assert_eq!(client.list_events(request.clone()).await.unwrap().into_inner().revision, first);
    let error = loop {
        match client.list_events(request.clone()).await {
            Ok(_) => assert!(replaced.elapsed() < HANG),
            Err(error) => break error,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert!(replaced.elapsed() >= Duration::from_secs(2));
    assert_eq!((error.code(), reason(&error).as_str()), (Code::Aborted, "REVISION_GONE"));
}

#[tokio::test]
async fn a_load_of_whole_data_makes_a_server_ready_again() {
    let folder = TempDir::new().unwrap();
    let whole = snapshot(1, folder.path());
    let served = folder.path().join("served.dossier");
    let mut bytes = fs::read(&whole).unwrap();
    // Amid the events: read, and verified, only when somebody asks.
    let title = bytes.windows(12).position(|window| window == b"events/thing").unwrap();
    bytes[title] ^= 1;
    fs::write(&served, &bytes).unwrap();
    let server = Server::start(&[served.to_str().unwrap()]);
    let mut client = server.client().await;
    let request = pb::ListEventsRequest { page_size: 1000, ..Default::default() };
    assert_eq!(client.list_events(request.clone()).await.unwrap_err().code(), Code::DataLoss);
    assert_eq!(health(&server), "NOT_SERVING\n");
    let aside = folder.path().join("aside");
    fs::copy(&whole, &aside).unwrap();
    fs::rename(&aside, &served).unwrap();
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Unchanged, Refusal::Unspecified));
    client.list_events(request).await.unwrap();
    assert_eq!(health(&server), "SERVING\n");
}

#[tokio::test]
async fn damage_of_a_revision_that_was_replaced_leaves_the_server_ready() {
    let folder = TempDir::new().unwrap();
    let served = folder.path().join("served.dossier");
    let mut bytes = fs::read(snapshot(1, folder.path())).unwrap();
    let title = bytes.windows(12).position(|window| window == b"events/thing").unwrap();
    bytes[title] ^= 1;
    fs::write(&served, &bytes).unwrap();
    let server = Server::start(&[served.to_str().unwrap()]);
    let mut client = server.client().await;
    let first = dataset(&mut client).await.revision;
    fs::rename(snapshot(2, folder.path()), &served).unwrap();
    assert_eq!(reloaded(&server, &mut client).await, (Outcome::Loaded, Refusal::Unspecified));
    let watch = pb::WatchEventsRequest { from_revision: first, ..Default::default() };
    let mut stream = client.watch_events(watch).await.unwrap().into_inner();
    assert_eq!(stream.message().await.unwrap_err().code(), Code::DataLoss);
    assert_eq!(health(&server), "SERVING\n");
}

fn health(server: &Server) -> String {
    crate::support::run(&mut crate::support::dossier(&["health", &server.address])).out
}

#[tokio::test]
async fn no_call_fails_while_a_hundred_revisions_are_loaded() {
    const LOADS: usize = 100;
    let folder = TempDir::new().unwrap();
    let (one, other) = (snapshot(1, folder.path()), snapshot(2, folder.path()));
    let served = folder.path().join("served.dossier");
    fs::copy(&one, &served).unwrap();
    let server = Server::start(&[served.to_str().unwrap()]);
    let done = Arc::new(AtomicBool::new(false));
    let mut callers = vec![];
    for _ in 0..4 {
        callers.push(tokio::spawn(calls(server.client().await, Arc::clone(&done))));
    }
    let mut client = server.client().await;
    for load in 0..LOADS {
        let aside = folder.path().join("aside");
        fs::copy(if load % 2 == 0 { &other } else { &one }, &aside).unwrap();
        fs::rename(&aside, &served).unwrap();
        assert_eq!(reloaded(&server, &mut client).await, (Outcome::Loaded, Refusal::Unspecified));
    }
    done.store(true, Relaxed);
    let (mut answered, mut gone) = (0, 0);
    for caller in callers {
        let (calls, walks) = caller.await.unwrap();
        (answered, gone) = (answered + calls, gone + walks);
    }
    println!("{answered} calls were answered while {LOADS} revisions were loaded; {gone} walks began anew");
    assert!(answered > 4 * LOADS);
}

/// Calls until it is enough: how many were answered, and how many walks were told that their revision is gone.
async fn calls(mut client: Client, done: Arc<AtomicBool>) -> (usize, usize) {
    let (mut answered, mut gone) = (0, 0);
    let mut request = pb::ListEventsRequest { page_size: 7, ..Default::default() };
    while !done.load(Relaxed) {
        match client.list_events(request.clone()).await {
            Ok(page) => request.page_token = page.into_inner().next_page_token,
            Err(error) if reason(&error) == "REVISION_GONE" => {
                gone += 1;
                request.page_token = String::new();
            }
            Err(error) => panic!("a call failed: {error:?}"),
        }
        let near = pb::GetEventsNearRequest {
            origin: Some(pb::get_events_near_request::Origin::Place("places/spot-5".into())),
            page_size: 3,
            ..Default::default()
        };
        client.get_events_near(near).await.unwrap();
        answered += 2;
    }
    (answered, gone)
}
