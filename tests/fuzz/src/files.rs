//! Files of one input: in the folder that TMPDIR names, which `run` lays into memory, or without a name.

use std::{
    fs::{self, File},
    os::fd::AsRawFd as _,
    path::{Path, PathBuf},
};

/// A folder of this process's own, empty.
pub fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("dossier-fuzz-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder for the files of an input");
    folder
}

/// The root of the repository, where the fixtures lie.
pub fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// A file without a name, and a path by which it can be opened all the same.
pub struct Unnamed {
    /// The file.
    pub file: File,
    /// What opens it.
    pub path: PathBuf,
}

impl Unnamed {
    /// An empty file.
    pub fn new() -> Unnamed {
        let file = tempfile::tempfile().expect("a file for an input");
        let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
        Unnamed { file, path }
    }
}

impl Default for Unnamed {
    fn default() -> Unnamed {
        Unnamed::new()
    }
}
