//! What the fuzz targets share: bytes read as choices, files in memory, the service without a server, snapshots to damage.

mod allocator;
pub mod bases;
mod choices;
pub mod files;
pub mod images;
pub mod imports;
pub mod questions;
pub mod service;

pub use choices::Choices;
