//! The server with stand-ins for the facts: what the layers do when calls are slow, panic, or are too many.

mod bounds;
mod calls;
mod connections;
mod http;
mod metrics;
mod overload;
mod stand_in;
