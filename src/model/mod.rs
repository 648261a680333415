//! What a fact is: names, days, spans, the sphere, and what follows from claims. Knows nothing of files, sockets or storage.

pub mod actors;
pub mod area;
pub mod claims;
pub mod dataset;
pub mod day;
pub mod derive;
pub mod encoded;
pub mod name;
pub mod places;
pub mod revision;
pub mod span;
pub mod sphere;
pub mod text;
