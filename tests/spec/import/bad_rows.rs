//! Rows that cannot be read: each is told with the lines on which it stands, few of them and not silently left out.

use std::{fs, path::Path};

use super::{events, file, import, records, sample};
use crate::support::Ended;

/// So many rows of the sample in which nothing stands in quotes, each on a line of its own, with fresh ids; the header first.
fn lines(rows: usize) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_path(sample()).unwrap();
    let sample: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let plain = |cell: &str| if cell.contains([',', '"', '\n']) { String::new() } else { cell.to_owned() };
    let row = |id: Option<usize>, row: &csv::StringRecord| {
        let mut cells: Vec<String> = row.iter().map(plain).collect();
        cells[0] = id.map_or("id".to_owned(), |id| id.to_string());
        cells.join(",")
    };
    // Sides that are lists stand in quotes; and whoever is named must stay named.
    let whole = |row: &&csv::StringRecord| [11, 14, 17, 25, 33].iter().all(|at| !plain(&row[*at]).is_empty());
    let rows = sample[1..].iter().filter(whole).cycle().take(rows).enumerate();
    [row(None, &sample[0])].into_iter().chain(rows.map(|(id, cells)| row(Some(id + 1), cells))).collect()
}

/// What an import of these lines says, and what it has written.
fn told(lines: &[String], more: &[&str]) -> (Ended, Option<usize>) {
    let (folder, path) = file("ged231.csv", lines);
    let out = folder.path().join("out.facts");
    let ended = import("ucdp-ged", &path, &out, more);
    (Ended { err: ended.err.replace(path.to_str().unwrap(), "FILE"), ..ended }, written(&out))
}

fn written(out: &Path) -> Option<usize> {
    out.exists().then(|| events(&records(out)).count())
}

#[test]
fn a_quote_that_is_not_closed_is_told_with_all_lines_that_it_swallows() {
    let mut lines = lines(40);
    lines[2].insert(0, '"');
    let (ended, written) = told(&lines, &["--max-bad", "1"]);
    assert_eq!((ended.code, written), (Some(0), Some(1)), "{ended:?}");
    assert!(ended.err.starts_with("FILE:3: 1 fields, and the header has 49; the row ends on line 42\n"), "{ended:?}");
    // A line break in quotes that are closed is part of a row like any other.
    lines[2] = lines[3].replacen(",1,", ",\"4\n\",", 1).replacen(',', "x,", 1);
    let (ended, _) = told(&lines, &[]);
    assert!(ended.err.contains("FILE:3: `id` is \"3x\", no number; the row ends on line 4\n"), "{ended:?}");
}

#[test]
fn a_row_is_at_most_a_mebibyte_long() {
    let mut long = lines(10);
    let at = long[0].split(',').position(|name| name == "source_original").unwrap();
    let mut cells: Vec<String> = long[4].split(',').map(str::to_owned).collect();
    cells[at] = "x".repeat(1_000_000);
    long[4] = cells.join(",");
    let (ended, written) = told(&long, &[]);
    assert_eq!((ended.code, written), (Some(0), Some(10)), "{}", &ended.err[..ended.err.len().min(500)]);

    let mut lines = lines(6_000);
    lines[2].insert(0, '"');
    let bytes = lines.iter().map(String::len).sum::<usize>();
    assert!(bytes > 2 << 20, "{bytes} bytes");
    let (ended, written) = told(&lines, &["--max-bad", "100000"]);
    assert_eq!((ended.code, written), (Some(1), None), "{ended:?}");
    let (begins, ends) =
        ("FILE: line 3: a row of more than 1048576 bytes, which has not ended by line ", "; close the quote in it");
    let rest = ended.err.split_once(begins).unwrap_or_else(|| panic!("{ended:?}")).1;
    let line: usize = rest.split_once(ends).unwrap_or_else(|| panic!("{ended:?}")).0.parse().unwrap();
    assert!((2_000..5_000).contains(&line), "{line}");
}

#[test]
fn lines_are_counted_whatever_they_end_in() {
    for (end, name) in [("\n", "one sign"), ("\r\n", "two signs")] {
        for bad in [1, 2, 5] {
            let mut lines = lines(5);
            lines[bad].insert(0, 'x');
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("ged231.csv");
            fs::write(&path, lines.join(end) + end).unwrap();
            let ended = import("ucdp-ged", &path, &folder.path().join("out.facts"), &[]);
            let wanted = format!("ged231.csv:{}: `id` is \"x{bad}\", no number\n", bad + 1);
            assert!(ended.err.contains(&wanted), "{name}: {wanted}{ended:?}");
        }
    }
}

#[test]
fn of_many_bad_rows_ten_more_than_allowed_are_told() {
    let mut lines = lines(100);
    lines[31..].iter_mut().for_each(|line| line.insert(0, 'x'));
    for (allowed, told_of, of) in [(0, 10, 40), (5, 15, 45), (65, 70, 100)] {
        let (ended, written) = told(&lines, &["--max-bad", &allowed.to_string()]);
        assert_eq!((ended.code, written), (Some(1), None), "{ended:?}");
        assert_eq!(ended.err.matches(", no number\n").count(), told_of, "{ended:?}");
        let wanted = if of == 100 {
            "70 of 100 rows cannot be read, so nothing was written; mend them, or allow so many with --max-bad 70"
                .to_owned()
        } else {
            format!(
                "{told_of} of the first {of} rows cannot be read, so nothing was written; mend them, or allow at least so \
                 many with --max-bad {told_of}"
            )
        };
        assert!(ended.err.contains(&wanted), "{wanted}\n{ended:?}");
    }
    for allowed in ["70", "18446744073709551615"] {
        let (ended, written) = told(&lines, &["--max-bad", allowed]);
        assert_eq!((ended.code, written), (Some(0), Some(30)), "{ended:?}");
        assert!(ended.out.contains("left out: 70 rows that cannot be read"), "{ended:?}");
    }
}

#[test]
fn an_id_that_an_earlier_row_has_is_told_by_its_line() {
    let mut lines = lines(9);
    // The first of its id cannot be read, so the second is no repetition; a zero in front makes another id.
    lines[1].insert(0, 'x');
    lines[5] = lines[1].replacen("x1,", "1,", 1);
    lines[6] = lines[2].replacen("2,", "02,", 1);
    lines[7] = lines[3].clone();
    let (ended, written) = told(&lines, &["--max-bad", "2"]);
    assert_eq!((ended.code, written), (Some(0), Some(7)), "{ended:?}");
    assert!(ended.err.contains("FILE:8: `id` is \"3\", as in an earlier row\n"), "{ended:?}");
    assert_eq!(ended.err.matches("earlier row").count(), 1, "{ended:?}");
}

/// A row of a dump, of a settlement if nothing else is said.
fn row(changes: &[(usize, &str)]) -> String {
    let mut cells = vec![""; 19];
    let usual = [(4, "15.5"), (5, "8.25"), (6, "P"), (7, "PPL"), (8, "NE"), (10, "1"), (18, "2003-10-07")];
    usual.iter().chain(changes).for_each(|(at, cell)| cells[*at] = cell);
    cells.join("\t")
}

#[test]
fn a_place_of_a_dump_that_stands_twice_is_told_by_its_line() {
    let district = row(&[(0, "5"), (1, "Upper"), (6, "A"), (7, "ADM2"), (11, "7")]);
    let town = row(&[(0, "6"), (1, "Old Ford"), (11, "7")]);
    let other = row(&[(0, "5"), (1, "Ford"), (4, "40.5")]);
    for (rows, places, bad) in [
        (vec![&town, &town], 1, 2),
        (vec![&district, &town, &district], 2, 3),
        // One id, a town and a district: the first counts, and nothing lies in the other.
        (vec![&other, &town, &district], 2, 3),
        (vec![&district, &town, &other], 2, 3),
    ] {
        let (folder, path) = file("XX.txt", &rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>());
        let out = folder.path().join("out.facts");
        let ended = import("geonames", &path, &out, &["--max-bad", "1"]);
        assert!(ended.ok() && ended.err.contains(&format!("XX.txt:{bad}: `geonameid` is \"")), "{ended:?}");
        assert!(ended.err.contains("\", as in an earlier row\n"), "{ended:?}");
        assert_eq!(super::places(&records(&out)).count(), places);
        let report = dossier::seed::check(std::slice::from_ref(&out));
        assert!(report.problems.is_empty(), "{report}");
    }
}
