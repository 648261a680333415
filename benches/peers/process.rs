//! Processes of peers: on the server's core, ended with the bench, their processor time counted with that of all below them.

use std::{
    fs::{self, File},
    net::{TcpListener, TcpStream},
    os::unix::fs::MetadataExt as _,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use crate::server::{self, SERVER};

/// A program of a peer, and who runs it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Program<'a> {
    /// Where it is.
    pub(crate) path: &'a Path,
    /// Whose it is if this bench runs as root, which PostgreSQL refuses to be.
    pub(crate) user: Option<&'a str>,
    /// What it says.
    pub(crate) log: &'a Path,
}

/// A process that runs, and is asked to end when dropped.
#[derive(Debug)]
pub(crate) struct Process {
    child: Child,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Program<'_> {
    fn command(&self, args: &[&str]) -> Result<Command, String> {
        let unknown = |error: std::io::Error| format!("{}: {error}", self.log.display());
        let log = File::options().create(true).append(true).open(self.log).map_err(unknown)?;
        let mut command = server::pinned(SERVER);
        // The peer ends with the bench, however that ends.
        command.args(["setpriv", "--pdeathsig", "INT"]);
        if let Some(user) = self.user.filter(|_| is_root()) {
            command.args(["--reuid", user, "--regid", user, "--clear-groups"]);
        }
        command.arg(self.path).args(args).stdin(Stdio::null());
        command.stdout(log.try_clone().map_err(unknown)?).stderr(log);
        Ok(command)
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, args: &[&str]) -> Result<(), String> {
        let ended = self.command(args)?.status().map_err(|error| format!("{}: {error}", self.path.display()))?;
        if ended.success() { Ok(()) } else { Err(self.failed()) }
    }

    /// Starts it, and waits until it listens on a port.
    pub(crate) fn start(&self, port: u16, args: &[&str]) -> Result<Process, String> {
        let child = self.command(args)?.spawn().map_err(|error| format!("{}: {error}", self.path.display()))?;
        let mut process = Process { child, port };
        let until = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if Instant::now() > until || process.child.try_wait().is_ok_and(|ended| ended.is_some()) {
                return Err(self.failed());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(process)
    }

    fn failed(&self) -> String {
        let told = fs::read_to_string(self.log).unwrap_or_default();
        let last = told.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it said nothing");
        format!("{} failed: {last}", self.path.display())
    }
}

impl Process {
    /// Nanoseconds of processor that it and all processes below it have used; of those that ended, nothing.
    pub(crate) fn used(&self) -> u64 {
        let mut pending = vec![self.child.id()];
        let mut sum = 0;
        while let Some(process) = pending.pop() {
            sum += server::used(process);
            let children = fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
            pending.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
        sum
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
    }
}

/// Whether this bench may become anybody.
pub(crate) fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// A port that nobody listens on.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}
