//! Work that may wait for a disk, on a thread of its own: a runtime that answers others must not.

use std::io;

use tokio::sync::oneshot;

/// Why there is nothing to show for it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// It was not begun.
    #[error("the system gives no thread: {0}")]
    NoThread(#[from] io::Error),
    /// What was thrown stands in the log already.
    #[error("a panic")]
    Panicked,
}

/// Does it. Whoever no longer waits does not stop it.
pub(crate) async fn run<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> Result<T, Failed> {
    let (tell, done) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned());
    let started = thread.spawn(move || {
        // Nobody waits any more when the server ends.
        let _ = tell.send(work());
    });
    started?;
    done.await.map_err(|_| Failed::Panicked)
}
