//! What a snapshot answers, how it is built, and which files are none.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

use super::{QUESTIONS, build};
use crate::{
    answers::{SEED, WITH_EXAMPLE},
    rules::raw::{ask, raw},
    support::{Server, dossier, run},
};

#[tokio::test]
async fn a_snapshot_answers_as_the_folders_do_byte_by_byte() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.dossier");
    build(WITH_EXAMPLE, &file);
    let folders = Server::start(WITH_EXAMPLE);
    let snapshot = Server::start(&[file.to_str().unwrap()]);
    let client = raw();
    let (mut answered, mut filtered) = (0, 0);
    for (method, json) in QUESTIONS {
        let mut json: Value = serde_json::from_str(json).unwrap();
        // All pages: a token of the one is a token of the other.
        loop {
            let asked = json.to_string();
            let one = ask(&client, &folders.address, method, &asked).await;
            let other = ask(&client, &snapshot.address, method, &asked).await;
            assert_eq!((one.status, &one.message), (other.status, &other.message), "{method} {asked}");
            assert!(one.body == other.body, "{method} {asked}");
            assert_eq!(one.headers.get("dossier-revision"), other.headers.get("dossier-revision"));
            assert_eq!(one.headers.get("grpc-status-details-bin"), other.headers.get("grpc-status-details-bin"));
            answered += usize::from(one.status == 0);
            filtered += usize::from(json.get("filter").is_some() && json.get("page_token").is_some());
            let Some(token) = next_token(method, &one.body) else { break };
            json["page_token"] = token.into();
        }
    }
    assert!(answered > 60 && filtered > 10, "{answered} answers, {filtered} of them further pages of a filter");
}

/// The token of the next page, if there is one.
fn next_token(method: &str, body: &[u8]) -> Option<String> {
    let service = dossier::pb::pool().get_service_by_name("dossier.v1.FactService").unwrap();
    let output = service.methods().find(|known| known.name() == method).unwrap().output();
    let answer = prost_reflect::DynamicMessage::decode(output, body.get(5..)?).ok()?;
    let token = answer.get_field_by_name("next_page_token")?.as_str()?.to_owned();
    Some(token).filter(|token| !token.is_empty())
}

#[test]
fn equal_facts_give_equal_bytes_whatever_their_order() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let told = build(&["seeds", "examples/minusma-2023"], &at("one"));
    build(&["examples/minusma-2023", "seeds"], &at("other"));
    build(&["seeds", "examples/minusma-2023", "seeds"], &at("twice"));
    let one = fs::read(at("one")).unwrap();
    assert!(one == fs::read(at("other")).unwrap(), "the order of the arguments is in the file");
    assert!(one == fs::read(at("twice")).unwrap(), "naming a folder twice is in the file");
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "nothing else is left: {left:?}");
    let inspected = run(&mut dossier(&["inspect", at("one").to_str().unwrap(), "--verify"]));
    assert!(inspected.ok(), "{inspected:?}");
    assert_eq!(inspected.out, format!("{told}every byte is as it was written\n"));
    for says in ["revision ", " events (", "  rows\n", "  events\n", " bytes of events, beside them ", " %\n"] {
        assert!(told.contains(says), "{says:?} in {told}");
    }
}

/// What is said of a file that is served or inspected.
fn refusal(command: &str, path: &Path) -> String {
    let refused = run(&mut dossier(&[command, path.to_str().unwrap()]));
    assert_eq!((refused.code, refused.out.as_str()), (Some(1), ""), "{refused:?}");
    assert_eq!(refused.err.lines().count(), 1, "{refused:?}");
    refused.err
}

#[test]
fn other_files_are_refused_with_the_reason() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.dossier");
    build(SEED, &file);
    let whole = fs::read(&file).unwrap();
    let changed = |at: usize| [&whole[..at], &[whole[at] ^ 1], &whole[at + 1..]].concat();
    let cases: [(Vec<u8>, &str); 7] = [
        (Vec::new(), "is no snapshot of dossier"),
        (b"PK\x03\x04 something else, and long enough to be mapped".repeat(9), "is no snapshot of dossier"),
        (whole[..40].to_vec(), "is cut short: 40 of "),
        (whole[..whole.len() - 1].to_vec(), "is cut short: "),
        // The layout, then a byte of the revision, then one of the digest of the contract.
        (changed(8), "has layout "),
        (changed(50), "is damaged (the checksum of its header is wrong)"),
        (changed(whole.len() - 1), "is damaged (the checksum of its table of sections is wrong)"),
    ];
    for (bytes, reason) in cases {
        fs::write(&file, bytes).unwrap();
        for command in ["serve", "inspect"] {
            let told = refusal(command, &file);
            assert!(told.contains(reason) && told.contains("facts.dossier"), "{command}: {told}");
            assert!(told.contains("dossier build"), "the cure: {told}");
        }
    }
    // Rules of another program: the header is whole, and its version of the derivation another.
    let mut other = whole.clone();
    other[12] ^= 1;
    let crc = crc_fast::crc64_nvme(&other[..112]).to_le_bytes();
    other[112..120].copy_from_slice(&crc);
    fs::write(&file, other).unwrap();
    assert!(refusal("serve", &file).contains("another contract or other rules"));
}

#[test]
fn a_snapshot_is_served_alone() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.dossier");
    build(SEED, &file);
    let path = file.to_str().unwrap();
    let refused = run(&mut dossier(&["serve", path, "examples/minusma-2023"]));
    assert_eq!(refused.code, Some(1), "{refused:?}");
    let cure = format!("dossier build -o NEW {path} examples/minusma-2023");
    assert!(refused.err.contains(&cure), "{refused:?}");
}

#[test]
fn what_cannot_be_built_leaves_the_old_file_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.dossier");
    fs::write(&file, "old").unwrap();
    let path = file.to_str().unwrap();
    let refused = run(&mut dossier(&["build", "examples/minusma-2023", "-o", path]));
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(refused.err.contains("problems, so nothing is built"), "{refused:?}");
    assert_eq!(fs::read(&file).unwrap(), b"old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    let nowhere = folder.path().join("no-such-folder/facts.dossier");
    let refused = run(&mut dossier(&["build", "-o", nowhere.to_str().unwrap()]));
    assert!(refused.code == Some(1) && refused.err.contains("cannot be written"), "{refused:?}");
}
