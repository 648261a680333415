//! The contract only grows: buf compares it with the first parent's, and is shown to catch a removed field.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    support::Ended,
    tools::{root, run, tool},
};

fn compare(buf: &Path, now: &Path, before: &Path) -> Ended {
    run(Command::new(buf).arg("breaking").arg(now).arg("--against").arg(before))
}

/// Unpacks `proto/` of a commit; tells why where that cannot be.
fn unpack(commit: &str, into: &Path) -> Result<(), String> {
    let mut archive = Command::new("git")
        .args(["archive", "--format=tar", commit, "proto"])
        .current_dir(root())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|why| format!("git: {why}"))?;
    let stdout = archive.stdout.take().unwrap();
    let tar = Command::new("tar").arg("-x").current_dir(into).stdin(stdout).stderr(Stdio::null()).status();
    let archived = archive.wait().map_err(|why| format!("git: {why}"))?.success();
    if archived && tar.is_ok_and(|status| status.success()) {
        Ok(())
    } else {
        Err(format!("{commit} is not at hand, or has no proto/"))
    }
}

#[test]
fn the_contract_has_not_broken_since_the_first_parent() {
    let Some(buf) = tool("buf") else { return };
    let folder = tempfile::tempdir().unwrap();
    if let Err(why) = unpack("HEAD^1", folder.path()) {
        return eprintln!("skipped: nothing to compare the contract with: {why}");
    }
    let ran = compare(&buf, &root().join("proto"), &folder.path().join("proto"));
    assert!(ran.ok(), "{}{}", ran.out, ran.err);
}

#[test]
fn a_removed_field_is_caught() {
    let Some(buf) = tool("buf") else { return };
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("proto"), folder.path());
    let untouched = compare(&buf, folder.path(), &root().join("proto"));
    assert!(untouched.ok(), "{}{}", untouched.out, untouched.err);

    let path = folder.path().join("dossier/v1/event.proto");
    let text = fs::read_to_string(&path).unwrap();
    let is_title = |line: &&str| line.trim().starts_with("string title = ");
    let without: Vec<&str> = text.lines().filter(|line| !is_title(line)).collect();
    assert_eq!(text.lines().count() - without.len(), 1);
    fs::write(&path, without.join("\n")).unwrap();
    let ran = compare(&buf, folder.path(), &root().join("proto"));
    assert!(!ran.ok());
    assert!(ran.out.contains("\"title\" on message \"Event\" was deleted"), "{}{}", ran.out, ran.err);
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
