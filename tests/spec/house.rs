//! The house rules of docs/architecture: import directions, headers, sizes, and nothing that is wired to the seed data.
