//! Redis: plain, as its manual shows it, and tuned, as somebody would who knows that few points have most events.
//!
//! - plain: one set of all events with their coordinates, `GEOSEARCH` for names and distances, `MGET` for what they stand for;
//! - tuned: a set of distinct points and a list of names for each, newest first; `near.lua` does it all in one round trip.
//!
//! Nothing is written to disk while it is asked: no snapshots, no log of commands.

use std::{
    fmt::Write as _,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::Path,
};

use bytes::Bytes;
use dossier::model::sphere::Point;

use super::{
    feed,
    process::{Process, Program, free_port},
    same::Hit,
    wire::Protocol,
};
use crate::table::Table;

/// How far it looks, in metres: Redis cannot be asked for the nearest without one.
pub(crate) const RADIUS: f64 = 50_000.0;

const NEAR: &str = include_str!("near.lua");

/// A server with all events.
pub(crate) struct Redis {
    pub(crate) process: Process,
    /// What the server calls [`NEAR`].
    script: String,
}

/// A command as bytes.
fn command(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", parts.len()).into_bytes();
    for part in parts {
        bytes.extend_from_slice(format!("${}\r\n", part.len()).as_bytes());
        bytes.extend_from_slice(part);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

/// The same of texts.
fn words(text: &str) -> Vec<u8> {
    command(&text.split(' ').map(str::as_bytes).collect::<Vec<_>>())
}

impl Redis {
    /// Starts it with all events; answers why not. They always come from its own file, which puts them into memory in order: as
    /// they are inserted they lie about, and searching them takes up to five times as long.
    pub(crate) fn with(table: &Table, folder: &Path, revision: &str) -> Result<Redis, String> {
        let (process, mut stream) = start(table, folder)?;
        if ask(&mut stream, &words("GET made-up"))?.contains(revision) {
            let told = ask(&mut stream, &command(&[b"SCRIPT", b"LOAD", NEAR.as_bytes()]))?;
            let script = told.lines().nth(1).ok_or_else(|| told.clone())?.to_owned();
            return Ok(Redis { process, script });
        }
        load(&mut stream, table)?;
        ask(&mut stream, &words(&format!("SET made-up {revision}")))?;
        let saved = ask(&mut stream, &words("SAVE"))?;
        drop((process, stream));
        if saved.starts_with('+') { Redis::with(table, folder, revision) } else { Err(saved) }
    }

    /// So many connections.
    pub(crate) fn connections(&self, most: usize) -> Result<Vec<TcpStream>, String> {
        (0..most).map(|_| connect(self.process.port)).collect()
    }

    /// The tuned question, within these radii in turn.
    pub(crate) fn tuned(&self, at: Point, radii: &str) -> Bytes {
        words(&format!("EVALSHA {} 1 points {} {} {radii}", self.script, at.longitude, at.latitude)).into()
    }
}

/// The plain question.
pub(crate) fn plain(at: Point) -> Bytes {
    let (east, north) = (at.longitude, at.latitude);
    words(&format!("GEOSEARCH events FROMLONLAT {east} {north} BYRADIUS {RADIUS} m ASC COUNT 10 WITHDIST")).into()
}

/// Starts it with what its file has.
fn start(table: &Table, folder: &Path) -> Result<(Process, TcpStream), String> {
    let port = free_port();
    let (dir, log) = (folder.display().to_string(), folder.join("redis.log"));
    let (at, dump) = (port.to_string(), format!("redis-{}.rdb", table.events));
    let mut args = vec!["--port", &at, "--bind", "127.0.0.1", "--dir", &dir, "--dbfilename", &dump];
    args.extend(["--save", "", "--appendonly", "no", "--rdbcompression", "no", "--loglevel", "warning"]);
    let program = super::program("redis-server").ok_or("no redis-server: install Debian's redis-server")?;
    let process = Program { path: &program, user: None, log: &log }.start(port, &args)?;
    let mut stream = connect(port)?;
    while ask(&mut stream, &words("PING"))?.starts_with("-LOADING") {
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    Ok((process, stream))
}

fn connect(port: u16) -> Result<TcpStream, String> {
    TcpStream::connect(("127.0.0.1", port)).map_err(|error| format!("Redis: {error}"))
}

/// Sends a command, and answers the start of what comes.
fn ask(stream: &mut TcpStream, command: &[u8]) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("Redis: {error}");
    stream.write_all(command).map_err(failed)?;
    let mut came = vec![];
    let mut piece = [0; 4096];
    while end(&came).is_none() {
        let len = stream.read(&mut piece).map_err(failed)?;
        if len == 0 {
            return Err("Redis hung up".into());
        }
        came.extend_from_slice(&piece[..len]);
    }
    Ok(String::from_utf8_lossy(&came).into_owned())
}

/// Gives it all events, without an answer to each command, and counts what it has then.
fn load(stream: &mut TcpStream, table: &Table) -> Result<(), String> {
    let failed = |error: std::io::Error| format!("Redis: {error}");
    ask(stream, &words("FLUSHALL"))?;
    let mut out = std::io::BufWriter::with_capacity(1 << 20, stream.try_clone().map_err(failed)?);
    out.write_all(&words("CLIENT REPLY OFF")).map_err(failed)?;
    let (mut points, mut rows): (Vec<Vec<_>>, usize) = (vec![], 0);
    let mut sent = Ok(());
    feed::each(&table.world, table.events, |row| {
        let (east, north) = (row.longitude, row.latitude);
        let mut bytes = command(&[b"SET", row.name.as_bytes(), &row.event]);
        bytes.extend(words(&format!("GEOADD events {east} {north} {}", row.name)));
        let point = row.point as usize;
        if point == points.len() {
            points.push(vec![]);
            bytes.extend(words(&format!("GEOADD points {east} {north} {point}")));
        }
        points[point].push(row.order());
        rows += 1;
        if sent.is_ok() {
            sent = out.write_all(&bytes);
        }
    });
    sent.map_err(failed)?;
    for (number, events) in points.iter_mut().enumerate() {
        events.sort();
        for some in events.chunks(1000) {
            let mut text = format!("RPUSH at:{number}");
            for (_, name) in some {
                let _ = write!(text, " {name}");
            }
            out.write_all(&words(&text)).map_err(failed)?;
        }
    }
    out.flush().map_err(failed)?;
    ask(stream, &words("CLIENT REPLY ON"))?;
    let (found, keys) = (ask(stream, &words("ZCARD events"))?, ask(stream, &words("DBSIZE"))?);
    let all = rows + points.len() + 2;
    if found.trim() == format!(":{rows}") && keys.trim() == format!(":{all}") {
        Ok(())
    } else {
        Err(format!("Redis holds {found} events and {keys} keys instead of {rows} and {all}"))
    }
}

/// Where the first answer ends, if it is whole.
fn end(bytes: &[u8]) -> Option<usize> {
    let (mut left, mut at) = (1_i64, 0);
    while left > 0 {
        let line = bytes.get(at..)?.windows(2).position(|two| two == b"\r\n")?;
        let number = || std::str::from_utf8(&bytes[at + 1..at + line]).ok()?.parse::<i64>().ok();
        let kind = bytes[at];
        let count = if matches!(kind, b'*' | b'$') { number()? } else { 0 };
        at += line + 2;
        left -= 1;
        match kind {
            b'*' => left += count.max(0),
            b'$' if count >= 0 => at += count as usize + 2,
            _ => {}
        }
    }
    (at <= bytes.len()).then_some(at)
}

/// The texts of an answer, without the arrays around them.
fn texts(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut at, mut texts) = (0, vec![]);
    while at < bytes.len() {
        let line = bytes[at..].windows(2).position(|two| two == b"\r\n").expect("a line");
        let head = std::str::from_utf8(&bytes[at..at + line]).expect("a head");
        at += line + 2;
        if let Some(len) = head.strip_prefix('$').and_then(|len| len.parse::<usize>().ok()) {
            texts.push(&bytes[at..at + len]);
            at += len + 2;
        }
        assert!(head.starts_with(['$', '*']), "Redis: {head}");
    }
    texts
}

fn hit((meters, event): (&&[u8], &&[u8])) -> Hit {
    let meters = std::str::from_utf8(meters).ok().and_then(|text| text.parse().ok()).expect("a distance");
    Hit { meters, event: event.to_vec() }
}

/// Two questions: for names, then for what they stand for.
pub(crate) struct Plain;

impl Plain {
    /// What was found: names and distances in turn, then the events.
    pub(crate) fn hits(answer: &[u8]) -> Vec<Hit> {
        let texts = texts(answer);
        let (near, events) = texts.split_at(texts.len() / 3 * 2);
        near.iter().skip(1).step_by(2).zip(events).map(hit).collect()
    }
}

impl Protocol for Plain {
    fn whole(&self, bytes: &[u8]) -> Option<usize> {
        end(bytes)
    }

    fn next(&self, answer: &[u8]) -> Option<Vec<u8>> {
        let names: Vec<&[u8]> = texts(answer).into_iter().step_by(2).collect();
        (!names.is_empty()).then(|| command(&[&[&b"MGET"[..]], &names[..]].concat()))
    }
}

/// One question.
pub(crate) struct Tuned;

impl Tuned {
    /// What was found: distances, then the events.
    pub(crate) fn hits(answer: &[u8]) -> Vec<Hit> {
        let texts = texts(answer);
        let (distances, events) = texts.split_at(texts.len() / 2);
        distances.iter().zip(events).map(hit).collect()
    }
}

impl Protocol for Tuned {
    fn whole(&self, bytes: &[u8]) -> Option<usize> {
        end(bytes)
    }

    fn next(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
