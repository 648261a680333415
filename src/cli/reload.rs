//! Loading anew while serving: on SIGHUP, and on a change of the files if that is asked for.
//!
//! The next revision is built aside, on a thread of its own, checked like the first one, and swapped in. What is refused leaves
//! the one that is served as it was: the log says why, and `GetDataset` which sort of reason it was.

use std::{
    future::pending,
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::{
    signal::unix::Signal,
    sync::{
        mpsc::{Receiver, channel},
        oneshot,
    },
    time::{sleep_until, timeout},
};

use super::data::{self, Refused};
use crate::{
    server::secrets::{Identity, Secrets, identity},
    store::{Store as _, View as _, engine::ImageStore},
};

/// Files that change are left alone until they have been quiet for so long: they may be half written.
const QUIET: Duration = Duration::from_secs(1);

/// They are loaded after so long even if they go on changing: then a load says what is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is loaded anew, and into what.
#[derive(Debug)]
pub(super) struct Reloads {
    pub(super) data: Vec<PathBuf>,
    pub(super) store: Arc<ImageStore>,
    /// What a hangup loads anew beside them.
    pub(super) secrets: Arc<Secrets>,
}

impl Reloads {
    /// Loads each time that it is told to; and lets revisions go that were replaced long enough ago. Never ends.
    pub(super) async fn run(
        self,
        mut hangups: Signal,
        mut asked: Receiver<oneshot::Sender<()>>,
        mut changes: Option<Changes>,
    ) {
        loop {
            let forget = self.store.forget();
            tokio::select! {
                told = hangups.recv() => match told {
                    Some(()) => {
                        self.secrets.look().await;
                        self.load("SIGHUP").await;
                    }
                    None => return pending().await,
                },
                Some(done) = asked.recv() => {
                    self.secrets.look().await;
                    self.load("an operator asked").await;
                    // Whoever asked may have left.
                    let _ = done.send(());
                }
                () = changed(&mut changes) => self.load("the files changed").await,
                () = until(forget) => {}
            }
        }
    }

    async fn load(&self, why: &'static str) {
        tracing::info!(why, "loading anew");
        let began = Instant::now();
        let loaded = data::view_aside(self.data.clone(), "loaded").await;
        let ms = began.elapsed().as_millis() as u64;
        match loaded {
            Ok(view) => {
                let (revision, events) = (view.revision().to_owned(), view.summary().dataset.event_count);
                let outcome = self.store.load(view).as_str_name();
                tracing::info!(outcome, revision, events, ms, "loaded anew");
            }
            Err(Refused { kind, reason }) => {
                #[expect(clippy::disallowed_methods, reason = "told by GetDataset, and decides nothing")]
                self.store.refused(SystemTime::now(), kind);
                let revision = self.store.current().revision().to_owned();
                let refusal = kind.as_str_name();
                tracing::error!(refusal, reason, revision, ms, "not loaded; what was served before still is");
            }
        }
    }
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at.into()).await,
        None => pending().await,
    }
}

async fn changed(changes: &mut Option<Changes>) {
    match changes {
        Some(changes) => changes.next().await,
        None => pending().await,
    }
}

/// News of files that changed.
#[derive(Debug)]
pub(super) struct Changes {
    data: Vec<PathBuf>,
    watcher: RecommendedWatcher,
    news: Receiver<()>,
    /// What the files were when they were last looked at.
    files: Vec<Option<Identity>>,
    /// Since when there has been news that nobody was told of: whoever waits may be called away.
    since: Option<Instant>,
}

impl Changes {
    /// Watches what is at these paths, and what will be.
    pub(super) fn of(data: &[PathBuf]) -> Result<Changes, String> {
        let (tell, news) = channel(1);
        let data: Vec<PathBuf> = data
            .iter()
            .map(std::path::absolute)
            .collect::<io::Result<_>>()
            .map_err(|error| format!("cannot tell where the data lies: {error}"))?;
        let watched = data.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.as_ref().map_or(true, |event| concerns(event, &watched)) {
                // One is enough: whoever is told looks at everything.
                let _ = tell.try_send(());
            }
        });
        let watcher = watcher.map_err(|error| format!("cannot watch files: {error}"))?;
        let files = data.iter().map(|path| identity(path)).collect();
        let mut changes = Changes { data, watcher, news, files, since: None };
        changes.watch().map_err(|error| format!("cannot watch files: {error}"))?;
        Ok(changes)
    }

    /// Watches anew: what was replaced is watched no longer.
    fn watch(&mut self) -> notify::Result<()> {
        let mut watched = Ok(());
        for path in &self.data {
            // A file is replaced by another of its name, and Kubernetes swaps a link beside it: the folder hears of both.
            let above = path.parent().unwrap_or(path);
            watched = watched.and(self.watcher.watch(above, RecursiveMode::NonRecursive));
            if path.is_dir() {
                watched = watched.and(self.watcher.watch(path, RecursiveMode::Recursive));
            }
        }
        watched
    }

    /// Waits for a change, and until the files are quiet again. What was heard is not lost if this is dropped.
    async fn next(&mut self) {
        loop {
            if self.since.is_none() && self.news.recv().await.is_none() {
                return pending().await;
            }
            let since = *self.since.get_or_insert_with(Instant::now);
            while since.elapsed() < PATIENCE && timeout(QUIET, self.news.recv()).await.is_ok_and(|news| news.is_some())
            {
            }
            self.since = None;
            if let Err(error) = self.watch() {
                tracing::warn!(%error, "cannot watch all of the data; SIGHUP loads it anew");
            }
            let files: Vec<_> = self.data.iter().map(|path| identity(path)).collect();
            // Of folders every change counts; a file must be another one, or written to: its folder may hold more.
            if files != self.files || self.data.iter().any(|path| path.is_dir()) {
                self.files = files;
                return;
            }
        }
    }
}

/// Whether an event may change what is loaded. Reading does not, or each load would bring the next.
fn concerns(event: &notify::Event, data: &[PathBuf]) -> bool {
    let changes = !matches!(event.kind, EventKind::Access(_) | EventKind::Other);
    let is_none = |path: &Path| is_aside(path) || data.iter().all(|data| data.is_dir() && !path.starts_with(data));
    changes && !event.paths.iter().all(|path| is_none(path))
}

/// Whether a file is none that anybody loads: hidden, an editor's own, a log. Kubernetes swaps a link that is named so.
fn is_aside(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let own = [".log", ".tmp", ".part", ".swp", "~"].iter().any(|end| name.ends_with(end));
    own || (name.starts_with('.') && name != "..data")
}
