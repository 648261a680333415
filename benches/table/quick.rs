//! The quick run: wrong answers are errors, times are not.

use std::time::{Duration, Instant};

use crate::{
    made_up::World,
    pairs::Side,
    server::Server,
    snapshot,
    table::{self, load},
    truth,
};

const EVENTS: usize = 100_000;

/// Compares answers with what every event says, then the server's with those.
pub(crate) fn run() {
    let began = Instant::now();
    let file = table::folder().join("quick.dossier");
    snapshot::write(EVENTS, &file);
    println!("{EVENTS} made-up events written in {:.1} s", began.elapsed().as_secs_f64());
    truth::check(&file, EVENTS, 60);
    println!("180 answers are as every event says");
    let world = World::of(EVENTS);
    for (what, ask) in table::ASKS {
        let side = Side::new(Server::ours(&file), load(&file, &world, EVENTS, ask, 2_000));
        let (cpu, outcome) = side.ask(Duration::from_millis(700));
        println!("{what}: {} answers over the socket are right, {cpu:.1} us of processor each", outcome.right);
    }
    println!("bench-quick: every answer was right, after {:.0} s", began.elapsed().as_secs_f64());
}
