//! The store over images: seeds and snapshots are the same bytes, asked by the same code.

mod changes;
mod claims;
mod count;
mod dimension;
mod entities;
mod facts;
mod filter;
mod lists;
mod names;
mod near;
mod revisions;
mod view;

pub use changes::Difference;
pub use revisions::{ImageStore, Keep};
pub use view::{ImageView, Plan};
