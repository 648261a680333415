//! What answers cost, over a socket, beside what they cannot cost less than: `make bench` and `make bench-quick`.
//!
//! Without arguments it prints the table of `docs/performance.md`. Each line is a ratio of two servers that run at the same time
//! on one core, driven from another in short slices in turn: a noisy moment hits both alike. The other servers are this same
//! program, started anew with a first argument that says what to be.
//!
//! - `overload`, `peers`, `programs`, `large`: only the lines on more calls than can be answered, on what a user would pick instead,
//!   on import and build, on ten times as many
//! - `quick`: wrong answers among 100,000 events are an error; times are printed and never one
//! - `snapshot EVENTS FILE`: writes made-up events
//! - `facts EVENTS FILE`: writes as many as `.facts`, to measure `dossier build` by
//! - `serve KIND ...`: a server, until standard input ends
//! - `offer PORT RATE NUMBER EVENTS FILE`: a generator of calls, for `overload`
//! - `count ASK REQUESTS FILE`: answers in process, for callgrind to count
//! - `drive ASK SECONDS FILE`: a server under load, for a profiler to watch
//! - `beside ASK FILE`, `nearest EVENTS FILE`, `start FILE`, `runtimes FILE`, `layers FILE`: single lines of the table
//! - `versus PROGRAM ASK FILE`: this program's server and that of another build of it, in turn

#![expect(
    clippy::disallowed_methods,
    clippy::exit,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::string_slice,
    reason = "a bench stops at the first surprise and prints what it found"
)]

mod ask;
mod bare;
mod chart;
mod driver;
mod inside;
mod large;
#[path = "../made_up/mod.rs"]
mod made_up;
mod overload;
mod pairs;
#[path = "../peers/mod.rs"]
mod peers;
mod programs;
mod quick;
mod server;
mod snapshot;
mod table;
mod truth;

use std::{env, path::Path};

use ask::Ask;
use table::Table;

/// The server's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // cargo adds `--bench` for a harness to see.
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match args.as_slice() {
        [] => table::run(&[Table::own, overload::lines, programs::lines, large::lines, peers::lines]),
        ["overload"] => table::run(&[overload::lines]),
        ["large"] => table::run(&[large::lines]),
        ["programs"] => table::run(&[programs::lines]),
        ["peers"] => table::run(&[peers::lines]),
        ["quick"] => quick::run(),
        ["snapshot", events, file] => snapshot::write(number(events), Path::new(file)),
        ["facts", events, file] => snapshot::facts(number(events), Path::new(file)),
        ["serve", kind, rest @ ..] => server::be(kind, rest),
        ["offer", port, rate, generator, events, file] => {
            let rate = rate.parse().expect("a rate");
            overload::offer(number(port) as u16, rate, number(generator), number(events), Path::new(file));
        }
        ["count", ask, requests, file] => inside::count(ask, number(requests), Path::new(file)),
        ["drive", ask, seconds, file] => table::drive(Ask::named(ask), number(seconds), Path::new(file)),
        ["versus", program, ask, file] => table::versus(program, Ask::named(ask), Path::new(file)),
        ["nearest", events, file] => table::nearest(number(events), Path::new(file), 450.0),
        ["beside", ask, file] => table::beside(Ask::named(ask), Path::new(file)),
        ["start", file] => table::start(Path::new(file)),
        ["layers", file] => table::layers(Path::new(file)),
        ["runtimes", file] => table::runtimes(Path::new(file)),
        _ => panic!("no such argument: {args:?}"),
    }
}
