//! Ten times as many events. Their snapshot takes a quarter of an hour, 12 GB of memory and 11 GB of disk, which it gives back: `DOSSIER_BENCH_LARGE=0` leaves them out.

use std::{env, fs};

use crate::{
    ask::Ask,
    made_up::World,
    pairs::{Compared, compare},
    snapshot,
    table::{self, REQUESTS, Table, line},
};

/// Prints the lines.
pub(crate) fn lines(table: &Table) {
    if env::var("DOSSIER_BENCH_LARGE").is_ok_and(|value| value == "0") {
        println!("    ten times as many events are left out");
        return;
    }
    let events = 10 * table.events;
    let file = snapshot::of(events);
    println!("    of {events} events:");
    let large = Table { events, pairs: table.pairs, file: file.clone(), world: World::of(events) };
    let (many, few) = (beside_fixed(&large), beside_fixed(table));
    let kept = many.cpu.middle / few.cpu.middle;
    let what = format!("near 10 of {events} against {}, both to (a)", table.events);
    line(&what, &format!("{kept:.2}"), "0.95", Some(kept >= 0.95));
    println!("    {} beside {}; {:.1} us of processor beside {:.1}", many.cpu, few.cpu, many.ours, few.ours);
    table::nearest(events, &file, 500.0);
    large.size();
    large.start();
    if env::var_os("DOSSIER_BENCH_KEEP").is_none() {
        let _ = fs::remove_file(file);
    }
}

/// The nearest ten beside the same bytes every time.
fn beside_fixed(table: &Table) -> Compared {
    let (near, bytes) = table.ours(Ask::Near(10), REQUESTS);
    let fixed = table.bare("/bare.Bare/Fixed", Ask::Near(10), bytes, REQUESTS);
    compare(&near, &fixed, table.pairs)
}
