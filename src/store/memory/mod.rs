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

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use arc_swap::ArcSwap;
pub use view::MemoryView;

use super::{Store, View as _};
use crate::model::derive::Derived;

/// How many older revisions stay served, so that their page tokens go on.
const OLDER: usize = 4;

/// Facts in memory. Readers never wait: a load builds the next revision aside and swaps it in.
#[derive(Debug)]
pub struct MemoryStore {
    current: ArcSwap<MemoryView>,
    older: Mutex<VecDeque<Arc<MemoryView>>>,
}

impl MemoryStore {
    /// A store of one revision, loaded at a time.
    pub fn new(derived: &Derived, load_time: SystemTime) -> MemoryStore {
        MemoryStore {
            current: ArcSwap::from_pointee(MemoryView::build(derived, load_time)),
            older: Mutex::new(VecDeque::new()),
        }
    }

    /// Swaps the next revision in; the one before stays served to its tokens. Nothing changes if it is the same.
    pub fn load(&self, derived: &Derived, load_time: SystemTime) {
        if derived.revision == self.current.load().revision() {
            return;
        }
        let next = Arc::new(MemoryView::build(derived, load_time));
        let mut older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        older.retain(|view| view.revision() != next.revision());
        older.push_front(self.current.swap(next));
        older.truncate(OLDER);
    }
}

impl Store for MemoryStore {
    type View = MemoryView;

    fn current(&self) -> Arc<MemoryView> {
        self.current.load_full()
    }

    fn at(&self, revision: &str) -> Option<Arc<MemoryView>> {
        let current = self.current();
        if current.revision() == revision {
            return Some(current);
        }
        let older = self.older.lock().unwrap_or_else(PoisonError::into_inner);
        older.iter().find(|view| view.revision() == revision).cloned()
    }
}
