//! The generated code of the contract, and its descriptors.

#![allow(
    missing_docs,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated code"
)]

/// `google.type`, `google.api`.
pub mod google {
    /// `google.type`.
    pub mod r#type {
        tonic::include_proto!("google.r#type");
    }
    /// `google.api`.
    pub mod api {
        tonic::include_proto!("google.api");
    }
}

/// `dossier`.
pub mod dossier {
    /// `dossier.v1`: the contract.
    pub mod v1 {
        tonic::include_proto!("dossier.v1");
    }
    /// `dossier.seed.v1`: the format of fact files.
    pub mod seed {
        /// `dossier.seed.v1`.
        pub mod v1 {
            tonic::include_proto!("dossier.seed.v1");
        }
    }
}

pub use dossier::seed::v1 as seed;
pub use dossier::v1::*;
pub use google::r#type::LatLng;

/// The descriptors of everything, with comments and custom options, as protox encoded them.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// The same, ready for reflection on messages: the checker, read masks and the generated documentation use it.
pub fn pool() -> &'static prost_reflect::DescriptorPool {
    static POOL: std::sync::LazyLock<prost_reflect::DescriptorPool> =
        std::sync::LazyLock::new(|| prost_reflect::DescriptorPool::decode(DESCRIPTORS).unwrap_or_default());
    &POOL
}
