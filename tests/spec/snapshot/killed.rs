//! A build that is killed: the old file stays whole, and the next run clears what is left.

use std::{
    fs,
    path::Path,
    process::{Child, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::build;
use crate::{
    generate::Dice,
    import::{import, repeated, sample},
    support::dossier,
};

/// How often a build is killed at a moment of its time, one in each part of it.
const MOMENTS: u32 = 20;

/// How often while it writes the file, which is the least of its time.
const WRITING: u32 = 10;

/// How often the rows of the sample, a thousand, are repeated: a build takes long enough for all moments to fall into its work.
const TIMES: usize = 20;

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Facts of the sample, and of many times as many rows.
fn facts(folder: &Path) -> [String; 2] {
    let at = |name: &str| folder.join(name);
    fs::write(at("ged231-many.csv"), repeated(TIMES)).unwrap();
    [(sample(), at("few.facts")), (at("ged231-many.csv"), at("many.facts"))].map(|(rows, facts)| {
        let ended = import("ucdp-ged", &rows, &facts, &[]);
        assert!(ended.ok(), "{}", ended.err);
        facts.into_os_string().into_string().unwrap()
    })
}

/// Waits for a time.
pub(crate) fn wait_for(time: Duration) {
    // Nobody sends: it is a wait that ends in time.
    let (_sender, never) = mpsc::channel::<()>();
    assert!(never.recv_timeout(time.max(Duration::from_millis(1))).is_err());
}

/// Waits until a run has written so much of a file, or has ended.
pub(crate) fn wait_until_written(unfinished: &Path, bytes: u64, run: &mut Child) {
    while written(unfinished) < bytes && run.try_wait().unwrap().is_none() {
        thread::yield_now();
    }
}

/// How much of a file a run has written.
pub(crate) fn written(unfinished: &Path) -> u64 {
    fs::metadata(unfinished).map_or(0, |file| file.len())
}

#[test]
fn a_killed_build_leaves_the_old_file_whole_and_nothing_that_the_next_does_not_clear() {
    let (data, folder) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let [few, many] = facts(data.path());
    let (file, unfinished) = (folder.path().join("facts.dossier"), folder.path().join(".facts.dossier.tmp"));
    let began = Instant::now();
    build(&[&many], &file);
    let took = began.elapsed();
    let new = fs::read(&file).unwrap();
    build(&[&few], &file);
    let old = fs::read(&file).unwrap();
    assert!(new.len() > 5 * old.len(), "{} and {} bytes", new.len(), old.len());

    let mut dice = Dice::new(9);
    let (mut killed, mut cut) = (0, 0);
    for moment in 0..MOMENTS + WRITING {
        if moment >= MOMENTS {
            // So that what is written from now on can be told.
            fs::remove_file(&unfinished).ok();
        }
        let mut run = dossier(&["build", &many, "-o", file.to_str().unwrap()]);
        let mut run = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        if moment < MOMENTS {
            wait_for(took.mul_f64((f64::from(moment) + dice.unit()) / f64::from(MOMENTS)));
        } else {
            wait_until_written(&unfinished, (new.len() as f64 * dice.unit() * 0.9) as u64, &mut run);
        }
        run.kill().unwrap();
        killed += u32::from(!run.wait().unwrap().success());
        let now = fs::read(&file).unwrap();
        // Between the renaming and the end of the run the new file is there, as whole as the old one was.
        assert!(now == old || now == new, "moment {moment}: half a file of {} bytes", now.len());
        let left = names(folder.path());
        assert!(left.iter().all(|name| name == "facts.dossier" || name == ".facts.dossier.tmp"), "{left:?}");
        cut += u32::from((1..new.len() as u64).contains(&written(&unfinished)));
        if now != old {
            fs::write(&file, &old).unwrap();
        }
    }
    assert!(2 * killed >= MOMENTS + WRITING, "{killed} builds were killed");
    assert!(cut >= WRITING / 2, "{cut} builds were killed while they wrote");
    build(&[&many], &file);
    assert!(fs::read(&file).unwrap() == new, "equal facts, equal bytes");
    assert_eq!(names(folder.path()), ["facts.dossier"]);
}
