//! `dossier import`: makes a `.facts` file of a data set of others.

use std::{io::IsTerminal as _, path::PathBuf, process::ExitCode, time::Duration};

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use super::{USAGE, fail};
use crate::{
    facts::EXTENSION,
    import::{self, Bad, DataSet, Error, Options, Summary, Watch},
    model::day::Day,
};

const EXAMPLES: &str = "\
Examples:
  dossier import ucdp-ged GEDEvent_v23_1.csv -o ucdp.facts
  dossier import ucdp-ged ged231-csv.zip -o ucdp.facts --released YYYY-MM-DD
  dossier import acled export.csv -o acled.facts --released YYYY-MM-DD
  dossier import gdelt 20231009.export.CSV.zip -o gdelt.facts --max-bad 100
  dossier import geonames NE.zip -o places.facts
  dossier check ucdp.facts
  dossier serve ucdp.facts

Exit codes: 0 if the file was written, 1 if not, 64 wrong usage. An older file of that name stays whole until then.";

/// Arguments of `dossier import`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Which data set it is
    #[arg(value_name = "DATA SET", value_enum)]
    data_set: Format,
    /// Its files, plain, .gz or .zip
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The file to write
    #[arg(short, long, value_name = "OUT.facts")]
    output: PathBuf,
    /// The release of the data set, such as 23.1. If not given, that of UCDP is told by the name of the file, that of ACLED by
    /// --released, and that of GeoNames by its newest row
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// The day on which it was released (YYYY-MM-DD): its claims are known from that day on. Without it they exist only for
    /// questions without `as_of`; those of GDELT are known from the day on which it added them
    #[arg(long, value_name = "DAY")]
    released: Option<Day>,
    /// How many rows may be left out because they cannot be read, or have the id of an earlier one
    #[arg(long, value_name = "ROWS", default_value_t = 0)]
    max_bad: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// UCDP Georeferenced Event Dataset, CSV
    UcdpGed,
    /// ACLED, the 31 columns of its export, CSV
    Acled,
    /// GDELT events, 57, 58 or 61 columns with tabs
    Gdelt,
    /// A GeoNames dump, such as XX.zip: places with their other names
    Geonames,
}

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    let Args { data_set, files, output, release, released, max_bad } = args;
    let data_set = match data_set {
        Format::UcdpGed => DataSet::UcdpGed,
        Format::Acled => DataSet::Acled,
        Format::Gdelt => DataSet::Gdelt,
        Format::Geonames => DataSet::Geonames,
    };
    if output.extension().is_none_or(|extension| extension != EXTENSION) {
        return fail(USAGE, format_args!("{} is no name of a .facts file; write it like out.facts", output.display()));
    }
    let mut shown = Shown::new();
    match import::import(data_set, &files, &output, &Options { release, released, max_bad }, &mut shown) {
        Ok(summary) => {
            shown.bar.finish_and_clear();
            tell(&summary, &output);
            ExitCode::SUCCESS
        }
        Err(error) => {
            shown.bar.finish_and_clear();
            fail(if matches!(error, Error::Release(_)) { USAGE } else { 1 }, error)
        }
    }
}

fn tell(summary: &Summary, output: &std::path::Path) {
    let w = &summary.written;
    let count = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let all = [(w.events, "event"), (w.places, "place"), (w.actors, "actor"), (w.sources, "source")];
    let all: Vec<String> = all.iter().map(|(n, what)| count(*n, what)).collect();
    anstream::println!("{}: {} from {}", output.display(), all.join(", "), count(summary.rows, "row"));
    if summary.bad > 0 {
        anstream::println!("left out: {} that cannot be read", count(summary.bad, "row"));
    }
    for (what, times) in &summary.flags {
        anstream::println!("kept as given, {times} times: {what}");
    }
}

/// A bar with the rate and the time left on a terminal, nothing elsewhere; bad rows on standard error either way.
struct Shown {
    bar: ProgressBar,
}

impl Shown {
    fn new() -> Shown {
        if !std::io::stderr().is_terminal() {
            return Shown { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::new(0);
        let template = "{bar:16} {bytes}/{total_bytes}, {msg}, {bytes_per_sec}, {eta} left";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Shown { bar }
    }
}

impl Watch for Shown {
    fn progress(&mut self, read: u64, of: u64, rows: u64) {
        if !self.bar.is_hidden() {
            // Nobody knows how much comes through a pipe.
            self.bar.set_length(of.max(read));
            self.bar.set_position(read);
            self.bar.set_message(format!("{rows} rows"));
        }
    }

    fn bad(&mut self, bad: &Bad) {
        let Bad { file, line, last_line, reason } = bad;
        let end = if last_line > line { format!("; the row ends on line {last_line}") } else { String::new() };
        self.bar.suspend(|| anstream::eprintln!("{}:{line}: {reason}{end}", file.display()));
    }
}
