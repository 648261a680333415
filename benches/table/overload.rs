//! More calls than can be answered: how long those that are let in take, and how soon the others are sent away.
//!
//! Calls come when they are due, whatever became of those before, from two generators: processes of their own that share the
//! driver's core. Each time is from when a call was due, so that a generator that is late counts against the server.

use std::{
    fmt,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    path::Path,
    process::{Child, Stdio},
    rc::Rc,
    time::Duration,
};

use crate::{
    ask::Ask,
    driver::{Driver, Failure},
    made_up::World,
    pairs::{Spread, Turn as _},
    server::{self, SERVER, Server},
    table::{self, REQUESTS, Table, line},
};

const GENERATORS: usize = 2;

/// Of each generator; the server lets 128 calls at once be open on each.
const CONNECTIONS: usize = 64;

/// How long calls come.
const SECONDS: u64 = 5;

/// What is asked: a hundred events take long enough that the driver's core can offer more than the server's can answer.
const ASK: Ask = Ask::Near(100);

/// The longest that a call may wait for its turn, in milliseconds: for callers that want to be told soon, and the default.
const QUEUES: [&str; 2] = ["20", "500"];

/// Milliseconds from when each call was due to its end.
#[derive(Debug, Default)]
struct Offered {
    answered: Times,
    refused: Times,
}

#[derive(Debug, Default)]
struct Times(Vec<f64>);

impl Times {
    fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1) as f64;
        self.0.get((last * share).round() as usize).copied().unwrap_or_default()
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} calls, p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms",
            self.0.len(),
            self.at(0.5),
            self.at(0.99),
            self.at(1.0)
        )
    }
}

/// The lines of the table.
pub(crate) fn lines(table: &Table) {
    let (ours, _) = table.ours(ASK, REQUESTS / ASK.share());
    ours.warm();
    let capacity = Spread::of((0..5).map(|_| ours.slice().rate).collect()).middle;
    drop(ours);
    for queue in QUEUES {
        let server = Server::start(&["bounded", &table.file.display().to_string(), queue], SERVER);
        let _warm = offered(table, server.port, capacity / 2.0);
        let [before, during, after] = [0.5, 2.0, 0.5].map(|load| offered(table, server.port, capacity * load));
        let waits = format!("max-queue-time {queue} ms");
        let times = format!("{:.0} beside {:.1}", during.answered.at(0.99), before.answered.at(0.99));
        line(&format!("p99 at twice what it can, and at half, ms, {waits}"), &times, "report", None);
        // Who is told late might as well have waited.
        let soon = during.refused.at(0.99);
        let target = (queue == QUEUES[0]).then_some(50.0);
        let told = target.map_or("report".to_owned(), |target| target.to_string());
        line(
            &format!("p99 of those sent away, ms, {waits}"),
            &format!("{soon:.0}"),
            &told,
            target.map(|most| soon <= most),
        );
        let share = during.answered.0.len() as f64 / SECONDS as f64 / capacity;
        line(
            &format!("answered at twice what it can, of what it can, {waits}"),
            &format!("{share:.2}"),
            "report",
            None,
        );
        println!("    it can {capacity:.0} a second; at half of it {}", before.answered);
        println!("    at twice that: {}; sent away: {}", during.answered, during.refused);
        println!("    at half of it again: {}; sent away: {}", after.answered, after.refused.0.len());
    }
}

/// Calls at a rate, from all generators.
fn offered(table: &Table, port: u16, rate: f64) -> Offered {
    let each = (rate / GENERATORS as f64).to_string();
    let (port, events, file) = (port.to_string(), table.events.to_string(), table.file.display().to_string());
    let start = |number: usize| {
        let mut command = server::on(server::DRIVER);
        command.args(["offer", &port, &each, &number.to_string(), &events, &file]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("this program")
    };
    let mut generators: Vec<(Child, BufReader<_>)> = (0..GENERATORS)
        .map(|number| {
            let mut child = start(number);
            let output = BufReader::new(child.stdout.take().expect("a pipe"));
            (child, output)
        })
        .collect();
    // All begin when all are ready.
    for (_, output) in &mut generators {
        output.read_line(&mut String::new()).expect("a line");
    }
    for (child, _) in &mut generators {
        drop(child.stdin.take());
    }
    let mut offered = Offered::default();
    for (mut child, output) in generators {
        for call in output.lines() {
            let call = call.expect("a line");
            let (end, time) = call.split_once(' ').expect("how it ended, and when");
            let times = if end == "answered" { &mut offered.answered } else { &mut offered.refused };
            times.0.push(time.parse().expect("milliseconds"));
        }
        assert!(child.wait().expect("a generator").success(), "wrong answers");
    }
    for times in [&mut offered.answered, &mut offered.refused] {
        times.0.sort_by(f64::total_cmp);
    }
    offered
}

/// Is a generator: says that it is ready, begins when standard input ends, and tells what became of each call.
pub(crate) fn offer(port: u16, rate: f64, number: usize, events: usize, file: &Path) {
    let mut load = table::load(file, &World::of(events), events, ASK, REQUESTS / ASK.share());
    // Not all generators ask the same.
    let all = load.requests.len();
    load.rotate(number * all / GENERATORS);
    let (driver, load) = (Driver::with(port, CONNECTIONS, 1), Rc::new(load));
    println!("ready");
    std::io::stdin().read_to_end(&mut vec![]).expect("an end");
    let calls = driver.offer(&load, rate, Duration::from_secs(SECONDS));
    let mut out = std::io::stdout().lock();
    for (end, time) in calls {
        let end = match end {
            Ok(()) => "answered",
            Err(Failure::Exhausted) => "refused",
            Err(Failure::Wrong(why)) => panic!("{why}"),
        };
        writeln!(out, "{end} {:.3}", time.as_secs_f64() * 1e3).expect("somebody reads");
    }
}
