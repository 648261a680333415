//! The store over images: seeds and snapshots are the same bytes, asked by the same code.

mod claims;
mod count;
mod dimension;
mod entities;
mod facts;
mod filter;
mod lists;
mod names;
mod near;
mod view;

use std::sync::Arc;

use arc_swap::ArcSwap;
pub use view::{ImageView, Plan};

use super::{Store, View as _};

/// How many older revisions stay served, so that their page tokens go on.
const OLDER: usize = 4;

/// Facts in images. Readers never wait: a load prepares the next revision aside and swaps it in.
#[derive(Debug)]
pub struct ImageStore {
    served: ArcSwap<Served>,
}

/// The revisions that are served.
#[derive(Debug)]
struct Served {
    current: Arc<ImageView>,
    /// Those before it, newest first.
    older: Vec<Arc<ImageView>>,
}

impl ImageStore {
    /// A store of one revision.
    pub fn new(view: ImageView) -> ImageStore {
        ImageStore { served: ArcSwap::from_pointee(Served { current: Arc::new(view), older: Vec::new() }) }
    }

    /// Swaps the next revision in; the one before stays served to its tokens. Nothing changes if it is the same.
    pub fn load(&self, next: ImageView) {
        if next.revision() == self.served.load().current.revision() {
            return;
        }
        let next = Arc::new(next);
        self.served.rcu(|served| {
            let before = std::iter::once(&served.current).chain(&served.older);
            let older = before.filter(|view| view.revision() != next.revision()).take(OLDER);
            Served { current: Arc::clone(&next), older: older.cloned().collect() }
        });
    }
}

impl Store for ImageStore {
    type View = ImageView;

    fn current(&self) -> Arc<ImageView> {
        Arc::clone(&self.served.load().current)
    }

    fn at(&self, revision: &str) -> Option<Arc<ImageView>> {
        let served = self.served.load();
        let mut all = std::iter::once(&served.current).chain(&served.older);
        all.find(|view| view.revision() == revision).cloned()
    }
}
