//! What is shown while files are read: how far, how fast and for how long still, on a terminal and nowhere else; and files that
//! come through a pipe, whose length nobody knows.

use std::{
    fs::{self, File},
    path::Path,
    process::{Command, Stdio},
};

use dossier::import::{self, Bad, DataSet, Options, Watch};

use super::{dump, imported, records, repeated, sample, text};
use crate::{
    support::{self, Ended, clean, dossier},
    tools::tool,
};

/// What an import tells of its progress: bytes read, of how many, and rows.
#[derive(Default)]
struct Told(Vec<(u64, u64, u64)>);

impl Watch for Told {
    fn progress(&mut self, read: u64, of: u64, rows: u64) {
        self.0.push((read, of, rows));
    }

    fn bad(&mut self, _: &Bad) {}
}

#[test]
fn progress_goes_from_none_to_all_and_through_each_reading() {
    let folder = tempfile::tempdir().unwrap();
    let many = folder.path().join("ged231-many.csv");
    fs::write(&many, repeated(20)).unwrap();
    for (data_set, file, readings) in [(DataSet::UcdpGed, many, 1), (DataSet::Geonames, dump(), 2)] {
        // The second file says all once more, so its rows are bad ones.
        let (mut told, options) = (Told::default(), Options { max_bad: 30_000, ..Options::default() });
        let files = [file.clone(), file];
        import::import(data_set, &files, &folder.path().join("out.facts"), &options, &mut told).unwrap();
        let bytes = 2 * files[0].metadata().unwrap().len();
        let Told(told) = told;
        assert!(told.iter().all(|(_, of, _)| *of == readings * bytes), "{data_set:?}: {told:?}");
        assert!(told.is_sorted_by_key(|(read, ..)| read), "{data_set:?}: {told:?}");
        assert_eq!(told.last().unwrap().0, readings * bytes, "{data_set:?}");
        for reading in 0..readings {
            let inside = told.iter().filter(|(read, ..)| (reading * bytes + 1..(reading + 1) * bytes).contains(read));
            assert!(inside.count() > 5, "{data_set:?}: {told:?}");
        }
    }
}

/// A run under a terminal of 80 columns, and all that it writes there.
fn on_a_terminal(arguments: &[&str]) -> Option<Ended> {
    const TERMINAL: &str = "import fcntl, os, pty, struct, sys, termios
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    try:
        shown = os.read(terminal, 1 << 16)
    except OSError:
        break
    if not shown:
        break
    sys.stdout.buffer.write(shown)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))";
    let mut run = Command::new(tool("python3")?);
    run.args(["-c", TERMINAL, env!("CARGO_BIN_EXE_dossier")]).args(arguments);
    clean(&mut run);
    Some(support::run(run.env("TERM", "xterm")))
}

#[test]
fn a_terminal_shows_how_far_how_fast_and_for_how_long_still() {
    let folder = tempfile::tempdir().unwrap();
    let (many, out) = (folder.path().join("ged231-many.csv"), folder.path().join("out.facts"));
    fs::write(&many, repeated(20)).unwrap();
    let arguments = ["import", "ucdp-ged", text(&many), "-o", text(&out)];
    let Some(ended) = on_a_terminal(&arguments) else { return };
    assert!(ended.ok(), "{ended:?}");
    let bars: Vec<&str> = ended.out.split(['\r', '\n']).filter(|line| line.contains(" rows, ")).collect();
    let shows = |bar: &&&str| {
        let parts = bar.trim().split(", ").collect::<Vec<_>>();
        let [far, rows, fast, long] = parts[..] else { panic!("{bar:?}") };
        far.contains("MiB/") && rows != "0 rows" && fast.ends_with("iB/s") && long.ends_with("s left")
    };
    assert!(bars.iter().filter(shows).count() > 1, "{bars:?}");
    for bar in &bars {
        let shown = bar.trim_end().chars().filter(|c| !c.is_control()).count();
        assert!(shown < 80, "{shown} columns: {bar:?}");
    }
    let quiet = support::run(&mut dossier(&arguments));
    assert!(quiet.ok() && quiet.err.is_empty(), "{quiet:?}");
}

/// A run whose input comes through a pipe, named as such.
fn piped(data_set: &str, from: &Path, out: &Path, more: &[&str]) -> Ended {
    let mut cat = Command::new("cat").arg(from).stdout(Stdio::piped()).spawn().unwrap();
    let mut run = dossier(&[&["import", data_set, "/dev/stdin", "-o", text(out)], more].concat());
    let ended = support::run(run.stdin(cat.stdout.take().unwrap()));
    // It holds the end of the pipe that nobody reads.
    drop(run);
    cat.wait().unwrap();
    ended
}

#[test]
fn what_is_read_once_may_come_through_a_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.facts");
    let ended = piped("ucdp-ged", &sample(), &out, &["--release", "23.1"]);
    assert!(ended.ok(), "{ended:?}");
    assert!(records(&out) == imported("ucdp-ged", &sample(), &[]));
    fs::remove_file(&out).unwrap();

    let ended = piped("geonames", &dump(), &out, &[]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    let told = "/dev/stdin: a pipe can be read once, and a dump is read twice; save it to a file";
    assert!(ended.err.contains(told), "{ended:?}");

    let archive = folder.path().join("ged231-csv.zip");
    let mut zip = zip::ZipWriter::new(File::create(&archive).unwrap());
    zip.start_file("ged231.csv", zip::write::SimpleFileOptions::default()).unwrap();
    zip.finish().unwrap();
    let ended = piped("ucdp-ged", &archive, &out, &["--release", "23.1"]);
    assert!(ended.code == Some(1) && ended.err.contains("an archive from a pipe; save it to a file"), "{ended:?}");
    assert!(!out.exists());
}
