//! What a user would pick instead, beside ours: Redis, PostGIS, a Python service over it, each plain and as an expert would tune it.
//!
//! All are asked the same: the ten nearest events to a point, with their encoded messages and distances. Their answers are compared
//! with ours before anything is measured (`same`), and every answer while it is measured with that one. Servers are
//! started here, on the core that ours runs on; `setup.sh` installs them. What is missing is said, and not measured.

mod feed;
mod postgres;
mod process;
mod python;
mod redis;
mod same;
mod wire;

use std::{cell::RefCell, env, path::PathBuf, rc::Rc, time::Instant};

use bytes::Bytes;
use dossier::{pb, store::image::Image};
use prost::Message as _;

use crate::{
    ask::Ask,
    driver::{Driver, Expected, Load},
    inside::sum,
    pairs::{Side, Slice, Turn, compare},
    table::{self, REQUESTS, Table, compared, line},
};
use postgres::Postgres;
use process::Process;
use redis::Redis;
use same::{Allowed, Hit, Truth};
use wire::Wire;

/// Connections to a peer, and requests ahead on each.
const CONNECTIONS: usize = 16;

/// See [`CONNECTIONS`].
const DEPTH: usize = 16;

/// Backends of PostgreSQL: more share the one core for nothing.
const BACKENDS: usize = 8;

/// A sphere of 6,372,797.56 m instead of 6,371,008.8, coordinates in 26 bits each, distances in tenths of millimetres.
const REDIS: Allowed = Allowed { radius: redis::RADIUS, share: 0.000_6, meters: 2.0 };

/// PostGIS sorts by a sphere as well; a spheroid would differ by 0.56 %.
const POSTGIS: Allowed = Allowed { radius: f64::INFINITY, share: 0.006, meters: 1.0 };

/// A peer that is asked over its own protocol.
struct Over<'a> {
    what: &'a str,
    process: &'a Process,
    wire: Wire,
    /// Each slice asks each once, so that all slices do the same work, of a second or two.
    requests: Vec<Bytes>,
    hits: fn(&[u8]) -> Vec<Hit>,
    allowed: Allowed,
    target: Option<f64>,
}

/// Prints the lines.
pub(crate) fn lines(table: &Table) {
    let folder = table::folder().join("peers");
    std::fs::create_dir_all(&folder).expect("a folder");
    let revision = Image::open(&table.file).expect("a snapshot").revision();
    let (ours, _) = table.ours(Ask::Near(10), REQUESTS);
    let mut bench = Bench { table, ours, truth: Truth::of(table, 8192), folder, revision };
    for (what, ended) in [("Redis", bench.redis()), ("PostGIS, Python over it", bench.postgres())] {
        if let Err(why) = ended {
            line(what, "not measured", "", None);
            println!("    {why}");
        }
    }
}

struct Bench<'a> {
    table: &'a Table,
    ours: Side,
    truth: Truth,
    folder: PathBuf,
    revision: String,
}

impl Bench<'_> {
    fn redis(&mut self) -> Result<(), String> {
        let began = Instant::now();
        let redis = Redis::with(self.table, &self.folder, &self.revision)?;
        println!("    Redis has all events after {:.0} s", began.elapsed().as_secs_f64());
        let (process, allowed) = (&redis.process, REDIS);
        for (what, radii, target) in [
            ("near 10, tuned Redis", "50000", Some(6.0)),
            ("near 10, tuned Redis that looks in 10 km first", "10000 50000", None),
        ] {
            self.over(Over {
                what,
                wire: Wire::over(redis.connections(CONNECTIONS)?, DEPTH, Rc::new(redis::Tuned)),
                requests: self.truth.points().take(8192).map(|at| redis.tuned(at, radii)).collect(),
                hits: redis::Tuned::hits,
                process,
                allowed,
                target,
            });
        }
        self.over(Over {
            what: "near 10, plain Redis",
            wire: Wire::over(redis.connections(CONNECTIONS)?, DEPTH, Rc::new(redis::Plain)),
            requests: self.truth.points().take(512).map(redis::plain).collect(),
            hits: redis::Plain::hits,
            target: None,
            process,
            allowed,
        });
        Ok(())
    }

    fn postgres(&mut self) -> Result<(), String> {
        let began = Instant::now();
        let postgres = Postgres::with(self.table, &self.folder, &self.revision)?;
        println!("    PostgreSQL has all events after {:.0} s", began.elapsed().as_secs_f64());
        for (what, statement, most, depth, target) in [
            ("near 10, tuned PostGIS", postgres::TUNED, 4096, 1, Some(15.0)),
            ("near 10, tuned PostGIS, pipelined", postgres::TUNED, 4096, DEPTH, None),
            ("near 10, plain PostGIS", postgres::PLAIN, 256, 1, None),
        ] {
            self.over(Over {
                what,
                process: &postgres.process,
                wire: Wire::over(postgres.connections(statement, BACKENDS)?, depth, Rc::new(postgres::Rows)),
                requests: self.truth.points().take(most).map(postgres::question).collect(),
                hits: postgres::Rows::hits,
                allowed: POSTGIS,
                target,
            });
        }
        for (what, query, most) in [
            ("near 10, Python gRPC over tuned PostGIS", "tuned.sql", 2048),
            ("near 10, Python gRPC over plain PostGIS", "plain.sql", 256),
        ] {
            let service = python::service(&self.folder, &postgres, query)?;
            self.service(what, [&service, &postgres.process], most);
        }
        Ok(())
    }

    /// Compares a peer's answers with ours, then what they cost.
    fn over(&mut self, over: Over<'_>) {
        let Over { what, process, wire, requests, hits, allowed, target } = over;
        let requests: Rc<[Bytes]> = requests.into();
        let answers = Rc::new(RefCell::new(vec![Bytes::new(); requests.len()]));
        let kept = Rc::clone(&answers);
        wire.each(&requests, move |number, answer| kept.borrow_mut()[number] = Bytes::copy_from_slice(answer));
        let answers = answers.take();
        let found: Vec<Vec<Hit>> = answers.iter().map(|answer| hits(answer)).collect();
        let alike = self.truth.check(&found, allowed);
        let sums = answers.iter().map(|answer| sum(answer)).collect();
        self.compared(what, &Wired { process, wire, requests, sums }, (requests_alike(found.len(), alike), target));
    }

    /// The same of a service over gRPC, with the processes that it needs.
    fn service(&mut self, what: &str, processes: [&Process; 2], most: usize) {
        let driver = Driver::with(processes[0].port, python::CONNECTIONS, python::STREAMS);
        let requests = Ask::Near(10).requests(&self.table.world, self.table.events, most);
        let kept = Expected::Kept(RefCell::new(vec![Bytes::new(); requests.len()]));
        let load = Rc::new(Load { path: Ask::Near(10).path(), requests: requests.clone(), expected: kept });
        let outcome = driver.each(&load);
        assert!(outcome.wrong.is_empty(), "{what}: {:#?}", outcome.wrong);
        let Expected::Kept(answers) = &load.expected else { return };
        let found: Vec<Vec<Hit>> = answers.borrow().iter().map(|answer| told(answer)).collect();
        let alike = self.truth.check(&found, POSTGIS);
        let sums = answers.borrow().iter().map(|answer| (answer.len(), sum(answer))).collect();
        let load = Rc::new(Load { path: load.path, requests, expected: Expected::Answers(sums) });
        self.compared(what, &Served { processes, driver, load }, (requests_alike(most, alike), None));
    }

    fn compared(&self, what: &str, peer: &dyn Turn, (alike, target): (String, Option<f64>)) {
        compared(what, compare(&self.ours, peer, self.table.pairs), target);
        println!("    {alike}");
    }
}

fn requests_alike(requests: usize, alike: f64) -> String {
    format!(
        "of {requests} answers {:.1} % have the same events in the same order, all have events as near",
        alike * 100.0
    )
}

/// What a service answered.
fn told(answer: &[u8]) -> Vec<Hit> {
    let answer = pb::GetEventsNearResponse::decode(&answer[5..]).expect("an answer");
    let hit = |near: pb::NearbyEvent| Hit {
        meters: near.distance_meters(),
        event: near.event.unwrap_or_default().encode_to_vec(),
    };
    answer.nearby_events.into_iter().map(hit).collect()
}

/// A peer whose turn it is to be asked over its own protocol.
struct Wired<'a> {
    process: &'a Process,
    wire: Wire,
    requests: Rc<[Bytes]>,
    sums: Rc<[u64]>,
}

impl Turn for Wired<'_> {
    fn warm(&self) {
        let _ = self.slice();
    }

    fn slice(&self) -> Slice {
        let (before, began) = (self.process.used(), Instant::now());
        let sums = Rc::clone(&self.sums);
        let right = Rc::new(RefCell::new(0));
        let counted = Rc::clone(&right);
        self.wire.each(&self.requests, move |number, answer| {
            assert_eq!(sum(answer), sums[number], "request {number} has another answer than before");
            *counted.borrow_mut() += 1;
        });
        let (took, used) = (began.elapsed().as_secs_f64(), (self.process.used() - before) as f64 / 1e3);
        assert_eq!(right.take(), self.requests.len(), "each request has an answer");
        Slice { cpu: used / self.requests.len() as f64, rate: self.requests.len() as f64 / took }
    }
}

/// A service whose turn it is.
struct Served<'a> {
    processes: [&'a Process; 2],
    driver: Driver,
    load: Rc<Load>,
}

impl Served<'_> {
    fn used(&self) -> u64 {
        self.processes.iter().map(|process| process.used()).sum()
    }
}

impl Turn for Served<'_> {
    fn warm(&self) {
        let _ = self.slice();
    }

    fn slice(&self) -> Slice {
        let before = self.used();
        let outcome = self.driver.each(&self.load);
        let used = (self.used() - before) as f64 / 1e3;
        assert!(outcome.wrong.is_empty(), "wrong answers: {:#?}", outcome.wrong);
        Slice { cpu: used / outcome.right as f64, rate: outcome.right as f64 / outcome.took }
    }
}

/// A program by its name, if it is on the path.
fn program(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|folder| folder.join(name)).find(|path| path.is_file())
}
