//! What the commands are given to read: folders of facts, or a snapshot.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    time::SystemTime,
};

use super::cut_short;
use crate::{
    model::derive::{Derived, derive},
    pb::{self, ReloadRefusal},
    seed::{self, ProblemKind},
    server::aside,
    store::{
        engine::ImageView,
        image::{Image, OpenError, is_image},
    },
};

/// Whether a file is a snapshot: by its first bytes, so that it may bear any name; a file cut to nothing by its extension.
pub(super) fn is_snapshot(path: &Path) -> bool {
    let mut start = Vec::new();
    let mut read = || File::open(path).ok()?.take(64).read_to_end(&mut start).ok();
    path.is_file() && (read().is_some() && is_image(&start) || path.extension().is_some_and(|name| name == "dossier"))
}

/// Why data is not taken.
#[derive(Debug)]
pub(super) struct Refused {
    /// Which sort of reason it is.
    pub(super) kind: ReloadRefusal,
    /// The reason, with the cure.
    pub(super) reason: String,
}

impl Refused {
    fn new(kind: ReloadRefusal, reason: String) -> Refused {
        Refused { kind, reason }
    }
}

impl From<Refused> for String {
    fn from(refused: Refused) -> String {
        refused.reason
    }
}

/// Opens a snapshot. From then on one that is cut short ends the process with a line that says so.
pub(super) fn open(path: &Path) -> Result<Image, Refused> {
    cut_short::watch()
        .map_err(|error| Refused::new(ReloadRefusal::Internal, format!("cannot listen to signals: {error}")))?;
    Image::open(path).map_err(|error| {
        let kind = match error {
            OpenError::Io(_) => ReloadRefusal::Unreadable,
            OpenError::Foreign | OpenError::Format(_) | OpenError::Rules => ReloadRefusal::Foreign,
            OpenError::Truncated { .. } | OpenError::Damaged(_) => ReloadRefusal::Damaged,
        };
        Refused::new(kind, format!("{} {error}", path.display()))
    })
}

/// What is to be asked: one snapshot, or fact folders, which are indexed here. `done` is what is not done with facts that have
/// problems.
pub(super) fn view(data: &[PathBuf], done: &str) -> Result<ImageView, Refused> {
    #[expect(clippy::disallowed_methods, reason = "the time of the load is told by GetDataset, and decides nothing")]
    let now = SystemTime::now();
    match (data, data.iter().find(|path| is_snapshot(path))) {
        ([path], Some(_)) => {
            let image = open(path)?;
            let damaged = |error| format!("{} is damaged ({error}); make it anew with `dossier build`", path.display());
            ImageView::open(image, now).map_err(|error| Refused::new(ReloadRefusal::Damaged, damaged(error)))
        }
        (_, Some(snapshot)) => {
            let cure = format!(
                "a snapshot is {done} alone; make one of it and the rest with `dossier build -o NEW {}`, and name that \
                 rather than {}",
                names(data),
                snapshot.display(),
            );
            Err(Refused::new(ReloadRefusal::Foreign, cure))
        }
        (_, None) => ImageView::in_memory(&facts(data, done)?, now)
            .map_err(|error| Refused::new(ReloadRefusal::Internal, error.to_string())),
    }
}

/// The same on a thread of its own, for whoever has something else to do meanwhile, or may not want it any more.
pub(super) async fn view_aside(data: Vec<PathBuf>, done: &'static str) -> Result<ImageView, Refused> {
    let read = aside::run("dossier-load", move || view(&data, done)).await;
    read.unwrap_or_else(|failed| Err(Refused::new(ReloadRefusal::Internal, format!("the load failed: {failed}"))))
}

/// Paths as they were given.
pub(super) fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
}

/// Reads and checks fact folders, and derives what follows.
fn facts(data: &[PathBuf], done: &str) -> Result<Derived, Refused> {
    let dataset = seed::load(data).map_err(|report| {
        let unread = report.problems.iter().all(|problem| problem.kind == ProblemKind::Folder);
        let kind = if unread { ReloadRefusal::Unreadable } else { ReloadRefusal::Problems };
        Refused::new(kind, problems(&report, done))
    })?;
    Ok(derive(dataset))
}

/// What is said of facts that have problems. `done` is what is not done with them.
pub(super) fn problems(report: &seed::Report, done: &str) -> String {
    let problems = report.problems.len();
    let word = if problems == 1 { "problem" } else { "problems" };
    format!("the facts have {problems} {word}, so nothing is {done}\n{}", report.to_string().trim_end())
}

/// What is in a data set, in a line.
pub(super) fn counts(of: &pb::Dataset) -> String {
    format!(
        "{} events ({} versions), {} claims, {} places, {} actors, {} camps, {} sources",
        of.event_count,
        of.event_version_count,
        of.claim_count,
        of.place_count,
        of.actor_count,
        of.camp_count,
        of.source_count,
    )
}
