//! Whoever kills an import leaves the old file whole, and nothing that the next run does not clear away.

use std::{
    fs,
    io::Write as _,
    process::Stdio,
    sync::mpsc,
    time::{Duration, Instant},
};

use super::{import, repeated, sample, text};
use crate::support::dossier;

#[test]
fn a_killed_import_leaves_the_old_file_whole_and_no_litter_for_long() {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("ged231.csv"), folder.path().join("out.facts"));
    fs::File::create(&from).unwrap().write_all(repeated(20).as_bytes()).unwrap();
    assert!(import("ucdp-ged", &sample(), &to, &[]).ok());
    let old = fs::read(&to).unwrap();

    let began = Instant::now();
    assert!(import("ucdp-ged", &from, &folder.path().join("other.facts"), &[]).ok());
    let takes = began.elapsed();
    let new = fs::read(folder.path().join("other.facts")).unwrap();
    let mut killed = 0;
    for moment in 0..20u32 {
        let mut run = dossier(&["import", "ucdp-ged", text(&from), "-o", text(&to)]);
        let mut child = run.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // From the first moment to shortly before the end. Nobody sends: it is a wait that ends in time.
        let (_sender, never) = mpsc::channel::<()>();
        assert!(never.recv_timeout(takes * moment / 21 + Duration::from_millis(1)).is_err());
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
        fs::write(&to, &old).unwrap();
    }
    assert!(killed >= 10, "{killed} of 20 were killed in time");
    let ended = import("ucdp-ged", &from, &to, &[]);
    assert!(ended.ok(), "{}", ended.err);
    let mut left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["ged231.csv", "other.facts", "out.facts"]);
    assert!(fs::read(&to).unwrap() == new, "equal input, equal bytes");
}
