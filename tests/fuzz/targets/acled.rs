//! Files of ACLED: imported or refused, and what was imported passes the checker.

#![no_main]

use std::sync::LazyLock;

use dossier::import::DataSet;
use dossier_fuzz::imports::Folder;

static FOLDER: LazyLock<Folder> = LazyLock::new(|| Folder::new(DataSet::Acled));

libfuzzer_sys::fuzz_target!(|input: &[u8]| FOLDER.import(input));
