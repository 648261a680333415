//! The derivation's specification: tables for each rule, and random data against a naive model.

mod camps;
mod corroboration;
mod disputes;
mod events;
mod fixture;
mod known;
mod naive;
mod random;
