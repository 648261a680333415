//! One input as a file of a data set of others: imported, then read and checked as what the import wrote.

use std::{
    io::BufReader,
    path::{Path, PathBuf},
};

use dossier::{
    facts::Reader,
    import::{Bad, DataSet, Options, Watch, import},
    seed,
};

use crate::{Choices, files};

/// Where inputs and what becomes of them lie.
pub struct Folder {
    input: PathBuf,
    output: PathBuf,
    data_set: DataSet,
}

struct Silent;

impl Watch for Silent {
    fn progress(&mut self, _: u64, _: u64, _: u64) {}

    fn bad(&mut self, bad: &Bad) {
        assert!(!bad.reason.is_empty() && bad.line > 0, "a row is refused without a reason or a place: {bad:?}");
    }
}

impl Folder {
    /// A folder for inputs of a data set.
    pub fn new(data_set: DataSet) -> Folder {
        let folder = files::folder("import");
        Folder { input: folder.join("GEDEvent_v23_1.csv"), output: folder.join("out.facts"), data_set }
    }

    /// Imports an input: its first byte says how, the rest is the file. What was imported must be a whole file, and pass the
    /// checker: an import that is refused later helps nobody.
    pub fn import(&self, input: &[u8]) {
        let mut choices = Choices(input);
        let how = choices.byte();
        let options = Options {
            release: (how & 1 == 1)
                .then(|| if self.data_set == DataSet::UcdpGed { "23.1" } else { "2024-05" }.to_owned()),
            released: (how & 2 == 2).then(|| "2024-05-01".parse().expect("a day")),
            max_bad: u64::from(how >> 2 & 1) * 1000,
        };
        std::fs::write(&self.input, choices.rest()).expect("the input as a file");
        let inputs = std::slice::from_ref(&self.input);
        let Ok(summary) = import(self.data_set, inputs, &self.output, &options, &mut Silent) else { return };
        assert!(summary.bad <= summary.rows && summary.bad <= options.max_bad, "{summary:?}");
        whole(&self.output);
        let report = seed::check(std::slice::from_ref(&self.output));
        // The day of the release is what the caller says, who may be wrong.
        let early = |what: &str| what.contains("after its sources were published");
        let problem = report.problems.iter().find(|problem| !early(&problem.what));
        assert!(problem.is_none(), "what was imported is refused: {report}");
    }
}

/// Reads a file that must be whole.
fn whole(path: &Path) {
    let file = BufReader::new(std::fs::File::open(path).expect("the file that was imported"));
    let reader = Reader::new(file).unwrap_or_else(|error| panic!("what was imported cannot be read: {error}"));
    for record in reader {
        record.unwrap_or_else(|error| panic!("what was imported cannot be read: {error}"));
    }
}
