//! A build that is killed: the old file stays whole, and the next run clears what is left.

use std::{fs, path::Path, process::Stdio, time::Instant};

use tempfile::TempDir;

use super::build;
use crate::{answers::WITH_EXAMPLE, generate::Dice, support::dossier};

/// How often a build is killed.
const KILLS: usize = 20;

fn names(folder: &Path) -> Vec<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn a_killed_build_leaves_the_old_file_whole_and_nothing_that_the_next_does_not_clear() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("facts.dossier");
    let began = Instant::now();
    build(WITH_EXAMPLE, &file);
    let took = began.elapsed();
    let new = fs::read(&file).unwrap();
    build(&["seeds"], &file);
    let old = fs::read(&file).unwrap();
    let mut dice = Dice::new(9);
    let mut killed = 0;
    for _ in 0..KILLS {
        let arguments = [&["build", "-o", file.to_str().unwrap()], WITH_EXAMPLE].concat();
        let mut child = dossier(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        tokio::time::sleep(took.mul_f64(dice.unit())).await;
        child.kill().unwrap();
        killed += usize::from(!child.wait().unwrap().success());
        let now = fs::read(&file).unwrap();
        assert!(now == old || now == new, "half a file: {} bytes", now.len());
        let left = names(folder.path());
        assert!(left.len() <= 2 && left.iter().all(|name| name.contains("facts.dossier")), "{left:?}");
    }
    assert!(killed > KILLS / 4, "{killed} builds were killed");
    build(WITH_EXAMPLE, &file);
    assert!(fs::read(&file).unwrap() == new);
    assert_eq!(names(folder.path()), ["facts.dossier"]);
}
