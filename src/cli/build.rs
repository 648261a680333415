//! `dossier build`: makes a snapshot of facts, a file that is served at once however many they are.

use std::{
    cell::RefCell,
    fmt::Display,
    io::{self, BufWriter},
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{
    data::{self, is_snapshot},
    fail, inspect,
};
use crate::{
    facts::Replacement,
    model::dataset::Dataset,
    pb,
    seed::{self, Beside},
    store::build::{self, Spool},
};

const EXAMPLES: &str = "\
Examples:
  dossier build -o facts.dossier
  dossier build seeds ucdp.facts -o facts.dossier
  dossier build facts.dossier my-facts more.facts -o new.dossier
  dossier inspect facts.dossier
  dossier serve facts.dossier

A snapshot among the data is taken apart and built anew with the rest. What is beside it is checked with it: it may refer to what \
the snapshot defines, and add to its events.

Equal facts give equal bytes, in whatever order they are named. The file is written aside and renamed when it is whole: until \
then an older one of that name stays as it is, and what serves the older one goes on.

Exit codes: 0 if the file was written, 1 if not, 64 wrong usage.";

/// Arguments of `dossier build`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders with fact files, .facts files and snapshots, merged
    #[arg(value_name = "DATA", default_value = "seeds")]
    data: Vec<PathBuf>,
    /// The file to write
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
}

/// Runs it.
pub(super) fn run(args: &Args) -> ExitCode {
    match write(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(1, reason),
    }
}

fn write(args: &Args) -> Result<(), String> {
    let Args { data, output } = args;
    let unwritable = |error: io::Error| format!("{} cannot be written: {error}", output.display());
    // First of all: whoever cannot write there learns it before the facts are read.
    let file = Replacement::new(output).map_err(unwritable)?;
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut spool = Spool::new(folder).map_err(unwritable)?;
    let facts = gather(data, &mut spool)?;
    let written = build::streamed(facts, spool, BufWriter::with_capacity(1 << 20, file));
    let written = written.map_err(|error| format!("{} cannot be built: {error}", output.display()))?;
    written.into_inner().map_err(|error| unwritable(error.into_error()))?.commit().map_err(unwritable)?;
    inspect::tell(&data::open(output)?, output)
}

/// Reads and checks everything: events go into the spool, the rest is held.
fn gather(data: &[PathBuf], spool: &mut Spool) -> Result<Dataset, String> {
    let (snapshots, facts): (Vec<PathBuf>, Vec<PathBuf>) = data.iter().cloned().partition(|path| is_snapshot(path));
    let unread = |path: &Path, error: &dyn Display| format!("{} cannot be read: {error}", path.display());
    let mut images = vec![];
    let mut held = Dataset::default();
    for path in &snapshots {
        let image = data::open(path)?;
        let more = build::resources(&image).map_err(|error| unread(path, &error))?;
        build::apart(&held, &more).map_err(|conflict| conflict.to_string())?;
        held = build::merge(held, more).map_err(|conflict| conflict.to_string())?;
        images.push((path, image));
    }
    let damage = RefCell::new(None);
    let event = |name: &str| {
        images.iter().find_map(|(path, image)| match build::event(image, name) {
            Ok(found) => found,
            Err(error) => {
                damage.replace(Some(unread(path, &error)));
                None
            }
        })
    };
    let mut beside = Beside::new(&data::names(&snapshots), held, &event);
    let mut gathered = Dataset::default();
    if !facts.is_empty() {
        gathered = read(&facts, &mut beside, spool)?;
    }
    if let Some(damage) = damage.take() {
        return Err(damage);
    }
    for (path, image) in &images {
        let mut add = |mut event| {
            beside.lead(&mut event);
            Ok(spool.add(&event)?)
        };
        build::events(image, &mut add).map_err(|error| unread(path, &error))?;
    }
    build::merge(gathered, beside.into_facts()).map_err(|conflict| conflict.to_string())
}

/// Reads and checks folders and `.facts` files beside what snapshots hold.
fn read(facts: &[PathBuf], beside: &mut Beside<'_>, spool: &mut Spool) -> Result<Dataset, String> {
    let mut spooled = Ok(());
    let mut add = |event: &pb::Event| {
        if spooled.is_ok() {
            spooled = spool.add(event);
        }
    };
    let read = seed::stream(facts, beside, &mut |event| add(&event));
    let mut read = read.map_err(|report| data::problems(&report, "built"))?;
    read.events.iter().for_each(add);
    read.events.clear();
    spooled.map_err(|error| format!("the events cannot be put aside beside the snapshot: {error}"))?;
    Ok(read)
}
