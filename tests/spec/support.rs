//! The built program as a process of its own: started, called, signalled, read.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc::{self, Receiver},
    thread,
    time::Duration,
};

use bytes::Bytes;
use dossier::pb::fact_service_client::FactServiceClient;
use http::{HeaderMap, Request, Response, header::CONTENT_TYPE};
use http_body_util::{BodyExt as _, combinators::UnsyncBoxBody};
use hyper::{
    body::Incoming,
    client::conn::http2::{SendRequest, handshake},
};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tonic::{
    Status,
    transport::{Channel, Endpoint},
};

use crate::tools::root;

/// Longer than anything here takes; only a hang gets there.
const HANG: Duration = Duration::from_secs(30);

/// The program with these arguments, in the repository, without what the environment tells it.
pub(crate) fn dossier(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dossier"));
    command.args(args);
    clean(&mut command);
    command
}

/// Takes out of a command's environment what the program reads.
pub(crate) fn clean(command: &mut Command) {
    command.current_dir(root()).stdin(Stdio::null());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("DOSSIER_") || name == "RUST_LOG") {
        command.env_remove(name);
    }
}

/// What a run that ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ended {
    /// Whether it ended well.
    pub(crate) fn ok(&self) -> bool {
        self.code == Some(0)
    }
}

/// Runs a command to its end.
pub(crate) fn run(command: &mut Command) -> Ended {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A server that runs; killed when dropped.
pub(crate) struct Server {
    child: Child,
    /// `HOST:PORT`.
    pub(crate) address: String,
    out: Receiver<String>,
    log: Receiver<String>,
}

impl Server {
    /// `dossier serve` on a free port of loopback, with more arguments.
    pub(crate) fn start(args: &[&str]) -> Server {
        let listen: &[&str] = if args.contains(&"--listen") { &[] } else { &["--listen", "127.0.0.1:0"] };
        Server::spawn(&mut dossier(&[&["serve"], listen, args].concat()))
    }

    /// A server by a command of one's own. Waits for the first line.
    pub(crate) fn spawn(command: &mut Command) -> Server {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = lines(child.stdout.take().unwrap());
        let log = lines(child.stderr.take().unwrap());
        let Ok(first) = out.recv_timeout(HANG) else {
            child.kill().ok();
            // What it started may live on and hold the log open.
            panic!("it did not start: {:?}", log.try_iter().collect::<Vec<_>>())
        };
        let address = first.strip_prefix("listening on ").unwrap_or_else(|| panic!("first line: {first:?}"));
        Server { address: address.to_owned(), child, out, log }
    }

    /// The next line on standard output, if there is one within a while.
    pub(crate) fn line(&self) -> Option<String> {
        self.out.recv_timeout(HANG).ok()
    }

    /// Reads the log up to a line with this text, and returns it.
    pub(crate) fn log_line(&self, text: &str) -> String {
        loop {
            let line = self.log.recv_timeout(HANG).unwrap_or_else(|_| panic!("no line of the log has {text:?}"));
            if line.contains(text) {
                return line;
            }
        }
    }

    /// The next line of the log, if there is one already.
    pub(crate) fn try_log_line(&self) -> Option<String> {
        self.log.try_recv().ok()
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        kill(name, &self.child.id().to_string());
    }

    /// Sends a signal to it and all that it started, if it leads a group of its own.
    pub(crate) fn signal_group(&self, name: &str) {
        kill(name, &format!("-{}", self.child.id()));
    }

    /// Memory that it has in use, in KiB.
    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end, at most so long; returns its status and the rest of the log.
    pub(crate) fn end_within(mut self, time: Duration) -> (ExitStatus, Vec<String>) {
        // Standard output closes with the process.
        let began = std::time::Instant::now();
        while let Some(left) = time.checked_sub(began.elapsed()) {
            if self.out.recv_timeout(left) == Err(mpsc::RecvTimeoutError::Disconnected) {
                return (self.child.wait().unwrap(), self.log.iter().collect());
            }
        }
        panic!("still running after {time:?}");
    }

    /// A channel of tonic's.
    pub(crate) async fn channel(&self) -> Channel {
        Endpoint::from_shared(format!("http://{}", self.address)).unwrap().connect().await.unwrap()
    }

    /// A client of the contract.
    pub(crate) async fn client(&self) -> FactServiceClient<Channel> {
        FactServiceClient::new(self.channel().await)
    }

    /// A connection of HTTP/2 that adds nothing of its own, such as a timeout.
    pub(crate) async fn connection(&self) -> Connection {
        let stream = TcpStream::connect(&self.address).await.unwrap();
        let (connection, driver) = handshake(TokioExecutor::new(), TokioIo::new(stream)).await.unwrap();
        tokio::spawn(driver);
        Connection(connection)
    }
}

fn kill(signal: &str, whom: &str) {
    let status = Command::new("sh").args(["-c", &format!("kill -{signal} {whom}")]).status().unwrap();
    assert!(status.success());
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Lines as they come, read on a thread so that the process never waits for us.
fn lines(stream: impl std::io::Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut reader = BufReader::new(stream);
        let mut line = Vec::new();
        while reader.by_ref().read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\r', '\n']).to_owned();
            if sender.send(text).is_err() {
                break;
            }
            line.clear();
        }
    });
    receiver
}

/// A body that never ends, for calls that stay in flight.
pub(crate) fn endless() -> UnsyncBoxBody<Bytes, Status> {
    http_body_util::StreamBody::new(tokio_stream::pending()).boxed_unsync()
}

/// A body of one empty message.
pub(crate) fn empty_message() -> UnsyncBoxBody<Bytes, Status> {
    http_body_util::Full::from(Bytes::from_static(&[0; 5])).map_err(|never| match never {}).boxed_unsync()
}

/// See [`Server::connection`].
#[derive(Clone)]
pub(crate) struct Connection(SendRequest<UnsyncBoxBody<Bytes, Status>>);

impl Connection {
    /// Calls a method with these headers; returns the answer as soon as its headers are there.
    pub(crate) async fn begin(
        mut self,
        path: &str,
        headers: &[(&str, &str)],
        body: UnsyncBoxBody<Bytes, Status>,
    ) -> Result<Response<Incoming>, hyper::Error> {
        let mut request = Request::post(format!("http://test{path}")).header(CONTENT_TYPE, "application/grpc");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.0.send_request(request.body(body).unwrap()).await
    }

    /// Calls a method with these headers; returns the answer's headers and status.
    pub(crate) async fn call(
        self,
        path: &str,
        headers: &[(&str, &str)],
        body: UnsyncBoxBody<Bytes, Status>,
    ) -> Result<(HeaderMap, Status), hyper::Error> {
        let (head, body) = self.begin(path, headers, body).await?.into_parts();
        assert_eq!(head.status, 200);
        let trailers = body.collect().await?.trailers().cloned();
        let status = Status::from_header_map(trailers.as_ref().unwrap_or(&head.headers));
        Ok((head.headers, status.expect("every answer has a status")))
    }
}
