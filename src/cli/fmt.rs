//! `dossier fmt`: writes fact files in their canonical form.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    io::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
};

use crate::seed;

const EXAMPLES: &str = "\
Examples:
  dossier fmt seeds            write every fact file below seeds canonically
  dossier fmt --check seeds    say which files are not, and exit 1 if one is

A file with problems, or with a comment that could not be kept, is left as it is and reported; the others are formatted. \
The last line, on standard error, counts the files.

Exit codes: 0 if every file is in canonical form now, 1 if one is not.";

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
    let (files, unread) = seed::files(&folders);
    anstream::print!("{unread}");
    let unread: BTreeSet<&str> = unread.problems.iter().map(|problem| &*problem.place.file).collect();
    let mut done = Done { unread: unread.len(), ..Done::default() };
    for file in files {
        match seed::format(&file.shown, &file.text) {
            Err(problems) => {
                done.broken += 1;
                for problem in problems {
                    anstream::println!("{problem}");
                }
            }
            Ok(text) if text == file.text => done.unchanged += 1,
            Ok(_) if check => {
                done.other += 1;
                anstream::println!("{}: not in canonical form", file.shown);
            }
            Ok(text) => match replace(&file.path, &text) {
                Ok(()) => {
                    done.formatted += 1;
                    anstream::println!("{}: formatted", file.shown);
                }
                Err(error) => {
                    done.unwritten += 1;
                    anstream::eprintln!("dossier: {}: cannot be written: {error}", file.shown);
                }
            },
        }
    }
    // Beside the output, as `check` has it: that stays one line a file or problem.
    anstream::eprintln!("{done}");
    if done.ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// How many files came out how.
#[derive(Debug, Default)]
struct Done {
    formatted: usize,
    unchanged: usize,
    /// Not in canonical form, and left so because `--check` writes nothing.
    other: usize,
    /// With problems that forbid to write them anew.
    broken: usize,
    unread: usize,
    unwritten: usize,
}

impl Done {
    fn ok(&self) -> bool {
        self.other + self.broken + self.unread + self.unwritten == 0
    }
}

impl fmt::Display for Done {
    /// `2 files formatted, 5 unchanged, 1 could not be read`: what there is none of is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (self.formatted, "formatted"),
            (self.other, "not in canonical form"),
            (self.unchanged, "unchanged"),
            (self.broken, "left alone because of problems"),
            (self.unread, "could not be read"),
            (self.unwritten, "could not be written"),
        ];
        let mut noun = " file";
        for (n, what) in parts.into_iter().filter(|(n, _)| *n > 0) {
            let (gap, plural) = match noun {
                "" => (", ", ""),
                _ => ("", if n == 1 { "" } else { "s" }),
            };
            write!(f, "{gap}{n}{noun}{plural} {what}")?;
            noun = "";
        }
        Ok(())
    }
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
