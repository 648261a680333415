//! What is read of files that change while the server runs: certificates, keys, those who may call. They are looked at every few
//! seconds, so that whoever rotates them need not tell anybody; what cannot be read leaves what was read before.

use std::{
    convert::Infallible,
    fmt, fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use arc_swap::{ArcSwap, Guard};

use super::aside;

/// How often files are looked at.
const EVERY: Duration = Duration::from_secs(5);

/// A longer file is none of these.
const LONGEST: u64 = 16 << 20;

/// What tells a file from another one at the same path: device, inode, length, and when it was last written.
pub(crate) type Identity = (u64, u64, u64, i64, i64);

/// What tells the file at a path from others, if there is one.
pub(crate) fn identity(path: &Path) -> Option<Identity> {
    let found = fs::metadata(path).ok()?;
    Some((found.dev(), found.ino(), found.len(), found.mtime(), found.mtime_nsec()))
}

/// The text of a file; or why there is none, with its path.
pub(crate) fn text(path: &Path) -> Result<String, String> {
    let told = |what: &dyn fmt::Display| format!("{}: {what}", path.display());
    match fs::metadata(path) {
        Ok(found) if !found.is_file() => return Err(told(&"no file that can be read to its end")),
        Ok(found) if found.len() > LONGEST => return Err(told(&"longer than 16 MiB, which none of these files is")),
        Ok(_) | Err(_) => {}
    }
    fs::read_to_string(path).map_err(|error| told(&error))
}

/// Something that is read of files.
pub trait Kept: Send + Sync {
    /// The files.
    fn files(&self) -> Vec<PathBuf>;
    /// Reads them, and takes over what they say; or says what is wrong with them.
    fn load(&self) -> Result<(), String>;
}

/// What one file says.
pub struct Secret<T> {
    path: PathBuf,
    read: fn(&str) -> Result<T, String>,
    now: ArcSwap<T>,
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret").field("path", &self.path).finish_non_exhaustive()
    }
}

impl<T> Secret<T> {
    /// Reads a file.
    pub fn of(path: PathBuf, read: fn(&str) -> Result<T, String>) -> Result<Secret<T>, String> {
        let now = ArcSwap::from_pointee(reading(&path, read)?);
        Ok(Secret { path, read, now })
    }

    /// What it says now.
    pub fn now(&self) -> Guard<Arc<T>> {
        self.now.load()
    }
}

fn reading<T>(path: &Path, read: fn(&str) -> Result<T, String>) -> Result<T, String> {
    read(&text(path)?).map_err(|problems| {
        let problems: Vec<_> = problems.lines().map(|problem| format!("{}: {problem}", path.display())).collect();
        problems.join("\n")
    })
}

impl<T: Send + Sync> Kept for Secret<T> {
    fn files(&self) -> Vec<PathBuf> {
        vec![self.path.clone()]
    }

    fn load(&self) -> Result<(), String> {
        self.now.store(Arc::new(reading(&self.path, self.read)?));
        Ok(())
    }
}

/// What was last seen of something that is kept.
#[derive(Debug, Default)]
struct Seen {
    files: Vec<Option<Identity>>,
    /// Why it could not be loaded then: so it is tried again, for that may have been no fault of the files.
    refused: Option<String>,
}

/// All that is kept, and what came of loading it.
#[derive(Default)]
pub struct Secrets {
    kept: Vec<Arc<dyn Kept>>,
    seen: Mutex<Vec<Seen>>,
    loaded: AtomicU64,
    refused: AtomicU64,
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("loaded", &self.loaded).field("refused", &self.refused).finish_non_exhaustive()
    }
}

impl Secrets {
    /// What was just loaded.
    pub fn new(kept: Vec<Arc<dyn Kept>>) -> Secrets {
        let seen = kept.iter().map(|kept| Seen { files: look(&**kept), refused: None }).collect();
        Secrets { kept, seen: Mutex::new(seen), ..Secrets::default() }
    }

    /// Loads what has changed since.
    fn load_changed(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for (kept, seen) in self.kept.iter().zip(seen.iter_mut()) {
            // Looked at before it is read: what changes meanwhile is seen the next time.
            let found = look(&**kept);
            if found != seen.files || seen.refused.is_some() {
                seen.files = found;
                self.load(&**kept, &mut seen.refused);
            }
        }
    }

    fn load(&self, kept: &dyn Kept, refused: &mut Option<String>) {
        let files: Vec<_> = kept.files().iter().map(|file| file.display().to_string()).collect();
        let files = files.join(" ");
        match kept.load() {
            Ok(()) => {
                *refused = None;
                self.loaded.fetch_add(1, Relaxed);
                tracing::info!(files, "loaded anew");
            }
            // Told once, however often it is tried.
            Err(reason) if refused.as_ref() == Some(&reason) => {}
            Err(reason) => {
                self.refused.fetch_add(1, Relaxed);
                tracing::error!(files, reason, "not loaded; what was said before still holds");
                *refused = Some(reason);
            }
        }
    }

    /// Loads what has changed since, aside: what lies on a network may not answer.
    pub(crate) async fn look(self: &Arc<Secrets>) {
        let this = Arc::clone(self);
        if let Err(error) = aside::run("dossier-secrets", move || this.load_changed()).await {
            tracing::error!(%error, "cannot look at files that may have changed; trying again");
        }
    }

    /// Loads what changes, for ever.
    pub(super) async fn keep(self: Arc<Secrets>) -> Infallible {
        loop {
            tokio::time::sleep(EVERY).await;
            self.look().await;
        }
    }

    /// Counts what is kept of an address.
    pub(super) fn count(&self, loaded: bool) {
        let count = if loaded { &self.loaded } else { &self.refused };
        count.fetch_add(1, Relaxed);
    }

    /// How often something was loaded anew, and how often it was refused.
    pub(super) fn counts(&self) -> [u64; 2] {
        [&self.loaded, &self.refused].map(|count| count.load(Relaxed))
    }
}

fn look(kept: &dyn Kept) -> Vec<Option<Identity>> {
    kept.files().iter().map(|file| identity(file)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u32, String> {
        text.trim().parse().map_err(|error| format!("no number: {error}"))
    }

    #[test]
    fn what_changes_is_loaded_once_and_what_is_broken_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("number");
        fs::write(&path, "1").unwrap();
        let secret = Arc::new(Secret::of(path.clone(), number).unwrap());
        let secrets = Secrets::new(vec![Arc::clone(&secret) as Arc<dyn Kept>]);
        for (written, now, counts) in [
            (None, 1, [0, 0]),
            (Some("22"), 22, [1, 0]),
            (Some("x"), 22, [1, 1]),
            (None, 22, [1, 1]),
            (Some("333"), 333, [2, 1]),
        ] {
            if let Some(text) = written {
                fs::write(&path, text).unwrap();
            }
            secrets.load_changed();
            assert_eq!((**secret.now(), secrets.counts()), (now, counts), "{written:?}");
        }
        let error = Secret::of(folder.path().join("none"), number).unwrap_err();
        assert!(error.contains("none: No such file"), "{error}");
    }
}
