//! `dossier inspect`: what a snapshot holds, and whether it is whole.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use super::{data, fail};
use crate::store::{
    engine::ImageView,
    image::{Content, Image, verify},
};

const EXAMPLES: &str = "\
Examples:
  dossier inspect facts.dossier
  dossier inspect facts.dossier --verify     read every byte of it

Exit codes: 0 if it can be served, 1 if not, 64 wrong usage.";

/// Arguments of `dossier inspect`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// A snapshot
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Verify every byte rather than what is verified when it is opened
    #[arg(long)]
    verify: bool,
}

/// Runs it.
pub(super) fn run(args: &Args) -> ExitCode {
    match inspect(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => fail(1, reason),
    }
}

fn inspect(args: &Args) -> Result<(), String> {
    let image = data::open(&args.file)?;
    if args.verify {
        verify(&image).map_err(|damaged| damaged_at(&args.file, &damaged))?;
    }
    tell(&image, &args.file)?;
    if args.verify {
        anstream::println!("every byte is as it was written");
    }
    Ok(())
}

fn damaged_at(path: &Path, damaged: &dyn std::fmt::Display) -> String {
    format!("{} is damaged ({damaged}); copy it again or make it anew with `dossier build`", path.display())
}

/// Prints what an image holds.
pub(super) fn tell(image: &Image, path: &Path) -> Result<(), String> {
    let dataset = ImageView::dataset_of(image).map_err(|damaged| damaged_at(path, &damaged))?;
    anstream::println!("{}: layout {}, {} bytes", path.display(), image.layout(), grouped(image.size()));
    anstream::println!("revision {}", image.revision());
    anstream::println!("{}", data::counts(&dataset));
    let (mut events, mut index) = (0, 0);
    for section in image.sections() {
        anstream::println!("  {:>15}  {}", grouped(section.bytes), section.name);
        match section.content {
            Content::Events => events += section.bytes,
            Content::Index => index += section.bytes,
            Content::Other => {}
        }
    }
    anstream::println!(
        "{} bytes of events, beside them {} of indexes and columns: {:.1} %",
        grouped(events),
        grouped(index),
        if events == 0 { 0.0 } else { index as f64 * 100.0 / events as f64 },
    );
    Ok(())
}

/// A number with its digits in groups of three.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    #[test]
    fn digits_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345_678, "12,345,678")] {
            assert_eq!(super::grouped(number), text);
        }
    }
}
