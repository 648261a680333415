//! Whoever kills an import leaves the old file whole, and nothing that the next run does not clear away.

use std::{fs, io::Write as _, process::Stdio, time::Instant};

use super::{import, repeated, sample, text};
use crate::{
    generate::Dice,
    snapshot::killed::{wait_for, wait_until_written, written},
    support::dossier,
};

/// How often an import is killed at a moment of its time, one in each part of it.
const MOMENTS: u32 = 20;

/// How often when it has written a part of the file.
const WRITING: u32 = 5;

#[test]
fn a_killed_import_leaves_the_old_file_whole_and_no_litter_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("ged231.csv"), folder.path().join("out.facts"));
    let unfinished = folder.path().join(".out.facts.tmp");
    fs::File::create(&from).unwrap().write_all(repeated(20).as_bytes()).unwrap();
    assert!(import("ucdp-ged", &sample(), &to, &[]).ok());
    let old = fs::read(&to).unwrap();

    let began = Instant::now();
    assert!(import("ucdp-ged", &from, &folder.path().join("other.facts"), &[]).ok());
    let takes = began.elapsed();
    let new = fs::read(folder.path().join("other.facts")).unwrap();
    let mut dice = Dice::new(3);
    let (mut killed, mut cut) = (0, 0);
    for moment in 0..MOMENTS + WRITING {
        // So that what this run writes can be told.
        fs::remove_file(&unfinished).ok();
        let mut run = dossier(&["import", "ucdp-ged", text(&from), "-o", text(&to)]);
        let mut child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if moment < MOMENTS {
            // From the first moment to shortly before the end.
            wait_for(takes * moment / (MOMENTS + 1));
        } else {
            wait_until_written(&unfinished, (new.len() as f64 * dice.unit() * 0.9) as u64, &mut child);
        }
        child.kill().unwrap();
        let ended = child.wait().unwrap();
        if ended.success() {
            // It was faster this time: the new file is there, whole.
            fs::write(&to, &old).unwrap();
            continue;
        }
        killed += 1;
        // Between the renaming and the end of the run the new file is there, as whole as the old one was.
        let now = fs::read(&to).unwrap();
        assert!(now == old || now == new, "moment {moment}: {} bytes", now.len());
        cut += u32::from((1..new.len() as u64).contains(&written(&unfinished)));
        fs::write(&to, &old).unwrap();
    }
    assert!(2 * killed >= MOMENTS, "{killed} imports were killed in time");
    assert!(cut >= WRITING, "{cut} imports were killed while they wrote");
    let ended = import("ucdp-ged", &from, &to, &[]);
    assert!(ended.ok(), "{}", ended.err);
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["ged231.csv", "other.facts", "out.facts"]);
    assert!(fs::read(&to).unwrap() == new, "equal input, equal bytes");
}
