//! The table: each line a figure, its target, and whether it is reached.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
    time::{Duration, Instant},
};

use dossier::store::image::{Content, Image};

use crate::{
    ask::Ask,
    chart,
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
    chart::draw();
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

/// Ours and servers without facts, by one question, of a million events.
pub(crate) fn beside(ask: Ask, file: &Path) {
    Table::of_a_million(file).beside(ask);
}

/// From starting to the first answer, of a million events.
pub(crate) fn start(file: &Path) {
    Table::of_a_million(file).start();
}

/// Runtimes beside each other, of a million events.
pub(crate) fn runtimes(file: &Path) {
    Table::of_a_million(file).runtimes();
}

/// The layers beside none, of a million events.
pub(crate) fn layers(file: &Path) {
    Table::of_a_million(file).layers();
}

/// The nearest ten in process, of so many events.
pub(crate) fn nearest(events: usize, file: &Path, most: f64) {
    let [rows, slices] = inside::nearest(events, file);
    line("nearest 10 in process, rows and distances, ns", &format!("{rows:.0}"), &most.to_string(), Some(rows <= most));
    println!("    {slices:.0} with planning the question, up to slices of bytes");
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
        for ask in [Ask::Near(10), Ask::Near(100), Ask::Get, Ask::List] {
            self.beside(ask);
        }
        self.layers();
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

    /// Ours and a server without facts in turn.
    fn beside(&self, ask: Ask) {
        const FIXED: (&str, &str, Ask) = ("fixed reply (a)", "/bare.Bare/Fixed", Ask::Near(10));
        const COLD: (&str, &str, Ask) = ("cold copy (b)", "/bare.Bare/Cold", Ask::Near(10));
        const SCATTERED: (&str, &str, Ask) = ("cold copies", "/bare.Bare/Scattered", Ask::Near(10));
        const HELLO: (&str, &str, Ask) = ("bare hello", "/bare.Bare/Hello", Ask::Hello);
        let (what, others): (&str, &[_]) = match ask {
            Ask::Near(10) => ("GetEventsNear, 10", &[(FIXED, Some(0.8)), (COLD, Some(0.88))]),
            Ask::Near(_) => ("GetEventsNear, 100", &[(COLD, Some(0.86))]),
            Ask::Get | Ask::Hello => ("GetEvent", &[(HELLO, Some(0.6))]),
            Ask::List => ("ListEvents, 50 by three filters", &[(COLD, None), (SCATTERED, Some(0.6))]),
        };
        let (ours, bytes) = self.ours(ask, REQUESTS / ask.share());
        for ((other, path, asked), target) in others {
            let most = if *asked == Ask::Hello { 1 } else { REQUESTS / ask.share() };
            let same = if *asked == Ask::Hello { Ask::GREETING } else { bytes };
            let other_side = self.bare(path, *asked, same, most);
            let what = format!("{what} ({bytes} B), {other}");
            compared(&what, compare(&ours, &other_side, self.pairs), *target);
        }
    }

    /// What limits, identity, metrics and the log cost: the whole server beside one without them.
    fn layers(&self) {
        let ask = Ask::Near(10);
        let (ours, bytes) = self.ours(ask, REQUESTS / ask.share());
        let load = self.load(ask, REQUESTS / ask.share());
        let without = Side::new(Server::layerless(&self.file), load);
        let what = format!("GetEventsNear, 10 ({bytes} B), without layers");
        compared(&what, compare(&ours, &without, self.pairs), Some(0.9));
    }

    /// What it would bring not to copy events but to let frames point into the mapping, beside the copy: for 10 and 100 events.
    fn frames(&self) {
        for events in [10, 100] {
            let bytes = events * 1000;
            let copied = self.bare("/bare.Bare/Cold", Ask::Near(10), bytes, 1024);
            let frames = self.bare("/bare.Bare/Frames", Ask::Near(10), bytes, 1024);
            compared(
                &format!("one buffer, frames of the mapping, {events} events"),
                compare(&copied, &frames, self.pairs),
                None,
            );
        }
    }

    /// One runtime a core, and tokio's of several threads; both may use both cores, and so does the driver. Short answers: long ones
    /// keep the driver busier than the server.
    fn runtimes(&self) {
        let file = self.file.display().to_string();
        let load = || self.load(Ask::Get, REQUESTS);
        let ours = Side::new(Server::start(&["ours", &file, "2"], BOTH), load());
        let multi = Side::new(Server::start(&["multi", &file], BOTH), load());
        let Compared { rate, cpu, .. } = compare(&ours, &multi, self.pairs);
        let what = "one runtime a core, tokio's multi-thread (requests/s)";
        line(what, &rate.to_string(), "1.6", Some(rate.middle >= 1.6));
        println!("    by processor: {cpu}");
    }

    fn in_process(&self) {
        nearest(self.events, &self.file, 450.0);
        for (what, name, most) in [("near 10", "near10", 14_500.0), ("get", "get", 11_000.0)] {
            let count = instructions(name, &self.file);
            let verdict = count.map(|count| count <= most);
            let count = count.map_or("no valgrind".to_owned(), |count| format!("{count:.0}"));
            line(&format!("instructions a request in process, {what}"), &count, &most.to_string(), verdict);
        }
    }

    /// What stands beside the events: what they are found by, and all else.
    pub(crate) fn size(&self) {
        let image = Image::open(&self.file).expect("a snapshot");
        let bytes = |content: Content| {
            let sections = image.sections().filter(|section| section.content == content);
            sections.map(|section| section.bytes).sum::<u64>() as f64
        };
        let share = bytes(Content::Index) / bytes(Content::Events) * 100.0;
        line("indexes and columns beside the encoded events, %", &format!("{share:.1}"), "15", Some(share <= 15.0));
        let all = image.size() as f64 / bytes(Content::Events) * 100.0 - 100.0;
        println!("    {all:.1} with encoded places, actors and handovers, checksums and the summary");
    }

    /// From starting the process to its first answer, to another question each time.
    pub(crate) fn start(&self) {
        const TIMES: usize = 9;
        let Load { path, requests, expected: Expected::Answers(answers) } = self.load(Ask::Near(10), 2 * TIMES) else {
            return;
        };
        let mut questions = requests.into_iter().zip(answers).map(|(request, answer)| {
            Rc::new(Load { path, requests: vec![request], expected: Expected::Answers(vec![answer]) })
        });
        for (what, warm, most) in [("cold", false, 100.0), ("warm", true, 20.0)] {
            let mut millis = vec![];
            let mut resident = 0;
            for question in questions.by_ref().take(TIMES) {
                if !warm {
                    let from = format!("if={}", self.file.display());
                    let _ = Command::new("dd").args([&from, "iflag=nocache", "count=0", "status=none"]).status();
                }
                let began = Instant::now();
                let server = Server::ours(&self.file);
                let (own, mapped) = server.resident();
                resident = own + mapped;
                let outcome = Driver::to(server.port).each(&question);
                millis.push(began.elapsed().as_secs_f64() * 1e3);
                assert!(outcome.wrong.is_empty(), "{:?}", outcome.wrong);
            }
            millis.sort_by(f64::total_cmp);
            let figure = format!("{:.0} [{:.0}..{:.0}]", millis[TIMES / 2], millis[0], millis[TIMES - 1]);
            line(
                &format!("start to first answer, page cache {what}, ms"),
                &figure,
                &most.to_string(),
                Some(millis[TIMES / 2] <= most),
            );
            if warm {
                let mib = resident as f64 / 1024.0;
                line("resident before the first question, MiB", &format!("{mib:.0}"), "64", Some(mib <= 64.0));
            }
        }
    }
}

/// A figure to reach, where one is set.
pub(crate) type Target = Option<f64>;

/// A line of a comparison.
pub(crate) fn compared(what: &str, compared: Compared, target: Target) {
    chart::add(what, compared, target);
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
