//! `dossier export`: the events of a filter as a file for other tools, with the sources they cite.

use std::{
    ffi::OsString,
    io::{self, BufWriter, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::ValueEnum;

use super::{USAGE, data, fail};
use crate::{
    api,
    export::{self, Error, Exported, Format},
    facts::Replacement,
    store::{engine::ImageView, query::EventQuery},
};

const EXAMPLES: &str = "\
Examples:
  dossier export -o events.csv
  dossier export seeds my-facts --format geojson -o map.geojson
  dossier export --filter '{\"first_day\": \"2023-08-01\"}' -o recent.jsonl
  dossier export --format csv | head

The filter is an EventFilter of dossier.v1 in JSON, as ListEvents takes it. Events come oldest first, undated ones last.

  jsonl     JSON of the whole event, one a line
  csv       a row an event (RFC 4180), lists joined by ;
  geojson   a feature an event (RFC 7946), its geometry null without a point
  parquet   a row an event, in programs built with the feature parquet

In CSV a text that a spreadsheet would take for a formula begins with an apostrophe.

Every file comes with the sources that its events cite: inside of geojson (member sources) and parquet (metadata), beside csv \
and jsonl in OUT.sources.json. OUT is replaced when all is written, and is left as it was otherwise.";

/// Arguments of `dossier export`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders and .facts files, loaded together, or one snapshot
    #[arg(value_name = "DATA", default_value = "seeds")]
    data: Vec<PathBuf>,
    /// Which events: an EventFilter in JSON; all if not given
    #[arg(long, value_name = "JSON", default_value = "{}", hide_default_value = true)]
    filter: String,
    /// The format; if not given, by how the name of OUT ends
    #[arg(long, value_enum)]
    format: Option<Name>,
    /// The file to write; standard output if not given
    #[arg(short, long, value_name = "OUT")]
    out: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Name {
    /// JSON lines
    Jsonl,
    /// Comma-separated values
    Csv,
    /// GeoJSON
    Geojson,
    /// Apache Parquet, in programs built with it
    Parquet,
}

impl TryFrom<Name> for Format {
    type Error = Failed;

    fn try_from(name: Name) -> Result<Format, Failed> {
        match name {
            Name::Jsonl => Ok(Format::JsonLines),
            Name::Csv => Ok(Format::Csv),
            Name::Geojson => Ok(Format::GeoJson),
            #[cfg(feature = "parquet")]
            Name::Parquet => Ok(Format::Parquet),
            #[cfg(not(feature = "parquet"))]
            Name::Parquet => Err(Failed(
                USAGE,
                "this program was built without Parquet; build it with `cargo build --release --features parquet`, or \
                 export csv, jsonl or geojson"
                    .to_owned(),
            )),
        }
    }
}

/// Why nothing was exported, and the exit code for it.
struct Failed(u8, String);

/// Runs it.
pub(super) fn run(args: &Args) -> ExitCode {
    match export(args) {
        Ok(told) => {
            anstream::eprintln!("{told}");
            ExitCode::SUCCESS
        }
        Err(Failed(code, reason)) => fail(code, reason),
    }
}

fn export(args: &Args) -> Result<String, Failed> {
    let format = format(args)?;
    #[cfg(feature = "parquet")]
    if format == Format::Parquet && args.out.is_none() && io::IsTerminal::is_terminal(&io::stdout()) {
        return Err(Failed(USAGE, "parquet is not for a terminal; name a file with -o".to_owned()));
    }
    let query = api::parse_filter(&args.filter).map_err(|error| Failed(USAGE, told(error)))?;
    let out = args.out.as_deref();
    if let Some(folder) = out.filter(|out| out.is_dir()) {
        return Err(Failed(USAGE, format!("{} is a folder; name a file in it", folder.display())));
    }
    let view = data::view(&args.data, "exported").map_err(|refused| Failed(1, refused.reason))?;
    match out {
        Some(out) => to_file(&view, &query, format, out),
        None => to_standard_output(&view, &query, format),
    }
}

/// The format asked for, else the one that the name of the file tells.
fn format(args: &Args) -> Result<Format, Failed> {
    let extension = args.out.as_deref().and_then(Path::extension).and_then(|extension| extension.to_str());
    let by_name = || Name::from_str(extension?, true).ok();
    let told = args.format.or_else(by_name).ok_or_else(|| {
        let all: Vec<_> = Name::value_variants().iter().filter_map(ValueEnum::to_possible_value).collect();
        let all: Vec<_> = all.iter().map(clap::builder::PossibleValue::get_name).collect();
        Failed(USAGE, format!("the format is not told; give --format with one of {}", all.join(", ")))
    });
    told.and_then(Format::try_from)
}

/// What a caller of the service would be told, a line a field.
fn told(error: api::error::Error) -> String {
    match error {
        api::error::Error::Fields(violations) => {
            let lines = violations.iter().map(|violation| format!("{}: {}", violation.field, violation.description));
            lines.collect::<Vec<_>>().join("\n")
        }
        error => error.into_status().message().to_owned(),
    }
}

fn ask(view: &ImageView, query: &EventQuery, format: Format, out: impl io::Write + Send) -> Result<Exported, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(export::export(view, query, format, out))
}

/// Writes beside the file and puts it in its place when it is whole; the sources first, so that it never stands without them.
fn to_file(view: &ImageView, query: &EventQuery, format: Format, out: &Path) -> Result<String, Failed> {
    let at = |path: &Path, error: Error| match error {
        Error::Store(error) => Failed(1, told(error.into())),
        error => Failed(1, format!("{}: {error}", path.display())),
    };
    let mut file = Replacement::new(out).map_err(|error| at(out, error.into()))?;
    let exported = ask(view, query, format, BufWriter::new(&mut file)).map_err(|error| at(out, error))?;
    let mut written = out.display().to_string();
    if !format.holds_sources() {
        let mut name = OsString::from(out);
        name.push(".sources.json");
        let path = PathBuf::from(name);
        let mut sources = Replacement::new(&path).map_err(|error| at(&path, error.into()))?;
        exported.sources.write(BufWriter::new(&mut sources)).map_err(|error| at(&path, error))?;
        sources.commit().map_err(|error| at(&path, error.into()))?;
        written.push_str(&format!(" and {}", path.display()));
    }
    file.commit().map_err(|error| at(out, error.into()))?;
    Ok(format!("{} of revision {} in {written}", counted(&exported), exported.sources.revision))
}

fn to_standard_output(view: &ImageView, query: &EventQuery, format: Format) -> Result<String, Failed> {
    let mut buffered = BufWriter::new(io::stdout());
    let exported =
        ask(view, query, format, &mut buffered).and_then(|exported| Ok(buffered.flush().map(|()| exported)?));
    match exported {
        Ok(exported) if format.holds_sources() => Ok(counted(&exported)),
        Ok(exported) => {
            Ok(format!("{}; with -o FILE the sources are written to FILE.sources.json", counted(&exported)))
        }
        // Whoever reads has enough: `dossier export --format csv | head`.
        Err(Error::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok("the reader has enough".to_owned()),
        Err(Error::Store(error)) => Err(Failed(1, told(error.into()))),
        Err(error) => Err(Failed(1, format!("standard output: {error}"))),
    }
}

fn counted(exported: &Exported) -> String {
    let count = |n: u64, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    format!("{}, {}", count(exported.events, "event"), count(exported.sources.sources.len() as u64, "source"))
}
