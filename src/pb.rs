//! The generated code of the contract, and its descriptors.

#![allow(
    missing_docs,
    unused_qualifications,
    clippy::all,
    clippy::pedantic,
    clippy::clone_on_ref_ptr,
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
    /// `dossier.admin.v1`: what operators call.
    pub mod admin {
        /// `dossier.admin.v1`.
        pub mod v1 {
            include!(concat!(env!("OUT_DIR"), "/admin/dossier.admin.v1.rs"));
        }
    }
    /// `dossier.seed.v1`: the format of fact files.
    pub mod seed {
        /// `dossier.seed.v1`.
        pub mod v1 {
            tonic::include_proto!("dossier.seed.v1");
        }
    }
}

pub use dossier::admin::v1 as admin;
pub use dossier::seed::v1 as seed;
pub use dossier::v1::*;
pub use google::r#type::LatLng;

/// The descriptors of everything, with comments and custom options, as protox encoded them.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));

/// This program.
pub fn build() -> Build {
    Build {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: env!("DOSSIER_COMMIT").to_owned(),
        contract: "dossier.v1".to_owned(),
    }
}

/// The same, ready for reflection on messages: the checker, read masks and the generated documentation use it.
pub fn pool() -> &'static prost_reflect::DescriptorPool {
    static POOL: std::sync::LazyLock<prost_reflect::DescriptorPool> =
        std::sync::LazyLock::new(|| prost_reflect::DescriptorPool::decode(DESCRIPTORS).unwrap_or_default());
    &POOL
}
