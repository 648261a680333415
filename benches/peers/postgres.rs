//! PostgreSQL with PostGIS: plain, as its manual shows it (`plain.sql`), and tuned, as somebody would who knows that few points have
//! most events (`tuned.sql`). Both are prepared, with a plan made once.
//!
//! Its protocol is spoken here, as much of it as this needs: a driver that does not look into rows is not what limits the peer.

use std::{
    io::{BufWriter, Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    process::Command,
};

use bytes::Bytes;
use dossier::model::sphere::Point;

use super::{
    feed::{self, Row},
    process::{Process, Program, free_port, is_root},
    same::Hit,
    wire::Protocol,
};
use crate::table::Table;

/// The statements.
pub(crate) const PLAIN: &str = include_str!("plain.sql");

/// See [`PLAIN`].
pub(crate) const TUNED: &str = include_str!("tuned.sql");

/// Everything stays in memory, plans are made once, nothing is synced, and no core but one is there to take.
const SETTINGS: [&str; 14] = [
    "shared_buffers=3GB",
    "work_mem=64MB",
    "maintenance_work_mem=1GB",
    "effective_cache_size=8GB",
    "random_page_cost=1.0",
    "jit=off",
    "plan_cache_mode=force_generic_plan",
    "max_parallel_workers_per_gather=0",
    "autovacuum=off",
    "synchronous_commit=off",
    "fsync=off",
    "full_page_writes=off",
    "max_wal_size=4GB",
    "track_activities=off",
];

/// Days from 1970 to 2000, which PostgreSQL counts from.
const EPOCH: i32 = 10_957;

/// A server with all events.
pub(crate) struct Postgres {
    pub(crate) process: Process,
}

/// A message: its kind, its length, what it has.
fn message(kind: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len = 4 + parts.iter().map(|part| part.len()).sum::<usize>();
    [&[kind][..], &(len as u32).to_be_bytes(), &parts.concat()].concat()
}

/// A point as PostGIS reads it: little-endian, a point with a system, WGS 84.
fn geography(east: f64, north: f64) -> Vec<u8> {
    [&[1][..], &0x2000_0001_u32.to_le_bytes(), &4326_u32.to_le_bytes(), &east.to_le_bytes(), &north.to_le_bytes()]
        .concat()
}

/// The question with its point, for a connection that has prepared it.
pub(crate) fn question(at: Point) -> Bytes {
    let point = geography(at.longitude, at.latitude);
    let len = (point.len() as u32).to_be_bytes();
    // All values are binary: the point, and what comes back.
    let bound = message(b'B', &[b"\0near\0\0\x01\0\x01\0\x01", &len, &point, b"\0\x01\0\x01"]);
    [bound, message(b'E', &[b"\0\0\0\0\0"]), message(b'S', &[])].concat().into()
}

/// The folder of its programs with the highest version, and whether PostGIS is there.
fn programs() -> Result<PathBuf, String> {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let versions = folders.filter_map(|folder| folder.file_name().to_str()?.parse::<u32>().ok());
    let there =
        |version: &u32| Path::new(&format!("/usr/share/postgresql/{version}/extension/postgis.control")).exists();
    let version = versions.filter(there).max();
    let version = version.ok_or("no PostGIS: install Debian's postgresql-15 and postgresql-15-postgis-3")?;
    Ok(PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")))
}

impl Postgres {
    /// Starts it with all events; answers why not.
    pub(crate) fn with(table: &Table, folder: &Path, revision: &str) -> Result<Postgres, String> {
        let programs = programs()?;
        let data = folder.join(format!("postgres-{}", table.events));
        let log = folder.join("postgres.log");
        let (at, port) = (data.display().to_string(), free_port());
        let (initdb, server) = (programs.join("initdb"), programs.join("postgres"));
        let program = |path| Program { path, user: Some("postgres"), log: &log };
        if !data.join("PG_VERSION").exists() {
            std::fs::create_dir_all(&data).map_err(|error| format!("{at}: {error}"))?;
            if is_root() {
                let given = Command::new("chown").args(["postgres", &at]).status();
                given.map_err(|error| format!("chown: {error}"))?;
            }
            let args = ["-D", &at, "-A", "trust", "-U", "postgres", "--no-sync", "--locale=C", "-E", "UTF8"];
            program(&initdb).run(&args)?;
        }
        let number = port.to_string();
        let mut args = vec!["-D", &at, "-p", &number, "-h", "127.0.0.1", "-k", ""];
        args.extend(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let postgres = Postgres { process: program(&server).start(port, &args)? };
        let mut session = Session::open(port)?;
        let fresh = session.tell("SELECT revision FROM made_up").is_ok_and(|told| told.contains(revision));
        if !fresh {
            load(&mut session, table)?;
            let made_up = format!("CREATE UNLOGGED TABLE made_up AS SELECT '{revision}'::text AS revision");
            session.tell(&made_up)?;
            session.tell("CHECKPOINT")?;
        }
        Ok(postgres)
    }

    /// Connections, each of which has prepared the statement.
    pub(crate) fn connections(&self, statement: &str, most: usize) -> Result<Vec<TcpStream>, String> {
        let prepared = |_| {
            let mut session = Session::open(self.process.port)?;
            session.send(b'P', &[b"near\0", statement.as_bytes(), b"\0\0\0"])?;
            session.send(b'S', &[])?;
            session.ready()?;
            Ok(session.0)
        };
        (0..most).map(prepared).collect()
    }
}

/// A connection that waits for each answer.
struct Session(TcpStream);

impl Session {
    fn open(port: u16) -> Result<Session, String> {
        let mut last = String::new();
        for _ in 0..100 {
            let stream = TcpStream::connect(("127.0.0.1", port)).map_err(failed)?;
            let mut session = Session(stream);
            let hello = message(0, &[&196_608_u32.to_be_bytes(), b"user\0postgres\0database\0postgres\0\0"]);
            session.0.write_all(&hello[1..]).map_err(failed)?;
            match session.ready() {
                Ok(_) => return Ok(session),
                // It listens before it is up.
                Err(why) => last = why,
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
        Err(last)
    }

    fn send(&mut self, kind: u8, parts: &[&[u8]]) -> Result<(), String> {
        self.0.write_all(&message(kind, parts)).map_err(failed)
    }

    fn read(&mut self) -> Result<(u8, Vec<u8>), String> {
        let mut head = [0; 5];
        self.0.read_exact(&mut head).map_err(failed)?;
        let len = u32::from_be_bytes([head[1], head[2], head[3], head[4]]);
        let mut body = vec![0; len as usize - 4];
        self.0.read_exact(&mut body).map_err(failed)?;
        Ok((head[0], body))
    }

    /// Reads until it is ready for more; answers what rows said.
    fn ready(&mut self) -> Result<String, String> {
        let (mut told, mut wrong) = (vec![], None);
        loop {
            match self.read()? {
                (b'E', text) => {
                    let text = String::from_utf8_lossy(&text).replace('\0', " ");
                    if text.contains("FATAL") {
                        return Err(text);
                    }
                    wrong = Some(text);
                }
                (b'D', row) => told.extend(row),
                (b'Z', _) => break,
                _ => {}
            }
        }
        wrong.map_or_else(|| Ok(String::from_utf8_lossy(&told).into_owned()), Err)
    }

    fn tell(&mut self, statement: &str) -> Result<String, String> {
        self.send(b'Q', &[statement.as_bytes(), b"\0"])?;
        self.ready()
    }
}

fn failed(error: impl std::fmt::Display) -> String {
    format!("PostgreSQL: {error}")
}

/// Gives it all events, then makes indexes.
fn load(session: &mut Session, table: &Table) -> Result<(), String> {
    session.tell(include_str!("schema.sql"))?;
    session.send(b'Q', &[b"COPY events FROM STDIN (FORMAT binary)\0"])?;
    let mut out = BufWriter::with_capacity(1 << 20, session.0.try_clone().map_err(failed)?);
    let mut sent = out.write_all(&message(b'd', &[b"PGCOPY\n\xff\r\n\0", &[0; 8]]));
    feed::each(&table.world, table.events, |row| {
        if sent.is_ok() {
            sent = out.write_all(&message(b'd', &[&copied(row)]));
        }
    });
    sent.and_then(|()| out.write_all(&message(b'd', &[&(-1_i16).to_be_bytes()]))).map_err(failed)?;
    out.write_all(&message(b'c', &[])).and_then(|()| out.flush()).map_err(failed)?;
    session.ready()?;
    // One by one: VACUUM wants to be alone.
    for statement in include_str!("indexes.sql").split_inclusive(';').filter(|text| !text.trim().is_empty()) {
        session.tell(statement)?;
    }
    Ok(())
}

/// A row in the binary form of COPY.
fn copied(row: &Row) -> Vec<u8> {
    let day = |day: dossier::model::day::Day| (day.epoch_days() - EPOCH).to_be_bytes();
    let fields: [&[u8]; 6] = [
        row.name.as_bytes(),
        &row.point.to_be_bytes(),
        &geography(row.longitude, row.latitude),
        &day(row.days[0]),
        &day(row.days[1]),
        &row.event,
    ];
    let mut bytes = (fields.len() as u16).to_be_bytes().to_vec();
    for field in fields {
        bytes.extend_from_slice(&(field.len() as u32).to_be_bytes());
        bytes.extend_from_slice(field);
    }
    bytes
}

/// Where the message at the start ends, and its kind.
fn first(bytes: &[u8]) -> Option<(u8, usize)> {
    let head = bytes.get(..5)?;
    let len = 1 + u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    (bytes.len() >= len).then_some((head[0], len))
}

/// Answers to [`question`].
pub(crate) struct Rows;

impl Rows {
    /// What was found.
    pub(crate) fn hits(answer: &[u8]) -> Vec<Hit> {
        let (mut at, mut hits) = (0, vec![]);
        while let Some((kind, len)) = first(&answer[at..]) {
            let body = &answer[at + 5..at + len];
            at += len;
            assert!(kind != b'E', "PostgreSQL: {}", String::from_utf8_lossy(body).replace('\0', " "));
            if kind == b'D' {
                // Two columns: eight bytes of a distance, then the event, each after its length.
                let meters = f64::from_be_bytes(body[6..14].try_into().expect("eight bytes"));
                hits.push(Hit { meters, event: body[18..].to_vec() });
            }
        }
        hits
    }
}

impl Protocol for Rows {
    fn whole(&self, bytes: &[u8]) -> Option<usize> {
        let mut at = 0;
        loop {
            let (kind, len) = first(&bytes[at..])?;
            at += len;
            if kind == b'Z' {
                return Some(at);
            }
        }
    }

    fn next(&self, _: &[u8]) -> Option<Vec<u8>> {
        None
    }
}
