//! `dossier check`: says every problem of fact files with its place and its cure.

use std::{path::PathBuf, process::ExitCode};

use clap::ValueEnum;

use crate::seed::{self, Problem, Report};

const EXAMPLES: &str = "\
Examples:
  dossier check                    check the folder seeds
  dossier check seeds my-facts     check my-facts with what it builds on
  dossier check seeds ucdp.facts   check an import with what is written

Exit codes: 0 if there is no problem, 1 if there is one.";

/// Arguments of `dossier check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders with fact files and .facts files, checked together
    #[arg(value_name = "DATA", default_value = "seeds")]
    folders: Vec<PathBuf>,
    /// How to print what was found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// `file:line:column: what is wrong; what would be right`
    Text,
    /// One JSON object
    Json,
}

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    let Args { folders, format } = args;
    let report = seed::check(&folders);
    match format {
        Format::Text => text(&report),
        Format::Json => anstream::println!("{:#}", json(&report)),
    }
    if report.problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn text(report: &Report) {
    anstream::print!("{report}");
    let s = &report.summary;
    if report.problems.is_empty() {
        let entities = [
            (s.sources, "source"),
            (s.places, "place"),
            (s.actors, "actor"),
            (s.camps, "camp"),
            (s.events, "event"),
            (s.claims, "claim"),
        ];
        let entities: Vec<String> = entities.iter().map(|(n, what)| count(*n, what)).collect();
        let (sets, files) = (count(s.data_sets, "data set"), count(s.files, "file"));
        anstream::println!("no problem in {sets} ({files}): {}", entities.join(", "));
        anstream::println!(
            "coverage: {} in {}: {} cited, {} set aside, none left over; {} verbatim",
            count(s.sentences, "sentence"),
            count(s.documents, "document"),
            s.cited,
            s.set_aside,
            count(s.quotes, "quote"),
        );
    } else {
        anstream::eprintln!("{}", count(report.problems.len() as u32, "problem"));
    }
    for note in &report.notes {
        anstream::eprintln!("note: {note}");
    }
}

fn count(n: u32, what: &str) -> String {
    format!("{n} {what}{}", if n == 1 { "" } else { "s" })
}

fn json(report: &Report) -> serde_json::Value {
    let list = |problems: &[Problem]| -> Vec<serde_json::Value> {
        let one = |problem: &Problem| {
            let mut one = serde_json::json!({"file": &*problem.place.file});
            // A text has lines, a .facts file records.
            match &problem.place.record {
                None => {
                    one["line"] = problem.place.mark.line.into();
                    one["column"] = problem.place.mark.column.into();
                }
                Some(record) => {
                    one["record"] = record.number.into();
                    one["name"] = record.name.as_str().into();
                }
            }
            one["kind"] = problem.kind.word().into();
            one["message"] = problem.what.as_str().into();
            one["cure"] = problem.cure.as_str().into();
            one
        };
        problems.iter().map(one).collect()
    };
    let s = &report.summary;
    serde_json::json!({
        "problems": list(&report.problems),
        "notes": list(&report.notes),
        "summary": {
            "data_sets": s.data_sets, "files": s.files, "sources": s.sources, "places": s.places, "actors": s.actors,
            "camps": s.camps, "events": s.events, "claims": s.claims, "quotes": s.quotes, "documents": s.documents,
            "sentences": s.sentences, "cited": s.cited, "set_aside": s.set_aside,
        },
    })
}
