//! The table: each line a figure, its target, and whether it is reached.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    time::{Duration, Instant},
};

use dossier::store::image::Image;

use crate::{
    ask::Ask,
    driver::{Driver, Expected, Load},
    inside,
    made_up::World,
    pairs::{Compared, Side, compare},
    server::{self, BOTH, Server},
    snapshot,
};

/// Different requests of a kind: enough that their answers do not stay in the processor's cache.
pub(crate) const REQUESTS: usize = 32_768;

/// How many events a bench has, if nobody says else.
const MILLION: usize = 1_000_000;

/// What is asked of the facts.
pub(crate) const ASKS: [(&str, Ask); 4] = [
    ("GetEventsNear, 10 events", Ask::Near(10)),
    ("GetEventsNear, 100 events", Ask::Near(100)),
    ("GetEvent", Ask::Get),
    ("ListEvents, 50 by days, actor and place", Ask::List),
];

/// Where snapshots and other files of the bench lie.
pub(crate) fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Requests, and the answers that the store gives in this process.
pub(crate) fn load(file: &Path, world: &World, events: usize, ask: Ask, most: usize) -> Load {
    let requests = ask.requests(world, events, most);
    let answers = inside::answers(file, ask, &requests);
    Load { path: ask.path(), requests, expected: Expected::Answers(answers) }
}

/// What is measured, and of which events.
pub(crate) struct Table {
    /// How many.
    pub(crate) events: usize,
    /// How often two sides take turns.
    pub(crate) pairs: usize,
    /// Their snapshot.
    pub(crate) file: PathBuf,
    /// Where they happen.
    pub(crate) world: World,
}

/// Prints the lines of these parts, on the driver's core.
pub(crate) fn run(parts: &[fn(&Table)]) {
    if env::var_os(server::PINNED).is_none() {
        // Anew, on the driver's core.
        let done = server::on(server::DRIVER).args(env::args().skip(1)).env(server::PINNED, "1").status();
        assert!(done.is_ok_and(|status| status.success()), "the table is not whole");
        return;
    }
    let number = |name: &str, usual: usize| env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual);
    let events = number("DOSSIER_BENCH_EVENTS", MILLION);
    let pairs = number("DOSSIER_BENCH_PAIRS", 12);
    let file = snapshot::of(events);
    println!("{events} made-up events, {pairs} pairs of half a second; ratios are medians with quartiles");
    println!("{:58} {:>24}  {:>9}", "", "measured", "target");
    let table = Table { events, pairs, file, world: World::of(events) };
    for part in parts {
        part(&table);
    }
}

/// A server of a million events under load; each second what an answer takes.
pub(crate) fn drive(ask: Ask, seconds: usize, file: &Path) {
    let table = Table::of_a_million(file);
    let side = match ask {
        Ask::Hello => table.bare(ask.path(), ask, Ask::GREETING, 1),
        _ => table.ours(ask, REQUESTS / 4).0,
    };
    println!("process {}", side.process());
    for _ in 0..seconds {
        println!("{:.2} us of processor a request", side.ask(Duration::from_secs(1)).0);
    }
}

/// This build and another one, of a million events.
pub(crate) fn versus(program: &str, ask: Ask, file: &Path) {
    let table = Table::of_a_million(file);
    let (ours, _) = table.ours(ask, REQUESTS / 4);
    let theirs = Side::new(Server::theirs(program, file), table.load(ask, REQUESTS / 4));
    compared("this build, the other one", compare(&ours, &theirs, table.pairs), None);
}

impl Table {
    fn of_a_million(file: &Path) -> Table {
        Table { events: MILLION, pairs: 12, file: file.to_owned(), world: World::of(MILLION) }
    }

    /// Ours beside servers without facts, and what else there is to say of it alone.
    pub(crate) fn own(&self) {
        self.in_turn();
        self.frames();
        self.runtimes();
        self.in_process();
        self.size();
        self.start();
    }

    fn load(&self, ask: Ask, most: usize) -> Load {
        load(&self.file, &self.world, self.events, ask, most)
    }

    /// Ours, and how long its answers are on average.
    pub(crate) fn ours(&self, ask: Ask, most: usize) -> (Side, usize) {
        let load = self.load(ask, most);
        let Expected::Answers(answers) = &load.expected else { return (Side::new(Server::ours(&self.file), load), 0) };
        let bytes = answers.iter().map(|(len, _)| len - 5).sum::<usize>() / answers.len();
        (Side::new(Server::ours(&self.file), load), bytes)
    }

    /// The bare server with answers of so many bytes, to these requests.
    pub(crate) fn bare(&self, path: &'static str, ask: Ask, bytes: usize, most: usize) -> Side {
        let requests = ask.requests(&self.world, self.events, most);
        let expected = Expected::Frame(bytes);
        Side::new(Server::bare(bytes, &self.file), Load { path, requests, expected })
    }

    /// Ours and the bare server in turn.
    fn in_turn(&self) {
        let (near, bytes) = self.ours(Ask::Near(10), REQUESTS);
        let fixed = self.bare("/bare.Bare/Fixed", Ask::Near(10), bytes, REQUESTS);
        compared(
            &format!("GetEventsNear, 10 ({bytes} B), fixed reply (a)"),
            compare(&near, &fixed, self.pairs),
            Some(0.8),
        );
        drop(fixed);
        let cold = self.bare("/bare.Bare/Cold", Ask::Near(10), bytes, REQUESTS);
        compared("GetEventsNear, 10, cold copy (b)", compare(&near, &cold, self.pairs), Some(0.88));
        drop((near, cold));
        let (near, bytes) = self.ours(Ask::Near(100), REQUESTS / 4);
        let cold = self.bare("/bare.Bare/Cold", Ask::Near(100), bytes, REQUESTS / 4);
        compared(
            &format!("GetEventsNear, 100 ({bytes} B), cold copy (b)"),
            compare(&near, &cold, self.pairs),
            Some(0.86),
        );
        drop((near, cold));
        let (get, bytes) = self.ours(Ask::Get, REQUESTS);
        let hello = self.bare("/bare.Bare/Hello", Ask::Hello, Ask::GREETING, 1);
        compared(&format!("GetEvent ({bytes} B), bare hello"), compare(&get, &hello, self.pairs), Some(0.6));
        drop((get, hello));
        let (list, bytes) = self.ours(Ask::List, REQUESTS / 4);
        let cold = self.bare("/bare.Bare/Cold", Ask::Near(50), bytes, REQUESTS / 4);
        compared(&format!("ListEvents, 50 by three filters ({bytes} B), (b)"), compare(&list, &cold, self.pairs), None);
    }

    /// What it would bring not to copy events but to let frames point into the mapping, beside the copy: for 10 and 100 events.
    fn frames(&self) {
        for events in [10, 100] {
            let bytes = events * 580;
            let copied = self.bare("/bare.Bare/Cold", Ask::Near(10), bytes, 1024);
            let frames = self.bare("/bare.Bare/Frames", Ask::Near(10), bytes, 1024);
            compared(
                &format!("one buffer, frames of the mapping, {events} events"),
                compare(&copied, &frames, self.pairs),
                None,
            );
        }
    }

    /// One runtime a core, and tokio's of several threads; both may use both cores, and so does the driver.
    fn runtimes(&self) {
        let file = self.file.display().to_string();
        let load = || self.load(Ask::Near(10), REQUESTS);
        let ours = Side::new(Server::start(&["ours", &file, "2"], BOTH), load());
        let multi = Side::new(Server::start(&["multi", &file], BOTH), load());
        let Compared { rate, .. } = compare(&ours, &multi, self.pairs);
        line(
            "one runtime a core, tokio's multi-thread (requests/s)",
            &rate.to_string(),
            "1.6",
            Some(rate.middle >= 1.6),
        );
    }

    fn in_process(&self) {
        let nanos = inside::nearest(self.events, &self.file);
        line("nearest 10 in process, up to slices of bytes, ns", &format!("{nanos:.0}"), "450", Some(nanos <= 450.0));
        for (what, name, most) in [("near 10", "near10", 14_500.0), ("get", "get", 11_000.0)] {
            let count = instructions(name, &self.file);
            let verdict = count.map(|count| count <= most);
            let count = count.map_or("no valgrind".to_owned(), |count| format!("{count:.0}"));
            line(&format!("instructions a request in process, {what}"), &count, &most.to_string(), verdict);
        }
    }

    /// What stands beside the events.
    pub(crate) fn size(&self) {
        let image = Image::open(&self.file).expect("a snapshot");
        let events = image.sections().find(|section| section.name == "events").map_or(1, |section| section.bytes);
        let share = (image.size() - events) as f64 / events as f64 * 100.0;
        line("all but the events beside the encoded events, %", &format!("{share:.1}"), "15", Some(share <= 15.0));
    }

    /// From starting the process to its first answer.
    pub(crate) fn start(&self) {
        let load = Rc::new(self.load(Ask::Near(10), 256));
        for (what, warm, most) in [("cold", false, 100.0), ("warm", true, 20.0)] {
            let mut millis = vec![];
            let mut resident = 0;
            for _ in 0..5 {
                if !warm {
                    let from = format!("if={}", self.file.display());
                    let _ = Command::new("dd").args([&from, "iflag=nocache", "count=0", "status=none"]).status();
                }
                let began = Instant::now();
                let server = Server::ours(&self.file);
                let (own, mapped) = server.resident();
                resident = own + mapped;
                let outcome = Driver::to(server.port).once(&load);
                millis.push(began.elapsed().as_secs_f64() * 1e3);
                assert!(outcome.wrong.is_empty(), "{:?}", outcome.wrong);
            }
            millis.sort_by(f64::total_cmp);
            let figure = format!("{:.0} [{:.0}..{:.0}]", millis[2], millis[0], millis[4]);
            line(
                &format!("start to first answer, page cache {what}, ms"),
                &figure,
                &most.to_string(),
                Some(millis[2] <= most),
            );
            if warm {
                let mib = resident as f64 / 1024.0;
                line("resident before the first question, MiB", &format!("{mib:.0}"), "64", Some(mib <= 64.0));
            }
        }
    }
}

/// A line of a comparison.
pub(crate) fn compared(what: &str, compared: Compared, target: Option<f64>) {
    let Compared { cpu, rate, ours, other } = compared;
    let figure = cpu.to_string();
    let verdict = target.map(|target| cpu.middle >= target);
    line(what, &figure, &target.map_or("report".to_owned(), |target| target.to_string()), verdict);
    println!("    {ours:.1} us of processor a request beside {other:.1}; requests a second: {rate}");
}

/// A line: a figure, its target, and whether it is reached.
pub(crate) fn line(what: &str, figure: &str, target: &str, reached: Option<bool>) {
    let verdict = reached.map_or("", |reached| if reached { "pass" } else { "short" });
    println!("{what:58} {figure:>24}  {target:>9}  {verdict}");
}

/// Instructions a request, by callgrind: the difference of two counts, so that start and end do not matter.
fn instructions(ask: &str, file: &Path) -> Option<f64> {
    let count = |requests: usize| -> Option<f64> {
        let program = env::current_exe().ok()?;
        let valgrind = Command::new("valgrind")
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(program)
            .args(["count", ask, &requests.to_string()])
            .arg(file)
            .output()
            .ok()?;
        let told = String::from_utf8(valgrind.stderr).ok()?;
        told.lines().find_map(|line| line.split("Collected : ").nth(1)?.trim().parse().ok())
    };
    Some((count(3 * inside::ROUND)? - count(inside::ROUND)?) / (2 * inside::ROUND) as f64)
}
