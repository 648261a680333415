//! Compiles the contract without protoc: protox makes the descriptor set, prost the messages, tonic the client.
//!
//! protox's own bytes are kept for reflection and the checker: they hold the comments and the custom options, which a
//! round trip through prost's types would lose.

use std::{env, fs, path::PathBuf, process::Command};

use protox::Compiler;

const PROTOS: [&str; 3] =
    ["dossier/v1/fact_service.proto", "dossier/seed/v1/record.proto", "dossier/admin/v1/admin_service.proto"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed=build.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);

    // All files with source info and imports; the `errors.proto` that nothing imports is named beside the services.
    let mut compiler = Compiler::new(["proto"])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(PROTOS)?.open_file("dossier/v1/errors.proto")?;
    fs::write(out.join("descriptors.bin"), compiler.encode_file_descriptor_set())?;

    let mut config = prost_build::Config::new();
    // Answers are made of stored bytes; `Bytes` fields would only cost reference counts.
    config.enable_type_names();
    // Facts are answered by a service of our own; what operators call is no hot path, and takes the generated one.
    let (admin, others) = (compiler.file_descriptor_set(), compiler.file_descriptor_set());
    let is_admin = |file: &prost_types::FileDescriptorProto| file.package() == ADMIN;
    tonic_prost_build::configure()
        .build_server(false)
        .compile_fds_with_config(only(others, |file| !is_admin(file)), config)?;
    let mut config = prost_build::Config::new();
    config.extern_path(".dossier.v1", "crate::pb::dossier::v1");
    let apart = out.join("admin");
    fs::create_dir_all(&apart)?;
    let admin = only(admin, |file| is_admin(file) || file.service.is_empty());
    tonic_prost_build::configure().out_dir(apart).compile_fds_with_config(admin, config)?;

    commit();
    Ok(())
}

/// The package of what operators call.
const ADMIN: &str = "dossier.admin.v1";

/// The files of a set that are wanted.
fn only(
    mut set: prost_types::FileDescriptorSet,
    wanted: impl Fn(&prost_types::FileDescriptorProto) -> bool,
) -> prost_types::FileDescriptorSet {
    set.file.retain(wanted);
    set
}

/// The commit for `--version`: from the environment where there is no repository (a container build), else from git.
fn commit() {
    println!("cargo:rerun-if-env-changed=DOSSIER_COMMIT");
    let from_git = || {
        let output = Command::new("git").args(["rev-parse", "--short=12", "HEAD"]).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let commit = env::var("DOSSIER_COMMIT").ok().filter(|value| !value.is_empty()).or_else(from_git);
    println!("cargo:rustc-env=DOSSIER_COMMIT={}", commit.unwrap_or_default());
    if let Ok(head) = fs::read_to_string(".git/HEAD") {
        println!("cargo:rerun-if-changed=.git/HEAD");
        if let Some(reference) = head.strip_prefix("ref: ") {
            println!("cargo:rerun-if-changed=.git/{}", reference.trim());
        }
    }
}
