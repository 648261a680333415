//! The specification of dossier, as tests: one binary, one module a subject.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unwrap_used,
    clippy::use_debug,
    reason = "a test stops at the first surprise and says what it saw"
)]

// The code itself: who imports whom, sizes, headers, nothing wired to the seed.
mod house;
// The contract's comments and docs/api.md.
mod docs;
// What the shipped facts say.
mod facts;
// What callers explore with: grpcurl, buf.
mod peers;
// Tools that are not Rust, and the server as a process.
mod tools;
// README.md: its commands print what it shows.
mod readme;
// Made-up data sets.
mod generate;
// The store against brute force.
mod store;
