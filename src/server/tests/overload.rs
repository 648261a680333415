//! More calls than can be answered: those that are let in are answered soon, the others are told at once when to come again.

use std::{
    collections::BTreeMap,
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::{sync::mpsc, time::interval};
use tonic::Code;
use tonic_types::StatusExt as _;

use super::stand_in::{ANSWERS, Running, TAKES_20_MS, call};
use crate::server::Config;

/// Calls at once, of 20 ms each: 400 a second.
const PLACES: usize = 8;

/// Calls that come a second, whatever becomes of those before.
const OFFERED: u64 = 4000;

const LASTS: Duration = Duration::from_secs(20);

/// The longest that a call may wait for its place.
const QUEUE: Duration = Duration::from_millis(100);

/// What the machine may add, with other tests beside.
const NOISE: Duration = Duration::from_millis(500);

const CONNECTIONS: usize = 64;

/// What became of a call: its code, whether it was told when to come again, and how long that took.
type Outcome = (Code, bool, Duration);

/// Memory of this process that no file backs, in MiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) >> 10
}

/// Offers calls at a steady rate, and tells what became of each.
async fn offer(server: &Arc<Running>) -> Vec<Outcome> {
    let mut connections = vec![];
    for _ in 0..CONNECTIONS {
        connections.push(server.connect().await);
    }
    let (tell, mut told) = mpsc::unbounded_channel();
    let (began, mut sent, mut tick) = (Instant::now(), 0, interval(Duration::from_millis(1)));
    while began.elapsed() < LASTS {
        tick.tick().await;
        let due = (began.elapsed().as_secs_f64() * OFFERED as f64) as u64;
        for number in sent..due {
            let (connection, tell) = (connections[number as usize % CONNECTIONS].clone(), tell.clone());
            tokio::spawn(async move {
                let began = Instant::now();
                let outcome = match call(connection, TAKES_20_MS, None).await {
                    Ok(_) => (Code::Ok, false),
                    Err(status) => (status.code(), status.get_details_retry_info().is_some()),
                };
                tell.send((outcome.0, outcome.1, began.elapsed())).unwrap();
            });
        }
        sent = due;
    }
    drop(tell);
    let mut outcomes = vec![];
    while let Some(outcome) = told.recv().await {
        outcomes.push(outcome);
    }
    assert_eq!(outcomes.len() as u64, sent, "every call has an end");
    outcomes
}

fn percentile(sorted: &[Duration], share: f64) -> Duration {
    sorted[((sorted.len() - 1) as f64 * share) as usize]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_times_what_can_be_answered_is_sent_away_and_the_rest_answered_soon() {
    let config = Config { max_calls: PLACES, max_queue_time: QUEUE, ..Config::default() };
    let server = Arc::new(Running::start(config).await);
    let before = memory();
    let outcomes = offer(&server).await;
    let grown = memory().saturating_sub(before);

    let mut by_code: BTreeMap<i32, Vec<Duration>> = BTreeMap::new();
    for (code, has_time, took) in &outcomes {
        assert_eq!(*has_time, *code == Code::ResourceExhausted, "a refusal says when to come again: {code:?}");
        by_code.entry(i32::from(*code)).or_default().push(*took);
    }
    for (code, took) in &mut by_code {
        took.sort();
        let [half, most, longest] = [0.5, 0.99, 1.0].map(|share| percentile(took, share).as_secs_f64() * 1e3);
        println!(
            "{:?}: {} calls, p50 {half:.1} ms, p99 {most:.1} ms, at most {longest:.1} ms",
            Code::from(*code),
            took.len()
        );
    }
    println!("memory grew by {grown} MiB");
    let codes: Vec<_> = by_code.keys().copied().collect();
    assert_eq!(codes, [i32::from(Code::Ok), i32::from(Code::ResourceExhausted)]);
    let admitted = &by_code[&i32::from(Code::Ok)];
    // 400 a second, less what a busy machine takes: the places are used while others are sent away.
    assert!(admitted.len() > 2000, "{}", admitted.len());
    let longest = percentile(admitted, 1.0);
    assert!(longest < Duration::from_millis(20) + QUEUE + NOISE, "{longest:?}");
    assert!(grown < 256, "{grown} MiB");

    tokio::time::sleep(Duration::from_secs(2)).await;
    for _ in 0..PLACES {
        server.call(ANSWERS, None).await.unwrap();
        server.call(TAKES_20_MS, None).await.unwrap();
    }
    Arc::into_inner(server).unwrap().stop().await;
}
