//! Thousands of damaged snapshots: each is refused, answers DATA_LOSS, or answers as the whole one does.

use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::UNIX_EPOCH,
};

use bytes::Bytes;
use dossier::{
    api::{FactService, Limits},
    store::{
        engine::{ImageStore, ImageView},
        image::Image,
    },
};
use tempfile::TempDir;
use tonic::{Code, Status};

use super::{QUESTIONS, build};
use crate::{
    answers::WITH_EXAMPLE,
    generate::Dice,
    rules::{in_process::answer, paging::reason},
};

/// How many damages are tried unless `DOSSIER_FLIPS` says otherwise.
const FLIPS: usize = 2_000;
/// How many questions a damaged snapshot is asked.
const ASKED: usize = 3;

type Answer = Result<Bytes, (Code, String)>;

fn open(file: &Path) -> Result<FactService<ImageStore>, String> {
    let image = Image::open(file).map_err(|error| error.to_string())?;
    let view = ImageView::open(image, UNIX_EPOCH).map_err(|error| error.to_string())?;
    Ok(FactService::new(Arc::new(ImageStore::new(view)), Limits::default()))
}

async fn told(service: &FactService<ImageStore>, (method, json): (&str, &str)) -> Answer {
    let told: Result<_, Status> = answer(service, method, json).await;
    match told {
        Ok((_, bytes)) => Ok(bytes),
        Err(status) => Err((status.code(), format!("{} {}", reason(&status), status.message()))),
    }
}

/// A snapshot, what the whole one answers, and what came of damages.
struct Trial {
    _folder: TempDir,
    path: PathBuf,
    file: File,
    whole: Vec<u8>,
    expected: Vec<Answer>,
    refused: usize,
    lost: usize,
    right: usize,
}

impl Trial {
    async fn new() -> Trial {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("facts.dossier");
        build(WITH_EXAMPLE, &path);
        let service = open(&path).unwrap();
        let mut expected = vec![];
        for question in QUESTIONS {
            expected.push(told(&service, question).await);
        }
        let file = OpenOptions::new().write(true).open(&path).unwrap();
        let whole = std::fs::read(&path).unwrap();
        Trial { _folder: folder, path, file, whole, expected, refused: 0, lost: 0, right: 0 }
    }

    /// Asks the file as it is now.
    async fn ask(&mut self, dice: &mut Dice, what: &str) {
        let Ok(service) = open(&self.path) else {
            self.refused += 1;
            return;
        };
        for _ in 0..ASKED {
            let at = dice.below(QUESTIONS.len());
            let answer = told(&service, QUESTIONS[at]).await;
            match &answer {
                Err((Code::DataLoss, told)) if told.starts_with("DATA_DAMAGED") => self.lost += 1,
                _ => {
                    assert!(answer == self.expected[at], "{what}: {:?} answers otherwise", QUESTIONS[at]);
                    self.right += 1;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_damaged_snapshot_is_refused_or_says_so_or_answers_rightly() {
    let flips = std::env::var("DOSSIER_FLIPS").map_or(FLIPS, |flips| flips.parse().unwrap());
    let mut trial = Trial::new().await;
    let mut dice = Dice::new(23);
    for _ in 0..flips {
        let at = dice.below(trial.whole.len());
        if dice.once_in(10) {
            trial.file.set_len(at as u64).unwrap();
            let refused = trial.refused;
            trial.ask(&mut dice, &format!("cut to {at} bytes")).await;
            assert_eq!(trial.refused, refused + 1, "cut to {at} bytes, and served");
            trial.file.write_all_at(&trial.whole[at..], at as u64).unwrap();
        } else {
            let flipped = trial.whole[at] ^ (1 + dice.below(255) as u8);
            trial.file.write_all_at(&[flipped], at as u64).unwrap();
            trial.ask(&mut dice, &format!("byte {at} is {flipped}")).await;
            trial.file.write_all_at(&trial.whole[at..=at], at as u64).unwrap();
        }
    }
    let Trial { refused, lost, right, .. } = trial;
    println!("{refused} refused, {lost} answers of damage, {right} right answers");
    assert!(refused > 0 && lost > 0 && right > 0, "{refused} refused, {lost} lost, {right} right");
}
