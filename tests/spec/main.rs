//! The specification of dossier, as tests: one binary, one module a subject.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::string_slice,
    clippy::unnecessary_wraps,
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
// dossier import: data sets of others.
mod import;
// Made-up data sets.
mod generate;
// The store against brute force.
mod store;
// `dossier serve` as a process: its first line, its exit codes, its signals, its log.
mod lifecycle;
// What the program says of its own use: help, and what is wrong with arguments.
mod command_line;
// `dossier build` and `inspect`, and snapshots as they are served, damaged, cut short.
mod snapshot;
// The port of operators.
mod admin;
// Loading anew while serving.
mod reload;
// WatchEvents.
mod watch;
// What the server can be told.
mod configuration;
// grpc.health.v1, and `dossier health`.
mod health;
// Calls as the wire has them: ids, deadlines, unknown methods, plain HTTP.
mod protocol;
// The built program as a process of its own, for the modules above.
mod support;
// What the service answers on the shipped facts.
mod answers;
// Exports: the stream, and the files.
mod exports;
// Rules that all calls share, on two data sets.
mod rules;
// dossier check, fmt and schema on the shipped facts.
mod checker;
// Mistakes in fact files, each told with its place and cure.
mod mutations;
