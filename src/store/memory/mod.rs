//! The in-memory store: a data set derived at load, encoded once, indexed by columns and bitmaps.

mod build;
mod columns;
mod count;
mod entities;
mod filter;
mod lexicon;
mod lists;
mod near;
mod postings;
mod view;
mod words;

use std::{sync::Arc, time::SystemTime};

use arc_swap::ArcSwap;
pub use view::MemoryView;

use super::{Store, View as _};
use crate::model::derive::Derived;

/// How many older revisions stay served, so that their page tokens go on.
const OLDER: usize = 4;

/// Facts in memory. Readers never wait: a load builds the next revision aside and swaps it in.
#[derive(Debug)]
pub struct MemoryStore {
    served: ArcSwap<Served>,
}

/// The revisions that are served.
#[derive(Debug)]
struct Served {
    current: Arc<MemoryView>,
    /// Those before it, newest first.
    older: Vec<Arc<MemoryView>>,
}

impl MemoryStore {
    /// A store of one revision, loaded at a time.
    pub fn new(derived: &Derived, load_time: SystemTime) -> MemoryStore {
        let current = Arc::new(MemoryView::build(derived, load_time));
        MemoryStore { served: ArcSwap::from_pointee(Served { current, older: Vec::new() }) }
    }

    /// Swaps the next revision in; the one before stays served to its tokens. Nothing changes if it is the same.
    pub fn load(&self, derived: &Derived, load_time: SystemTime) {
        if derived.revision == self.served.load().current.revision() {
            return;
        }
        let next = Arc::new(MemoryView::build(derived, load_time));
        self.served.rcu(|served| {
            let before = std::iter::once(&served.current).chain(&served.older);
            let older = before.filter(|view| view.revision() != next.revision()).take(OLDER);
            Served { current: Arc::clone(&next), older: older.cloned().collect() }
        });
    }
}

impl Store for MemoryStore {
    type View = MemoryView;

    fn current(&self) -> Arc<MemoryView> {
        Arc::clone(&self.served.load().current)
    }

    fn at(&self, revision: &str) -> Option<Arc<MemoryView>> {
        let served = self.served.load();
        let mut all = std::iter::once(&served.current).chain(&served.older);
        all.find(|view| view.revision() == revision).cloned()
    }
}
