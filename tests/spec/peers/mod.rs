//! Tools that callers explore with, against the shipped facts: grpcurl and buf. Clients in other languages are in
//! tests/peers/.

mod breaking;
mod buf;
mod grpcurl;
