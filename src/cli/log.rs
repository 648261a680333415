//! The log, on standard error: text on a terminal, one JSON object a line otherwise.

use std::{
    env,
    io::{self, IsTerminal as _},
    panic,
};

use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::{EnvFilter, fmt};

/// Filters of the log, the first that is set counts.
const FILTERS: [&str; 2] = ["DOSSIER_LOG", "RUST_LOG"];

/// What is logged without a filter: calls, starts and stops; of libraries, what goes wrong.
const DEFAULT: &str = "warn,dossier=info";

/// Lines that wait to be written; what comes beyond is lost, and calls go on.
const WAITING: usize = 8192;

/// Starts the log, which lasts as long as what is returned. Fails if the filter in the environment is none.
pub(super) fn start() -> Result<WorkerGuard, String> {
    let set =
        FILTERS.iter().find_map(|name| env::var(name).ok().filter(|filter| !filter.is_empty()).map(|f| (name, f)));
    let filter = match set {
        Some((name, filter)) => EnvFilter::try_new(&filter)
            .map_err(|error| format!("{name} is no filter ({error}); write a level, such as info or dossier=debug"))?,
        None => EnvFilter::new(DEFAULT),
    };
    // Written by a thread of its own: a pipe that nobody empties must not stop who answers calls. A closed standard error must not
    // end the server either: what cannot be logged is lost.
    let writer = NonBlockingBuilder::default().buffered_lines_limit(WAITING).thread_name("dossier-log");
    let (writer, guard) = writer.finish(io::stderr());
    let log = fmt().with_env_filter(filter).with_writer(writer).log_internal_errors(false);
    if io::stderr().is_terminal() {
        let colours = env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        log.with_ansi(colours).with_target(false).init();
    } else {
        log.json().flatten_event(true).with_target(false).init();
    }
    // A panic is a line like any other, so that whoever collects the log can read it.
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let text = info.payload_as_str().unwrap_or("not a text");
        tracing::error!(place, text, "panic");
    }));
    Ok(guard)
}
