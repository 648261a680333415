//! Servers as processes of their own: this program, started anew.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    num::NonZeroUsize,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
    sync::Arc,
    time::Duration,
};

use dossier::{
    server::{Config, serve, serve_without_layers},
    store::engine::ImageStore,
};
use tonic::transport::server::TcpIncoming;

use crate::{bare::Bare, inside};

/// The core that servers run on.
pub(crate) const SERVER: &str = "0";

/// The core that the driver runs on.
pub(crate) const DRIVER: &str = "1";

/// Both.
pub(crate) const BOTH: &str = "0,1";

/// A server that runs, and ends when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    /// The server ends when this closes.
    _input: ChildStdin,
    /// Where it listens.
    pub(crate) port: u16,
}

impl Server {
    /// The facts of a snapshot, on one core.
    pub(crate) fn ours(file: &Path) -> Server {
        Server::start(&["ours", &file.display().to_string(), "1"], SERVER)
    }

    /// The same without any layer between the sockets and the facts.
    pub(crate) fn layerless(file: &Path) -> Server {
        Server::start(&["layerless", &file.display().to_string()], SERVER)
    }

    /// Answers of so many bytes, copied from a file where they are cold.
    pub(crate) fn bare(bytes: usize, file: &Path) -> Server {
        Server::start(&["bare", &bytes.to_string(), &file.display().to_string()], SERVER)
    }

    /// Starts one on these cores.
    pub(crate) fn start(kind: &[&str], cores: &str) -> Server {
        Server::by(on(cores), kind)
    }

    /// The facts of a snapshot, served on one core by another build of this program.
    pub(crate) fn theirs(program: &str, file: &Path) -> Server {
        let mut command = Command::new("taskset");
        command.args(["-c", SERVER, program]);
        Server::by(command, &["ours", &file.display().to_string(), "1"])
    }

    fn by(mut command: Command, kind: &[&str]) -> Server {
        let started = command.arg("serve").args(kind).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = started.expect("this program");
        let input = child.stdin.take().expect("a pipe");
        let mut line = String::new();
        let output = child.stdout.take().expect("a pipe");
        BufReader::new(output).read_line(&mut line).expect("a line");
        let port = line.trim().parse().expect("a port");
        Server { child, _input: input, port }
    }

    /// The number of its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Nanoseconds of processor that all its threads have used.
    pub(crate) fn used(&self) -> u64 {
        used(self.child.id())
    }

    /// Resident memory in KiB: its own, and pages of files.
    pub(crate) fn resident(&self) -> (u64, u64) {
        let text = fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("Linux");
        let field = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
        };
        (field("RssAnon:"), field("RssFile:"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Nanoseconds of processor that all threads of a process have used.
pub(crate) fn used(process: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten();
    let used = |thread: std::io::Result<fs::DirEntry>| -> Option<u64> {
        let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse().ok()
    };
    threads.filter_map(used).sum()
}

/// This program on these cores; anywhere if there is one core only, which then tells nothing of time.
pub(crate) fn on(cores: &str) -> Command {
    let mut command = pinned(cores);
    command.arg(std::env::current_exe().expect("a path"));
    command
}

/// Runs the program that is its first argument on these cores.
pub(crate) fn pinned(cores: &str) -> Command {
    if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) || std::env::var_os(PINNED).is_some() {
        let mut command = Command::new("taskset");
        command.args(["-c", cores]);
        command
    } else {
        Command::new("env")
    }
}

/// Set where the driver has been put on its core.
pub(crate) const PINNED: &str = "DOSSIER_BENCH_PINNED";

/// Is a server, until standard input ends.
pub(crate) fn be(kind: &str, rest: &[&str]) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut vec![]);
        std::process::exit(0);
    });
    let announce = move || {
        println!("{port}");
        let _ = std::io::stdout().flush();
    };
    match (kind, rest) {
        ("ours", [file, workers]) => {
            let workers = workers.parse().expect("a number");
            ours(listener, Path::new(file), Config { workers, ..Default::default() }, announce);
        }
        ("bounded", [file, milliseconds]) => {
            let max_queue_time = Duration::from_millis(milliseconds.parse().expect("a number"));
            let config = Config { workers: NonZeroUsize::MIN, max_queue_time, ..Default::default() };
            ours(listener, Path::new(file), config, announce);
        }
        ("layerless", [file]) => layerless(listener, Path::new(file), announce),
        ("multi", [file]) => multi(listener, Path::new(file), announce),
        ("bare", [bytes, file]) => bare(listener, bytes.parse().expect("a number"), Path::new(file), announce),
        _ => panic!("no such server: {kind} {rest:?}"),
    }
}

/// The real server, by its one door.
fn ours(listener: TcpListener, file: &Path, mut config: Config, announce: impl FnOnce() + Send + 'static) {
    let store = Arc::new(ImageStore::new(inside::view(file)));
    config.announce = Some(Box::new(announce));
    inside::blocking(serve(vec![listener], store, config, std::future::pending())).expect("a server");
}

/// The same sockets and facts, and nothing between them.
fn layerless(listener: TcpListener, file: &Path, announce: impl FnOnce() + Send + 'static) {
    let store = Arc::new(ImageStore::new(inside::view(file)));
    let config = Config { workers: NonZeroUsize::MIN, announce: Some(Box::new(announce)), ..Default::default() };
    let served = inside::blocking(serve_without_layers(vec![listener], store, config));
    served.map(|never| match never {}).expect("a server");
}

/// The same service, without the layers of the real server, on tokio's runtime of several threads.
fn multi(listener: TcpListener, file: &Path, announce: impl FnOnce()) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(tonically(listener, inside::service(file), announce));
}

fn bare(listener: TcpListener, bytes: usize, file: &Path, announce: impl FnOnce()) {
    #[expect(unsafe_code, reason = "nobody writes to the snapshot while the bench runs")]
    // SAFETY: the mapping is read-only, and the file is left alone.
    let map = unsafe { memmap2::Mmap::map(&fs::File::open(file).expect("a file")) }.expect("a mapping");
    inside::blocking(tonically(listener, Bare::new(bytes, Some(map)), announce));
}

/// A service on tonic's own server, with the same setting that counts.
async fn tonically<S>(listener: TcpListener, service: S, announce: impl FnOnce())
where
    S: tower_service::Service<
            http::Request<tonic::body::Body>,
            Response = http::Response<tonic::body::Body>,
            Error = std::convert::Infallible,
            Future: Send,
        > + tonic::server::NamedService
        + Clone
        + Send
        + Sync
        + 'static,
{
    listener.set_nonblocking(true).expect("a socket");
    let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
    announce();
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    tonic::transport::Server::builder().add_service(service).serve_with_incoming(incoming).await.expect("a server");
}
