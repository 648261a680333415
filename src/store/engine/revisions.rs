//! The revisions of an [`ImageStore`]: the one that is served, and those before it that are still asked for.

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::ImageView;
use crate::{
    pb::{ReloadOutcome, ReloadRefusal},
    store::{LastLoad, LoadCounts, Store, View as _},
};

/// How long revisions that were replaced stay served, and how many of them: so that page tokens, exports and watches go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// At most so many; those that were replaced last.
    pub most: usize,
    /// Each for so long after it was replaced.
    pub time: Duration,
}

impl Default for Keep {
    fn default() -> Keep {
        Keep { most: 4, time: Duration::from_secs(600) }
    }
}

/// Facts in images. Readers never wait: a load prepares the next revision aside and swaps it in.
#[derive(Debug)]
pub struct ImageStore {
    served: ArcSwap<Served>,
    keep: Keep,
    last: watch::Sender<LastLoad>,
}

/// The revisions that are served.
#[derive(Debug, Clone)]
struct Served {
    current: Arc<ImageView>,
    /// Those before it, the last replaced first.
    older: Vec<Older>,
}

/// A revision that was replaced.
#[derive(Debug, Clone)]
struct Older {
    view: Arc<ImageView>,
    replaced: Instant,
}

impl ImageStore {
    /// A store of one revision, that keeps those before it as is usual.
    pub fn new(view: ImageView) -> ImageStore {
        ImageStore::keeping(view, Keep::default())
    }

    /// A store of one revision.
    pub fn keeping(view: ImageView, keep: Keep) -> ImageStore {
        let time = view.summary().load_time;
        let (outcome, refusal) = (ReloadOutcome::Loaded, ReloadRefusal::Unspecified);
        let last = LastLoad { time, outcome, refusal, counts: LoadCounts::default() };
        let served = Served { current: Arc::new(view), older: vec![] };
        ImageStore { served: ArcSwap::from_pointee(served), keep, last: watch::Sender::new(last) }
    }

    /// Swaps the next revision in; the one before stays served for a while. One that holds the same facts takes the place of
    /// that which is served: its bytes may be whole where those were damaged.
    pub fn load(&self, next: ImageView) -> ReloadOutcome {
        let time = next.summary().load_time;
        let now = Instant::now();
        let next = Arc::new(next);
        let before = self.served.rcu(|served| {
            let kept = served.older.iter().filter(|older| older.view.revision() != next.revision()).cloned();
            let older = if served.current.revision() == next.revision() {
                kept.collect()
            } else {
                let replaced = Older { view: Arc::clone(&served.current), replaced: now };
                std::iter::once(replaced).chain(kept).take(self.keep.most).collect()
            };
            Served { current: Arc::clone(&next), older }
        });
        let unchanged = before.current.revision() == next.revision();
        let outcome = if unchanged { ReloadOutcome::Unchanged } else { ReloadOutcome::Loaded };
        self.note(time, outcome, ReloadRefusal::Unspecified);
        outcome
    }

    /// Notes that a load was tried at a time and refused: what was served still is.
    pub fn refused(&self, time: SystemTime, refusal: ReloadRefusal) {
        self.note(time, ReloadOutcome::Refused, refusal);
    }

    fn note(&self, time: SystemTime, outcome: ReloadOutcome, refusal: ReloadRefusal) {
        self.last.send_modify(|last| {
            let counts = &mut last.counts;
            match outcome {
                ReloadOutcome::Unchanged => counts.unchanged += 1,
                ReloadOutcome::Refused => counts.refused += 1,
                ReloadOutcome::Loaded | ReloadOutcome::Unspecified => counts.loaded += 1,
            }
            (last.time, last.outcome, last.refusal) = (time, outcome, refusal);
        });
    }

    /// Lets revisions go that have been kept long enough. Answers when the next one will have been.
    pub fn forget(&self) -> Option<Instant> {
        let now = Instant::now();
        if self.served.load().older.iter().any(|older| !self.keeps(older, now)) {
            self.served.rcu(|served| {
                let mut served = Served::clone(served);
                served.older.retain(|older| self.keeps(older, now));
                served
            });
        }
        self.served.load().older.iter().filter_map(|older| older.replaced.checked_add(self.keep.time)).min()
    }

    fn keeps(&self, older: &Older, now: Instant) -> bool {
        now.duration_since(older.replaced) < self.keep.time
    }
}

impl Store for ImageStore {
    type View = ImageView;

    fn current(&self) -> Arc<ImageView> {
        Arc::clone(&self.served.load().current)
    }

    fn at(&self, revision: &str) -> Option<Arc<ImageView>> {
        let served = self.served.load();
        if served.current.revision() == revision {
            return Some(Arc::clone(&served.current));
        }
        let older = served.older.iter().find(|older| older.view.revision() == revision)?;
        self.keeps(older, Instant::now()).then(|| Arc::clone(&older.view))
    }

    fn loads(&self) -> watch::Receiver<LastLoad> {
        self.last.subscribe()
    }
}
