//! Codes of countries → ISO 3166-1 alpha-2.
//!
//! `countries.tsv` holds, for each alpha-2 code: the numeric code (ISO 3166-1), the state number of Gleditsch and Ward (1999,
//! revised list of independent states) where one state of today has it, and the FIPS 10-4 code (GEC) of the same country.
//! A number that stands for several states of today (Yugoslavia, Czechoslovakia, the two Germanies, the South of what was
//! divided) is left out: it gives no code, and the import says how often.

use std::{collections::HashMap, sync::LazyLock};

const TABLE: &str = include_str!("countries.tsv");

struct Codes {
    numeric: HashMap<u32, &'static str>,
    gleditsch_ward: HashMap<u32, &'static str>,
    fips: HashMap<&'static str, &'static str>,
}

static CODES: LazyLock<Codes> = LazyLock::new(|| {
    let mut codes = Codes { numeric: HashMap::new(), gleditsch_ward: HashMap::new(), fips: HashMap::new() };
    for line in TABLE.lines().skip(1) {
        let mut cells = line.split('\t');
        let Some(iso) = cells.next() else { continue };
        let mut number = || cells.next().and_then(|cell| cell.parse::<u32>().ok());
        codes.numeric.extend(number().map(|number| (number, iso)));
        codes.gleditsch_ward.extend(number().map(|number| (number, iso)));
        codes.fips.extend(cells.next().filter(|cell| !cell.is_empty()).map(|cell| (cell, iso)));
    }
    codes
});

/// The country of a state number of Gleditsch and Ward.
pub(super) fn of_gleditsch_ward(number: u32) -> Option<&'static str> {
    CODES.gleditsch_ward.get(&number).copied()
}

/// The country of a numeric code of ISO 3166-1.
pub(super) fn of_numeric(number: u32) -> Option<&'static str> {
    CODES.numeric.get(&number).copied()
}

/// The country of a FIPS 10-4 code.
pub(super) fn of_fips(code: &str) -> Option<&'static str> {
    CODES.fips.get(code).copied()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_line_is_read_and_no_code_stands_twice() {
        let lines: Vec<Vec<&str>> = TABLE.lines().skip(1).map(|line| line.split('\t').collect()).collect();
        assert!(lines.iter().all(|cells| cells.len() == 4 && cells[0].len() == 2));
        for column in 0..4 {
            let cells: Vec<&str> = lines.iter().map(|cells| cells[column]).filter(|cell| !cell.is_empty()).collect();
            assert_eq!(cells.iter().collect::<HashSet<_>>().len(), cells.len(), "column {column}");
        }
        assert_eq!(CODES.numeric.len(), lines.len());
        assert!(CODES.gleditsch_ward.len() > 185 && CODES.fips.len() > 240);
    }

    #[test]
    fn codes_that_differ_most_are_right() {
        // States whose FIPS code is another's ISO code, and states that were divided or renamed.
        for (number, iso) in [(2, "US"), (225, "CH"), (678, "YE"), (816, "VN"), (365, "RU"), (490, "CD"), (775, "MM")] {
            assert_eq!(of_gleditsch_ward(number), Some(iso));
        }
        for number in [0, 345, 315, 265, 680, 817] {
            assert_eq!(of_gleditsch_ward(number), None, "{number}");
        }
        for (fips, iso) in
            [("SZ", "CH"), ("CH", "CN"), ("GM", "DE"), ("GA", "GM"), ("NI", "NG"), ("NG", "NE"), ("AU", "AT")]
        {
            assert_eq!(of_fips(fips), Some(iso));
        }
        assert_eq!(of_numeric(4), Some("AF"));
    }
}
