//! `dossier key`: makes a key for a caller, and the entry of the file that lets it in.

use std::process::ExitCode;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::rand::{SecureRandom as _, SystemRandom};

use super::{answer, fail};
use crate::server::access::{KEY_PREFIX, Roll, Scope, digest};

const EXAMPLES: &str = "\
Examples:
  dossier key maps --scope read >> access.toml
  dossier key backup --scope read --scope export --expires 2027-06-30

The key is written to standard error, once: it is nowhere else, and cannot be found again. The entry with its digest goes to \
standard output.";

/// Arguments of `dossier key`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What the log calls the caller
    name: String,
    /// What it may do: read, export, admin
    #[arg(long, value_name = "SCOPE", default_value = "read", value_parser = scope)]
    scope: Vec<Scope>,
    /// The last day on which it may (YYYY-MM-DD)
    #[arg(long, value_name = "DAY")]
    expires: Option<String>,
}

fn scope(name: &str) -> Result<Scope, String> {
    Scope::named(name).ok_or_else(|| "write read, export or admin".to_owned())
}

/// Runs it.
pub(super) fn run(args: &Args) -> ExitCode {
    let mut random = [0; 32];
    if SystemRandom::new().fill(&mut random).is_err() {
        return fail(1, "this machine gives no random numbers");
    }
    let key = format!("{KEY_PREFIX}{}", URL_SAFE_NO_PAD.encode(random));
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let scopes: Vec<_> = args.scope.iter().map(|scope| quoted(scope.name())).collect();
    let (name, digest, scopes) = (quoted(&args.name), quoted(&digest(&key)), scopes.join(", "));
    let mut entry = format!("\n[[key]]\nname = {name}\ndigest = {digest}\nscopes = [{scopes}]\n");
    if let Some(day) = &args.expires {
        entry.push_str(&format!("expires = {}\n", quoted(day)));
    }
    if let Err(problems) = Roll::read(&entry) {
        return fail(super::USAGE, problems);
    }
    let printed = answer(&entry);
    super::say(&format!("{key}\n"));
    printed
}
