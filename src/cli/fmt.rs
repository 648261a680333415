//! `dossier fmt`: writes fact files in their canonical form.

use std::{
    fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::seed;

const EXAMPLES: &str = "\
Examples:
  dossier fmt seeds            write every fact file below seeds canonically
  dossier fmt --check seeds    only say which files are not, and exit 1 if one is

A file with problems, or with a comment that could not be kept, is left as it is and reported.";

/// Arguments of `dossier fmt`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders with fact files
    #[arg(value_name = "DIR", default_value = "seeds")]
    folders: Vec<PathBuf>,
    /// Write nothing; exit 1 if a file would change
    #[arg(long)]
    check: bool,
}

/// Runs it.
pub(super) fn run(args: Args) -> ExitCode {
    let Args { folders, check } = args;
    let files = match seed::files(&folders) {
        Ok(files) => files,
        Err(report) => {
            anstream::print!("{report}");
            return ExitCode::FAILURE;
        }
    };
    let mut done = true;
    for file in files {
        match seed::format(&file.shown, &file.text) {
            Err(problems) => {
                done = false;
                for problem in problems {
                    anstream::println!("{problem}");
                }
            }
            Ok(text) if text == file.text => {}
            Ok(_) if check => {
                done = false;
                anstream::println!("{}: not in canonical form", file.shown);
            }
            Ok(text) => match replace(&file.path, &text) {
                Ok(()) => anstream::println!("{}: formatted", file.shown),
                Err(error) => {
                    done = false;
                    anstream::eprintln!("dossier: {}: cannot be written: {error}", file.shown);
                }
            },
        }
    }
    if done { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Writes beside the file and renames, so that a reader never sees half of it. Behind a link, the file itself is replaced.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = write(&beside, text, &path).and_then(|()| fs::rename(&beside, &path));
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}

fn write(beside: &Path, text: &str, like: &Path) -> io::Result<()> {
    let mut file = fs::File::create_new(beside)?;
    file.set_permissions(fs::metadata(like)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
