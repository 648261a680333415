//! dossier: sourced facts about a conflict, over gRPC.
//!
//! A fact goes one way: files → [`seed`] (parse, check) → [`model`] (what it means) → [`store`] (encoded bytes and indexes)
//! → [`api`] (answers) → [`server`] (sockets). A question is parsed at the edge into plain query types, answered by the
//! store with slices of bytes that already are what the caller receives, and gathered.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may stop at the first surprise"))]

pub mod api;
pub mod cli;
pub mod export;
pub mod facts;
pub mod import;
pub mod model;
pub mod pb;
pub mod seed;
pub mod server;
pub mod store;

/// Compiles the Rust of README.md.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
