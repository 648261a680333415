//! Tools that are not Rust, where `tests/setup.sh` puts them.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::support::{self, Ended, Server};

/// The repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where a tool is: under target/test-tools, else on the path. Where it is not, says so; with DOSSIER_TEST_REQUIRE=1 that
/// is a failure, otherwise the caller returns.
pub(crate) fn tool(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = [root().join("target/test-tools/bin")].into_iter().chain(env::split_paths(&path));
    let found = folders.map(|folder| folder.join(name)).find(|candidate| candidate.is_file());
    if found.is_none() {
        let reason = format!("skipped: {name} is not installed; `make setup` installs it");
        assert!(!required(), "{reason}; DOSSIER_TEST_REQUIRE=1 makes this a failure");
        eprintln!("{reason}");
    }
    found
}

/// Whether a missing tool is a failure.
pub(crate) fn required() -> bool {
    env::var("DOSSIER_TEST_REQUIRE").is_ok_and(|value| value == "1")
}

/// Runs a command in the repository to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    support::run(command.current_dir(root()).stdin(Stdio::null()))
}

/// Runs a line of shell as a reader types it, with our tools on the path and the server's address for the usual one.
pub(crate) fn shell(line: &str, server: &Server) -> Ended {
    let bin = root().join("target/test-tools/bin");
    let path = format!("{}:{}", bin.display(), env::var("PATH").unwrap_or_default());
    let line = line.replace("localhost:50051", &server.address).replace("127.0.0.1:50051", &server.address);
    run(Command::new("sh").args(["-c", &line]).env("PATH", path))
}
