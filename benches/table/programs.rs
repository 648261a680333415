//! What the program takes to import and to build, run as its users run it: a process of its own, on all cores.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use crate::{
    server::{BOTH, pinned},
    snapshot,
    table::{self, Table, line},
};

/// A run of the program.
struct Run {
    seconds: f64,
    /// The most memory that was resident at once, in GiB.
    peak: f64,
}

/// Prints the lines.
pub(crate) fn lines(table: &Table) {
    build(table);
    import();
}

fn build(table: &Table) {
    let folder = table::folder();
    let (from, to) = (folder.join("made-up.facts"), folder.join("built.dossier"));
    snapshot::facts(table.events, &from);
    let what = format!("build of {} events", table.events);
    match run(&["build", &name(&from), "-o", &name(&to)]) {
        Ok(Run { seconds, peak }) => {
            line(&format!("{what}, s"), &format!("{seconds:.1}"), "30", Some(seconds <= 30.0));
            line(&format!("{what}, peak of memory, GiB"), &format!("{peak:.2}"), "1.5", Some(peak <= 1.5));
        }
        Err(why) => line(&what, &why, "30, 1.5", Some(false)),
    }
    for file in [from, to] {
        let _ = fs::remove_file(file);
    }
}

fn import() {
    const ROWS: usize = 1_000_000;
    let folder = table::folder();
    let (from, to) = (folder.join("ucdp.csv"), folder.join("ucdp.facts"));
    repeat(ROWS, &from);
    let what = format!("import of {ROWS} rows of UCDP GED, rows/s");
    match run(&["import", "ucdp-ged", "--release", "23.1", &name(&from), "-o", &name(&to)]) {
        Ok(Run { seconds, peak }) => {
            let rate = ROWS as f64 / seconds;
            line(&what, &format!("{rate:.0}"), "100000", Some(rate >= 1e5));
            println!("    {seconds:.1} s, {peak:.2} GiB at most");
        }
        Err(why) => line(&what, &why, "100000", Some(false)),
    }
    for file in [from, to] {
        let _ = fs::remove_file(file);
    }
}

fn name(path: &Path) -> String {
    path.display().to_string()
}

/// The rows of the sample again and again, each with an id of its own.
fn repeat(rows: usize, to: &Path) {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/ucdp/ged231-sample1000.csv");
    let mut sample = csv::Reader::from_path(sample).expect("the sample");
    let head = sample.byte_headers().expect("a header").clone();
    let column = head.iter().position(|name| name == b"id").expect("ids");
    let all: Vec<csv::ByteRecord> = sample.byte_records().collect::<Result<_, _>>().expect("rows");
    let mut out = csv::Writer::from_path(to).expect("a file");
    out.write_byte_record(&head).expect("room");
    for (number, row) in all.iter().cycle().take(rows).enumerate() {
        let id = (number + 1).to_string();
        let fields = row.iter().enumerate().map(|(at, field)| if at == column { id.as_bytes() } else { field });
        out.write_record(fields).expect("room");
    }
    out.flush().expect("room");
}

/// Runs the program to its end; what it says of a failure stands on the screen.
fn run(args: &[&str]) -> Result<Run, String> {
    let program = PathBuf::from(env!("CARGO_BIN_EXE_dossier"));
    let began = Instant::now();
    let mut child =
        pinned(BOTH).arg(program).args(args).stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the program");
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0_u64;
    loop {
        let told = fs::read_to_string(&status).unwrap_or_default();
        let most = told.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        peak = peak.max(most.unwrap_or_default());
        if let Some(ended) = child.try_wait().expect("a process") {
            let run = Run { seconds: began.elapsed().as_secs_f64(), peak: peak as f64 / f64::from(1 << 20) };
            return if ended.success() { Ok(run) } else { Err("failed".into()) };
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}
