//! A file that takes the place of another only when it is whole.
//!
//! It is written beside its target as `.NAME.tmp`, synced, and renamed. Whoever is killed meanwhile leaves the old file as it
//! was, and that one temporary, which the next run for the same target takes over. A lock keeps two runs apart.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

/// A file to be written and then put in the place of another.
#[derive(Debug)]
pub struct Replacement {
    file: File,
    target: PathBuf,
    temporary: PathBuf,
    done: bool,
}

impl Replacement {
    /// Begins a file that is to be `target`.
    ///
    /// # Errors
    /// Where nothing can be written there, or another run writes the same file.
    pub fn new(target: &Path) -> io::Result<Replacement> {
        let name = target.file_name().ok_or_else(|| io::Error::other("it names no file"))?;
        let temporary = target.with_file_name(format!(".{}.tmp", name.to_string_lossy()));
        loop {
            let file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&temporary)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    return Err(io::Error::new(io::ErrorKind::ResourceBusy, "another run is writing it"));
                }
                Err(TryLockError::Error(error)) => return Err(error),
            }
            // The run that held the lock may have renamed the file away since it was opened: then it is no longer ours.
            if same_file(&file, &temporary)? {
                file.set_len(0)?;
                return Ok(Replacement { file, target: target.to_owned(), temporary, done: false });
            }
        }
    }

    /// Syncs the file and puts it in its place.
    pub fn commit(mut self) -> io::Result<()> {
        self.file.sync_all()?;
        std::fs::rename(&self.temporary, &self.target)?;
        self.done = true;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        // The new name lasts only once its folder is synced.
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

fn same_file(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((held.dev(), held.ino()) == (there.dev(), there.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Replacement {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Replacement {
    fn drop(&mut self) {
        if !self.done {
            // What cannot be removed is taken over by the next run.
            std::fs::remove_file(&self.temporary).ok();
        }
    }
}
