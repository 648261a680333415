//! Tools that are not Rust, where `tests/setup.sh` puts them, and the built server as its own process.

use std::{
    env,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

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

/// The built server in a process of its own, told to stop when dropped.
pub(crate) struct Server {
    child: Child,
    /// `HOST:PORT`.
    pub(crate) address: String,
}

impl Server {
    /// Starts it on a free port with these data sets.
    pub(crate) fn start(data: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_dossier"))
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(data)
            .env("DOSSIER_LOG", "warn")
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let address = first.trim_end().strip_prefix("listening on ").unwrap_or_else(|| panic!("first line: {first:?}"));
        Self { address: address.to_owned(), child }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a command that ended printed, and whether it ended well.
pub(crate) struct Ran {
    pub(crate) ok: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command in the repository.
pub(crate) fn run(command: &mut Command) -> Ran {
    let output = command.current_dir(root()).stdin(Stdio::null()).output().unwrap();
    Ran {
        ok: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Runs a line of shell as a reader types it, with our tools on the path and the server's address for the usual one.
pub(crate) fn shell(line: &str, server: &Server) -> Ran {
    let bin = root().join("target/test-tools/bin");
    let path = format!("{}:{}", bin.display(), env::var("PATH").unwrap_or_default());
    let line = line.replace("localhost:50051", &server.address).replace("127.0.0.1:50051", &server.address);
    run(Command::new("sh").args(["-c", &line]).env("PATH", path))
}
