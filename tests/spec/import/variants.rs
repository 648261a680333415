//! The same rows in the shapes that releases, spreadsheets and archives give them are the same events; a row that cannot be read
//! is told with its line.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
};

use dossier::pb::seed::record::Content;

use super::{import, imported, records, sample};

/// The sample as rows of cells, the header first.
fn rows() -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(sample()).unwrap();
    reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn write(path: &Path, rows: &[Vec<String>], terminator: csv::Terminator) {
    let mut writer = csv::WriterBuilder::new().terminator(terminator).from_path(path).unwrap();
    for row in rows {
        writer.write_record(row).unwrap();
    }
    writer.flush().unwrap();
}

fn column(rows: &[Vec<String>], name: &str) -> usize {
    rows[0].iter().position(|header| header == name).unwrap()
}

/// What the sample gives after a change of its cells.
fn changed(change: impl FnOnce(&mut Vec<Vec<String>>)) -> Vec<Content> {
    let mut rows = rows();
    change(&mut rows);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ged231.csv");
    write(&path, &rows, csv::Terminator::Any(b'\n'));
    imported("ucdp-ged", &path, &[])
}

#[test]
fn columns_are_found_by_name() {
    let straight = imported("ucdp-ged", &sample(), &[]);
    assert!(straight == changed(|rows| rows.iter_mut().for_each(|row| row.reverse())), "columns in another order");
    let upper = changed(|rows| rows[0].iter_mut().for_each(|name| *name = format!(" {} ", name.to_uppercase())));
    assert!(straight == upper, "names in another case");
}

/// Release 19.1 has 42 columns: without these seven.
#[test]
fn an_earlier_release_lacks_columns() {
    const LATER: [&str; 7] = [
        "relid",
        "code_status",
        "conflict_dset_id",
        "dyad_dset_id",
        "side_a_dset_id",
        "side_b_dset_id",
        "where_description",
    ];
    let earlier = changed(|rows| {
        let keep: Vec<bool> = rows[0].iter().map(|name| !LATER.contains(&name.as_str())).collect();
        for row in rows.iter_mut() {
            let mut kept = keep.iter();
            row.retain(|_| *kept.next().unwrap());
        }
        assert_eq!(rows[0].len(), 42);
    });
    let blank = changed(|rows| {
        let at = column(rows, "where_description");
        rows.iter_mut().skip(1).for_each(|row| row[at].clear());
    });
    assert!(earlier == blank);
}

/// Other releases give these columns other names.
#[test]
fn a_column_may_have_the_name_of_another_release() {
    let straight = imported("ucdp-ged", &sample(), &[]);
    for (name, other) in [
        ("side_a_new_id", "side_a_id"),
        ("side_b_new_id", "side_b_id"),
        ("low", "low_est"),
        ("best", "best_est"),
        ("high", "high_est"),
    ] {
        let renamed = changed(|rows| {
            let at = column(rows, name);
            other.clone_into(&mut rows[0][at]);
        });
        assert!(straight == renamed, "{other}");
        // One that has both would leave open which is meant.
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ged231.csv");
        let mut rows = rows();
        for row in &mut rows {
            row.push("1".to_owned());
        }
        *rows[0].last_mut().unwrap() = other.to_owned();
        write(&path, &rows, csv::Terminator::Any(b'\n'));
        let ended = import("ucdp-ged", &path, &folder.path().join("out.facts"), &[]);
        let told = format!("the column `{name}` or `{other}` stands twice in the header; keep one");
        assert!(!ended.ok() && ended.err.contains(&told), "{ended:?}");
    }
}

#[test]
fn dates_may_carry_a_time_and_lines_may_end_in_two_signs() {
    let straight = imported("ucdp-ged", &sample(), &[]);
    let timed = changed(|rows| {
        for name in ["date_start", "date_end"] {
            let at = column(rows, name);
            rows.iter_mut().skip(1).for_each(|row| row[at].push_str(" 00:00:00.000"));
        }
    });
    assert!(straight == timed);

    // As a spreadsheet saves it: a byte order mark, CRLF between rows and inside of cells.
    let mut rows = rows();
    assert!(rows.iter().flatten().any(|cell| cell.contains('\n')), "the sample has line breaks in cells");
    rows.iter_mut().flatten().for_each(|cell| *cell = cell.replace("\r\n", "\n").replace('\n', "\r\n"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ged231.csv");
    write(&path, &rows, csv::Terminator::CRLF);
    let marked = [b"\xef\xbb\xbf", fs::read(&path).unwrap().as_slice()].concat();
    fs::write(&path, marked).unwrap();
    assert!(straight == imported("ucdp-ged", &path, &[]));
}

#[test]
fn archives_are_read_as_they_are() {
    let straight = imported("ucdp-ged", &sample(), &[]);
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(sample()).unwrap();
    // The name says nothing: a file is known by what it begins with.
    let gz = folder.path().join("ged231.csv");
    let mut packed = flate2::write::GzEncoder::new(fs::File::create(&gz).unwrap(), flate2::Compression::fast());
    packed.write_all(&whole).unwrap();
    packed.finish().unwrap();
    assert!(straight == imported("ucdp-ged", &gz, &[]));

    let archive = folder.path().join("ged231-csv.zip");
    let zip = |names: &[&str]| {
        let mut zip = zip::ZipWriter::new(fs::File::create(&archive).unwrap());
        for name in names {
            zip.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            let holds =
                if name.to_lowercase().ends_with(".txt") { b"What the columns mean".as_slice() } else { &whole };
            zip.write_all(holds).unwrap();
        }
        zip.finish().unwrap();
    };
    zip(&["GEDEvent_v23_1.csv"]);
    assert!(straight == imported("ucdp-ged", &archive, &[]));
    for readme in ["readme.txt", "README.TXT", "doc/Readme.txt"] {
        zip(&[readme, "GEDEvent_v23_1.csv"]);
        assert!(straight == imported("ucdp-ged", &archive, &[]), "{readme} is not what is to be read");
    }
    zip(&["GEDEvent_v23_1.csv"]);

    // A bit that the packing does not notice is noticed by the checksum.
    let mut damaged = fs::read(&archive).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle] ^= 1;
    fs::write(&archive, damaged).unwrap();
    let out = folder.path().join("out.facts");
    assert_eq!(import("ucdp-ged", &archive, &out, &["--max-bad", "100000"]).code, Some(1));
    assert!(!out.exists());

    zip(&["a.csv", "b.csv"]);
    let ended = import("ucdp-ged", &archive, &out, &[]);
    assert!(ended.err.contains("several files; unpack it and name one"), "{}", ended.err);
}

/// The sample with one cell of its row on line 3 changed.
fn with(cell: &str, value: &str) -> (tempfile::TempDir, PathBuf) {
    let mut rows = rows();
    let at = column(&rows, cell);
    value.clone_into(&mut rows[2][at]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ged231.csv");
    write(&path, &rows, csv::Terminator::Any(b'\n'));
    (folder, path)
}

#[test]
fn a_bad_row_is_told_with_its_line_and_reason() {
    let cases = [
        ("id", "", "`id` is empty"),
        ("id", "x1", "`id` is \"x1\", no number"),
        ("type_of_violence", "4", "`type_of_violence` is \"4\", neither 1, 2 nor 3"),
        ("where_prec", "0", "`where_prec` is \"0\", none of 1 to 7"),
        ("date_prec", "0", "`date_prec` is \"0\", none of 1 to 5"),
        ("date_prec", "6", "`date_prec` is \"6\", none of 1 to 5"),
        ("date_prec", "", "`date_prec` is empty"),
        ("latitude", "91", "latitude"),
        ("latitude", "north", "`latitude` is \"north\", no number"),
        ("longitude", "", "`latitude` without `longitude`, or the other way round"),
        ("date_start", "1989-02-30", "`date_start` is \"1989-02-30\", no day like 2003-02-01"),
        ("date_end", "1989-01-01", "`date_end` 1989-01-01 is before `date_start` 1989-05-10"),
        ("best", "-1", "`best` is \"-1\", no whole number from 0"),
        ("country_id", "", "`country_id` is empty"),
        ("side_b", "", "`side_b` is empty"),
    ];
    for (cell, value, reason) in cases {
        let (folder, path) = with(cell, value);
        let out = folder.path().join("out.facts");
        let ended = import("ucdp-ged", &path, &out, &[]);
        assert_eq!(ended.code, Some(1), "{cell}: {value}");
        let told = format!("{}:3: {reason}", path.display());
        assert!(ended.err.contains(&told), "{told}\n{}", ended.err);
        assert!(ended.err.contains("allow so many with --max-bad 1"), "{}", ended.err);
        assert!(!out.exists(), "nothing is written");
        let ended = import("ucdp-ged", &path, &out, &["--max-bad", "1"]);
        assert!(ended.ok() && ended.err.contains(&told), "{}", ended.err);
        assert!(ended.out.contains("999 events"), "{}", ended.out);
        assert_eq!(super::events(&records(&out)).count(), 999);
    }
}

#[test]
fn a_file_that_is_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out.facts");
    let told = |name: &str, bytes: &[u8], more: &[&str]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        let ended = import("ucdp-ged", &path, &out, more);
        assert!(!ended.ok() && !out.exists(), "{name}");
        ended.err
    };
    let whole = fs::read(sample()).unwrap();
    let said = told("events.csv", &whole, &[]);
    assert!(said.contains("cannot be told from the file's name; say --release 23.1"), "{said}");
    assert!(told("ged231.csv", b"a,b\n1,2\n", &[]).contains("the header has no column `id`, `type_of_violence`"));
    assert!(told("ged231.csv", b"", &[]).contains("the header has no column"));
    let twice = [b"id,".as_slice(), &whole].concat();
    assert!(told("ged231.csv", &twice, &[]).contains("the column `id` stands twice in the header"));
    let latin = whole.iter().map(|b| if b.is_ascii() { *b } else { 0xe9 }).collect::<Vec<u8>>();
    assert!(told("ged231.csv", &latin, &[]).contains("is not UTF-8; save the file as UTF-8"));
    let cut = &whole[..whole.len() / 2];
    assert!(told("ged231.csv", cut, &[]).contains("fields, and the header has 49"));
    let unnamed = import("ucdp-ged", &sample(), &folder.path().join("out.csv"), &[]);
    assert!(unnamed.code == Some(64) && unnamed.err.contains("is no name of a .facts file"), "{}", unnamed.err);
    let missing = import("ucdp-ged", &folder.path().join("ged999.csv"), &out, &[]);
    assert!(missing.err.contains("cannot be read"), "{}", missing.err);
}
